//! A response that is not shown to be the platform's.

use std::fmt;

use http::StatusCode;

use super::{BoxError, one_line};
use crate::{attempts::Attempts, label::Label};

/// The response is not proven to be WeChat Pay's, so its body is withheld.
pub struct VerificationError(Box<Inner>);

struct Inner {
    label: Label,
    attempts: Attempts,
    failure: VerificationFailure,
    status: StatusCode,
    request_id: Option<String>,
    source: Option<BoxError>,
}

/// Why a response does not count as WeChat Pay's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerificationFailure {
    /// A success without any signature.
    Unsigned,
    /// This signature header is missing, though others are there.
    Missing(&'static str),
    /// This signature header stands there more than once.
    Repeated(&'static str),
    /// This signature header is no text, or the timestamp no number.
    Malformed(&'static str),
    /// A probe: WeChat Pay sends deliberately wrong signatures to see that clients refuse them. No reason for an alarm.
    Probe,
    /// The signature is of another type than the client's.
    SignatureType(String),
    /// The response's time is too far from the clock: by so many seconds, positive if the clock is ahead.
    Stale {
        /// The client's clock minus the response's timestamp.
        seconds: i64,
    },
    /// The trust store holds no key of this serial.
    UnknownSerial {
        /// The serial the response names.
        serial: String,
        /// The serials in the trust store.
        known: Vec<String>,
    },
    /// The signature does not belong to this body.
    Mismatch,
}

impl VerificationError {
    pub(crate) fn new(
        label: &Label,
        failure: VerificationFailure,
        status: StatusCode,
        request_id: Option<&str>,
    ) -> Self {
        let request_id = request_id.map(str::to_owned);
        let (label, attempts) = (label.clone(), Attempts::default());
        Self(Box::new(Inner { label, attempts, failure, status, request_id, source: None }))
    }

    /// `source` says why there is no key to verify it with.
    pub(crate) fn because(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Why it does not count.
    #[must_use]
    pub fn failure(&self) -> &VerificationFailure {
        &self.0.failure
    }

    /// Whether it is a probe, which an alarm should ignore.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        self.0.failure == VerificationFailure::Probe
    }

    /// The HTTP status, not authenticated.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The response's `Request-ID`, not authenticated.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
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

impl fmt::Display for VerificationFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str("a success without a signature"),
            Self::Missing(header) => write!(f, "the {header} header is missing"),
            Self::Repeated(header) => write!(f, "the {header} header stands there more than once"),
            Self::Malformed(header) => write!(f, "the {header} header is malformed"),
            Self::Probe => {
                f.write_str("a signature probe (WECHATPAY/SIGNTEST), refused as WeChat Pay expects")
            }
            Self::SignatureType(found) => {
                write!(f, "signed as {}, which is not the client's type", one_line(found, 64))
            }
            Self::Stale { seconds } if *seconds > 0 => {
                write!(
                    f,
                    "it is {seconds} s older than the clock allows for; check the machine's time"
                )
            }
            Self::Stale { seconds } => write!(
                f,
                "it is {} s ahead of the clock, more than allowed; check the machine's time",
                seconds.unsigned_abs()
            ),
            Self::UnknownSerial { serial, known } => write!(
                f,
                "signed with {}, which is not in the trust store (it has {}); add that public key or certificate",
                one_line(serial, 64),
                known.join(", ")
            ),
            Self::Mismatch => f.write_str("the signature does not belong to this body"),
        }
    }
}

impl fmt::Display for VerificationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: response not verified: {} (status {}",
            self.0.label,
            self.0.failure,
            self.0.status.as_u16()
        )?;
        if let Some(id) = self.request_id() {
            write!(f, ", request id {}", one_line(id, 64))?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for VerificationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerificationError({self})")
    }
}

impl std::error::Error for VerificationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
