//! What can go wrong with a call.
//!
//! Each kind of failure is an opaque struct with accessors. `Display` is one line that names the operation and says what
//! happened and, where there is one, the remedy; it holds no secret, no value of a path, query or body. It does not
//! repeat its source: print the chain for that.

mod api;
mod attempts;
mod build;
mod config;
mod crypto;
mod decode;
mod file;
mod invalid;
mod transport;
mod trust;
mod verification;

use std::fmt;

use http::StatusCode;

pub use api::{ApiError, ErrorDetail};
pub use build::BuildError;
pub use config::ConfigError;
pub use crypto::{CryptoError, CryptoFailure};
pub use decode::DecodeError;
pub(crate) use decode::Misfit;
pub use file::{FileError, FileFailure};
pub use invalid::InvalidError;
pub use transport::{TransportError, TransportFailure};
pub use trust::{TrustError, TrustFailure};
pub use verification::{VerificationError, VerificationFailure};

use crate::label::Label;

/// An error of any kind.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a call did not give a result.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The client cannot be made of these keys and settings.
    Config(ConfigError),
    /// The request breaks rules of the schema; nothing was sent.
    Invalid(InvalidError),
    /// The request has no form on the wire; nothing was sent.
    Build(BuildError),
    /// The request could not be signed or encrypted; nothing was sent.
    Crypto(CryptoError),
    /// The platform certificates that the call needs could not be downloaded; the call was not sent.
    Trust(TrustError),
    /// No complete response came back.
    Transport(TransportError),
    /// A file to upload could not be read, or a downloaded one is not what it shall be or could not be written.
    File(FileError),
    /// The response is not shown to be WeChat Pay's.
    Verification(VerificationError),
    /// The platform answered with an error status.
    Api(ApiError),
    /// The call succeeded, but the response does not fit its type; the bytes are kept.
    Decode(DecodeError),
}

impl Error {
    /// Whether the same request may be sent again, now or a little later, and has a chance to succeed.
    ///
    /// True where it was surely not acted upon (no connection, too many requests), and, for a call that is safe to
    /// repeat, where the gateway failed or the response was lost. The same request means the same merchant number and
    /// the same parameters.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Transport(error) => match error.failure() {
                TransportFailure::Connect => true,
                TransportFailure::Timeout | TransportFailure::Interrupted => {
                    error.label().repeat().is_safe()
                }
                TransportFailure::TooLarge { .. } | TransportFailure::Background => false,
            },
            Self::Api(error) => {
                error.is_rate_limit()
                    || (error.is_server_failure() && error.label().repeat().is_safe())
            }
            Self::Verification(error) => error.is_probe() && error.label().repeat().is_safe(),
            Self::Trust(error) => error.is_retryable(),
            Self::Config(_)
            | Self::Invalid(_)
            | Self::Build(_)
            | Self::Crypto(_)
            | Self::File(_)
            | Self::Decode(_) => false,
        }
    }

    /// Whether the platform may or may not have acted: query the state, or repeat with the same merchant number, but
    /// never with a new one.
    ///
    /// True for a call that does not only read, if one of its attempts may have been received and no authentic answer
    /// says what became of it, or if the platform itself failed (5xx).
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        self.may_have_acted() && !self.call().is_some_and(Label::only_reads)
    }

    /// Whether the error reports an answer whose signature was verified.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        match self {
            Self::Api(error) => error.is_authenticated(),
            Self::Decode(error) => error.reply().is_authenticated(),
            _ => false,
        }
    }

    /// The HTTP status, if a response had begun.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Transport(error) => error.status(),
            Self::File(error) => error.status(),
            Self::Verification(error) => Some(error.status()),
            Self::Api(error) => Some(error.status()),
            Self::Decode(error) => Some(error.status()),
            Self::Config(_)
            | Self::Invalid(_)
            | Self::Build(_)
            | Self::Crypto(_)
            | Self::Trust(_) => None,
        }
    }

    /// The platform's error code.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.code(),
            _ => None,
        }
    }

    /// The response's `Request-ID`.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Verification(error) => error.request_id(),
            Self::Api(error) => error.request_id(),
            Self::Decode(error) => error.request_id(),
            _ => None,
        }
    }

    /// The operation that was called, as the client spells it (`taxi_invoice.punch`); none for a configuration.
    #[must_use]
    pub fn operation(&self) -> Option<&str> {
        self.call().map(Label::name)
    }

    /// Address of the operation's official page, which tells its parameters and error codes; none for an untyped call.
    #[must_use]
    pub fn page(&self) -> Option<&'static str> {
        self.call().and_then(Label::page)
    }

    fn call(&self) -> Option<&Label> {
        match self {
            Self::Config(_) => None,
            Self::Invalid(error) => Some(error.label()),
            Self::Build(error) => Some(error.label()),
            Self::Crypto(error) => Some(error.label()),
            Self::Trust(error) => Some(error.label()),
            Self::Transport(error) => Some(error.label()),
            Self::File(error) => Some(error.label()),
            Self::Verification(error) => Some(error.label()),
            Self::Api(error) => Some(error.label()),
            Self::Decode(error) => Some(error.label()),
        }
    }

    /// Whether this is the platform's error code, in either of its spellings; [`code`](crate::code) has the common ones.
    #[must_use]
    pub fn is_code(&self, code: &str) -> bool {
        matches!(self, Self::Api(error) if error.is_code(code))
    }

    fn inner(&self) -> &(dyn std::error::Error + 'static) {
        match self {
            Self::Config(error) => error,
            Self::Invalid(error) => error,
            Self::Build(error) => error,
            Self::Crypto(error) => error,
            Self::Trust(error) => error,
            Self::Transport(error) => error,
            Self::File(error) => error,
            Self::Verification(error) => error,
            Self::Api(error) => error,
            Self::Decode(error) => error,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.inner(), f)?;
        self.fmt_attempts(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The variant's own text is this error's text, so the chain goes on behind it.
        self.inner().source()
    }
}

macro_rules! from {
    ($($variant:ident($error:ident)),+ $(,)?) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        })+
    };
}

from!(
    Config(ConfigError),
    Invalid(InvalidError),
    Build(BuildError),
    Crypto(CryptoError),
    Trust(TrustError),
    Transport(TransportError),
    File(FileError),
    Verification(VerificationError),
    Api(ApiError),
    Decode(DecodeError),
);

/// Foreign text, fit for one line of a log: no control characters, not endless.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    let mut line: String = text
        .chars()
        .take(limit)
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    if text.chars().nth(limit).is_some() {
        line.push_str("...");
    }
    line
}
