//! What the platform is told in return.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;

/// Characters that a `message` may have.
const MAX_MESSAGE: usize = 64;

/// The answer to a notification. Anything but 200 and 204 makes the platform send it again, at growing intervals, for
/// more than a day.
///
/// Handlers may return what makes one: nothing or `Ok(())` for success, `Err(..)` for failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    status: StatusCode,
    body: Bytes,
}

impl Answer {
    /// The notification is dealt with: 204.
    #[must_use]
    pub fn success() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: Bytes::new() }
    }

    /// The notification is dealt with, and this is what was asked for: 200. A few notifications are questions, such as
    /// `PARKING_FEE.QUERY_TRANS_INFO`. A value that has no JSON form becomes a [`failure`](Self::failure).
    #[must_use]
    pub fn json(value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => Self { status: StatusCode::OK, body: body.into() },
            Err(_) => Self::failure("the answer has no JSON form"),
        }
    }

    /// The notification is not dealt with and shall come again: 500. The platform gets to see `message`, of which the
    /// first 64 characters are sent.
    #[must_use]
    pub fn failure(message: &str) -> Self {
        Self::refusal(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// A failure with another status. One that is no error becomes 500.
    #[must_use]
    pub fn refusal(status: StatusCode, message: &str) -> Self {
        let is_error = status.is_client_error() || status.is_server_error();
        let status = if is_error { status } else { StatusCode::INTERNAL_SERVER_ERROR };
        let message: String = message.chars().take(MAX_MESSAGE).collect();
        // A `Value` of strings has a JSON form.
        let body = serde_json::json!({ "code": "FAIL", "message": message }).to_string();
        Self { status, body: body.into() }
    }

    /// Its HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Its body; empty for a plain success.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Whether the platform takes it for a success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// As a plain HTTP response.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        if !response.body().is_empty() {
            let json = HeaderValue::from_static("application/json; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, json);
        }
        response
    }
}

impl From<()> for Answer {
    fn from((): ()) -> Self {
        Self::success()
    }
}

/// The error is not shown to the platform: it may say more than others should know.
impl<E> From<Result<(), E>> for Answer {
    fn from(result: Result<(), E>) -> Self {
        result.map_or_else(|_| Self::failure("not handled, send it again"), |()| Self::success())
    }
}

/// The error is not shown to the platform.
impl<E> From<Result<Self, E>> for Answer {
    fn from(result: Result<Self, E>) -> Self {
        result.unwrap_or_else(|_| Self::failure("not handled, send it again"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_39_success_has_no_body_and_failure_says_fail() {
        let success = Answer::success().into_response();
        assert_eq!((success.status().as_u16(), success.body().len()), (204, 0));
        assert!(!success.headers().contains_key(header::CONTENT_TYPE));
        let failure = Answer::failure("out of stock \"x\"").into_response();
        assert_eq!(failure.status().as_u16(), 500);
        assert_eq!(&failure.body()[..], br#"{"code":"FAIL","message":"out of stock \"x\""}"#);
        let long = Answer::failure(&"错".repeat(65));
        let body: serde_json::Value = serde_json::from_slice(long.body()).unwrap();
        assert_eq!(body["message"].as_str().unwrap().chars().count(), 64);
    }

    #[test]
    fn item_39_no_failure_looks_like_a_success() {
        for status in [StatusCode::OK, StatusCode::CONTINUE, StatusCode::FOUND] {
            assert_eq!(Answer::refusal(status, "x").status().as_u16(), 500);
        }
        assert_eq!(Answer::refusal(StatusCode::IM_A_TEAPOT, "x").status().as_u16(), 418);
    }

    #[test]
    fn results_of_handlers_become_answers_that_quote_no_error() {
        assert!(Answer::from(()).is_success());
        assert!(Answer::from(Ok::<(), String>(())).is_success());
        let failed = Answer::from(Err::<(), _>("password=1".to_owned()));
        assert!(!failed.is_success());
        assert!(!format!("{failed:?}").contains("password"));
        assert_eq!(Answer::from(Ok::<_, String>(Answer::json(&[1]))).body(), "[1]");
        assert!(!Answer::from(Err::<Answer, _>(1)).is_success());
    }
}
