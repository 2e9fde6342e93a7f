//! Platform certificates that could not be had.

use std::{fmt, sync::Arc};

use super::{ApiError, Error};
use crate::label::Label;

/// The call needs a platform certificate first, and there is none. The call itself was not sent.
pub struct TrustError(Box<Inner>);

struct Inner {
    label: Label,
    failure: Arc<TrustFailure>,
}

/// Why a download of the platform certificates gave none. Keys that were there stay in use.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrustFailure {
    /// The platform has none for this merchant, which has WeChat Pay's public key instead. Give that key to
    /// [`TrustStore::public_key`](crate::TrustStore::public_key).
    NoCertificates(ApiError),
    /// The platform could not be asked, or answered with another error.
    Unavailable(Error),
    /// The answer is not believed: what is wrong with it.
    Refused(String),
    /// The download goes on, but the time of the call that waits for it is up.
    Late,
}

impl TrustFailure {
    /// Whether the next download has a chance.
    fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(error) => error.is_retryable(),
            Self::Late => true,
            Self::NoCertificates(_) | Self::Refused(_) => false,
        }
    }
}

impl TrustError {
    pub(crate) fn new(label: &Label, failure: Arc<TrustFailure>) -> Self {
        Self(Box::new(Inner { label: label.clone(), failure }))
    }

    /// Why there is no certificate.
    #[must_use]
    pub fn failure(&self) -> &TrustFailure {
        &self.0.failure
    }

    /// The operation that was called.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.label().name()
    }

    pub(crate) fn label(&self) -> &Label {
        &self.0.label
    }

    pub(super) fn is_retryable(&self) -> bool {
        self.0.failure.is_retryable()
    }
}

impl fmt::Display for TrustFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCertificates(_) => f.write_str(
                "this merchant has no platform certificates; use the WeChat Pay public key (`TrustStore::public_key`)",
            ),
            Self::Unavailable(_) => f.write_str("the platform certificates could not be downloaded"),
            Self::Refused(problem) => write!(f, "the platform certificates are refused: {problem}"),
            Self::Late => f.write_str("the platform certificates did not come in time"),
        }
    }
}

impl std::error::Error for TrustFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NoCertificates(error) => Some(error),
            Self::Unavailable(error) => Some(error),
            Self::Refused(_) | Self::Late => None,
        }
    }
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: not sent, no key of the platform: {}", self.0.label, self.0.failure)
    }
}

impl fmt::Debug for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustError({self})")
    }
}

impl std::error::Error for TrustError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The failure's own text is in this error's text, so the chain goes on behind it.
        std::error::Error::source(&*self.0.failure)
    }
}
