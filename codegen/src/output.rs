//! The generated folder: what it should hold, how that differs from what it holds, and making it so.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs, io,
    path::{Path, PathBuf},
};

/// Every file of the generated crate: its path below `generated/` and its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSet(BTreeMap<String, String>);

impl FileSet {
    pub(crate) fn new(files: BTreeMap<String, String>) -> Self {
        Self(files)
    }

    /// The files, by path.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Compares with what `folder` holds, without touching it.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn compare(&self, folder: &Path) -> Result<Changes, OutputError> {
        let present = list(folder)?;
        let mut changes = Changes::default();
        for (path, text) in &self.0 {
            if !present.contains(path) {
                changes.missing.push(path.clone());
            } else if read(&folder.join(path))? != text.as_bytes() {
                changes.stale.push(path.clone());
            }
        }
        changes.orphaned = present.into_iter().filter(|path| !self.0.contains_key(path)).collect();
        Ok(changes)
    }

    /// Makes `folder` hold exactly these files. Files that are right are not touched.
    ///
    /// # Errors
    /// A file that cannot be read, written or removed. Each file is replaced whole or not at all.
    pub fn apply(&self, folder: &Path) -> Result<Changes, OutputError> {
        let changes = self.compare(folder)?;
        for path in changes.missing.iter().chain(&changes.stale) {
            write(&folder.join(path), &self.0[path])?;
        }
        for path in &changes.orphaned {
            let path = folder.join(path);
            fs::remove_file(&path).map_err(failed("remove", &path))?;
            remove_empty_parents(&path, folder);
        }
        Ok(changes)
    }
}

/// How a folder differs from the file set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    /// Files that are not there.
    pub missing: Vec<String>,
    /// Files that hold something else.
    pub stale: Vec<String>,
    /// Files that should not be there.
    pub orphaned: Vec<String>,
}

impl Changes {
    /// Whether there is no difference.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many files differ.
    #[must_use]
    pub fn len(&self) -> usize {
        self.missing.len() + self.stale.len() + self.orphaned.len()
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, paths) in
            [("missing", &self.missing), ("stale", &self.stale), ("orphaned", &self.orphaned)]
        {
            for path in paths {
                writeln!(f, "{what:>8}  generated/{path}")?;
            }
        }
        Ok(())
    }
}

/// A file of the generated folder could not be read, written or removed.
#[derive(Debug)]
pub struct OutputError {
    verb: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}: {}", self.verb, self.path.display(), self.source)
    }
}

impl std::error::Error for OutputError {}

fn failed(verb: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OutputError {
    let path = path.to_owned();
    move |source| OutputError { verb, path, source }
}

fn list(folder: &Path) -> Result<BTreeSet<String>, OutputError> {
    let mut paths = BTreeSet::new();
    if folder.exists() {
        collect(folder, "", &mut paths)?;
    }
    Ok(paths)
}

fn collect(folder: &Path, prefix: &str, paths: &mut BTreeSet<String>) -> Result<(), OutputError> {
    for entry in fs::read_dir(folder).map_err(failed("read", folder))? {
        let entry = entry.map_err(failed("read", folder))?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), paths)?;
        } else {
            paths.insert(name);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, OutputError> {
    fs::read(path).map_err(failed("read", path))
}

/// Writes beside the target first, so that a failure leaves the old file whole.
fn write(path: &Path, text: &str) -> Result<(), OutputError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed("create", folder))?;
    }
    let draft = path.with_extension("draft");
    fs::write(&draft, text).map_err(failed("write", &draft))?;
    fs::rename(&draft, path).map_err(failed("replace", path))
}

fn remove_empty_parents(path: &Path, root: &Path) {
    for folder in path.ancestors().skip(1).take_while(|folder| *folder != root) {
        // A folder that is not empty stays; that is what stops the walk.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
}
