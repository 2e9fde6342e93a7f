//! A file that could not be sent, or did not come as it should.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use http::StatusCode;

use super::{BoxError, one_line};
use crate::{attempts::Attempts, label::Label};

/// A file to upload could not be read, or a downloaded one is not what it shall be or could not be written.
///
/// No file is left behind by a failed download, and none that was there is touched.
pub struct FileError(Box<Inner>);

struct Inner {
    label: Label,
    attempts: Attempts,
    failure: FileFailure,
    status: Option<StatusCode>,
    source: Option<BoxError>,
}

/// What is wrong with the file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFailure {
    /// The plain bytes have another digest than they should.
    Hash {
        /// `SHA1` or `SHA256`.
        algorithm: &'static str,
        /// The digest that was asked for, or that the response names, in hex.
        expected: String,
        /// The digest of what came, in hex.
        actual: String,
    },
    /// What came is not whole gzip: it is damaged, ends too early, or other bytes follow it.
    Gzip,
    /// The plain bytes are more than the limit, see [`Call::max_bytes`](crate::Call::max_bytes).
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// A downloaded file cannot be written there.
    Write {
        /// Where it was to stand.
        path: PathBuf,
    },
    /// A file to upload cannot be read. If that came up while it was sent, the platform did not get the whole of it.
    Read {
        /// Which it is; empty for one that was read from a stream.
        path: PathBuf,
    },
    /// A file to upload is no longer the one whose digest was taken. The platform did not get the whole of it.
    Changed {
        /// Which it is; empty for one that was read from a stream.
        path: PathBuf,
    },
}

impl FileError {
    pub(crate) fn new(label: &Label, failure: FileFailure) -> Self {
        Self(Box::new(Inner {
            label: label.clone(),
            attempts: Attempts::default(),
            failure,
            status: None,
            source: None,
        }))
    }

    /// The status line had arrived already.
    pub(crate) fn after(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn because(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What is wrong.
    #[must_use]
    pub fn failure(&self) -> &FileFailure {
        &self.0.failure
    }

    /// The HTTP status, if the response had begun.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The operation that was called.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.0.label.name()
    }

    /// It ended the last of these attempts.
    pub(crate) fn tried(mut self, attempts: Attempts) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn history(&self) -> Attempts {
        self.0.attempts
    }

    pub(crate) fn label(&self) -> &Label {
        &self.0.label
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.0.label)?;
        match &self.0.failure {
            FileFailure::Hash { algorithm, expected, actual } => write!(
                f,
                "the file has the {algorithm} {actual} and should have {}",
                one_line(expected, 64)
            ),
            FileFailure::Gzip => f.write_str(
                "what came is not whole gzip; leave `gzip()` out if the file was not asked for compressed",
            ),
            FileFailure::TooLarge { limit } => write!(
                f,
                "the file has more than {limit} bytes; allow more with `max_bytes(..)`, or write it with `to_file(..)`"
            ),
            FileFailure::Write { path } => {
                write!(f, "the file cannot be written to {}", path.display())
            }
            FileFailure::Read { path } => {
                write!(f, "the file to upload cannot be read: {}", shown(path))
            }
            FileFailure::Changed { path } => write!(
                f,
                "the file to upload has changed since its digest was taken: {}; open it again",
                shown(path)
            ),
        }
    }
}

fn shown(path: &Path) -> std::path::Display<'_> {
    if path.as_os_str().is_empty() {
        Path::new("a copy of a stream").display()
    } else {
        path.display()
    }
}

impl fmt::Debug for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileError({self}")?;
        if let Some(source) = &self.0.source {
            write!(f, ": {source:?}")?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
