//! Notifications: what was sent, and sending it again.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::answers::{Answered, Json, number};
use crate::{gateway::Gateway, notify, refusal::Refusal, store::NoticeState};

/// How many are shown at once.
const PAGE: i64 = 100;
const MOST: i64 = 1_000;

/// `GET /sandbox/notifications?after=ID&limit=N`: the oldest behind `after` first. `latest=N` instead gives the newest
/// first.
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    RawQuery(query): RawQuery,
) -> Answered {
    let after = number(query.as_deref(), "after", 0)?;
    let limit = number(query.as_deref(), "limit", PAGE)?.min(MOST);
    let latest = number(query.as_deref(), "latest", 0)?.min(MOST);
    let rows = gateway.office().store.work(|books| match latest {
        0 => books.notices(after, limit),
        latest => books.latest_notices(latest),
    });
    let rows = rows.map_err(Refusal::from)?;
    let shown: Vec<Value> = rows.iter().map(notify::to_json).collect();
    Ok(Json(json!({ "notifications": shown })))
}

/// `POST /sandbox/notifications/{id}/resend`: the same notification, from the beginning of its schedule.
pub(super) async fn resend(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Answered {
    let done = gateway.work(|desk| {
        let missing = || Refusal::new(404, "NOT_FOUND", "there is no notification of this id");
        let id = id.parse().map_err(|_| missing())?;
        let mut row = desk.books.notice(id)?.ok_or_else(missing)?;
        if row.state == NoticeState::Pending {
            return Err(Refusal::new(409, "CONFLICT", "it is on its way already"));
        }
        row.state = NoticeState::Pending;
        desk.books.update_notice(&row)?;
        Ok(row)
    })?;
    gateway.send_notices(&Handle::current(), &[done.value.id]);
    Ok(Json(notify::to_json(&done.value)))
}
