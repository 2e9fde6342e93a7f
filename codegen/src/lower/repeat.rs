//! What makes a call safe to repeat.

use super::Scope;
use crate::{
    diagnostic::Mark,
    model::{Field, Method, Place, Repeat, Type},
    source::document::OperationEntry,
};

const REPEATS: &str = "write `read` (it only reads), `overwrite` (it sets a state), `number FIELD` (the merchant's \
                       own number), `idempotency-key` (the header) or `never`";

/// Says by what virtue a call can be repeated.
pub(super) fn lower(
    entry: &OperationEntry,
    method: Method,
    fields: &[Field],
    scope: &mut Scope<'_, '_>,
) -> Option<Repeat> {
    let Some(given) = &entry.repeat else {
        if method == Method::Get {
            return Some(Repeat::Read);
        }
        scope.refuse(
            entry.name.at,
            "it is not said what makes this call safe to repeat",
            format!("add `repeat:`; {REPEATS}"),
        );
        return None;
    };
    if method == Method::Get {
        scope.refuse(given.at, "a GET request only reads", "delete `repeat`");
        return None;
    }
    match given.value.split_once(' ').unwrap_or((&given.value, "")) {
        ("read", "") => Some(Repeat::Read),
        ("overwrite", "") => Some(Repeat::Overwrite),
        ("never", "") => Some(Repeat::Never),
        ("idempotency-key", "") => by_header(given.at, fields, scope),
        ("number", name) => by_number(name, given.at, fields, scope),
        _ => {
            scope.refuse(
                given.at,
                format!("`{}` does not say what makes a call safe to repeat", given.value),
                REPEATS,
            );
            None
        }
    }
}

fn by_header(at: Mark, fields: &[Field], scope: &mut Scope<'_, '_>) -> Option<Repeat> {
    if fields
        .iter()
        .any(|field| field.place == Place::Header && field.name.wire == "Idempotency-Key")
    {
        return Some(Repeat::IdempotencyKey);
    }
    scope.refuse(at, "this operation has no header `Idempotency-Key`", "list it under `header`");
    None
}

fn by_number(name: &str, at: Mark, fields: &[Field], scope: &mut Scope<'_, '_>) -> Option<Repeat> {
    if fields.iter().any(|field| field.name.wire == name && matches!(field.ty, Type::Text { .. })) {
        return Some(Repeat::Number(name.to_owned()));
    }
    scope.refuse(
        at,
        format!("`{name}` is no string of this request"),
        "name the field of the merchant's own number",
    );
    None
}
