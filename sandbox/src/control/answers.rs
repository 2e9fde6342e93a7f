//! Answers of the control API: JSON, or an error in the platform's own form.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::{Map, Value};

use crate::refusal::Refusal;

/// What a handler of the control API answers.
pub(super) type Answered = Result<Json, Refusal>;

/// A JSON value with status 200.
pub(super) struct Json(pub(super) Value);

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        respond(200, self.0.to_string().into_bytes())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let answer = self.into_answer();
        respond(answer.status, answer.body)
    }
}

fn respond(status: u16, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        // What it shows changes, and is for its owner's eyes.
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body).into_response()
}

/// The JSON object of a body; none is an empty one.
pub(super) fn object(text: &str) -> Result<Map<String, Value>, Refusal> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    let wrong = |what: String| {
        Refusal::new(400, "PARAM_ERROR", format!("the body is no JSON object: {what}"))
    };
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(wrong("it is another value".to_owned())),
        Err(error) => Err(wrong(error.to_string())),
    }
}

/// Decoded pairs of a query that are numbers.
pub(super) fn number(query: Option<&str>, name: &str, usual: i64) -> Result<i64, Refusal> {
    let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    match pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next_back() {
        None => Ok(usual),
        Some(value) => value.parse().ok().filter(|number| *number >= 0).ok_or_else(|| {
            Refusal::new(400, "PARAM_ERROR", format!("{name} must be a whole number, 0 or more"))
        }),
    }
}
