//! Reads the API schema of `wechatpay-client` and generates the client from it.
//!
//! The way of the data, one type at each boundary:
//!
//! ```text
//! schema/ --read--> text by file --parse--> documents --lower--> model::Api --emit--> modules --render--> FileSet --apply--> generated/
//! ```
//!
//! [`source::read`] and [`output::apply`](output::FileSet::apply) touch the disk; everything between is pure. Whatever can be wrong is found by
//! [`load`], all at once; from the model on nothing can fail.

pub mod coverage;
pub mod diagnostic;
#[cfg(feature = "emit")]
mod emit;
mod lower;
pub mod model;
#[cfg(feature = "openapi")]
pub mod openapi;
#[cfg(feature = "emit")]
pub mod output;
#[cfg(feature = "emit")]
mod render;
pub mod source;

use std::collections::BTreeMap;

use diagnostic::Report;
pub use diagnostic::{Diagnostic, Diagnostics};
use model::Api;

/// Makes the model from schema texts, by their path below `schema/` (`api.yaml`, `products/NAME.yaml`).
///
/// # Errors
/// Everything that is wrong with the schema.
pub fn load(sources: &BTreeMap<String, String>) -> Result<Api, Diagnostics> {
    let mut report = Report::new(sources);
    let documents = source::parse(sources, &mut report);
    let api = lower::lower(documents, &mut report);
    if report.is_empty() { Ok(api) } else { Err(report.into_diagnostics()) }
}

/// Generates the client crate from its model.
#[cfg(feature = "emit")]
#[must_use]
pub fn generate(api: &Api) -> output::FileSet {
    render::render(emit::emit(api))
}
