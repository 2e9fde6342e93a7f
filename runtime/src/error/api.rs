//! An answer of the platform that says no.

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;
use http::{StatusCode, header::CONTENT_TYPE};
use serde_json::value::RawValue;

use super::one_line;
use crate::{attempts::Attempts, code, label::Label, reply::Reply};

/// The platform answered with an error status.
///
/// The status is always there. Code, message and detail are as much of them as the body yields: a gateway may answer
/// with HTML, half a JSON document, or nothing.
pub struct ApiError(Box<Inner>);

struct Inner {
    reply: Reply,
    code: Option<String>,
    message: Option<String>,
    detail: Option<ErrorDetail>,
}

impl ApiError {
    pub(crate) fn new(reply: Reply) -> Self {
        let body: BTreeMap<String, &RawValue> =
            serde_json::from_slice(reply.body()).unwrap_or_default();
        let (code, message) = (text(&body, "code"), text(&body, "message"));
        let detail =
            body.get("detail").filter(|raw| raw.get() != "null").map(|raw| ErrorDetail::new(raw));
        Self(Box::new(Inner { code, message, detail, reply }))
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.reply.status()
    }

    /// The platform's error code, such as `PARAM_ERROR`. The set is open, and some codes have two spellings; compare
    /// with [`is_code`](Self::is_code).
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Whether this is the error's code, in either of its spellings; [`code`](crate::code) has the common ones.
    #[must_use]
    pub fn is_code(&self, code: &str) -> bool {
        self.code().is_some_and(|found| code::is_same(found, code))
    }

    /// The platform's message, in the language of [`Config::language`](crate::Config::language).
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// What exactly is wrong, if the platform says so.
    #[must_use]
    pub fn detail(&self) -> Option<&ErrorDetail> {
        self.0.detail.as_ref()
    }

    /// The `Request-ID`, by which WeChat Pay's support finds the call.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.reply.request_id()
    }

    /// The platform's internal error number: what stands after the last `-` of the `Request-ID`.
    #[must_use]
    pub fn internal_number(&self) -> Option<i64> {
        self.request_id()?.rsplit_once('-')?.1.parse().ok()
    }

    /// Whether the answer was signed, and the signature verified. Gateways answer some errors without one.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.0.reply.is_authenticated()
    }

    /// The body, exactly as it came.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        self.0.reply.body()
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

    /// Whether the platform turned the request away for its pace, without acting on it: send it again, slower.
    #[must_use]
    pub fn is_rate_limit(&self) -> bool {
        let codes = [code::FREQUENCY_LIMITED, code::RATELIMIT_EXCEEDED];
        self.status() == StatusCode::TOO_MANY_REQUESTS
            || (!self.is_server_failure() && codes.iter().any(|code| self.is_code(code)))
    }

    /// The platform itself failed, and may have acted before it did.
    pub(crate) fn is_server_failure(&self) -> bool {
        self.status().is_server_error() || self.is_code(code::SYSTEM_ERROR)
    }

    pub(crate) fn tried(mut self, attempts: Attempts) -> Self {
        self.0.reply = self.0.reply.clone().tried(attempts);
        self
    }
}

/// The string at `key`, or the text of whatever else stands there.
fn text(object: &BTreeMap<String, &RawValue>, key: &str) -> Option<String> {
    let raw = object.get(key)?.get();
    if raw == "null" {
        return None;
    }
    Some(serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned()))
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.label(), self.status().as_u16())?;
        match (self.code(), self.message()) {
            (None, None) => write_body_kind(f, &self.0.reply)?,
            (code, message) => {
                write!(f, " {}", one_line(code.unwrap_or("without a code"), 64))?;
                if let Some(message) = message {
                    write!(f, ": {}", one_line(message, 256))?;
                }
            }
        }
        if let Some(field) = self.detail().and_then(ErrorDetail::field) {
            write!(f, " [field {}]", one_line(field, 128))?;
        }
        if let Some(id) = self.request_id() {
            write!(f, " (request id {})", one_line(id, 64))?;
        }
        if !self.is_authenticated() {
            f.write_str(" (not authenticated)")?;
        }
        Ok(())
    }
}

fn write_body_kind(f: &mut fmt::Formatter<'_>, reply: &Reply) -> fmt::Result {
    let reason = reply.status().canonical_reason().unwrap_or("unknown status");
    let kind = reply
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or("no content type");
    write!(
        f,
        " {reason}, without an error code ({} bytes, {})",
        reply.body().len(),
        one_line(kind, 64)
    )
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiError({self})")
    }
}

impl std::error::Error for ApiError {}

/// What exactly the platform objects to.
///
/// Each part may be missing, and the whole may be something else than an object; [`json`](Self::json) is always there.
pub struct ErrorDetail {
    json: String,
    field: Option<String>,
    value: Option<String>,
    issue: Option<String>,
    location: Option<String>,
}

impl ErrorDetail {
    fn new(raw: &RawValue) -> Self {
        let object: BTreeMap<String, &RawValue> =
            serde_json::from_str(raw.get()).unwrap_or_default();
        Self {
            json: raw.get().to_owned(),
            field: text(&object, "field"),
            value: text(&object, "value"),
            issue: text(&object, "issue"),
            location: text(&object, "location"),
        }
    }

    /// The whole detail, as JSON text.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The field, as a JSON pointer: `/amount/currency`.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The value the platform read. It may be personal, so no `Debug` or `Display` shows it.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// What is wrong with it.
    #[must_use]
    pub fn issue(&self) -> Option<&str> {
        self.issue.as_deref()
    }

    /// Where it stood: `body`, `query`, `url`.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }
}

impl fmt::Debug for ErrorDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorDetail")
            .field("field", &self.field)
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}
