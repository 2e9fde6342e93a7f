//! How requests travel: one object-safe trait, and the implementations that come with the crate.
//!
//! The client signs a request, hands it over as plain HTTP, and verifies the raw bytes that come back. So a transport
//! must send path, query, headers and body exactly as given, must not follow redirects, and must not decompress.

mod body;
#[cfg(feature = "test-util")]
mod memory;
#[cfg(feature = "reqwest")]
mod options;
#[cfg(feature = "reqwest")]
mod reqwest;

use std::{error::Error, fmt, pin::Pin, sync::Arc};

use bytes::Bytes;

pub use self::body::RequestBody;
pub(crate) use self::body::{Failed, Fault};
#[cfg(feature = "test-util")]
pub use self::memory::MemoryTransport;
#[cfg(feature = "reqwest")]
pub use self::{options::HttpOptions, reqwest::HttpTransport};

/// A future that can be named, boxed, and moved between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends requests. Calls run it on the client's own Tokio runtime, with time and I/O enabled; the time limit of a call
/// is kept by dropping the future.
pub trait Transport: Send + Sync + 'static {
    /// Sends one request and gives the response as soon as its head is there. The body may be a file that is read only
    /// now; see [`RequestBody`].
    fn send(
        &self,
        request: http::Request<RequestBody>,
    ) -> BoxFuture<'_, Result<TransportResponse, SendError>>;
}

/// A shared transport is a transport.
impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(
        &self,
        request: http::Request<RequestBody>,
    ) -> BoxFuture<'_, Result<TransportResponse, SendError>> {
        (**self).send(request)
    }
}

/// A response whose body is still to come.
pub type TransportResponse = http::Response<Box<dyn ResponseBody>>;

/// The body of a response, piece by piece, so that large ones need not be held.
pub trait ResponseBody: Send + 'static {
    /// The next piece; `None` at the end. A body that ends early is an error, not an end.
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, SendError>>;
}

/// A body that is there already.
impl ResponseBody for Bytes {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, SendError>> {
        let whole = std::mem::take(self);
        Box::pin(std::future::ready(Ok(Some(whole).filter(|bytes| !bytes.is_empty()))))
    }
}

/// A transport could not send a request or read its response.
///
/// Which of the three it is decides whether a call may be repeated, so a transport must not say `not_connected` of a
/// request that may have left the machine. The source is printed in logs: it must not quote address or headers.
#[derive(Debug)]
pub struct SendError {
    pub(crate) kind: SendErrorKind,
    pub(crate) source: Box<dyn Error + Send + Sync>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SendErrorKind {
    NotConnected,
    TimedOut,
    Interrupted,
}

impl SendError {
    /// There was no connection: the request was surely not sent.
    pub fn not_connected(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: SendErrorKind::NotConnected, source: source.into() }
    }

    /// A time limit of the transport's own was reached after the request may have been sent.
    pub fn timed_out(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: SendErrorKind::TimedOut, source: source.into() }
    }

    /// The connection broke, or the response made no sense, after the request may have been sent.
    pub fn interrupted(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: SendErrorKind::Interrupted, source: source.into() }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            SendErrorKind::NotConnected => "no connection",
            SendErrorKind::TimedOut => "timed out",
            SendErrorKind::Interrupted => "interrupted",
        })
    }
}

impl Error for SendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
