//! Plain bytes into a file that is whole or not there.

use std::{
    io,
    path::{Path, PathBuf},
};

use tempfile::TempPath;
use tokio::{fs::File, io::AsyncWriteExt as _};

use super::plain::Plain;
use crate::error::{Error, FileFailure};

/// What stands in the way of writing to `path`, as far as it shows beforehand.
pub(super) fn check(path: &Path) -> io::Result<()> {
    let folder = folder(path);
    if path.is_dir() || path.file_name().is_none() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder; add a file name"));
    }
    match folder.metadata() {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(no_folder(&folder, io::ErrorKind::NotADirectory, "is no folder")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(no_folder(&folder, error.kind(), "does not exist; create it first"))
        }
        Err(error) => Err(error),
    }
}

fn no_folder(folder: &Path, kind: io::ErrorKind, what: &str) -> io::Error {
    io::Error::new(kind, format!("the folder {} {what}", folder.display()))
}

/// Writes what comes to a file beside `path`, which takes its place in the end. Says how many bytes there are.
///
/// The temporary file goes with this future, wherever that ends.
pub(super) async fn save(mut plain: Plain, path: &Path) -> Result<u64, Error> {
    let (mut file, temporary) = create(path).map_err(|error| failed(&plain, path, error))?;
    while let Some(chunk) = plain.chunk().await? {
        file.write_all(&chunk).await.map_err(|error| failed(&plain, path, error))?;
    }
    // A name must not point to bytes that a power failure would lose.
    file.flush().await.map_err(|error| failed(&plain, path, error))?;
    file.sync_all().await.map_err(|error| failed(&plain, path, error))?;
    drop(file);
    temporary.persist(path).map_err(|error| failed(&plain, path, error.error))?;
    Ok(plain.size())
}

fn create(path: &Path) -> io::Result<(File, TempPath)> {
    let created =
        tempfile::Builder::new().prefix(".download-").suffix(".part").tempfile_in(folder(path))?;
    let (file, temporary) = created.into_parts();
    Ok((File::from_std(file), temporary))
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn failed(plain: &Plain, path: &Path, source: io::Error) -> Error {
    plain.failed(FileFailure::Write { path: path.to_owned() }).because(source).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_is_a_file_of_the_working_directory() {
        assert_eq!(folder(Path::new("bill.csv")), Path::new("."));
        assert_eq!(folder(Path::new("a/bill.csv")), Path::new("a"));
        check(Path::new("bill.csv")).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_looked_at_is_not_called_missing() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("file"), "").unwrap();
        let below = check(&place.path().join("file").join("folder").join("bill.csv")).unwrap_err();
        assert_ne!(below.kind(), io::ErrorKind::NotFound);
        assert!(!below.to_string().contains("create it first"), "{below}");
    }
}
