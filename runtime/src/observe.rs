//! What a program's logs and traces learn of calls: one span per call, and one inside it per attempt.
//!
//! `wechatpay.call` has `operation` and `outcome`; `wechatpay.attempt` has `attempt`, `host`, `status`, `request_id`,
//! `key` and `outcome`. No field holds a path, a query, a header of the request, a body or an error's text. The parent
//! of a call's span is whatever span its caller is in when the call starts, although it runs on other threads.

use std::pin::Pin;

use http::{HeaderMap, StatusCode};
use tracing::{
    Span, field,
    instrument::{Instrument as _, WithSubscriber as _},
};

use crate::{
    error::{Error, FileFailure, TransportFailure, TrustFailure, VerificationFailure, one_line},
    headers,
    label::Label,
    reply, serial,
};

/// The span of a call. If it is dropped before the call is finished, the caller has given up.
pub(crate) struct CallSpan {
    span: Span,
    finished: bool,
}

impl CallSpan {
    /// For a call that has not started.
    pub(crate) fn none() -> Self {
        Self { span: Span::none(), finished: true }
    }

    pub(crate) fn start(label: &Label) -> Self {
        let span = tracing::info_span!(
            target: "wechatpay",
            "wechatpay.call",
            operation = label.name(),
            outcome = field::Empty,
        );
        Self { span, finished: false }
    }

    /// Takes the caller's span and subscriber along to the thread that runs `future`. If nobody listens, it is left as
    /// it is.
    pub(crate) fn carry<T>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Pin<Box<dyn Future<Output = T> + Send>> {
        if self.span.is_disabled() {
            return Box::pin(future);
        }
        Box::pin(future.instrument(self.span.clone()).with_current_subscriber())
    }

    pub(crate) fn finish<T>(&mut self, result: &Result<T, Error>) {
        self.finished = true;
        self.span.record("outcome", outcome(result));
    }
}

impl Drop for CallSpan {
    fn drop(&mut self) {
        if !self.finished {
            self.span.record("outcome", "cancelled");
        }
    }
}

/// The span of one attempt.
pub(crate) struct AttemptSpan(Span);

impl AttemptSpan {
    /// The first attempt of a call is 1; `host` is scheme, name and port.
    pub(crate) fn start(attempt: u32, host: &str) -> Self {
        Self(tracing::info_span!(
            target: "wechatpay",
            "wechatpay.attempt",
            attempt,
            host,
            status = field::Empty,
            request_id = field::Empty,
            key = field::Empty,
            outcome = field::Empty,
        ))
    }

    /// Runs the attempt inside the span.
    pub(crate) async fn run<T>(
        &self,
        attempt: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let result = attempt.instrument(self.0.clone()).await;
        self.0.record("outcome", outcome(&result));
        result
    }

    /// The head of the response is there.
    pub(crate) fn response(&self, status: StatusCode, headers: &HeaderMap) {
        if self.0.is_disabled() {
            return;
        }
        self.0.record("status", status.as_u16());
        if let Some(id) = reply::request_id(headers) {
            self.0.record("request_id", one_line(id, 64));
        }
    }

    /// The response was verified with the key its serial names.
    pub(crate) fn verified(&self, headers: &HeaderMap) {
        let serial = headers.get(headers::SERIAL).and_then(|serial| serial.to_str().ok());
        let public_key = serial.is_some_and(serial::is_public_key_id);
        self.0.record("key", if public_key { "public_key" } else { "certificate" });
    }
}

/// One word, and no value.
fn outcome<T>(result: &Result<T, Error>) -> &'static str {
    match result {
        Ok(_) => "success",
        Err(Error::Config(_)) => "config",
        Err(Error::Invalid(_)) => "invalid",
        Err(Error::Build(_)) => "build",
        Err(Error::Crypto(_)) => "crypto",
        Err(Error::Trust(error)) => match error.failure() {
            TrustFailure::NoCertificates(_) => "no_certificates",
            TrustFailure::Unavailable(_) => "certificates_unavailable",
            TrustFailure::Refused(_) => "certificates_refused",
            TrustFailure::Late => "certificates_late",
        },
        Err(Error::Transport(error)) => match error.failure() {
            TransportFailure::Connect => "no_connection",
            TransportFailure::Timeout => "timeout",
            TransportFailure::Interrupted => "interrupted",
            TransportFailure::TooLarge { .. } => "too_large",
            TransportFailure::Background => "background",
        },
        Err(Error::File(error)) => match error.failure() {
            FileFailure::Hash { .. } => "file_hash",
            FileFailure::Gzip => "file_gzip",
            FileFailure::TooLarge { .. } => "file_too_large",
            FileFailure::Write { .. } => "file_unwritable",
            FileFailure::Read { .. } => "file_unreadable",
            FileFailure::Changed { .. } => "file_changed",
        },
        Err(Error::Verification(error)) => verification(error.failure()),
        Err(Error::Api(_)) => "api_error",
        Err(Error::Decode(_)) => "decode",
    }
}

/// One word for what speaks against a signature.
pub(crate) fn verification(failure: &VerificationFailure) -> &'static str {
    match failure {
        VerificationFailure::Unsigned => "unsigned",
        VerificationFailure::Missing(_)
        | VerificationFailure::Repeated(_)
        | VerificationFailure::Malformed(_) => "bad_signature_header",
        VerificationFailure::Probe => "probe",
        VerificationFailure::SignatureType(_) => "signature_type",
        VerificationFailure::Stale { .. } => "stale",
        VerificationFailure::UnknownSerial { .. } => "unknown_serial",
        VerificationFailure::Mismatch => "signature_mismatch",
    }
}
