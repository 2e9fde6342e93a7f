//! Routes: method and path of an operation.

use super::Scope;
use crate::{
    model::{Field, Method, Place, Segment},
    source::document::{At, OperationEntry},
};

/// Method, path, and its segments.
pub(super) fn lower(
    entry: &OperationEntry,
    fields: &[Field],
    scope: &mut Scope<'_, '_>,
) -> Option<(Method, String, Vec<Segment>)> {
    let [(word, path)] = entry.routes.as_slice() else {
        let message = format!("`{}` has {} methods", entry.name.value, entry.routes.len());
        scope.refuse(
            entry.name.at,
            message,
            "give exactly one of `get`, `post`, `put`, `patch`, `delete` with the path",
        );
        return None;
    };
    let method = match *word {
        "get" => Method::Get,
        "post" => Method::Post,
        "put" => Method::Put,
        "patch" => Method::Patch,
        _ => Method::Delete,
    };
    if let (Method::Get, Some((at, _))) = (method, &entry.body) {
        scope.refuse(*at, "a GET request has no body", "move the fields to `query`");
    }
    if let (Some((at, _)), Some(_)) = (&entry.body, &entry.upload) {
        scope.refuse(*at, "an upload has no JSON body", "move the fields to `upload: meta:`");
    }
    if let Some(upload) = entry.upload.as_ref().filter(|_| method != Method::Post) {
        scope.refuse(upload.at, "an upload is a POST request", "write `post:` with the path");
    }
    let segments = segments(path, scope)?;
    check_path_fields(path, &segments, fields, scope);
    Some((method, path.value.clone(), segments))
}

fn segments(path: &At<String>, scope: &mut Scope<'_, '_>) -> Option<Vec<Segment>> {
    let text = path.value.as_str();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~{}".contains(c);
    if !text.starts_with('/') || text.contains("//") || !text.chars().all(plain) {
        let message = format!("`{text}` is not a path");
        scope.refuse(
            path.at,
            message,
            "write it from the first slash on, without host and query, fields as {name}",
        );
        return None;
    }
    let mut segments = Vec::new();
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        segments.push(Segment::Literal(literal.to_owned()));
        segments.push(Segment::Field(name.to_owned()));
        rest = after;
    }
    if rest.contains(['{', '}']) {
        scope.refuse(
            path.at,
            format!("the braces of `{text}` do not match"),
            "write each field as {name}",
        );
        return None;
    }
    segments.push(Segment::Literal(rest.to_owned()));
    segments.retain(|segment| !matches!(segment, Segment::Literal(text) if text.is_empty()));
    Some(segments)
}

fn check_path_fields(
    path: &At<String>,
    segments: &[Segment],
    fields: &[Field],
    scope: &mut Scope<'_, '_>,
) {
    for segment in segments {
        let Segment::Field(name) = segment else { continue };
        if !fields.iter().any(|field| field.place == Place::Path && field.name.wire == *name) {
            scope.refuse(
                path.at,
                format!("the path names `{name}`, which is no field"),
                format!("list `{name}` under `path`"),
            );
        }
    }
    for field in fields.iter().filter(|field| field.place == Place::Path) {
        if !segments.contains(&Segment::Field(field.name.wire.clone())) {
            let message = format!("the path does not hold `{{{}}}`", field.name.wire);
            scope.refuse(path.at, message, "put it into the path, or move the field to `query`");
        }
    }
}
