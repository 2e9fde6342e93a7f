//! The values a request gives its operation's own fields, wherever they travel, in one form.

use std::collections::BTreeMap;

use serde_json::{Number, Value};
use wechatpay_codegen::model::{Field, Operation, Place, Product, Type};

use super::{Parts, Payload};

/// Values by place and wire name. Texts of path, query and headers have become values of the field's type; where the
/// text does not fit the type, it stays a string, and the type check refuses it.
#[derive(Debug, Default)]
pub(crate) struct Given(BTreeMap<(Place, String), Value>);

impl Given {
    pub(crate) fn new(product: &Product, operation: &Operation, parts: &Parts) -> Self {
        let values = operation.fields.iter().filter_map(|field| {
            let value = read(product, field, parts)?;
            Some(((field.place, field.name.wire.clone()), value))
        });
        Self(values.collect())
    }

    /// The value of a field.
    pub(crate) fn get(&self, field: &Field) -> Option<&Value> {
        self.0.get(&(field.place, field.name.wire.clone()))
    }
}

fn read(product: &Product, field: &Field, parts: &Parts) -> Option<Value> {
    let name = field.name.wire.as_str();
    let typed = |text: &str| from_text(product, text, &field.ty);
    match field.place {
        Place::Path => parts.path.get(name).map(|text| typed(text)),
        Place::Query => {
            parts.query.iter().find(|(key, _)| key == name).map(|(_, text)| typed(text))
        }
        Place::Header => {
            parts.headers.get(name).map(|value| typed(&String::from_utf8_lossy(value.as_bytes())))
        }
        Place::Body => match &parts.body {
            Payload::Json(body) => body.get(name).cloned(),
            _ => None,
        },
        Place::Meta => match &parts.body {
            Payload::Upload { meta, .. } => meta.get(name).cloned(),
            _ => None,
        },
        Place::Form => match &parts.body {
            Payload::Upload { form, .. } => form.get(name).map(|text| typed(text)),
            _ => None,
        },
    }
}

/// A text as the value its type says it means; a string if it means none.
fn from_text(product: &Product, text: &str, ty: &Type) -> Value {
    let value = match ty {
        Type::Text { .. } | Type::Json { .. } => None,
        Type::Enum(id) if !product.enumeration(*id).integer => None,
        Type::Integer(_) | Type::Enum(_) => integer(text).map(Value::from),
        Type::Decimal => serde_json::from_str::<Number>(text).ok().map(Value::Number),
        Type::Boolean => text.parse::<bool>().ok().map(Value::Bool),
        Type::List { .. } if text.is_empty() => Some(Value::Array(Vec::new())),
        Type::List { item, .. } => {
            Some(text.split(',').map(|text| from_text(product, text, item)).collect())
        }
        Type::Object(_) | Type::Any => super::parse_json(text.as_bytes()).ok(),
    };
    value.unwrap_or_else(|| text.into())
}

/// Digits, at most one minus sign before them, nothing else.
fn integer(text: &str) -> Option<i64> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

#[cfg(test)]
mod tests {
    use super::integer;

    #[test]
    fn integers_are_digits() {
        let cases = [
            ("510100", Some(510_100)),
            ("-1", Some(-1)),
            ("+1", None),
            ("1.0", None),
            ("", None),
            ("9223372036854775808", None),
        ];
        for (text, expected) in cases {
            assert_eq!(integer(text), expected, "{text}");
        }
    }
}
