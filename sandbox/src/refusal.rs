//! Errors as APIv3 answers them: `{code, message, detail}`.

use serde_json::{Value, json};

use crate::{answer::Answer, authorization::SignError, check::Violation};

/// Why a request is not carried out.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: u16,
    code: String,
    message: String,
    detail: Option<Value>,
    allow: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), detail: None, allow: None }
    }

    /// The field that is to blame.
    pub(crate) fn at(mut self, field: &str) -> Self {
        self.detail = Some(json!({
            "field": format!("/{field}"),
            "issue": self.message,
            "location": "body",
        }));
        self
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// A request that breaks a rule of HTTP or APIv3, other than those of its fields.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_REQUEST", message)
    }

    pub(crate) fn unknown_path(path: &str) -> Self {
        let message = format!("no operation has the path {}", crate::encoding::clip(path, 200));
        Self::new(404, "RESOURCE_NOT_EXISTS", message)
    }

    pub(crate) fn other_method(method: &str, allowed: &[&str]) -> Self {
        let allow = allowed.join(", ");
        let message =
            format!("the path does not take {}, only {allow}", crate::encoding::clip(method, 40));
        Self { allow: Some(allow), ..Self::new(405, "INVALID_REQUEST", message) }
    }

    pub(crate) fn sign_error(error: SignError) -> Self {
        Self { detail: Some(error.detail), ..Self::new(401, "SIGN_ERROR", error.message) }
    }

    /// Names the first violation, as the real gateway does, and lists all.
    pub(crate) fn violations(violations: &[Violation]) -> Self {
        let Some(first) = violations.first() else {
            return Self::new(400, "PARAM_ERROR", "a parameter is wrong");
        };
        let detail = json!({
            "field": first.pointer,
            "value": first.value,
            "issue": first.issue(),
            "location": first.location(),
            "violations": violations.iter().map(Violation::to_json).collect::<Vec<_>>(),
        });
        Self { detail: Some(detail), ..Self::new(400, "PARAM_ERROR", first.to_string()) }
    }

    /// The answer to send.
    pub(crate) fn into_answer(self) -> Answer {
        let mut body = json!({ "code": self.code, "message": self.message });
        if let Some(detail) = self.detail {
            body["detail"] = detail;
        }
        let mut answer = Answer::json(self.status, &body);
        answer.headers.extend(self.allow.map(|allow| ("Allow", allow)));
        answer
    }
}

/// The store failed: nothing was changed.
impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(500, "SYSTEM_ERROR", format!("the sandbox's database failed: {error}"))
    }
}
