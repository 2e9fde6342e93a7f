//! Reads the schema folder. The only place of the generator that reads files.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

/// A schema file that could not be read.
#[derive(Debug)]
pub struct ReadError {
    path: PathBuf,
    source: io::Error,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read {}: {}", self.path.display(), self.source)
    }
}

impl std::error::Error for ReadError {}

/// Every `*.yaml` file below `folder`, by its path below it, with `/` on every system.
///
/// # Errors
/// A folder or file that cannot be read, or is not UTF-8.
pub fn read(folder: &Path) -> Result<BTreeMap<String, String>, ReadError> {
    let mut sources = BTreeMap::new();
    collect(folder, "", &mut sources)?;
    Ok(sources)
}

fn collect(
    folder: &Path,
    prefix: &str,
    sources: &mut BTreeMap<String, String>,
) -> Result<(), ReadError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ReadError { path, source }
    };
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let key = format!("{prefix}{name}");
        if path.is_dir() {
            collect(&path, &format!("{key}/"), sources)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = fs::read_to_string(&path).map_err(failed(&path))?;
            sources.insert(key, text);
        }
    }
    Ok(())
}
