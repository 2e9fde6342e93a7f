//! Plain bytes, piece by piece, for a caller on any executor or thread.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use tokio::sync::mpsc::{self, Receiver};

use super::plain::Plain;
use crate::{
    background::{self, Lost, Task},
    error::{Error, TransportError, TransportFailure},
    label::Label,
    reply::Reply,
};

/// A piece, the end, or what broke it off.
type Next = Result<Option<Bytes>, Error>;

/// The bytes of a file, as [`Call::stream`](crate::Call::stream) gives them.
///
/// The pieces are received on the client's own threads, never more than two ahead. Dropping the stream ends the
/// download. It is a [`Stream`](futures_core::Stream), too.
pub struct FileStream {
    label: Label,
    /// `None` at the end.
    receiver: Option<Receiver<Next>>,
    _task: Option<Task<()>>,
}

impl FileStream {
    pub(super) fn start(label: &Label, mut plain: Plain) -> Result<Self, Lost> {
        let (sender, receiver) = mpsc::channel(1);
        let task = background::spawn(async move {
            loop {
                let next = plain.chunk().await;
                let goes_on = matches!(next, Ok(Some(_)));
                if sender.send(next).await.is_err() || !goes_on {
                    return;
                }
            }
        })?;
        Ok(Self { label: label.clone(), receiver: Some(receiver), _task: Some(task) })
    }

    pub(super) fn ended(reply: &Reply) -> Self {
        Self { label: reply.label().clone(), receiver: None, _task: None }
    }

    /// The next piece, never an empty one. `None` says that they were all, and that length, digests and compression are
    /// as they should be.
    ///
    /// # Errors
    /// [`Error::Transport`] if the response breaks off or nothing comes in the idle time, [`Error::File`] if the file is
    /// not what it should be. What came before then is not to be used, and nothing comes after.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        poll_fn(|context| self.poll_chunk(context)).await
    }

    /// The next piece, while the calling thread waits. It may be any thread, even one that runs an executor.
    ///
    /// # Errors
    /// The same as with [`chunk`](Self::chunk).
    pub fn blocking_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(mut receiver) = self.receiver.take() else { return Ok(None) };
        let waited = background::wait(async move {
            let next = receiver.recv().await;
            (receiver, next)
        });
        let (receiver, next) = waited.map_err(|lost| lost.error(&self.label))?;
        self.receiver = Some(receiver);
        self.take(next)
    }

    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Next> {
        let Some(receiver) = &mut self.receiver else { return Poll::Ready(Ok(None)) };
        let next = ready!(receiver.poll_recv(context));
        Poll::Ready(self.take(next))
    }

    fn take(&mut self, next: Option<Next>) -> Next {
        // Without a last word the task has panicked, which only `progress` or the transport can make it do.
        let next = next.unwrap_or_else(|| {
            let lost = TransportError::new(&self.label, TransportFailure::Interrupted);
            Err(lost.because("the transport or `progress` panicked").into())
        });
        if !matches!(next, Ok(Some(_))) {
            self.receiver = None;
        }
        next
    }
}

impl futures_core::Stream for FileStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Error>>> {
        self.poll_chunk(context).map(Result::transpose)
    }
}

impl fmt::Debug for FileStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileStream({})", self.label)
    }
}
