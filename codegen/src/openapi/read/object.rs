//! Objects and their fields.

use super::{
    Reader,
    schema::{component, is_combined},
    spot::Spot,
    text, texts,
};
use crate::{
    model::Place,
    openapi::{
        json::Json,
        surface::{Field, Object, ObjectId, Presence},
    },
};

impl<'d> Reader<'d> {
    /// An object with properties; a component is read once.
    pub(super) fn object(&mut self, spot: &Spot<'d>) -> Option<ObjectId> {
        if let Some(id) = self.objects.get(&spot.pointer) {
            return Some(*id);
        }
        self.used(spot, &["properties", "required", "additionalProperties"]);
        if let Some(more) =
            spot.get("additionalProperties").filter(|spot| spot.json.kind() == "an object")
        {
            self.refuse(&more, "a map of free keys cannot be expressed", "list the properties");
            return None;
        }
        let id = self.reserve(spot);
        let fields = self.fields(spot, Place::Body);
        self.surface.object_mut(id).fields = fields;
        Some(id)
    }

    /// Objects of which one, some or all describe a value: their fields together.
    pub(super) fn combined(&mut self, spot: &Spot<'d>) -> Option<ObjectId> {
        if let Some(id) = self.objects.get(&spot.pointer) {
            return Some(*id);
        }
        self.used(spot, &["oneOf", "anyOf", "allOf", "properties", "required"]);
        let id = self.reserve(spot);
        let mut fields = self.fields(spot, Place::Body);
        for word in ["oneOf", "anyOf", "allOf"] {
            let Some(list) = spot.get(word) else { continue };
            self.treat(
                format!("the objects of `{word}` are read as one with the fields of all"),
                &list,
            );
            let objects =
                list.items().map(|item| self.alternative(&item)).collect::<Option<Vec<_>>>()?;
            self.merge(&mut fields, &objects, word == "allOf");
        }
        self.surface.object_mut(id).fields = fields;
        Some(id)
    }

    fn alternative(&mut self, spot: &Spot<'d>) -> Option<ObjectId> {
        let target = self.follow(spot)?;
        if is_combined(&target) {
            return self.combined(&target);
        }
        if target.get("properties").is_some() {
            return self.object(&target);
        }
        self.refuse(spot, "only objects can be put together", "give one type");
        None
    }

    /// A field that not all alternatives demand need not be there.
    fn merge(&self, fields: &mut Vec<Field>, objects: &[ObjectId], all: bool) {
        for id in objects {
            for field in &self.surface.object(*id).fields {
                if fields.iter().any(|known| known.name == field.name) {
                    continue;
                }
                let mut field = field.clone();
                let demanded = |id: &ObjectId| {
                    let mut others = self.surface.object(*id).fields.iter();
                    others.any(|other| {
                        other.name == field.name && other.presence == Presence::Required
                    })
                };
                let required =
                    if all { objects.iter().any(demanded) } else { objects.iter().all(demanded) };
                if !required && field.presence == Presence::Required {
                    field.presence = Presence::Optional;
                }
                fields.push(field);
            }
        }
    }

    fn reserve(&mut self, spot: &Spot<'d>) -> ObjectId {
        let object = Object {
            origin: self.origin(spot),
            name: component(&spot.pointer),
            title: text(spot, "title"),
            fields: Vec::new(),
        };
        let id = self.surface.add_object(object);
        self.objects.insert(spot.pointer.clone(), id);
        id
    }

    /// The properties of an object as fields that travel in `place`.
    pub(super) fn fields(&mut self, spot: &Spot<'d>, place: Place) -> Vec<Field> {
        let required = texts(spot, "required");
        let properties = spot.get("properties");
        for name in &required {
            if properties.as_ref().is_none_or(|properties| properties.get(name).is_none()) {
                self.treat("required names without a property are not used", &spot.at("required"));
            }
        }
        let mut fields = Vec::new();
        for (name, property) in properties.iter().flat_map(Spot::entries) {
            let is_required = required.iter().any(|required| required == name);
            fields.extend(self.field(name, &property, is_required, place));
        }
        self.conditions(spot, &mut fields);
        fields
    }

    /// A field. `None` after refusing it.
    pub(super) fn field(
        &mut self,
        name: &str,
        spot: &Spot<'d>,
        required: bool,
        place: Place,
    ) -> Option<Field> {
        if name.is_empty() || name.contains(char::is_whitespace) {
            self.refuse(spot, format!("`{name}` is no name of a field"), "correct the name");
            return None;
        }
        let shape = self.shape(spot)?;
        let target = self.follow(spot)?;
        let here_or_there = |key: &str| spot.json.get(key).or_else(|| target.json.get(key));
        let title = here_or_there("title").and_then(Json::text).unwrap_or_default().to_owned();
        let presence = match (required, here_or_there("x-expected").is_some_and(Json::is_true)) {
            (_, true) => Presence::Expected,
            (true, false) => Presence::Required,
            (false, false) => Presence::Optional,
        };
        let computed = ["x-computed", "const"].iter().any(|key| here_or_there(key).is_some());
        Some(Field {
            origin: self.origin(spot),
            name: name.to_owned(),
            title: title.lines().next().unwrap_or_default().to_owned(),
            place,
            presence,
            shape,
            required_when: None,
            example: here_or_there("example").cloned(),
            computed,
        })
    }

    /// `x-required-when: [{field: a, when: {b: [VALUE]}}]`
    pub(super) fn conditions(&mut self, spot: &Spot<'d>, fields: &mut [Field]) {
        let Some(conditions) = spot.get("x-required-when") else { return };
        for condition in conditions.items() {
            let name = text(&condition, "field");
            let when = condition.get("when");
            let sibling = when.as_ref().and_then(|when| when.entries().next());
            let field = fields.iter_mut().find(|field| field.name == name);
            let (Some(when), Some((sibling, _)), Some(field)) = (&when, sibling, field) else {
                self.refuse(
                    &condition,
                    "this condition names no field, or no sibling",
                    "write `{\"field\": NAME, \"when\": {SIBLING: VALUE}}`",
                );
                continue;
            };
            field.required_when = Some((sibling.to_owned(), texts(when, sibling)));
        }
    }
}
