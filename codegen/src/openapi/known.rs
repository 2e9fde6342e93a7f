//! The schema's documents become a [`Surface`], each item with its line.
//!
//! Made from the documents, not from the model: an import must also read a schema that is not finished, whose drafts
//! nobody has named yet.

use std::{collections::BTreeMap, rc::Rc};

use super::{
    json::Json,
    surface::{
        Body, EnumId, Enumeration, Field, Lifecycle, Notification, Object, ObjectId, Operation,
        Origin, Presence, Response, Shape, Surface, Text,
    },
};
use crate::{
    diagnostic::{Mark, Report},
    lower::notation::{self, Notation, Word},
    model::{Format, Place},
    source::{
        Documents,
        document::{At, EnumEntry, ObjectEntry, OperationEntry, ProductDocument, TypeEntry},
        fields::FieldEntry,
        notifications::EventEntry,
        texts::TextsEntry,
    },
};

/// What a schema says. Lines that cannot be read are reported.
pub(super) fn known(documents: &Documents, report: &mut Report<'_>) -> Surface {
    let mut surface = Surface::default();
    let hosts = documents.api.iter().flat_map(|api| &api.hosts);
    surface.hosts = hosts.map(|host| (host.name.value.clone(), host.main.value.clone())).collect();
    for product in &documents.products {
        let mut scope = Scope::new(
            product
                .parts()
                .flat_map(|part| part.types.iter().map(|entry| (part.file.as_str(), entry))),
        );
        for part in product.parts() {
            for entry in &part.operations {
                let host = entry.host.as_ref().or(product.host.as_ref());
                let mut hosts = surface.hosts.iter();
                let main = match host {
                    Some(host) => hosts.find(|(name, _)| *name == host.value),
                    None => hosts.next(),
                };
                let main = main.map(|(_, main)| main.clone());
                let mut reader = Reader { surface: &mut surface, scope: &mut scope, report };
                let operation = reader.operation(entry, &part.file, product, main);
                surface.operations.extend(operation);
            }
        }
    }
    let types = documents.areas.iter().flat_map(|area| {
        let part = &area.area.part;
        part.types.iter().map(|entry| (part.file.as_str(), entry))
    });
    let mut scope = Scope::new(types);
    for area in &documents.areas {
        for entry in &area.events {
            let mut reader = Reader { surface: &mut surface, scope: &mut scope, report };
            let notification = reader.notification(entry, &area.area.part.file);
            surface.notifications.push(notification);
        }
    }
    surface
}

/// The types a field can name, with the file of each, and those already read.
struct Scope<'d> {
    types: BTreeMap<&'d str, (&'d str, &'d TypeEntry)>,
    objects: BTreeMap<&'d str, ObjectId>,
    enums: BTreeMap<&'d str, EnumId>,
}

impl<'d> Scope<'d> {
    fn new(types: impl Iterator<Item = (&'d str, &'d TypeEntry)>) -> Self {
        let named = types.map(|(file, entry)| {
            let name = match entry {
                TypeEntry::Object(object) => &object.name,
                TypeEntry::Enum(enumeration) => &enumeration.name,
            };
            (name.value.as_str(), (file, entry))
        });
        Self { types: named.collect(), objects: BTreeMap::new(), enums: BTreeMap::new() }
    }
}

struct Reader<'r, 'd, 's> {
    surface: &'r mut Surface,
    scope: &'r mut Scope<'d>,
    report: &'r mut Report<'s>,
}

impl Reader<'_, '_, '_> {
    fn operation(
        &mut self,
        entry: &OperationEntry,
        file: &str,
        product: &ProductDocument,
        host: Option<String>,
    ) -> Option<Operation> {
        let (method, path) = entry.routes.first()?;
        let upload = entry.upload.as_ref();
        let body = entry.body.as_ref().map_or(&[][..], |(_, fields)| fields);
        let places = [
            (Place::Path, entry.path.as_slice()),
            (Place::Query, &entry.query),
            (Place::Header, &entry.header),
            (Place::Body, body),
            (Place::Meta, upload.map_or(&[], |upload| &upload.meta)),
            (Place::Form, upload.map_or(&[], |upload| &upload.form)),
        ];
        let mut fields = Vec::new();
        for (place, entries) in places {
            fields.extend(self.fields(entries, file, place));
        }
        let part = |name: &Option<At<String>>| {
            name.as_ref().map_or_else(|| "file".to_owned(), |name| name.value.clone())
        };
        let roles = if entry.roles.is_empty() { &product.roles } else { &entry.roles };
        Some(Operation {
            origin: origin(file, entry.name.at),
            product: product.product.value.clone(),
            name: entry.name.value.clone(),
            title: title(&entry.texts),
            method: method.to_uppercase(),
            path: path.value.clone(),
            host,
            roles: strings(roles),
            pages: strings(&entry.pages),
            lifecycle: entry.lifecycle.as_ref().map(|lifecycle| Lifecycle {
                status: lifecycle.value.clone(),
                since: entry.since.as_ref().map(|since| since.value.clone()),
                replaced_by: strings(&entry.replaced_by),
            }),
            deprecated: entry.deprecated.is_some(),
            errors: entry
                .errors
                .iter()
                .map(|error| (error.error.value.clone(), error.doc.value.clone()))
                .collect(),
            fields,
            has_body: entry.body.is_some() || upload.is_some(),
            file: upload.map(|upload| part(&upload.file)),
            response: self.response(entry, file)?,
        })
    }

    fn notification(&mut self, entry: &EventEntry, file: &str) -> Notification {
        let payloads = entry.payloads.iter();
        let shapes = payloads.filter_map(|payload| {
            match self.named(&payload.object.value, file, payload.object.at)? {
                Shape::Object(id) => Some(id),
                _ => None,
            }
        });
        Notification {
            payloads: shapes.collect(),
            origin: origin(file, entry.event.at),
            event: entry.event.value.clone(),
            aliases: strings(&entry.aliases),
            original_type: strings(&entry.original_types),
            merged: false,
        }
    }

    fn response(&mut self, entry: &OperationEntry, file: &str) -> Option<Response> {
        let response = entry.response.as_ref()?;
        let body = if let Some((at, fields)) = &response.fields {
            let object = Object {
                origin: origin(file, *at),
                name: None,
                title: String::new(),
                fields: self.fields(fields, file, Place::Body),
            };
            Body::Object(self.surface.add_object(object))
        } else if let Some(name) = &response.object {
            match self.named(&name.value, file, name.at)? {
                Shape::Object(id) => Body::Object(id),
                _ => return None,
            }
        } else if response.binary {
            Body::Binary
        } else {
            Body::Empty
        };
        Some(Response { status: response.status.as_ref()?.value, body })
    }

    fn fields(&mut self, entries: &[FieldEntry], file: &str, place: Place) -> Vec<Field> {
        entries.iter().filter_map(|entry| self.field(entry, file, place)).collect()
    }

    fn field(&mut self, entry: &FieldEntry, file: &str, place: Place) -> Option<Field> {
        let at = entry.field.at;
        let line = match notation::line(&entry.field.value) {
            Ok(line) => line,
            Err((message, help)) => {
                self.report.push(file, at, message, help);
                return None;
            }
        };
        Some(Field {
            origin: origin(file, at),
            name: line.name,
            title: title(&entry.texts),
            place,
            presence: match line.presence {
                Word::Required => Presence::Required,
                Word::Expected => Presence::Expected,
                Word::Optional => Presence::Optional,
            },
            shape: self.shape(&line.ty, entry, file, at)?,
            required_when: entry
                .required_when
                .as_ref()
                .map(|condition| (condition.field.value.clone(), strings(&condition.values))),
            example: entry.example.as_ref().map(|_| Json::Null),
            computed: entry.computed.is_some() || entry.constant.is_some(),
        })
    }

    fn shape(
        &mut self,
        notation: &Notation,
        entry: &FieldEntry,
        file: &str,
        at: Mark,
    ) -> Option<Shape> {
        Some(match notation {
            Notation::Text(length) => Shape::Text(Text {
                length: *length,
                format: entry.format.as_ref().and_then(|word| {
                    let known = Format::ALL.iter().find(|(known, _)| *known == word.value);
                    known.map(|(_, format)| *format)
                }),
                pattern: entry.pattern.as_ref().map(|pattern| pattern.value.clone()),
                encrypted: entry.encrypted.is_some(),
                secret: entry.secret.is_some(),
            }),
            Notation::Integer(span) => Shape::Integer(*span),
            Notation::Decimal => Shape::Decimal,
            Notation::Boolean => Shape::Boolean,
            Notation::Any => Shape::Any,
            Notation::Named(name) => self.named(name, file, at)?,
            Notation::List(item, count) => {
                Shape::List(Box::new(self.shape(item, entry, file, at)?), *count)
            }
            Notation::Json(value, length) => {
                Shape::Encoded(Box::new(self.shape(value, entry, file, at)?), *length)
            }
        })
    }

    fn named(&mut self, name: &str, file: &str, at: Mark) -> Option<Shape> {
        let Some((key, (home, entry))) = self.scope.types.get_key_value(name) else {
            let message = format!("there is no type `{name}` in this product");
            self.report.push(file, at, message, "define it under `types`");
            return None;
        };
        let (key, home, entry) = (*key, *home, *entry);
        Some(match entry {
            TypeEntry::Object(object) => match self.scope.objects.get(key) {
                Some(id) => Shape::Object(*id),
                None => Shape::Object(self.object(key, object, home)),
            },
            TypeEntry::Enum(enumeration) => match self.scope.enums.get(key) {
                Some(id) => Shape::Enum(*id),
                None => {
                    let id = self.surface.add_enum(listed(enumeration, home));
                    self.scope.enums.insert(key, id);
                    Shape::Enum(id)
                }
            },
        })
    }

    fn object(&mut self, key: &'_ str, entry: &ObjectEntry, file: &str) -> ObjectId {
        let object = Object {
            origin: origin(file, entry.name.at),
            name: Some(entry.name.value.clone()),
            title: title(&entry.texts),
            fields: Vec::new(),
        };
        let id = self.surface.add_object(object);
        // Known before its fields are read: an object may contain itself.
        if let Some((key, _)) = self.scope.types.get_key_value(key) {
            self.scope.objects.insert(key, id);
        }
        let fields = self.fields(&entry.fields, file, Place::Body);
        self.surface.object_mut(id).fields = fields;
        id
    }
}

fn listed(entry: &EnumEntry, file: &str) -> Enumeration {
    Enumeration {
        origin: origin(file, entry.name.at),
        name: Some(entry.name.value.clone()),
        title: title(&entry.texts),
        values: entry
            .values
            .iter()
            .map(|value| (value.value.value.clone(), title(&value.texts)))
            .collect(),
        integer: entry.integer,
    }
}

fn origin(file: &str, at: Mark) -> Origin {
    Origin::Schema(Rc::from(file), at)
}

fn title(texts: &TextsEntry) -> String {
    texts.title.as_ref().map_or_else(String::new, |title| title.value.clone())
}

fn strings(entries: &[At<String>]) -> Vec<String> {
    entries.iter().map(|entry| entry.value.clone()).collect()
}
