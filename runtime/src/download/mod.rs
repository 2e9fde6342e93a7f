//! Downloads: the bytes of a file, in memory, written to a file, or as a stream.
//!
//! Chunks of the response are unpacked, counted, hashed and handed on one by one, so a download of any size takes a few
//! hundred kilobytes. `address` says which hosts are signed for, `plain` makes plain bytes of a response, `file` and
//! `stream` take them, `receive` joins them to the exchange.

mod address;
mod file;
mod gunzip;
mod plain;
mod receive;
mod stream;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::header::CONTENT_TYPE;

pub(crate) use self::address::resolve;
pub use self::stream::FileStream;
use crate::{
    call::Call,
    core::Core,
    error::{Error, FileError, FileFailure},
    label::Label,
    operation::Host,
    prepare::Content,
    reply::{Binary, Reply},
    wire::Decrypt,
};

/// Without a limit of the call's own, a file or stream ends here: 4 GiB.
const MAX_BYTES: u64 = 4 << 30;

/// How long the next bytes of a file may take.
const IDLE: Duration = Duration::from_secs(20);

/// How the file that a response holds is taken in.
pub(crate) struct Intake {
    gzip: bool,
    expected: Vec<Expected>,
    limit: Option<u64>,
    idle: Duration,
    progress: Option<Progress>,
    sink: Sink,
}

/// Told how many bytes have come, and how many there will be if that is known.
type Progress = Arc<dyn Fn(u64, Option<u64>) + Send + Sync>;

/// A digest that the plain bytes shall have.
#[derive(Clone)]
struct Expected {
    algorithm: Algorithm,
    hex: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Sha1,
    Sha256,
}

/// Where the bytes go.
enum Sink {
    Memory,
    File { path: PathBuf, size: Slot<u64> },
    Stream(Slot<FileStream>),
}

/// Carries a value past the response, from where it is received to where the call is read.
struct Slot<T>(Arc<Mutex<Option<T>>>);

impl Default for Intake {
    fn default() -> Self {
        Self {
            gzip: false,
            expected: Vec::new(),
            limit: None,
            idle: IDLE,
            progress: None,
            sink: Sink::Memory,
        }
    }
}

/// A file, saved by [`Call::to_file`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SavedFile {
    /// Where it stands.
    pub path: PathBuf,
    /// How many bytes it has.
    pub size: u64,
    /// What the response's `Content-Type` says of it.
    pub content_type: Option<String>,
}

/// Calls whose response is a file.
///
/// Awaited as they are, they give its bytes. A file of any size goes to disk with [`to_file`](Self::to_file) or comes
/// piece by piece with [`stream`](Self::stream); not more than some pieces of it are ever held in memory. All that is
/// checked is checked on the plain bytes, while they come.
///
/// The call's time limit counts up to the head of the response. From there on, each next piece has the
/// [`idle_timeout`](Self::idle_timeout). A download that breaks off is begun again from the start, as often as the
/// [`RetryPolicy`](crate::RetryPolicy) says; a stream is not, once it has begun.
///
/// A response that is signed over its bytes is held, up to
/// [`Config::max_response_bytes`](crate::Config::max_response_bytes), until the signature is verified, all in the
/// call's time. Large files are not: those come unsigned, or with a signed digest (`Wechatpay-Statement-Sha1`), which is then checked.
impl Call<Binary> {
    /// For generated code: downloads what an earlier response gave the address of. It is signed for if it names one of
    /// `hosts`, or one of the configuration's. Certificates, if they are needed, come from `gateway`.
    pub fn download(
        core: &Core,
        gateway: &'static Host,
        hosts: impl IntoIterator<Item = &'static Host>,
        url: impl Into<String>,
    ) -> Self {
        let url = url.into();
        let label = Label::download(address::path(&url));
        let hosts = hosts.into_iter().collect();
        Self::draft(core, label, Content::Url { gateway, hosts, url })
    }

    /// Checks the SHA-1 of the plain bytes: 40 hex digits, the `hash_value` of a bill with the `hash_type` SHA1.
    pub fn sha1(self, hex: impl Into<String>) -> Self {
        self.expect(Algorithm::Sha1, hex.into())
    }

    /// Checks the SHA-256 of the plain bytes: 64 hex digits.
    pub fn sha256(self, hex: impl Into<String>) -> Self {
        self.expect(Algorithm::Sha256, hex.into())
    }

    /// Unpacks gzip: for a bill that was asked for with `tar_type` GZIP. Digests are those of what is in it. Without
    /// this, bytes come as they are.
    pub fn gzip(mut self) -> Self {
        self.intake().gzip = true;
        self
    }

    /// The most plain bytes that are taken, which keeps a small gzip file from filling the disk. Without it, 4 GiB go to
    /// a file or stream, and [`Config::max_response_bytes`](crate::Config::max_response_bytes) to memory.
    pub fn max_bytes(mut self, limit: u64) -> Self {
        self.intake().limit = Some(limit);
        self
    }

    /// How long the next bytes of the file may take: 20 seconds unless set. The file as a whole has no time limit.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        if limit.is_zero() {
            return self
                .with_problem("idle_timeout: is zero, so no file could come; give some seconds");
        }
        self.intake().idle = limit;
        self
    }

    /// Calls `progress` with every piece that comes: how many bytes have been received, before they are unpacked, and how
    /// many there are, if the response says so. Every attempt begins again at zero. It is called on the client's own
    /// threads and must not block.
    pub fn progress(mut self, progress: impl Fn(u64, Option<u64>) + Send + Sync + 'static) -> Self {
        self.intake().progress = Some(Arc::new(progress));
        self
    }

    /// Writes the file to `path`, in place of what stands there.
    ///
    /// It is written under another name in the same folder, readable by its owner only, and takes its place when it is
    /// whole, checked and on the disk. If anything fails, or the call is dropped, no file is left and what stood there is
    /// untouched.
    pub fn to_file(mut self, path: impl AsRef<Path>) -> Call<SavedFile> {
        let (path, size) = (path.as_ref().to_owned(), Slot::default());
        self.intake().sink = Sink::File { path: path.clone(), size: size.clone() };
        self.reading(move |reply, _| {
            let size = size.take().unwrap_or_default();
            Ok(SavedFile { path: path.clone(), size, content_type: content_type(reply) })
        })
    }

    /// Gives the file piece by piece, as soon as the head of the response is there.
    ///
    /// The pieces that come are checked only as a whole, at their end: do not act upon them before
    /// [`chunk`](FileStream::chunk) has given `None`.
    pub fn stream(mut self) -> Call<FileStream> {
        let slot = Slot::default();
        self.intake().sink = Sink::Stream(slot.clone());
        self.reading(move |reply, _: &dyn Decrypt| {
            Ok(slot.take().unwrap_or_else(|| FileStream::ended(reply)))
        })
    }

    fn expect(mut self, algorithm: Algorithm, hex: String) -> Self {
        if hex.len() == algorithm.digits() && hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            self.intake().expected.push(Expected { algorithm, hex });
            self
        } else {
            self.with_problem(match algorithm {
                Algorithm::Sha1 => {
                    "sha1: must be 40 hex digits, the `hash_value` beside the address"
                }
                Algorithm::Sha256 => "sha256: must be 64 hex digits",
            })
        }
    }
}

impl Intake {
    /// What is wrong with it before anything is sent.
    pub(crate) fn check(&self, label: &Label) -> Result<(), Error> {
        match &self.sink {
            Sink::File { path, .. } => file::check(path).map_err(|source| {
                let failure = FileFailure::Write { path: path.clone() };
                FileError::new(label, failure).because(source).into()
            }),
            Sink::Memory | Sink::Stream(_) => Ok(()),
        }
    }
}

impl Algorithm {
    const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    const fn digits(self) -> usize {
        match self {
            Self::Sha1 => 40,
            Self::Sha256 => 64,
        }
    }
}

impl<T> Slot<T> {
    fn put(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

fn content_type(reply: &Reply) -> Option<String> {
    let value = reply.headers().get(CONTENT_TYPE)?;
    value.to_str().ok().map(str::to_owned)
}
