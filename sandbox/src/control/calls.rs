//! What merchants asked, and what they were answered.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::header;
use serde_json::{Value, json};

use super::answers::{Answered, Json, number};
use crate::{gateway::Gateway, masking};

/// How many are shown at once.
const PAGE: i64 = 100;
const MOST: i64 = 1_000;

/// `GET /sandbox/calls?after=ID&limit=N`: the oldest behind `after` first.
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    RawQuery(query): RawQuery,
) -> Answered {
    let after = number(query.as_deref(), "after", 0)?.unsigned_abs();
    let limit = number(query.as_deref(), "limit", PAGE)?.min(MOST);
    let (calls, last) = {
        let calls = gateway.calls();
        (calls.after(after, usize::try_from(limit).unwrap_or_default()), calls.count())
    };
    let shown: Vec<Value> =
        calls.iter().map(|call| masking::detail(gateway.routes(), call)).collect();
    Ok(Json(json!({ "calls": shown, "last": last })))
}

/// `GET /sandbox/events`: server-sent events.
pub(super) async fn watch(State(gateway): State<Arc<Gateway>>) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    (headers, Body::new(gateway.office().live.watch())).into_response()
}
