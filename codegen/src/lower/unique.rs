//! What must be unique: names of operations and types in a product, products and routes in the schema.

use std::collections::BTreeMap;

use super::{Scope, names};
use crate::{
    diagnostic::{Mark, Report},
    model::Product,
    source::document::{ProductDocument, TypeEntry},
};

/// Names of a product, over all its files.
pub(super) fn check<'d>(
    document: &'d ProductDocument,
    product: &Product,
    scope: &mut Scope<'d, '_>,
) {
    check_operation_names(document, scope);
    check_type_names(document, product, scope);
}

fn check_operation_names<'d>(document: &'d ProductDocument, scope: &mut Scope<'d, '_>) {
    let mut places: BTreeMap<&str, String> = BTreeMap::new();
    for (index, part) in document.parts().enumerate() {
        scope.enter(index, part);
        for entry in &part.operations {
            let place = format!("{}:{}", part.file, entry.name.at.line);
            if let Some(earlier) = places.insert(&entry.name.value, place) {
                scope.refuse(
                    entry.name.at,
                    format!("`{}` is already the operation at {earlier}", entry.name.value),
                    "rename one of the two: a product has each name once, whatever the resource",
                );
            }
        }
    }
}

/// Every Rust type name of a product must be its own: named types, requests, responses, optional parts, the handle.
fn check_type_names<'d>(
    document: &'d ProductDocument,
    product: &Product,
    scope: &mut Scope<'d, '_>,
) {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    taken.insert(product.handle.clone(), "the product".to_owned());
    for (index, part) in document.parts().enumerate() {
        scope.enter(index, part);
        for entry in &part.operations {
            let base = names::pascal(&entry.name.value);
            let whose = format!("the operation `{}`", entry.name.value);
            for suffix in ["Request", "Optional", "Response"] {
                claim(&mut taken, format!("{base}{suffix}"), &whose, entry.name.at, scope);
            }
        }
    }
    for (index, part) in document.parts().enumerate() {
        scope.enter(index, part);
        for entry in &part.types {
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
pub(super) fn across(documents: &[ProductDocument], report: &mut Report<'_>) {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut routes: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for document in documents {
        if let Some(other) = names.insert(&document.product.value, &document.head.file) {
            let message =
                format!("product `{}` is also described in {other}", document.product.value);
            report.push(
                &document.head.file,
                document.product.at,
                message,
                "put everything into one file",
            );
        }
        for part in document.parts() {
            for entry in &part.operations {
                let Some((method, path)) = entry.routes.first() else { continue };
                let place = format!("{}:{}", part.file, path.at.line);
                // Two routes may differ in the name of a field alone: the platform has some that take either number.
                if let Some(other) = routes.insert((*method, &path.value), place) {
                    let message = format!(
                        "{} {} is already described at {other}",
                        method.to_uppercase(),
                        path.value
                    );
                    report.push(&part.file, path.at, message, "delete one of the two");
                }
            }
        }
    }
}
