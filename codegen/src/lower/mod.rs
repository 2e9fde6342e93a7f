//! Documents become the model: every name checked, every reference resolved, every rule of the schema enforced.
//!
//! All mistakes are reported, none stops the next from being found. The result is used only if there were none.

mod example;
mod feature;
mod field;
mod graph;
mod host;
mod lifecycle;
mod lines;
mod names;
pub(crate) mod notation;
mod notifications;
mod operation;
mod product;
mod repeat;
mod route;
mod text;
mod unique;
mod verbs;

#[cfg(feature = "openapi")]
pub(crate) use {field::OWN_HEADERS, names::DRAFT};

use std::collections::BTreeMap;

use crate::{
    diagnostic::{Mark, Report},
    model::{Api, EnumId, ObjectId, ResourceId, Texts, Type},
    source::{
        Documents,
        document::{At, EnumEntry, PartDocument},
        texts::TextsEntry,
    },
};

/// Lowers all documents. What it returns is complete only if nothing was reported.
pub(crate) fn lower(documents: Documents, report: &mut Report<'_>) -> Api {
    let hosts = documents.api.as_ref().map_or_else(Vec::new, |api| host::lower(api, report));
    if documents.api.is_none() && report.is_empty() {
        let start = Mark { line: 1, column: 1 };
        report.push(
            "api.yaml",
            start,
            "the schema has no `api.yaml`",
            "add it, with `doc` and `hosts`",
        );
    }
    let mut products: Vec<_> = documents
        .products
        .iter()
        .filter_map(|document| product::lower(document, &hosts, report))
        .collect();
    products.sort_by(|a, b| a.feature.cmp(&b.feature));
    unique::across(&documents.products, report);
    let webhooks = notifications::lower(documents.areas, report);
    lifecycle::resolve(&documents.products, &mut products, report);
    let features = documents
        .api
        .as_ref()
        .map_or_else(Vec::new, |api| feature::lower(&api.features, &documents.products, report));
    let doc = documents
        .api
        .as_ref()
        .and_then(|api| api.doc.as_ref())
        .map_or("", |doc| doc.value.as_str());
    Api { doc: text::markdown(doc), hosts, features, products, webhooks }
}

/// What is known while a product is lowered: its types by name, and where to report.
struct Scope<'d, 's> {
    /// The file that is being lowered, and whose it is.
    file: &'d str,
    part: Option<ResourceId>,
    /// Named objects and enumerations of the product.
    types: BTreeMap<&'d str, NamedType>,
    /// Enumerations, by [`EnumId`].
    enums: Vec<&'d EnumEntry>,
    /// The id of the next response written in place; they come after the named objects.
    next_object: ObjectId,
    report: &'d mut Report<'s>,
}

#[derive(Clone, Copy)]
enum NamedType {
    Object(ObjectId),
    Enum(EnumId),
}

impl<'d> Scope<'d, '_> {
    /// Goes on with the part at `index` of [`ProductDocument::parts`].
    fn enter(&mut self, index: usize, part: &'d PartDocument) {
        self.file = &part.file;
        self.part = index.checked_sub(1).map(ResourceId);
    }

    fn refuse(&mut self, at: Mark, message: impl Into<String>, help: impl Into<String>) {
        self.report.push(self.file, at, message, help);
    }

    /// The value, or `None` after reporting why not.
    fn accept<T>(&mut self, at: Mark, result: Result<T, names::Refusal>) -> Option<T> {
        result.map_err(|(message, help)| self.refuse(at, message, help)).ok()
    }

    /// The named type, or `None` after reporting that there is none.
    fn named(&mut self, name: &str, at: Mark) -> Option<Type> {
        match self.types.get(name) {
            Some(NamedType::Object(id)) => Some(Type::Object(*id)),
            Some(NamedType::Enum(id)) => Some(Type::Enum(*id)),
            None => {
                let message = format!("there is no type `{name}` in this product");
                self.refuse(
                    at,
                    message,
                    format!("define it under `types`: `- object: {name}` or `- enum: {name}`"),
                );
                None
            }
        }
    }

    fn texts(&mut self, entry: &TextsEntry) -> Texts {
        if let Some(title) = entry.title.as_ref().filter(|title| title.value.contains('\n')) {
            self.refuse(
                title.at,
                "a title is one line",
                "keep the term here and put the rest into `doc`",
            );
        }
        texts(entry)
    }
}

fn texts(entry: &TextsEntry) -> Texts {
    let text = |at: &Option<At<String>>| {
        at.as_ref().map_or_else(String::new, |at| text::markdown(&at.value))
    };
    Texts { title: text(&entry.title), doc: text(&entry.doc) }
}
