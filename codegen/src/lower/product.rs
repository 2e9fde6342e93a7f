//! Products: their types, their operations, and what must be unique among them.

use std::collections::BTreeMap;

use super::{NamedType, Scope, field, graph, names, operation};
use crate::{
    diagnostic::{Mark, Report},
    model::{EnumId, EnumValue, Enumeration, Host, Object, ObjectId, Place, Product, Profile},
    source::document::{EnumEntry, ObjectEntry, ProductDocument, TypeEntry, ValueEntry},
};

/// Lowers one product.
pub(super) fn lower(
    document: &ProductDocument,
    hosts: &[Host],
    report: &mut Report<'_>,
) -> Option<Product> {
    let objects: Vec<&ObjectEntry> = document.types.iter().filter_map(as_object).collect();
    let enums: Vec<&EnumEntry> = document.types.iter().filter_map(as_enum).collect();
    let mut types = BTreeMap::new();
    types.extend(
        objects
            .iter()
            .enumerate()
            .map(|(id, entry)| (entry.name.value.as_str(), NamedType::Object(ObjectId(id)))),
    );
    types.extend(
        enums
            .iter()
            .enumerate()
            .map(|(id, entry)| (entry.name.value.as_str(), NamedType::Enum(EnumId(id)))),
    );
    let mut scope =
        Scope { file: &document.file, types, enums, next_object: ObjectId(objects.len()), report };

    let named = names::product(&document.product.value);
    let (module, handle) = scope.accept(document.product.at, named)?;
    check_file_name(document, &mut scope);
    let mut product = Product {
        source: document.file.clone(),
        feature: document.product.value.clone(),
        module,
        handle,
        texts: scope.texts(&document.texts),
        profile: profile(document, hosts),
        operations: Vec::new(),
        objects: objects.iter().map(|entry| lower_object(entry, &mut scope)).collect(),
        enums: Vec::new(),
    };
    product.enums =
        scope.enums.clone().into_iter().map(|entry| lower_enum(entry, &mut scope)).collect();
    for entry in &document.operations {
        let lowered = operation::lower(entry, document, product.profile, hosts, &mut scope);
        product.operations.extend(lowered.operation);
        product.objects.extend(lowered.response);
    }
    check_type_names(document, &product, &mut scope);
    if scope.report.is_empty() {
        graph::finish(document, &mut product, &mut scope);
    }
    Some(product)
}

/// That of the product's gateway. An operation whose gateway is of another is refused.
fn profile(document: &ProductDocument, hosts: &[Host]) -> Profile {
    let named = document.host.as_ref();
    let host = match named {
        Some(name) => hosts.iter().find(|host| host.name.wire == name.value),
        None => hosts.first(),
    };
    host.map_or(Profile::Mainland, |host| host.profile)
}

fn as_object(entry: &TypeEntry) -> Option<&ObjectEntry> {
    match entry {
        TypeEntry::Object(object) => Some(object),
        TypeEntry::Enum(_) => None,
    }
}

fn as_enum(entry: &TypeEntry) -> Option<&EnumEntry> {
    match entry {
        TypeEntry::Enum(enumeration) => Some(enumeration),
        TypeEntry::Object(_) => None,
    }
}

fn check_file_name(document: &ProductDocument, scope: &mut Scope<'_, '_>) {
    let expected = format!("products/{}.yaml", document.product.value);
    if document.file != expected {
        let message = format!("the file of product `{}` has another name", document.product.value);
        scope.refuse(document.product.at, message, format!("rename it to `{expected}`"));
    }
}

fn lower_object(entry: &ObjectEntry, scope: &mut Scope<'_, '_>) -> Object {
    let named = names::type_name(&entry.name.value);
    scope.accept(entry.name.at, named);
    let fields = field::fields(&entry.fields, Place::Body, scope);
    field::check_siblings(&entry.fields.iter().collect::<Vec<_>>(), &fields, scope);
    if entry.fields.is_empty() {
        scope.refuse(
            entry.name.at,
            format!("`{}` has no fields", entry.name.value),
            "list them under `fields`",
        );
    }
    let texts = scope.texts(&entry.texts);
    Object { name: entry.name.value.clone(), texts, fields, sent: false, received: false }
}

fn lower_enum(entry: &EnumEntry, scope: &mut Scope<'_, '_>) -> Enumeration {
    let named = names::type_name(&entry.name.value);
    scope.accept(entry.name.at, named);
    if entry.values.is_empty() {
        scope.refuse(
            entry.name.at,
            format!("`{}` has no values", entry.name.value),
            "list them under `values`, or use `string`",
        );
    }
    let mut values: Vec<EnumValue> = Vec::new();
    for value in &entry.values {
        let Some(lowered) = lower_value(value, entry.integer, scope) else { continue };
        let clash = |known: &&EnumValue| {
            known.name.wire == lowered.name.wire || known.name.rust == lowered.name.rust
        };
        if let Some(earlier) = values.iter().find(clash) {
            let message =
                format!("`{}` is named like `{}` above", lowered.name.wire, earlier.name.wire);
            scope.refuse(
                value.value.at,
                message,
                "delete one, or give it another variant with `rust:`",
            );
        }
        values.push(lowered);
    }
    let texts = scope.texts(&entry.texts);
    Enumeration {
        name: entry.name.value.clone(),
        texts,
        values,
        partial: entry.partial,
        integer: entry.integer,
    }
}

fn lower_value(entry: &ValueEntry, integer: bool, scope: &mut Scope<'_, '_>) -> Option<EnumValue> {
    let wire = &entry.value;
    if integer && wire.value.parse::<i64>().is_err() {
        scope.refuse(
            wire.at,
            format!("`{}` is no integer", wire.value),
            "correct it, or delete `integer: true`",
        );
    }
    let named = match &entry.rust {
        Some(rust) => names::given_variant(&wire.value, &rust.value),
        None => names::variant(&wire.value),
    };
    let name = scope.accept(wire.at, named)?;
    let deprecated = entry.deprecated.as_ref().map(|reason| reason.value.clone());
    Some(EnumValue { name, texts: scope.texts(&entry.texts), deprecated })
}

/// Every Rust type name of a product must be its own: named types, requests, responses, optional parts, the handle.
fn check_type_names(document: &ProductDocument, product: &Product, scope: &mut Scope<'_, '_>) {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    taken.insert(product.handle.clone(), "the product".to_owned());
    for entry in &document.operations {
        let base = names::pascal(&entry.name.value);
        let whose = format!("the operation `{}`", entry.name.value);
        for name in [format!("{base}Request"), format!("{base}Optional"), format!("{base}Response")]
        {
            claim(&mut taken, name, &whose, entry.name.at, scope);
        }
    }
    for entry in &document.types {
        let (name, is_object) = match entry {
            TypeEntry::Object(entry) => (&entry.name, true),
            TypeEntry::Enum(entry) => (&entry.name, false),
        };
        let whose = format!("the type `{}`", name.value);
        claim(&mut taken, name.value.clone(), &whose, name.at, scope);
        if is_object {
            claim(&mut taken, format!("{}Optional", name.value), &whose, name.at, scope);
        }
    }
}

fn claim(
    taken: &mut BTreeMap<String, String>,
    name: String,
    whose: &str,
    at: Mark,
    scope: &mut Scope<'_, '_>,
) {
    if let Some(owner) = taken.get(&name) {
        scope.refuse(
            at,
            format!("`{name}` is already the name of {owner}"),
            "rename one of the two",
        );
    } else {
        taken.insert(name, whose.to_owned());
    }
}

/// Products must differ in name, and no route may be described twice.
pub(super) fn check_across(documents: &[ProductDocument], report: &mut Report<'_>) {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut routes: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for document in documents {
        if let Some(other) = names.insert(&document.product.value, &document.file) {
            let message =
                format!("product `{}` is also described in {other}", document.product.value);
            report.push(
                &document.file,
                document.product.at,
                message,
                "put everything into one file",
            );
        }
        for entry in &document.operations {
            let Some((method, path)) = entry.routes.first() else { continue };
            let place = format!("{}:{}", document.file, path.at.line);
            // Two routes may differ in the name of a field alone: the platform has some that take either number.
            if let Some(other) = routes.insert((*method, &path.value), place) {
                let message = format!(
                    "{} {} is already described at {other}",
                    method.to_uppercase(),
                    path.value
                );
                report.push(&document.file, path.at, message, "delete one of the two");
            }
        }
    }
}
