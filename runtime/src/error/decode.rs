//! A success that does not fit its type.

use std::fmt;

use bytes::Bytes;
use http::StatusCode;

use super::{BoxError, one_line};
use crate::{label::Label, reply::Reply, wire::Mismatch};

/// The call SUCCEEDED, but the response does not fit its type. The bytes are here, so no result is lost.
///
/// Do not repeat the call for this: read what you need from [`body`](Self::body).
pub struct DecodeError(Box<Inner>);

struct Inner {
    reply: Reply,
    misfit: Misfit,
    source: Option<BoxError>,
}

/// How a body does not fit.
pub(crate) enum Misfit {
    /// A value of a described type.
    Value(Mismatch),
    /// A caller's own type. Only the place is kept: the message of a JSON library may quote the value.
    Json { line: usize, column: usize },
}

impl DecodeError {
    pub(crate) fn new(reply: Reply, misfit: Misfit) -> Self {
        Self(Box::new(Inner { reply, misfit, source: None }))
    }

    /// `source` says why an encrypted value is not there.
    pub(crate) fn because(mut self, source: Option<BoxError>) -> Self {
        self.0.source = source;
        self
    }

    /// The value that does not fit; `None` if a type of the caller's own was to be read.
    #[must_use]
    pub fn mismatch(&self) -> Option<&Mismatch> {
        match &self.0.misfit {
            Misfit::Value(mismatch) => Some(mismatch),
            Misfit::Json { .. } => None,
        }
    }

    /// The response's body, exactly as it came.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        self.0.reply.body()
    }

    /// The HTTP status: a success.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.reply.status()
    }

    /// The response's `Request-ID`.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.reply.request_id()
    }

    /// The whole response.
    #[must_use]
    pub fn reply(&self) -> &Reply {
        &self.0.reply
    }

    /// The operation that was called.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.label().name()
    }

    pub(crate) fn label(&self) -> &Label {
        self.0.reply.label()
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reply = &self.0.reply;
        write!(f, "{}: the call succeeded, but its response does not fit the type", reply.label())?;
        match &self.0.misfit {
            Misfit::Value(mismatch) => write!(f, ": {mismatch}")?,
            Misfit::Json { line, column } => write!(f, " at line {line} column {column}")?,
        }
        write!(f, " (status {}, {} bytes kept", reply.status().as_u16(), reply.body().len())?;
        if let Some(id) = reply.request_id() {
            write!(f, ", request id {}", one_line(id, 64))?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({self})")
    }
}

impl std::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
