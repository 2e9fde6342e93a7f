//! Where the API model comes from: the schema embedded at build time, or a folder of the same form.

use std::{
    collections::BTreeMap,
    fs, io,
    path::Path,
    sync::{Arc, OnceLock},
};

use wechatpay_codegen::model::Api;

use crate::Error;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/schema.rs"));
}

/// The model of the embedded schema, parsed once per process.
pub(crate) fn embedded() -> Result<Arc<Api>, Error> {
    static API: OnceLock<Result<Arc<Api>, String>> = OnceLock::new();
    let files = || embedded::FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    API.get_or_init(|| load(&files())).clone().map_err(Error::Schema)
}

/// The model of the schema in a folder.
pub(crate) fn from_folder(folder: &Path) -> Result<Arc<Api>, Error> {
    let mut files = BTreeMap::new();
    let read = collect(folder, folder, &mut files);
    read.map_err(|error| Error::Schema(format!("cannot read {}: {error}", folder.display())))?;
    load(&files).map_err(Error::Schema)
}

fn load(files: &BTreeMap<String, String>) -> Result<Arc<Api>, String> {
    wechatpay_codegen::load(files).map(Arc::new).map_err(|diagnostics| diagnostics.to_string())
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let below = path.strip_prefix(root).unwrap_or(&path);
            let name: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            files.insert(name.join("/"), fs::read_to_string(&path)?);
        }
    }
    Ok(())
}
