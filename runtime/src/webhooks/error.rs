//! What can go wrong with a notification.

use std::fmt;

use bytes::Bytes;
use http::StatusCode;

use super::{Answer, VerifiedEvent};
use crate::{
    cipher::DecryptError,
    error::{BoxError, VerificationFailure, one_line},
    wire::Mismatch,
};

/// Why a notification was not received. It goes to a log; to the platform goes [`answer`](Self::answer).
pub struct WebhookError(Box<Inner>);

struct Inner {
    failure: WebhookFailure,
    /// The notification, by id and type, once it is verified.
    about: Option<String>,
    body: Option<Bytes>,
    source: Option<BoxError>,
}

/// What failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookFailure {
    /// The body is larger than the limit, [`Webhooks::max_body_bytes`](super::Webhooks::max_body_bytes).
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The body did not come, not wholly, or not in time.
    Incomplete,
    /// The notification is not shown to be WeChat Pay's.
    Verification(VerificationFailure),
    /// The notification is WeChat Pay's, but no envelope that is known here; its bytes are kept.
    Envelope(Mismatch),
    /// The notification is WeChat Pay's, but sealed in a way that is not known here.
    Algorithm(String),
    /// There is no APIv3 key to open it with.
    NoApiV3Key,
    /// The notification is WeChat Pay's, but does not open.
    Decrypt(DecryptError),
    /// The notification is WeChat Pay's, but was not opened in time: the decryptor did not answer.
    Late,
    /// The replay store failed, so it cannot be told whether the notification was handled already.
    Replays,
}

impl WebhookError {
    pub(super) fn new(failure: WebhookFailure) -> Self {
        Self(Box::new(Inner { failure, about: None, body: None, source: None }))
    }

    /// It is about this verified notification.
    pub(super) fn about(mut self, event: &VerifiedEvent) -> Self {
        let (id, event_type) = (one_line(event.id(), 64), one_line(event.event_type(), 64));
        self.0.about = Some(format!("{id} ({event_type})"));
        self.keeping(event.body().clone())
    }

    /// These are the verified bytes.
    pub(super) fn keeping(mut self, body: Bytes) -> Self {
        self.0.body = Some(body);
        self
    }

    pub(super) fn because(mut self, source: Option<BoxError>) -> Self {
        self.0.source = source;
        self
    }

    /// What failed.
    #[must_use]
    pub fn failure(&self) -> &WebhookFailure {
        &self.0.failure
    }

    /// Whether it is a probe: a deliberately wrong signature, by which WeChat Pay sees that receivers refuse them. An
    /// alarm should ignore it.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        matches!(self.0.failure, WebhookFailure::Verification(VerificationFailure::Probe))
    }

    /// The raw bytes of a notification that was verified, but could not be opened. Keep them: it is genuine.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.0.body.as_ref()
    }

    /// What to answer. All that is not verified is answered alike, so that a forger learns nothing.
    #[must_use]
    pub fn answer(&self) -> Answer {
        match self.0.failure {
            WebhookFailure::TooLarge { .. } => {
                Answer::refusal(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")
            }
            WebhookFailure::Incomplete => {
                Answer::refusal(StatusCode::BAD_REQUEST, "the body is incomplete")
            }
            WebhookFailure::Verification(_) => {
                Answer::refusal(StatusCode::UNAUTHORIZED, "the signature does not verify")
            }
            WebhookFailure::Envelope(_)
            | WebhookFailure::Algorithm(_)
            | WebhookFailure::NoApiV3Key
            | WebhookFailure::Decrypt(_)
            | WebhookFailure::Late
            | WebhookFailure::Replays => Answer::failure("not received, send it again"),
        }
    }

    /// One word for logs, and no value.
    pub(super) fn outcome(&self) -> &'static str {
        match &self.0.failure {
            WebhookFailure::TooLarge { .. } => "too_large",
            WebhookFailure::Incomplete => "incomplete",
            WebhookFailure::Verification(failure) => crate::observe::verification(failure),
            WebhookFailure::Envelope(_) => "envelope",
            WebhookFailure::Algorithm(_) => "algorithm",
            WebhookFailure::NoApiV3Key => "no_api_v3_key",
            WebhookFailure::Decrypt(_) => "decrypt",
            WebhookFailure::Late => "late",
            WebhookFailure::Replays => "replay_store",
        }
    }
}

impl fmt::Display for WebhookFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { limit } => {
                write!(
                    f,
                    "the body has more than {limit} bytes; raise `max_body_bytes` if it is genuine"
                )
            }
            Self::Incomplete => f.write_str("the body did not come wholly and in time"),
            Self::Verification(failure) => write!(f, "not verified: {failure}"),
            Self::Envelope(mismatch) => {
                write!(f, "verified, but no envelope of a notification: {mismatch}")
            }
            Self::Algorithm(found) => write!(
                f,
                "sealed with {}, which does not go with the keys here: AES with RSA, SM4 with SM2",
                one_line(found, 64)
            ),
            Self::NoApiV3Key => f.write_str(
                "there is no APIv3 key to open it with; give it to `Config::api_v3_key`",
            ),
            Self::Decrypt(error) => error.fmt(f),
            Self::Late => f.write_str("verified, but the decryptor did not answer in time"),
            Self::Replays => f.write_str(
                "the replay store failed, so whether it was handled already is not known",
            ),
        }
    }
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.about {
            Some(about) => write!(f, "notification {about}: {}", self.0.failure),
            None => write!(f, "notification: {}", self.0.failure),
        }
    }
}

impl fmt::Debug for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookError({self})")
    }
}

impl std::error::Error for WebhookError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
