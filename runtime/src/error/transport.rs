//! A request or response that did not make it.

use std::fmt;

use http::StatusCode;

use super::BoxError;
use crate::{
    attempts::Attempts,
    label::Label,
    transport::{SendError, SendErrorKind},
};

/// No complete response came back.
pub struct TransportError(Box<Inner>);

struct Inner {
    label: Label,
    attempts: Attempts,
    failure: TransportFailure,
    status: Option<StatusCode>,
    source: Option<BoxError>,
}

/// What went wrong on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportFailure {
    /// No connection came about, so the request was surely not sent: name resolution, TCP, TLS, a proxy.
    Connect,
    /// The call's time was up. The platform may have received the request.
    Timeout,
    /// The connection broke before the response was complete. The platform may have received the request.
    Interrupted,
    /// The response is larger than the limit, [`Config::max_response_bytes`](crate::Config::max_response_bytes).
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The background threads that carry calls could not be used; the request was not sent.
    Background,
}

impl TransportError {
    pub(crate) fn new(label: &Label, failure: TransportFailure) -> Self {
        Self(Box::new(Inner {
            label: label.clone(),
            attempts: Attempts::default(),
            failure,
            status: None,
            source: None,
        }))
    }

    /// The transport failed so.
    pub(crate) fn of(label: &Label, error: SendError) -> Self {
        let failure = match error.kind {
            SendErrorKind::NotConnected => TransportFailure::Connect,
            SendErrorKind::TimedOut => TransportFailure::Timeout,
            SendErrorKind::Interrupted => TransportFailure::Interrupted,
        };
        Self::new(label, failure).because(error.source)
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

    /// What went wrong.
    #[must_use]
    pub fn failure(&self) -> TransportFailure {
        self.0.failure
    }

    /// Whether the platform may have received the request, by the last attempt or one before, and not turned it away.
    #[must_use]
    pub fn may_have_been_sent(&self) -> bool {
        self.0.attempts.in_doubt
            || !matches!(self.0.failure, TransportFailure::Connect | TransportFailure::Background)
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

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.0.label)?;
        match self.0.failure {
            TransportFailure::Connect => f.write_str("no connection to the gateway")?,
            TransportFailure::Timeout => f.write_str("no complete response in time")?,
            TransportFailure::Interrupted => {
                f.write_str("the connection broke before the response was complete")?
            }
            TransportFailure::TooLarge { limit } => {
                write!(f, "the response has more than {limit} bytes")?
            }
            TransportFailure::Background => {
                f.write_str("the background threads are not available")?
            }
        }
        if let Some(status) = self.0.status {
            write!(f, " (status {})", status.as_u16())?;
        }
        match (self.may_have_been_sent(), self.0.label.only_reads()) {
            (true, false) => {
                f.write_str("; the platform may have acted: query before you repeat it")
            }
            (false, _) if self.0.failure == TransportFailure::Connect => {
                f.write_str("; the request was not sent")
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransportError({self}")?;
        if let Some(source) = &self.0.source {
            write!(f, ": {source:?}")?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
