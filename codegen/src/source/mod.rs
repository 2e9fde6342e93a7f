//! Schema files as text, then as documents: what stands there, and where. Nothing is interpreted yet.

pub(crate) mod document;
pub(crate) mod fields;
pub(crate) mod node;
mod read;
mod section;
pub(crate) mod texts;

use std::collections::BTreeMap;

pub use read::{ReadError, read};

use crate::diagnostic::Report;
use document::{ApiDocument, ProductDocument};

/// All documents of a schema.
#[derive(Debug)]
pub(crate) struct Documents {
    pub(crate) api: Option<ApiDocument>,
    pub(crate) products: Vec<ProductDocument>,
}

/// Parses every file; what cannot be parsed is reported and left out.
pub(crate) fn parse(sources: &BTreeMap<String, String>, report: &mut Report<'_>) -> Documents {
    let mut documents = Documents { api: None, products: Vec::new() };
    for (file, text) in sources {
        let Some(root) = node::parse(file, text, report) else { continue };
        if file == "api.yaml" {
            documents.api = document::api(file, &root, report);
        } else if file.starts_with("products/") {
            documents.products.extend(document::product(file, &root, report));
        } else {
            report.push(
                file,
                root.at,
                "this file is neither `api.yaml` nor a product",
                "move it to `products/` and let it start with `product: NAME`",
            );
        }
    }
    documents
}
