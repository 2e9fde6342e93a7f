//! The project's schema as a model.

use std::path::Path;

use wechatpay_codegen::{load as lower, model::Api, source};

/// Reads `schema/`; what is wrong with it is the error.
pub(crate) fn load(root: &Path) -> Result<Api, String> {
    let sources = source::read(&root.join("schema")).map_err(|error| error.to_string())?;
    lower(&sources).map_err(|diagnostics| diagnostics.below("schema").to_string())
}
