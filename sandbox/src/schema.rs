//! Where the API model comes from: the schema embedded at build time, or a folder of the same form.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, OnceLock},
};

use wechatpay_codegen::{model::Api, source};

use crate::Error;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/schema.rs"));
}

/// The model of the embedded schema, parsed once per process.
pub(crate) fn embedded() -> Result<Arc<Api>, Error> {
    static API: OnceLock<Result<Arc<Api>, String>> = OnceLock::new();
    let files = || {
        embedded::FILES
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect()
    };
    API.get_or_init(|| load(&files())).clone().map_err(Error::Schema)
}

/// The model of the schema in a folder.
pub(crate) fn from_folder(folder: &Path) -> Result<Arc<Api>, Error> {
    let files = source::read(folder).map_err(|error| Error::Schema(error.to_string()))?;
    load(&files).map_err(Error::Schema)
}

fn load(files: &BTreeMap<String, String>) -> Result<Arc<Api>, String> {
    wechatpay_codegen::load(files).map(Arc::new).map_err(|diagnostics| diagnostics.to_string())
}
