//! Schema files as text, then as documents: what stands there, and where. Nothing is interpreted yet.

pub(crate) mod api;
pub(crate) mod document;
pub(crate) mod fields;
pub mod node;
pub(crate) mod notifications;
mod read;
mod section;
pub(crate) mod texts;

use std::collections::BTreeMap;

pub use read::{ReadError, read};

use crate::diagnostic::Report;
use api::ApiDocument;
use document::ProductDocument;
use notifications::AreaDocument;

/// All documents of a schema.
#[derive(Debug)]
pub(crate) struct Documents {
    pub(crate) api: Option<ApiDocument>,
    pub(crate) products: Vec<ProductDocument>,
    /// Sorted by file.
    pub(crate) areas: Vec<AreaDocument>,
}

/// Parses every file; what cannot be parsed is reported and left out.
pub(crate) fn parse(sources: &BTreeMap<String, String>, report: &mut Report<'_>) -> Documents {
    let mut documents = Documents { api: None, products: Vec::new(), areas: Vec::new() };
    let mut resources = Vec::new();
    for (file, text) in sources {
        let Some(root) = node::parse(file, text, report) else { continue };
        match file.split('/').collect::<Vec<_>>().as_slice() {
            ["api.yaml"] => documents.api = api::api(file, &root, report),
            ["products", _] => documents.products.extend(document::product(file, &root, report)),
            ["notifications", _] => {
                documents.areas.extend(notifications::area(file, &root, report));
            }
            ["products", folder, _] => {
                let head = format!("products/{folder}.yaml");
                if !sources.contains_key(&head) {
                    report.push(
                        file,
                        root.at,
                        format!("this is a resource of no product: there is no `{head}`"),
                        "write that file, with `product`, `title` and `roles`",
                    );
                }
                resources.extend(document::resource(file, &root, report).map(|it| (head, it)));
            }
            _ => report.push(
                file,
                root.at,
                "this file is neither `api.yaml` nor a product nor a resource of one nor notifications",
                "move it to `products/` and let it start with `product: NAME`",
            ),
        }
    }
    for (head, resource) in resources {
        // A head that could not be parsed has been reported.
        if let Some(product) = documents.products.iter_mut().find(|it| it.head.file == head) {
            product.resources.push(resource);
        }
    }
    documents
}
