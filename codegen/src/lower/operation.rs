//! Operations: route, request, response, errors, and what makes the call safe to repeat.

use super::{Scope, field, lifecycle, names, repeat, route, text, verbs};
use crate::{
    model::{ErrorCode, Field, Host, Object, Operation, Place, Profile, Response, Type, Upload},
    source::{
        document::{At, OperationEntry, ProductDocument, ResponseEntry, UploadEntry},
        fields::FieldEntry,
    },
};

/// Who may call, in the words of the official pages' navigation.
const ROLES: [&str; 17] = [
    "merchant",
    "direct_merchant",
    "partner",
    "ordinary_partner",
    "channel",
    "channel_partner",
    "ecommerce_platform",
    "platform_merchant",
    "wechat_platform_merchant",
    "any_merchant",
    "institution",
    "bank_institution",
    "payment_institution",
    "direct_mode",
    "sub_merchant_direct_mode",
    "institution_mode",
    "brand",
];

/// An operation, and the object of its response if that is written in place.
pub(super) struct Lowered {
    pub(super) operation: Option<Operation>,
    pub(super) response: Option<Object>,
}

/// What a product says for those of its operations that do not.
pub(super) struct Defaults<'d> {
    roles: &'d [At<String>],
    host: Option<usize>,
    /// That of the product's gateway. An operation whose gateway is of another is refused.
    pub(super) profile: Profile,
}

impl<'d> Defaults<'d> {
    /// Checks them, in the product's own file.
    pub(super) fn lower(
        document: &'d ProductDocument,
        hosts: &[Host],
        scope: &mut Scope<'_, '_>,
    ) -> Self {
        check_roles(&document.roles, scope);
        let named = document.host.as_ref();
        let found = named.and_then(|given| hosts.iter().find(|host| host.name.wire == given.value));
        let profile = found.or(hosts.first()).map_or(Profile::Mainland, |host| host.profile);
        let host = match named {
            Some(given) => host(given, profile, hosts, scope),
            None => Some(0),
        };
        Self { roles: &document.roles, host, profile }
    }
}

/// Lowers one operation.
pub(super) fn lower(
    entry: &OperationEntry,
    defaults: &Defaults<'_>,
    hosts: &[Host],
    scope: &mut Scope<'_, '_>,
) -> Lowered {
    let at = entry.name.at;
    let named = names::operation(&entry.name.value);
    let name = scope.accept(at, named);
    let base = names::pascal(&entry.name.value);
    for (_, path) in &entry.routes {
        let said = verbs::check_path(&entry.name.value, &path.value);
        scope.accept(at, said);
    }
    let fields = request_fields(entry, scope);
    let route = route::lower(entry, &fields, scope);
    let (response, object) = match &entry.response {
        Some(entry) => response(entry, &base, scope),
        None => (None, None),
    };
    let repeat =
        route.as_ref().and_then(|(method, _, _)| repeat::lower(entry, *method, &fields, scope));
    let texts = scope.texts(&entry.texts);
    let upload = entry.upload.as_ref().map(|entry| upload(entry, scope));
    let assembled = (|| {
        let (method, path, segments) = route?;
        let mut pages = pages(&entry.pages, scope).into_iter();
        Some(Operation {
            name: name?,
            resource: scope.part,
            request: format!("{base}Request"),
            optional: format!("{base}Optional"),
            texts,
            method,
            path,
            segments,
            host: match &entry.host {
                Some(given) => host(given, defaults.profile, hosts, scope),
                None => defaults.host,
            }?,
            roles: roles(entry, defaults, scope),
            page: pages.next(),
            other_pages: pages.collect(),
            lifecycle: lifecycle::lower(entry, scope),
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
    let (meta, form) =
        entry.upload.as_ref().map_or((&[][..], &[][..]), |upload| (&upload.meta, &upload.form));
    let places = [
        (Place::Path, entry.path.as_slice()),
        (Place::Query, &entry.query),
        (Place::Header, &entry.header),
        (Place::Body, body),
        (Place::Meta, meta),
        (Place::Form, form),
    ];
    let lowered: Vec<(&FieldEntry, Field)> = places
        .into_iter()
        .flat_map(|(place, list)| list.iter().map(move |entry| (place, entry)))
        .filter_map(|(place, entry)| Some((entry, field::lower(entry, place, scope)?)))
        .collect();
    for (entry, field) in &lowered {
        if matches!(field.name.rust.as_str(), "optional" | "file") {
            let message = format!("`{}` is a part of every request struct", field.name.rust);
            scope.refuse(entry.field.at, message, "give the field another name with `rust:`");
        }
    }
    field::check_siblings(lowered, scope)
}

fn upload(entry: &UploadEntry, scope: &mut Scope<'_, '_>) -> Upload {
    let part = entry.file.as_ref().map_or("file", |part| &part.value);
    let others = entry.form.iter().map(|field| field.field.value.as_str());
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if let Some(given) = entry.file.as_ref().filter(|part| !part.value.chars().all(plain)) {
        let message = format!("`{part}` cannot name a part of an upload");
        scope.refuse(given.at, message, "write letters, digits, `_`, `-` and `.`");
    }
    for name in others.filter_map(|line| line.split_whitespace().next()) {
        if name == part || name == "meta" {
            scope.refuse(
                entry.at,
                format!("two parts of the upload are called `{name}`"),
                "rename the one under `form`, or name the file's part with `file`",
            );
        }
    }
    Upload { part: part.to_owned(), texts: scope.texts(&entry.texts) }
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
        let fields = field::of_struct(entries, scope);
        if entries.is_empty() {
            scope.refuse(*at, "the response lists no fields", "list them, or delete `fields`");
        }
        let id = scope.next_object;
        scope.next_object.0 += 1;
        let object = Object {
            name: format!("{base}Response"),
            resource: scope.part,
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
    given: &At<String>,
    profile: Profile,
    hosts: &[Host],
    scope: &mut Scope<'_, '_>,
) -> Option<usize> {
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
    defaults: &Defaults<'_>,
    scope: &mut Scope<'_, '_>,
) -> Vec<String> {
    check_roles(&entry.roles, scope);
    let roles = if entry.roles.is_empty() { defaults.roles } else { &entry.roles };
    if roles.is_empty() {
        scope.refuse(
            entry.name.at,
            "it is not said who may call this",
            "add `roles: [merchant]`, here or to the product",
        );
    }
    roles.iter().map(|role| role.value.clone()).collect()
}

fn check_roles(roles: &[At<String>], scope: &mut Scope<'_, '_>) {
    for role in roles.iter().filter(|role| !ROLES.contains(&role.value.as_str())) {
        scope.refuse(
            role.at,
            format!("there is no role `{}`", role.value),
            format!("roles are: {}", ROLES.join(", ")),
        );
    }
}

/// The official pages; `none` says that there is none to be found.
pub(super) fn pages(entries: &[At<String>], scope: &mut Scope<'_, '_>) -> Vec<String> {
    if matches!(entries, [only] if only.value == "none") {
        return Vec::new();
    }
    for page in entries {
        if !page.value.starts_with("https://") || url::Url::parse(&page.value).is_err() {
            scope.refuse(
                page.at,
                format!("`{}` is no address", page.value),
                "give the official page's, starting with https://, or `none` if none is known",
            );
        }
    }
    entries.iter().map(|page| page.value.clone()).collect()
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
