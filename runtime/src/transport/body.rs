//! Bodies of requests: bytes, or parts of which one is a file that is read as it is sent.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
};

use aws_lc_rs::digest::{self, SHA256};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::{
    fs::File,
    io::{AsyncRead as _, ReadBuf},
};

use super::SendError;
use crate::{
    digest::hex,
    error::FileFailure,
    wire::{Content, Progress, UploadFile},
};

/// So much of a file is read and sent at a time.
const PIECE: usize = 64 << 10;

/// The body of a request. Its length is known beforehand: send it as `Content-Length`, never in chunks.
///
/// It is a [`Body`](http_body::Body) of the crate `http-body`, as HTTP libraries take it; it must be polled on the Tokio
/// runtime that [`Transport::send`](super::Transport::send) is polled on. If reading it fails, the request must not be
/// completed: the failure is found in the body, so the transport's own error does not matter.
pub struct RequestBody {
    parts: VecDeque<Part>,
    left: u64,
    fault: Fault,
}

/// Why a file was not sent.
pub(crate) type Failed = (FileFailure, io::Error);

/// What went wrong with the file while it was sent.
pub(crate) type Fault = Arc<OnceLock<FileFailure>>;

enum Part {
    Bytes(Bytes),
    File(Box<Reading>),
}

impl RequestBody {
    /// `head`, the file's content, `tail`.
    pub(crate) async fn around(
        head: Bytes,
        file: &UploadFile,
        tail: Bytes,
    ) -> Result<Self, Failed> {
        let left = head.len() as u64 + file.size() + tail.len() as u64;
        let file = Box::new(Reading::open(file).await?);
        let parts = [Part::Bytes(head), Part::File(file), Part::Bytes(tail)];
        Ok(Self { parts: parts.into(), left, fault: Fault::default() })
    }

    /// Number of bytes that are still to be sent.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.left
    }

    /// Whether nothing is to be sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// The whole body, if it is in memory in one piece, as all but uploads are.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match self.parts.as_slices() {
            ([Part::Bytes(bytes)], []) => Some(bytes),
            _ => None,
        }
    }

    /// Reads the whole body into memory, for a transport that cannot send it piece by piece.
    ///
    /// # Errors
    /// The file could not be read.
    pub async fn into_bytes(mut self) -> Result<Bytes, SendError> {
        if let Some(bytes) = self.as_bytes() {
            return Ok(bytes.clone());
        }
        let mut whole = Vec::new();
        while let Some(piece) = poll_fn(|context| self.poll_piece(context)).await {
            whole.extend_from_slice(&piece.map_err(SendError::interrupted)?);
        }
        Ok(whole.into())
    }

    pub(crate) fn fault(&self) -> Fault {
        Arc::clone(&self.fault)
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            let piece = match self.parts.front_mut() {
                None => return Poll::Ready(None),
                Some(Part::Bytes(bytes)) => Ok(std::mem::take(bytes)),
                Some(Part::File(file)) => ready!(file.poll_piece(context)),
            };
            match piece {
                Ok(piece) if piece.is_empty() => {
                    self.parts.pop_front();
                }
                Ok(piece) => {
                    self.left = self.left.saturating_sub(piece.len() as u64);
                    return Poll::Ready(Some(Ok(piece)));
                }
                Err((failure, error)) => {
                    self.parts.clear();
                    let _ = self.fault.set(failure);
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

impl From<Bytes> for RequestBody {
    fn from(bytes: Bytes) -> Self {
        let left = bytes.len() as u64;
        Self { parts: [Part::Bytes(bytes)].into(), left, fault: Fault::default() }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.poll_piece(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.parts.is_empty() || self.as_bytes().is_some_and(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestBody({} bytes)", self.left)
    }
}

/// A file while it is sent.
struct Reading {
    source: Source,
    sent: u64,
    size: u64,
    progress: Option<Progress>,
}

enum Source {
    Memory(Bytes),
    Disk { file: File, path: PathBuf, digest: digest::Context, expected: String },
}

impl Reading {
    async fn open(upload: &UploadFile) -> Result<Self, Failed> {
        let source = match upload.content() {
            Content::Memory(bytes) => Source::Memory(bytes.clone()),
            Content::Disk { path, size, copy } => {
                // The place of a copy means nothing to the caller.
                let shown = if copy.is_some() { PathBuf::new() } else { path.clone() };
                let unreadable = |error| (FileFailure::Read { path: shown.clone() }, error);
                let file = File::open(path).await.map_err(unreadable)?;
                if file.metadata().await.map_err(unreadable)?.len() != *size {
                    return Err(changed(&shown));
                }
                let expected = upload.sha256().to_owned();
                Source::Disk { file, path: shown, digest: digest::Context::new(&SHA256), expected }
            }
        };
        Ok(Self { source, sent: 0, size: upload.size(), progress: upload.on_progress() })
    }

    /// The next piece; an empty one at the end.
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Result<Bytes, Failed>> {
        let left = usize::try_from(self.size - self.sent).unwrap_or(usize::MAX).min(PIECE);
        if left == 0 {
            return Poll::Ready(Ok(Bytes::new()));
        }
        let piece = match &mut self.source {
            Source::Memory(bytes) => bytes.split_to(left.min(bytes.len())),
            Source::Disk { file, path, digest, expected } => {
                let mut space = vec![0; left];
                let mut buffer = ReadBuf::new(&mut space);
                let read = ready!(Pin::new(file).poll_read(context, &mut buffer));
                read.map_err(|error| (FileFailure::Read { path: path.clone() }, error))?;
                let count = buffer.filled().len();
                space.truncate(count);
                digest.update(&space);
                let last = self.sent + count as u64 == self.size;
                // The last piece is kept back if the content is not what its digest says, so that the platform never has
                // the whole of it.
                if count == 0 || (last && hex(digest.clone().finish().as_ref()) != *expected) {
                    return Poll::Ready(Err(changed(path)));
                }
                Bytes::from(space)
            }
        };
        self.sent += piece.len() as u64;
        if let Some(progress) = &self.progress {
            progress(self.sent, self.size);
        }
        Poll::Ready(Ok(piece))
    }
}

fn changed(path: &Path) -> Failed {
    let failure = FileFailure::Changed { path: path.to_owned() };
    (failure, io::Error::other("the file has changed since its digest was taken"))
}
