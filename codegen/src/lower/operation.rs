//! Operations: route, request, response, errors, and what makes the call safe to repeat.

use super::{Scope, field, names, repeat, route, text};
use crate::{
    model::{ErrorCode, Field, Host, Object, Operation, Place, Profile, Response, Type, Upload},
    source::{
        document::{At, OperationEntry, ProductDocument, ResponseEntry},
        fields::FieldEntry,
    },
};

const ROLES: [&str; 7] = [
    "merchant",
    "direct_merchant",
    "partner",
    "ecommerce_platform",
    "channel",
    "institution",
    "brand",
];

/// An operation, and the object of its response if that is written in place.
pub(super) struct Lowered {
    pub(super) operation: Option<Operation>,
    pub(super) response: Option<Object>,
}

/// Lowers one operation of `document`.
pub(super) fn lower(
    entry: &OperationEntry,
    document: &ProductDocument,
    profile: Profile,
    hosts: &[Host],
    scope: &mut Scope<'_, '_>,
) -> Lowered {
    let at = entry.name.at;
    let named = names::operation(&entry.name.value);
    let name = scope.accept(at, named);
    if document
        .operations
        .iter()
        .take_while(|other| !std::ptr::eq(*other, entry))
        .any(|other| other.name.value == entry.name.value)
    {
        scope.refuse(
            at,
            format!("`{}` is the name of an earlier operation", entry.name.value),
            "rename one of the two",
        );
    }
    let base = names::pascal(&entry.name.value);
    let fields = request_fields(entry, scope);
    let route = route::lower(entry, &fields, scope);
    let (response, object) = match &entry.response {
        Some(entry) => response(entry, &base, scope),
        None => (None, None),
    };
    let repeat =
        route.as_ref().and_then(|(method, _, _)| repeat::lower(entry, *method, &fields, scope));
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
            host: host(entry.host.as_ref().or(document.host.as_ref()), profile, hosts, scope)?,
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
            entry.field.value.starts_with(&format!("{} ", field.name.wire))
                && matches!(field.name.rust.as_str(), "optional" | "file")
        });
        if let Some(field) = taken {
            let message = format!("`{}` is a part of every request struct", field.name.rust);
            scope.refuse(entry.field.at, message, "give the field another name with `rust:`");
        }
    }
    lowered
}

fn response(
    entry: &ResponseEntry,
    base: &str,
    scope: &mut Scope<'_, '_>,
) -> (Option<Response>, Option<Object>) {
    let Some(status) = entry
        .status
        .as_ref()
        .and_then(|status| u16::try_from(status.value).ok().filter(|s| (200..300).contains(s)))
    else {
        if let Some(status) = &entry.status {
            scope.refuse(
                status.at,
                format!("{} is no status of a success", status.value),
                "write a number from 200 to 299; errors go under `errors`",
            );
        }
        return (None, None);
    };
    let bodies = usize::from(entry.fields.is_some())
        + usize::from(entry.object.is_some())
        + usize::from(entry.binary);
    if bodies > 1 {
        scope.refuse(
            entry.at,
            "a response has one body",
            "give one of `fields`, `object` and `binary`",
        );
    }
    if let Some(at) = entry.unsigned.filter(|_| !entry.binary) {
        scope.refuse(at, "only binary responses come unsigned", "delete `unsigned`");
    }
    if status == 204 && bodies > 0 {
        scope.refuse(
            entry.at,
            "a response with status 204 has no body",
            "delete the body, or correct the status",
        );
    }
    if let Some((at, entries)) = &entry.fields {
        let fields = field::fields(entries, Place::Body, scope);
        field::check_siblings(&entries.iter().collect::<Vec<_>>(), &fields, scope);
        if entries.is_empty() {
            scope.refuse(*at, "the response lists no fields", "list them, or delete `fields`");
        }
        let id = scope.next_object;
        scope.next_object.0 += 1;
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

fn host(
    given: Option<&At<String>>,
    profile: Profile,
    hosts: &[Host],
    scope: &mut Scope<'_, '_>,
) -> Option<usize> {
    let Some(given) = given else { return Some(0) };
    let found = hosts.iter().position(|host| host.name.wire == given.value);
    if let Some(other) = found.map(|at| hosts[at].profile).filter(|other| *other != profile) {
        let message = format!(
            "`{}` is a host of the profile `{}`, the product has one of `{}`",
            given.value,
            other.word(),
            profile.word()
        );
        scope.refuse(given.at, message, "move the operation into a product of that profile");
    }
    if found.is_none() {
        let known: Vec<&str> = hosts.iter().map(|host| host.name.wire.as_str()).collect();
        scope.refuse(
            given.at,
            format!("there is no host `{}`", given.value),
            format!("api.yaml lists: {}", known.join(", ")),
        );
    }
    found
}

fn roles(
    entry: &OperationEntry,
    document: &ProductDocument,
    scope: &mut Scope<'_, '_>,
) -> Vec<String> {
    let roles = if entry.roles.is_empty() { &document.roles } else { &entry.roles };
    if roles.is_empty() {
        scope.refuse(
            entry.name.at,
            "it is not said who may call this",
            "add `roles: [merchant]`, here or to the product",
        );
    }
    for role in roles.iter().filter(|role| !ROLES.contains(&role.value.as_str())) {
        scope.refuse(
            role.at,
            format!("there is no role `{}`", role.value),
            format!("roles are: {}", ROLES.join(", ")),
        );
    }
    roles.iter().map(|role| role.value.clone()).collect()
}

fn page(entry: &OperationEntry, scope: &mut Scope<'_, '_>) -> Option<String> {
    let page = entry.page.as_ref()?;
    if !page.value.starts_with("https://") || url::Url::parse(&page.value).is_err() {
        scope.refuse(
            page.at,
            format!("`{}` is no address", page.value),
            "give the official page's, starting with https://",
        );
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
                errors.push(ErrorCode {
                    status,
                    code: code.to_owned(),
                    doc: text::markdown(&error.doc.value),
                });
            }
            None => {
                let message = format!("`{}` is not a status and a code", error.error.value);
                scope.refuse(error.error.at, message, "write it like `403 NO_AUTH`");
            }
        }
    }
    errors
}
