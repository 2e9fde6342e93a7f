//! Files to upload.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use aws_lc_rs::digest::{self, SHA256};
use bytes::Bytes;
use sm3::Digest as _;
use tempfile::TempPath;

use crate::{
    digest::hex,
    error::{FileError, FileFailure},
    label::Label,
};

/// So much is read at a time.
const PIECE: usize = 64 << 10;

/// A file to upload: its name and content, and the digests WeChat Pay asks for.
///
/// The digest goes ahead of the content, so the content is read twice: once for the digest, once while it is sent, and
/// again by every further attempt. Cloning it does not copy the content.
#[derive(Clone)]
pub struct UploadFile {
    name: String,
    content: Content,
    progress: Option<Progress>,
    sha256: OnceLock<String>,
    sm3: OnceLock<String>,
}

/// Told how many bytes have been sent, and how many there are.
pub(crate) type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// Where the bytes are.
#[derive(Clone)]
pub(crate) enum Content {
    Memory(Bytes),
    Disk {
        path: PathBuf,
        size: u64,
        /// Removes the file with the last clone, if it is a copy of ours.
        copy: Option<Arc<TempPath>>,
    },
}

impl UploadFile {
    /// A file of this name (with its extension, which tells the platform the type) and content.
    pub fn new(name: impl Into<String>, content: impl Into<Bytes>) -> Self {
        Self {
            name: name.into(),
            content: Content::Memory(content.into()),
            progress: None,
            sha256: OnceLock::new(),
            sm3: OnceLock::new(),
        }
    }

    /// A file on disk, under its own name. It is read here, to its end, for its digests; not more than a small piece of
    /// it is ever held in memory. It must stay as it is until it is sent: if it has changed by then, the call fails.
    ///
    /// # Errors
    /// [`FileFailure::Read`] if it cannot be read, or is no ordinary file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref();
        let failed = |source: io::Error| {
            let failure = FileFailure::Read { path: path.to_owned() };
            FileError::new(&LABEL, failure).because(source)
        };
        let mut file = File::open(path).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            let hint = "it is no ordinary file; if it is a stream, give it to `from_reader`";
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, hint)));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let seen = Digests::read(&mut file, &mut io::sink()).map_err(failed)?;
        let path = path.to_owned();
        Ok(seen.file(name, |size| Content::Disk { path, size, copy: None }))
    }

    /// A file of this name whose content comes from a stream. It is copied to a temporary file, as its digest must be
    /// known before its first byte is sent; the copy is removed with the last clone of this value.
    ///
    /// # Errors
    /// [`FileFailure::Read`] if the stream fails or the copy cannot be made.
    pub fn from_reader(name: impl Into<String>, mut stream: impl Read) -> Result<Self, FileError> {
        let failed = |source: io::Error| {
            FileError::new(&LABEL, FileFailure::Read { path: PathBuf::new() }).because(source)
        };
        let mut copy = tempfile::Builder::new().prefix("upload-").tempfile().map_err(failed)?;
        let seen = Digests::read(&mut stream, &mut copy).map_err(failed)?;
        let copy = Arc::new(copy.into_temp_path());
        let path = copy.to_path_buf();
        Ok(seen.file(name.into(), |size| Content::Disk { path, size, copy: Some(copy) }))
    }

    /// The same content under another name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Calls `progress` as the file is sent, with the number of bytes handed to the connection and of those there are.
    /// Every attempt begins again at zero. It is called on the client's own threads and must not block.
    #[must_use]
    pub fn progress(mut self, progress: impl Fn(u64, u64) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(progress));
        self
    }

    /// The file's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of bytes of the content.
    #[must_use]
    pub fn size(&self) -> u64 {
        match &self.content {
            Content::Memory(bytes) => bytes.len() as u64,
            Content::Disk { size, .. } => *size,
        }
    }

    /// SHA-256 of the content, in lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        self.sha256.get_or_init(|| hex(digest::digest(&SHA256, self.memory()).as_ref()))
    }

    /// SM3 of the content, in lower-case hex.
    #[must_use]
    pub fn sm3(&self) -> &str {
        self.sm3.get_or_init(|| hex(sm3::Sm3::digest(self.memory()).as_slice()))
    }

    /// Of a file on disk the digests are known from the beginning.
    fn memory(&self) -> &[u8] {
        match &self.content {
            Content::Memory(bytes) => bytes,
            Content::Disk { .. } => &[],
        }
    }

    pub(crate) fn content(&self) -> &Content {
        &self.content
    }

    pub(crate) fn on_progress(&self) -> Option<Progress> {
        self.progress.clone()
    }
}

static LABEL: Label = Label::Local("upload file");

/// What one reading of a stream tells.
struct Digests {
    size: u64,
    sha256: String,
    sm3: String,
}

impl Digests {
    /// Reads `stream` to its end and writes it to `copy`.
    fn read(stream: &mut impl Read, copy: &mut impl io::Write) -> io::Result<Self> {
        let (mut size, mut sha256, mut sm3) = (0, digest::Context::new(&SHA256), sm3::Sm3::new());
        let mut buffer = vec![0; PIECE];
        loop {
            let count = match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let piece = buffer.get(..count).unwrap_or_default();
            size += count as u64;
            sha256.update(piece);
            sm3.update(piece);
            copy.write_all(piece)?;
        }
        copy.flush()?;
        let (sha256, sm3) = (hex(sha256.finish().as_ref()), hex(sm3.finalize().as_slice()));
        Ok(Self { size, sha256, sm3 })
    }

    fn file(self, name: String, content: impl FnOnce(u64) -> Content) -> UploadFile {
        UploadFile {
            name,
            content: content(self.size),
            progress: None,
            sha256: self.sha256.into(),
            sm3: self.sm3.into(),
        }
    }
}

impl fmt::Debug for UploadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadFile").field("name", &self.name).field("bytes", &self.size()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA256_OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const SM3_OF_ABC: &str = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";

    #[test]
    fn item_05_digests_are_the_standards_own_samples_wherever_the_bytes_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc.txt");
        std::fs::write(&path, "abc").unwrap();
        for file in [
            UploadFile::new("abc.txt", "abc"),
            UploadFile::open(&path).unwrap(),
            UploadFile::from_reader("abc.txt", &b"abc"[..]).unwrap(),
        ] {
            assert_eq!((file.name(), file.size()), ("abc.txt", 3));
            assert_eq!(file.sha256(), SHA256_OF_ABC);
            assert_eq!(file.sm3(), SM3_OF_ABC);
        }
    }

    #[test]
    fn the_copy_of_a_stream_goes_with_the_last_clone() {
        let file = UploadFile::from_reader("a", &b"abc"[..]).unwrap();
        let Content::Disk { path, .. } = file.content().clone() else { panic!("in memory") };
        let clone = file.clone();
        drop(file);
        assert!(path.exists());
        drop(clone);
        assert!(!path.exists());
    }

    #[test]
    fn what_cannot_be_read_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().join("missing.pdf"), folder.path().to_owned()] {
            let error = UploadFile::open(&path).unwrap_err();
            assert_eq!(error.failure(), &FileFailure::Read { path: path.clone() });
            assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
            assert!(std::error::Error::source(&error).is_some());
        }
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let error = UploadFile::from_reader("a", Broken).unwrap_err();
        assert!(error.to_string().contains("a stream"), "{error}");
    }
}
