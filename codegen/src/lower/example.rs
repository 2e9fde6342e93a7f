//! Examples: each must fit its own field's rules, because documentation, tests and the sandbox show it as valid.

use std::fmt::Display;

use serde_json::Value as Json;

use super::Scope;
use crate::{
    model::{EnumId, Field, Presence, Type},
    source::{
        fields::FieldEntry,
        node::{Node, Value},
    },
};

/// The example of a field as JSON, checked; a field that needs one and has none is reported.
pub(crate) fn check(entry: &FieldEntry, field: &Field, scope: &mut Scope<'_, '_>) -> Option<Json> {
    let Some(node) = &entry.example else {
        let has_pattern = matches!(field.ty.leaf(), Type::Text { pattern: Some(_), .. });
        let shown = matches!(field.presence, Presence::Required | Presence::Expected);
        if has_pattern && shown && field.computed.is_none() {
            scope.refuse(
                entry.field.at,
                "a field with a pattern that examples must show needs an example",
                "add `example:`",
            );
        }
        return None;
    };
    if field.computed.is_some() {
        scope.refuse(node.at, "the client fills this field in", "delete the example");
        return None;
    }
    example(node, &field.ty, scope)
}

fn example(node: &Node, ty: &Type, scope: &mut Scope<'_, '_>) -> Option<Json> {
    match (ty, &node.value) {
        (Type::Text { .. }, Value::Text(text)) => check_text(node, text, ty, scope),
        (Type::Integer(range), Value::Integer(number)) if range.contains(*number) => {
            Some((*number).into())
        }
        (Type::Integer(_), Value::Integer(number)) => {
            refuse(node, format!("{number} is out of range"), scope)
        }
        (Type::Decimal, Value::Integer(number)) => Some((*number).into()),
        (Type::Decimal, Value::Float(number)) => Some((*number).into()),
        (Type::Boolean, Value::Boolean(flag)) => Some((*flag).into()),
        (Type::Enum(id), value) => check_enum(node, *id, value, scope),
        (Type::Any, _) => Some(any(node)),
        (Type::Json { value, length }, _) => {
            let json = example(node, value, scope)?.to_string();
            let chars = i64::try_from(json.chars().count()).unwrap_or(i64::MAX);
            if !length.contains(chars) {
                return refuse(node, format!("its JSON has {chars} characters"), scope);
            }
            Some(json.into())
        }
        (Type::List { item, count }, Value::List(nodes)) if !matches!(**item, Type::Object(_)) => {
            if !count.contains(i64::try_from(nodes.len()).unwrap_or(i64::MAX)) {
                return refuse(
                    node,
                    format!("{} items are too few or too many", nodes.len()),
                    scope,
                );
            }
            nodes
                .iter()
                .map(|node| example(node, item, scope))
                .collect::<Option<Vec<_>>>()
                .map(Json::Array)
        }
        (ty, _) if matches!(ty.leaf(), Type::Object(_)) => {
            scope.refuse(
                node.at,
                "an object's example is made from its fields' examples",
                "delete this one",
            );
            None
        }
        _ => refuse(node, format!("found {}", node.kind()), scope),
    }
}

/// YAML as the JSON it means.
fn any(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Boolean(flag) => (*flag).into(),
        Value::Integer(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::List(nodes) => nodes.iter().map(any).collect(),
        Value::Map(entries) => {
            let members = entries.iter().map(|entry| (entry.key.clone(), any(&entry.node)));
            Json::Object(members.collect())
        }
    }
}

fn check_text(node: &Node, text: &str, ty: &Type, scope: &mut Scope<'_, '_>) -> Option<Json> {
    let Type::Text { length, format, pattern, encrypted, .. } = ty else { return None };
    let chars = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    if !length.contains(chars) {
        return refuse(node, format!("it has {chars} characters"), scope);
    }
    if let Some(format) = format.filter(|format| !format.accepts(text)) {
        return refuse(node, format!("it is no {}", format.word()), scope);
    }
    if pattern
        .as_ref()
        .is_some_and(|p| regex_lite::Regex::new(p).is_ok_and(|regex| !regex.is_match(text)))
    {
        return refuse(node, "it does not match the pattern", scope);
    }
    if text.chars().any(|c| c.len_utf8() > 3) {
        return refuse(node, "WeChat Pay refuses characters of four bytes in UTF-8", scope);
    }
    if *encrypted && text.len() > 214 {
        return refuse(
            node,
            "at most 214 bytes can be encrypted; give the plain text, not the ciphertext",
            scope,
        );
    }
    Some(text.into())
}

fn check_enum(node: &Node, id: EnumId, value: &Value, scope: &mut Scope<'_, '_>) -> Option<Json> {
    let entry = &scope.enums[id.0];
    let (wire, json) = match value {
        Value::Text(text) if !entry.integer => (text.clone(), Json::from(text.as_str())),
        Value::Integer(number) if entry.integer => (number.to_string(), Json::from(*number)),
        _ => return refuse(node, format!("found {}", node.kind()), scope),
    };
    if entry.values.iter().any(|known| known.value.value == wire) {
        return Some(json);
    }
    let message = format!("`{wire}` is no value of `{}`", entry.name.value);
    scope.refuse(node.at, message, "use a value that the enumeration lists, or list it there");
    None
}

fn refuse(node: &Node, why: impl Display, scope: &mut Scope<'_, '_>) -> Option<Json> {
    scope.refuse(
        node.at,
        format!("the example does not fit the field's type: {why}"),
        "correct the example or the rule",
    );
    None
}
