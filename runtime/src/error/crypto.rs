//! Signing or encryption that failed on our side.

use std::fmt;

use super::BoxError;
use crate::label::Label;

/// The request could not be signed, or a field of it not encrypted. Nothing was sent.
pub struct CryptoError(Box<Inner>);

struct Inner {
    label: Label,
    failure: CryptoFailure,
}

/// What failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum CryptoFailure {
    /// There was no usable nonce.
    Nonce(Box<dyn std::error::Error + Send + Sync>),
    /// The private key, or the [`Signer`](crate::Signer), did not sign.
    Sign(Box<dyn std::error::Error + Send + Sync>),
    /// A sensitive field has more bytes than the key can encrypt.
    TooLong {
        /// Bytes found.
        actual: usize,
        /// Bytes the key takes.
        limit: usize,
    },
    /// The public key did not encrypt.
    Encrypt,
}

impl CryptoFailure {
    pub(crate) fn nonce(source: impl Into<BoxError>) -> Self {
        Self::Nonce(source.into())
    }
}

impl CryptoError {
    pub(crate) fn new(label: &Label, failure: CryptoFailure) -> Self {
        Self(Box::new(Inner { label: label.clone(), failure }))
    }

    /// What failed.
    #[must_use]
    pub fn failure(&self) -> &CryptoFailure {
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
}

impl fmt::Display for CryptoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.0.label)?;
        match &self.0.failure {
            CryptoFailure::Nonce(_) => f.write_str("no nonce for the signature"),
            CryptoFailure::Sign(_) => f.write_str("the private key did not sign the request"),
            CryptoFailure::TooLong { actual, limit } => {
                write!(
                    f,
                    "a sensitive field has {actual} bytes, the platform's key encrypts at most {limit}"
                )
            }
            CryptoFailure::Encrypt => {
                f.write_str("the platform's key did not encrypt a sensitive field")
            }
        }
    }
}

impl fmt::Debug for CryptoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CryptoError({self})")
    }
}

impl std::error::Error for CryptoError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.failure {
            CryptoFailure::Nonce(source) | CryptoFailure::Sign(source) => Some(&**source),
            CryptoFailure::TooLong { .. } | CryptoFailure::Encrypt => None,
        }
    }
}
