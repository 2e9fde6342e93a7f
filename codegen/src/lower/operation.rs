//! Operations: route, request, response, errors, and what makes the call safe to repeat.

use super::{Scope, field, names, text};
use crate::{
    diagnostic::Mark,
    model::{ErrorCode, Field, Host, Method, Object, ObjectId, Operation, Place, Repeat, Response, Segment, Type, Upload},
    source::{
        document::{At, OperationEntry, ProductDocument, ResponseEntry},
        fields::FieldEntry,
    },
};

const ROLES: [&str; 7] =
    ["merchant", "direct_merchant", "partner", "ecommerce_platform", "channel", "institution", "brand"];

/// An operation, and the object of its response if that is written in place.
pub(super) struct Lowered {
    pub(super) operation: Option<Operation>,
    pub(super) response: Option<Object>,
}

/// Lowers one operation of `document`.
pub(super) fn lower(
    entry: &OperationEntry,
    document: &ProductDocument,
    hosts: &[Host],
    scope: &mut Scope<'_, '_>,
) -> Lowered {
    let at = entry.name.at;
    let named = names::operation(&entry.name.value);
    let name = scope.accept(at, named);
    if document.operations.iter().take_while(|other| !std::ptr::eq(*other, entry)).any(|other| other.name.value == entry.name.value) {
        scope.refuse(at, format!("`{}` is the name of an earlier operation", entry.name.value), "rename one of the two");
    }
    let base = names::pascal(&entry.name.value);
    let fields = request_fields(entry, scope);
    let route = route(entry, &fields, scope);
    let (response, object) = match &entry.response {
        Some(entry) => response(entry, &base, scope),
        None => (None, None),
    };
    let repeat = route.as_ref().and_then(|(method, _, _)| repeat(entry, *method, &fields, scope));
    let texts = scope.texts(&entry.texts);
    let upload = entry.upload.as_ref().map(|upload| Upload { texts: scope.texts(&upload.texts) });
    let assembled = (|| {
        let (method, path, segments) = route?;
        Some(Operation {
            name: name?,
            request: format!("{base}Request"),
            optional: format!("{base}Optional"),
            texts,
            method,
            path,
            segments,
            host: host(entry.host.as_ref().or(document.host.as_ref()), hosts, scope)?,
            roles: roles(entry, document, scope),
            page: page(entry, scope)?,
            deprecated: entry.deprecated.as_ref().map(|reason| reason.value.clone()),
            fields,
            has_body: entry.body.is_some() || entry.upload.is_some(),
            upload,
            response: response?,
            errors: errors(entry, scope),
            repeat: repeat?,
        })
    })();
    Lowered { operation: assembled, response: object }
}

fn request_fields(entry: &OperationEntry, scope: &mut Scope<'_, '_>) -> Vec<Field> {
    let body = entry.body.as_ref().map_or(&[][..], |(_, fields)| fields);
    let meta = entry.upload.as_ref().map_or(&[][..], |upload| &upload.meta);
    let places = [
        (Place::Path, entry.path.as_slice()),
        (Place::Query, &entry.query),
        (Place::Header, &entry.header),
        (Place::Body, body),
        (Place::Meta, meta),
    ];
    let mut lowered = Vec::new();
    let mut entries: Vec<&FieldEntry> = Vec::new();
    for (place, list) in places {
        lowered.extend(field::fields(list, place, scope));
        entries.extend(list);
    }
    field::check_siblings(&entries, &lowered, scope);
    for entry in &entries {
        let taken = lowered.iter().find(|field| {
            entry.field.value.starts_with(&format!("{} ", field.name.wire)) && matches!(field.name.rust.as_str(), "optional" | "file")
        });
        if let Some(field) = taken {
            let message = format!("`{}` is a part of every request struct", field.name.rust);
            scope.refuse(entry.field.at, message, "give the field another name with `rust:`");
        }
    }
    lowered
}

/// Method, path, and its segments.
fn route(entry: &OperationEntry, fields: &[Field], scope: &mut Scope<'_, '_>) -> Option<(Method, String, Vec<Segment>)> {
    let [(word, path)] = entry.routes.as_slice() else {
        let message = format!("`{}` has {} methods", entry.name.value, entry.routes.len());
        scope.refuse(entry.name.at, message, "give exactly one of `get`, `post`, `put`, `patch`, `delete` with the path");
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
        scope.refuse(path.at, message, "write it from the first slash on, without host and query, fields as {name}");
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
        scope.refuse(path.at, format!("the braces of `{text}` do not match"), "write each field as {name}");
        return None;
    }
    segments.push(Segment::Literal(rest.to_owned()));
    segments.retain(|segment| !matches!(segment, Segment::Literal(text) if text.is_empty()));
    Some(segments)
}

fn check_path_fields(path: &At<String>, segments: &[Segment], fields: &[Field], scope: &mut Scope<'_, '_>) {
    for segment in segments {
        let Segment::Field(name) = segment else { continue };
        if !fields.iter().any(|field| field.place == Place::Path && field.name.wire == *name) {
            scope.refuse(path.at, format!("the path names `{name}`, which is no field"), format!("list `{name}` under `path`"));
        }
    }
    for field in fields.iter().filter(|field| field.place == Place::Path) {
        if !segments.contains(&Segment::Field(field.name.wire.clone())) {
            let message = format!("the path does not hold `{{{}}}`", field.name.wire);
            scope.refuse(path.at, message, "put it into the path, or move the field to `query`");
        }
    }
}

/// A path with the names of its fields left out, so that two spellings of one route are seen as one.
pub(super) fn path_shape(path: &str) -> String {
    let mut inside = false;
    path.chars()
        .filter(|c| {
            let keep = !inside || *c == '}';
            inside = (inside || *c == '{') && *c != '}';
            keep
        })
        .collect()
}

fn response(entry: &ResponseEntry, base: &str, scope: &mut Scope<'_, '_>) -> (Option<Response>, Option<Object>) {
    let Some(status) = entry.status.as_ref().and_then(|status| u16::try_from(status.value).ok().filter(|s| (200..300).contains(s)))
    else {
        if let Some(status) = &entry.status {
            scope.refuse(status.at, format!("{} is no status of a success", status.value), "write a number from 200 to 299; errors go under `errors`");
        }
        return (None, None);
    };
    let bodies = usize::from(entry.fields.is_some()) + usize::from(entry.object.is_some()) + usize::from(entry.binary);
    if bodies > 1 {
        scope.refuse(entry.at, "a response has one body", "give one of `fields`, `object` and `binary`");
    }
    if let Some(at) = entry.unsigned.filter(|_| !entry.binary) {
        scope.refuse(at, "only binary responses come unsigned", "delete `unsigned`");
    }
    if status == 204 && bodies > 0 {
        scope.refuse(entry.at, "a response with status 204 has no body", "delete the body, or correct the status");
    }
    if let Some((at, entries)) = &entry.fields {
        let fields = field::fields(entries, Place::Body, scope);
        field::check_siblings(&entries.iter().collect::<Vec<_>>(), &fields, scope);
        if entries.is_empty() {
            scope.refuse(*at, "the response lists no fields", "list them, or delete `fields`");
        }
        let id = ObjectId(scope.objects);
        scope.objects += 1;
        let object = Object {
            name: format!("{base}Response"),
            texts: Default::default(),
            fields,
            sent: false,
            received: true,
        };
        return (Some(Response::Json { status, object: id }), Some(object));
    }
    if let Some(name) = &entry.object {
        let response = match scope.named(&name.value, name.at) {
            Some(Type::Object(object)) => Some(Response::Json { status, object }),
            Some(_) => {
                scope.refuse(name.at, format!("`{}` is no object", name.value), "name an object");
                None
            }
            None => None,
        };
        return (response, None);
    }
    let response = if entry.binary {
        Response::Binary { status, signed: entry.unsigned.is_none() }
    } else {
        Response::Empty { status }
    };
    (Some(response), None)
}

fn host(given: Option<&At<String>>, hosts: &[Host], scope: &mut Scope<'_, '_>) -> Option<usize> {
    let Some(given) = given else { return Some(0) };
    let found = hosts.iter().position(|host| host.name.wire == given.value);
    if found.is_none() {
        let known: Vec<&str> = hosts.iter().map(|host| host.name.wire.as_str()).collect();
        scope.refuse(given.at, format!("there is no host `{}`", given.value), format!("api.yaml lists: {}", known.join(", ")));
    }
    found
}

fn roles(entry: &OperationEntry, document: &ProductDocument, scope: &mut Scope<'_, '_>) -> Vec<String> {
    let roles = if entry.roles.is_empty() { &document.roles } else { &entry.roles };
    if roles.is_empty() {
        scope.refuse(entry.name.at, "it is not said who may call this", "add `roles: [merchant]`, here or to the product");
    }
    for role in roles.iter().filter(|role| !ROLES.contains(&role.value.as_str())) {
        scope.refuse(role.at, format!("there is no role `{}`", role.value), format!("roles are: {}", ROLES.join(", ")));
    }
    roles.iter().map(|role| role.value.clone()).collect()
}

fn page(entry: &OperationEntry, scope: &mut Scope<'_, '_>) -> Option<String> {
    let page = entry.page.as_ref()?;
    if !page.value.starts_with("https://") || url::Url::parse(&page.value).is_err() {
        scope.refuse(page.at, format!("`{}` is no address", page.value), "give the official page's, starting with https://");
    }
    Some(page.value.clone())
}

fn errors(entry: &OperationEntry, scope: &mut Scope<'_, '_>) -> Vec<ErrorCode> {
    let mut errors = Vec::new();
    for error in &entry.errors {
        let parsed = error.error.value.split_once(' ').and_then(|(status, code)| {
            let status = status.parse::<u16>().ok().filter(|status| (400..600).contains(status))?;
            let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            (!code.is_empty() && code.chars().all(plain)).then_some((status, code))
        });
        match parsed {
            Some((status, code)) => {
                errors.push(ErrorCode { status, code: code.to_owned(), doc: text::markdown(&error.doc.value) });
            }
            None => {
                let message = format!("`{}` is not a status and a code", error.error.value);
                scope.refuse(error.error.at, message, "write it like `403 NO_AUTH`");
            }
        }
    }
    errors
}

const REPEATS: &str = "write `overwrite` (it sets a state), `number FIELD` (the merchant's own number), \
                       `idempotency-key` (the header) or `never`";

fn repeat(entry: &OperationEntry, method: Method, fields: &[Field], scope: &mut Scope<'_, '_>) -> Option<Repeat> {
    let Some(given) = &entry.repeat else {
        if method == Method::Get {
            return Some(Repeat::Read);
        }
        scope.refuse(entry.name.at, "it is not said what makes this call safe to repeat", format!("add `repeat:`; {REPEATS}"));
        return None;
    };
    if method == Method::Get {
        scope.refuse(given.at, "a GET request only reads", "delete `repeat`");
        return None;
    }
    match given.value.split_once(' ').unwrap_or((&given.value, "")) {
        ("overwrite", "") => Some(Repeat::Overwrite),
        ("never", "") => Some(Repeat::Never),
        ("idempotency-key", "") => repeat_by_header(given.at, fields, scope),
        ("number", name) => repeat_by_number(name, given.at, fields, scope),
        _ => {
            scope.refuse(given.at, format!("`{}` does not say what makes a call safe to repeat", given.value), REPEATS);
            None
        }
    }
}

fn repeat_by_header(at: Mark, fields: &[Field], scope: &mut Scope<'_, '_>) -> Option<Repeat> {
    if fields.iter().any(|field| field.place == Place::Header && field.name.wire == "Idempotency-Key") {
        return Some(Repeat::IdempotencyKey);
    }
    scope.refuse(at, "this operation has no header `Idempotency-Key`", "list it under `header`");
    None
}

fn repeat_by_number(name: &str, at: Mark, fields: &[Field], scope: &mut Scope<'_, '_>) -> Option<Repeat> {
    if fields.iter().any(|field| field.name.wire == name && matches!(field.ty, Type::Text { .. })) {
        return Some(Repeat::Number(name.to_owned()));
    }
    scope.refuse(at, format!("`{name}` is no string of this request"), "name the field of the merchant's own number");
    None
}

#[cfg(test)]
mod tests {
    use super::path_shape;

    #[test]
    fn routes_are_compared_without_the_names_of_their_fields() {
        assert_eq!(path_shape("/v3/a/{x}/b/{y_z}"), "/v3/a/{}/b/{}");
        assert_eq!(path_shape("/v3/a"), "/v3/a");
    }
}
