//! Values of a field that should be read, and values that should not.

use serde_json::{Value, json};
use wechatpay_codegen::model::{Field, Presence, Product, Type};

/// A value as it stands in the answer; `None` if it does not.
pub(super) struct Probe {
    pub(super) value: Option<Value>,
    /// Where, from the field on, something else is expected, and what; `None` if all is fine.
    pub(super) wrong: Wrong,
}

type Wrong = Option<(String, &'static str)>;

pub(super) fn of(product: &Product, field: &Field) -> Vec<Probe> {
    let missing = (field.presence == Presence::Required).then(|| at("", "expected a value"));
    let mut probes = vec![
        Probe { value: None, wrong: missing.clone() },
        Probe { value: Some(Value::Null), wrong: missing.clone() },
    ];
    let values = match &field.ty {
        Type::Json { value, .. } => {
            probes.push(Probe { value: Some("".into()), wrong: missing });
            in_text(values(product, value))
        }
        ty => values(product, ty),
    };
    probes.extend(values.into_iter().map(|(value, wrong)| Probe { value: Some(value), wrong }));
    probes
}

/// Values that travel as JSON in a string.
fn in_text(values: Vec<(Value, Wrong)>) -> Vec<(Value, Wrong)> {
    let mut texts = vec![
        (json!(7), Some(at("", "expected a string"))),
        (json!("{"), Some(at("", "expected JSON in a string"))),
    ];
    texts.extend(values.into_iter().map(|(value, wrong)| (value.to_string().into(), wrong)));
    texts
}

fn values(product: &Product, ty: &Type) -> Vec<(Value, Wrong)> {
    let expected = |word| Some(at("", word));
    match ty {
        Type::Text { .. } => vec![
            // Limits are not for the client to enforce in what it receives.
            (json!("票 🚕".repeat(100)), None),
            (json!(7), expected("expected a string")),
            (json!({}), expected("expected a string")),
        ],
        Type::Integer(_) => vec![
            (json!(i64::MIN), None),
            (json!("7"), expected("expected a 64-bit integer")),
            (json!(1.5), expected("expected a 64-bit integer")),
            (json!(u64::MAX), expected("expected a 64-bit integer")),
        ],
        Type::Decimal => {
            vec![(json!(-0.5), None), (json!(7), None), (json!("7"), expected("expected a number"))]
        }
        Type::Boolean => {
            vec![(json!(true), None), (json!("true"), expected("expected true or false"))]
        }
        Type::Enum(id) if product.enumeration(*id).integer => {
            vec![(json!(987_654), None), (json!("987654"), expected("expected a number"))]
        }
        Type::Enum(_) => vec![
            (json!("NEW_VALUE"), None),
            (json!(""), None),
            (json!(7), expected("expected a string")),
        ],
        Type::Object(_) => vec![
            (json!([]), expected("expected an object")),
            (json!("{}"), expected("expected an object")),
        ],
        Type::List { item, .. } => list(values(product, item)),
        Type::Json { .. } => panic!("no JSON in a string stands in a list or in such JSON"),
        Type::Any => vec![(json!([1]), None), (json!("7"), None)],
    }
}

/// Lists of one such item.
fn list(items: Vec<(Value, Wrong)>) -> Vec<(Value, Wrong)> {
    let expected = Some(at("", "expected a list"));
    let mut lists = vec![(json!([]), None), (json!({}), expected)];
    lists.extend(items.into_iter().map(|(value, wrong)| {
        let wrong = wrong.map(|(within, word)| (format!("[0]{within}"), word));
        (json!([value]), wrong)
    }));
    lists
}

fn at(within: &str, word: &'static str) -> (String, &'static str) {
    (within.to_owned(), word)
}
