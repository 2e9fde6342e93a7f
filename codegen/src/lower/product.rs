//! Products: their resources, their types, their operations.

use std::collections::BTreeMap;

use super::{
    NamedType, Scope, field, graph, names,
    operation::{self, Defaults},
    unique,
};
use crate::{
    diagnostic::Report,
    model::{EnumId, EnumValue, Enumeration, Host, Object, ObjectId, Product, Resource},
    source::document::{
        At, EnumEntry, ObjectEntry, ProductDocument, ResourceDocument, TypeEntry, ValueEntry,
    },
};

/// Lowers one product.
pub(super) fn lower(
    document: &ProductDocument,
    hosts: &[Host],
    report: &mut Report<'_>,
) -> Option<Product> {
    let mut scope = scope(document, report);

    let named = names::product(&document.product.value);
    let (module, handle) = scope.accept(document.product.at, named)?;
    check_file_name(
        &document.product,
        &format!("products/{}.yaml", document.product.value),
        &mut scope,
    );
    let defaults = Defaults::lower(document, hosts, &mut scope);
    let mut product = Product {
        source: document.head.file.clone(),
        feature: document.product.value.clone(),
        module,
        handle,
        texts: scope.texts(&document.head.texts),
        profile: defaults.profile,
        resources: Vec::new(),
        operations: Vec::new(),
        objects: Vec::new(),
        enums: Vec::new(),
    };
    let folder = format!("products/{}", document.product.value);
    types(document, &folder, &mut product, &mut scope);
    for (index, part) in document.parts().enumerate() {
        scope.enter(index, part);
        for entry in &part.operations {
            let lowered = operation::lower(entry, &defaults, hosts, &mut scope);
            product.operations.extend(lowered.operation);
            product.objects.extend(lowered.response);
        }
    }
    unique::check(document, &product, &mut scope);
    if scope.report.is_empty() {
        graph::finish(document, &mut product, &[], &mut scope);
    }
    Some(product)
}

/// What is known before anything is lowered: the names of all types.
pub(super) fn scope<'d, 's>(
    document: &'d ProductDocument,
    report: &'d mut Report<'s>,
) -> Scope<'d, 's> {
    let types = || document.parts().flat_map(|part| &part.types);
    let objects: Vec<&ObjectEntry> = types().filter_map(as_object).collect();
    let enums: Vec<&EnumEntry> = types().filter_map(as_enum).collect();
    let mut names = BTreeMap::new();
    names.extend(
        objects
            .iter()
            .enumerate()
            .map(|(id, entry)| (entry.name.value.as_str(), NamedType::Object(ObjectId(id)))),
    );
    names.extend(
        enums
            .iter()
            .enumerate()
            .map(|(id, entry)| (entry.name.value.as_str(), NamedType::Enum(EnumId(id)))),
    );
    let next_object = ObjectId(objects.len());
    let file = &document.head.file;
    Scope { file, part: None, types: names, enums, next_object, report }
}

/// Lowers the resources, whose files lie in `folder`, and all types.
pub(super) fn types<'d>(
    document: &'d ProductDocument,
    folder: &str,
    product: &mut Product,
    scope: &mut Scope<'d, '_>,
) {
    product
        .resources
        .extend(document.resources.iter().filter_map(|entry| lower_resource(entry, folder, scope)));
    for (index, part) in document.parts().enumerate() {
        scope.enter(index, part);
        let objects = part.types.iter().filter_map(as_object);
        product.objects.extend(objects.map(|entry| lower_object(entry, scope)));
        let enums = part.types.iter().filter_map(as_enum);
        product.enums.extend(enums.map(|entry| lower_enum(entry, scope)));
    }
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

fn check_file_name(name: &At<String>, expected: &str, scope: &mut Scope<'_, '_>) {
    if scope.file != expected {
        let message = format!("the file of `{}` has another name", name.value);
        scope.refuse(name.at, message, format!("rename it to `{expected}`"));
    }
}

fn lower_resource<'d>(
    entry: &'d ResourceDocument,
    folder: &str,
    scope: &mut Scope<'d, '_>,
) -> Option<Resource> {
    scope.file = &entry.part.file;
    let name = &entry.resource.value;
    check_file_name(&entry.resource, &format!("{folder}/{name}.yaml"), scope);
    let named = names::resource(name);
    let name = scope.accept(entry.resource.at, named)?;
    Some(Resource { source: entry.part.file.clone(), name, texts: scope.texts(&entry.part.texts) })
}

fn lower_object(entry: &ObjectEntry, scope: &mut Scope<'_, '_>) -> Object {
    let named = names::type_name(&entry.name.value);
    scope.accept(entry.name.at, named);
    let fields = field::of_struct(&entry.fields, scope);
    if entry.fields.is_empty() {
        scope.refuse(
            entry.name.at,
            format!("`{}` has no fields", entry.name.value),
            "list them under `fields`",
        );
    }
    let texts = scope.texts(&entry.texts);
    Object {
        name: entry.name.value.clone(),
        resource: scope.part,
        texts,
        fields,
        sent: false,
        received: false,
    }
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
        resource: scope.part,
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
