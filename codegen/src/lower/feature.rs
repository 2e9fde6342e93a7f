//! Feature groups: cargo features that stand for several products.

use super::names;
use crate::{
    diagnostic::Report,
    model::FeatureGroup,
    source::{api::FeatureEntry, document::ProductDocument},
};

const FILE: &str = "api.yaml";

/// Lowers the groups of `api.yaml`.
pub(super) fn lower(
    entries: &[FeatureEntry],
    products: &[ProductDocument],
    report: &mut Report<'_>,
) -> Vec<FeatureGroup> {
    let mut groups: Vec<FeatureGroup> = Vec::new();
    let known = |name: &str| products.iter().any(|product| product.product.value == name);
    for entry in entries {
        let (name, at) = (&entry.name.value, entry.name.at);
        // A group's name obeys the rules of a product's: both are features of the same crate.
        if let Err((message, help)) = names::product(name) {
            report.push(FILE, at, message, help);
        } else if known(name) || groups.iter().any(|group| group.name == *name) {
            let message = format!("`{name}` is a feature already");
            report.push(FILE, at, message, "name the group for what it is for");
        }
        if entry.doc.value.contains('\n') {
            let message = "the `doc` of a feature is one line";
            report.push(FILE, entry.doc.at, message, "it becomes a row of the README's table");
        }
        if entry.products.is_empty() {
            let message = format!("the feature `{name}` has no products");
            report.push(FILE, at, message, "list them under `products`");
        }
        for product in entry.products.iter().filter(|product| !known(&product.value)) {
            let message = format!("there is no product `{}`", product.value);
            report.push(FILE, product.at, message, "name products as their files are called");
        }
        groups.push(FeatureGroup {
            name: name.clone(),
            doc: entry.doc.value.clone(),
            products: entry.products.iter().map(|product| product.value.clone()).collect(),
        });
    }
    groups
}
