//! Fields: one line and its keys become a typed field.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Scope, example,
    names::{self, Refusal},
    notation::{self, Line, Notation, Word},
};
use crate::{
    diagnostic::Mark,
    model::{Computed, Digest, Field, Format, Name, Place, Presence, Type},
    source::{
        document::At,
        fields::{Condition, FieldEntry},
    },
};

/// Lowers the fields of an object or of a response written in place.
pub(crate) fn of_struct(entries: &[FieldEntry], scope: &mut Scope<'_, '_>) -> Vec<Field> {
    let lowered: Vec<_> = entries
        .iter()
        .filter_map(|entry| Some((entry, lower(entry, Place::Body, scope)?)))
        .collect();
    check_siblings(lowered, scope)
}

/// Checks what concerns a whole struct: names given once, conditions that name a sibling.
pub(crate) fn check_siblings(
    lowered: Vec<(&FieldEntry, Field)>,
    scope: &mut Scope<'_, '_>,
) -> Vec<Field> {
    let (entries, fields): (Vec<&FieldEntry>, Vec<Field>) = lowered.into_iter().unzip();
    let mut rust_names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut wire_names = BTreeSet::new();
    for (entry, field) in entries.iter().zip(&fields) {
        if let Some(earlier) = rust_names.insert(&field.name.rust, &entry.field.value) {
            let message =
                format!("`{}` is named a second time (also by `{earlier}`)", field.name.rust);
            scope.refuse(
                entry.field.at,
                message,
                "a struct has each name once: delete one, or give it another with `rust:`",
            );
        } else if !wire_names.insert((field.place, &field.name.wire)) {
            scope.refuse(
                entry.field.at,
                format!("`{}` stands twice in the same place", field.name.wire),
                "delete one of the two: they would overwrite each other on the wire",
            );
        }
        if let Some(condition) = &entry.required_when {
            check_condition(condition, field, &fields, scope);
        }
    }
    fields
}

fn check_condition(
    condition: &Condition,
    field: &Field,
    fields: &[Field],
    scope: &mut Scope<'_, '_>,
) {
    let Some(sibling) = field.sibling(fields, &condition.field.value) else {
        let message = format!("there is no field `{}` beside this one", condition.field.value);
        return scope.refuse(condition.field.at, message, "name a field of the same object");
    };
    match &sibling.ty {
        Type::Enum(id) => {
            for value in &condition.values {
                if !scope.enums[id.0].values.iter().any(|known| known.value.value == value.value) {
                    let message = format!(
                        "`{}` is no value of `{}`",
                        value.value, scope.enums[id.0].name.value
                    );
                    scope.refuse(
                        value.at,
                        message,
                        "name a value that the enumeration lists, or list it there",
                    );
                }
            }
        }
        Type::Text { encrypted: false, secret: false, .. } => {}
        _ => scope.refuse(
            condition.field.at,
            format!("`{}` is neither a string nor an enumeration", condition.field.value),
            "a condition compares a sibling with texts",
        ),
    }
}

/// Lowers one field.
pub(crate) fn lower(entry: &FieldEntry, place: Place, scope: &mut Scope<'_, '_>) -> Option<Field> {
    let at = entry.field.at;
    let line = scope.accept(at, notation::line(&entry.field.value))?;
    let name = scope.accept(at, field_name(&line.name, entry.rust.as_ref()))?;
    let ty = lower_type(&line.ty, at, scope)?;
    let ty = attach(ty, entry, at, scope);
    check_place(&line, &ty, place, at, scope);
    let computed = computed(entry, &ty, place, scope);
    let unit = unit(entry, &ty, scope);
    let mut field = Field {
        name,
        texts: scope.texts(&entry.texts),
        place,
        presence: presence(line.presence, entry.required_when.as_ref(), at, scope),
        ty,
        notation: line.ty.text(),
        unit,
        deprecated: entry.deprecated.as_ref().map(|reason| reason.value.clone()),
        computed,
        example: None,
        boxed: false,
    };
    field.example = example::check(entry, &field, scope);
    Some(field)
}

/// What the number counts. The platform counts money in whole fen, whatever kind of number a page calls it.
fn unit(entry: &FieldEntry, ty: &Type, scope: &mut Scope<'_, '_>) -> Option<String> {
    let unit = entry.unit.as_ref()?;
    if unit.value == "fen" && matches!(ty.leaf(), Type::Decimal) {
        scope.refuse(unit.at, "there is no part of a fen", "write `integer`");
    }
    Some(unit.value.clone())
}

fn field_name(wire: &str, rust: Option<&At<String>>) -> Result<Name, Refusal> {
    match rust {
        Some(rust) => names::given_field(wire, &rust.value),
        None => names::field(wire),
    }
}

fn presence(
    word: Word,
    condition: Option<&Condition>,
    at: Mark,
    scope: &mut Scope<'_, '_>,
) -> Presence {
    if condition.is_some() && word != Word::Optional {
        scope.refuse(
            at,
            "a field that must be there anyway needs no `required_when`",
            "write `optional`, or delete `required_when`",
        );
    }
    match (word, condition) {
        (Word::Required, _) => Presence::Required,
        (Word::Expected, _) => Presence::Expected,
        (Word::Optional, None) => Presence::Optional,
        (Word::Optional, Some(condition)) => Presence::RequiredWhen {
            field: condition.field.value.clone(),
            values: condition.values.iter().map(|value| value.value.clone()).collect(),
        },
    }
}

fn lower_type(notation: &Notation, at: Mark, scope: &mut Scope<'_, '_>) -> Option<Type> {
    Some(match notation {
        Notation::Text(length) => Type::Text {
            length: *length,
            format: None,
            pattern: None,
            encrypted: false,
            secret: false,
        },
        Notation::Integer(range) => Type::Integer(*range),
        Notation::Decimal => Type::Decimal,
        Notation::Boolean => Type::Boolean,
        Notation::Named(name) => scope.named(name, at)?,
        Notation::List(item, count) => {
            Type::List { item: Box::new(lower_type(item, at, scope)?), count: *count }
        }
        Notation::Json(value, length) => {
            Type::Json { value: Box::new(lower_type(value, at, scope)?), length: *length }
        }
        Notation::Any => Type::Any,
    })
}

/// Attaches `format`, `pattern` and `encrypted` to the string they belong to.
fn attach(mut ty: Type, entry: &FieldEntry, at: Mark, scope: &mut Scope<'_, '_>) -> Type {
    let given_format = entry.format.as_ref().and_then(|word| lower_format(word, scope));
    let given_pattern = entry.pattern.as_ref().and_then(|text| lower_pattern(text, scope));
    if let Type::Text { format, pattern, encrypted, secret, .. } = ty.leaf_mut() {
        *format = given_format;
        *pattern = given_pattern;
        *encrypted = entry.encrypted.is_some();
        *secret = entry.secret.is_some();
        if let (true, Some(at)) = (*encrypted, entry.secret) {
            scope.refuse(at, "an encrypted field is shown nowhere already", "delete `secret`");
        }
    } else if let Some(at) = entry
        .encrypted
        .or(entry.secret)
        .or_else(|| entry.format.as_ref().or(entry.pattern.as_ref()).map(|_| at))
    {
        scope.refuse(
            at,
            "only strings have a format or a pattern, are encrypted or secret",
            "delete the key, or write `string`",
        );
    }
    ty
}

fn lower_format(word: &At<String>, scope: &mut Scope<'_, '_>) -> Option<Format> {
    let found =
        Format::ALL.iter().find(|(known, _)| *known == word.value).map(|(_, format)| *format);
    if found.is_none() {
        let known: Vec<&str> = Format::ALL.iter().map(|(word, _)| *word).collect();
        scope.refuse(
            word.at,
            format!("there is no format `{}`", word.value),
            format!("formats are: {}", known.join(", ")),
        );
    }
    found
}

fn lower_pattern(text: &At<String>, scope: &mut Scope<'_, '_>) -> Option<String> {
    match regex_lite::Regex::new(&text.value) {
        Ok(_) => Some(text.value.clone()),
        Err(error) => {
            scope.refuse(
                text.at,
                format!("this pattern is no regular expression: {error}"),
                "mend it, anchored with ^ and $",
            );
            None
        }
    }
}

fn check_place(line: &Line, ty: &Type, place: Place, at: Mark, scope: &mut Scope<'_, '_>) {
    let name = &line.name;
    if !fits(ty, place) {
        scope.refuse(
            at,
            format!("`{name}` cannot travel here"),
            "objects and arrays go into the body; a query also takes arrays of scalars, and json[TYPE]",
        );
    }
    match place {
        Place::Path if line.presence != Word::Required => {
            scope.refuse(
                at,
                format!("`{name}` is part of the path"),
                "a field of the path is always `required`",
            );
        }
        Place::Header if OWN_HEADERS.iter().any(|own| own.eq_ignore_ascii_case(name)) => {
            scope.refuse(at, format!("the client itself sends `{name}`"), "delete the field");
        }
        _ => {}
    }
}

/// Whether a value has a form in this place.
fn fits(ty: &Type, place: Place) -> bool {
    let scalar = |ty: &Type| {
        !matches!(ty, Type::Object(_) | Type::List { .. } | Type::Json { .. } | Type::Any)
    };
    match (place, ty) {
        (Place::Body | Place::Meta, _) => true,
        (Place::Query, Type::List { item, .. }) => scalar(item),
        (Place::Query, Type::Json { .. }) => true,
        (Place::Path | Place::Query | Place::Header | Place::Form, ty) => scalar(ty),
    }
}

/// Headers that are the runtime's business on every call.
pub(crate) const OWN_HEADERS: [&str; 8] = [
    "Accept",
    "Accept-Language",
    "Authorization",
    "Content-Length",
    "Content-Type",
    "Host",
    "User-Agent",
    "Wechatpay-Serial",
];

fn computed(
    entry: &FieldEntry,
    ty: &Type,
    place: Place,
    scope: &mut Scope<'_, '_>,
) -> Option<Computed> {
    let (at, computed) = match (&entry.computed, &entry.constant) {
        (None, None) => return None,
        (Some(word), None) => match word.value.as_str() {
            "filename" => (word.at, Computed::FileName),
            "sha256" => (word.at, Computed::Digest(Digest::Sha256)),
            "sm3" => (word.at, Computed::Digest(Digest::Sm3)),
            other => {
                scope.refuse(
                    word.at,
                    format!("the client cannot compute `{other}`"),
                    "it computes: filename, sha256, sm3",
                );
                return None;
            }
        },
        (None, Some(text)) => (text.at, Computed::Constant(text.value.clone())),
        (Some(_), Some(text)) => {
            scope.refuse(
                text.at,
                "a field is either `computed` or `constant`",
                "delete one of the two",
            );
            return None;
        }
    };
    if !matches!(place, Place::Meta | Place::Form) || !matches!(ty, Type::Text { .. }) {
        scope.refuse(
            at,
            "only strings of an upload's `meta` and `form` are filled in by the client",
            "delete the key",
        );
    }
    Some(computed)
}
