//! Orders, transfers and complaints: looking at them, and doing what their users do.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
};
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;

use super::{
    answers::{Answered, Json, number, object},
    text,
};
use crate::{
    business::{self, Authorization, Desk, Order, Refund, Refunding, Transfer},
    gateway::Gateway,
    notify,
    office::complaint,
    refusal::Refusal,
    store::{Entry, Kind},
};

/// How many are shown at once.
const PAGE: i64 = 100;
const MOST: i64 = 1_000;

/// `GET /sandbox/orders?before=ID&limit=N`: the newest first.
pub(super) async fn orders(
    State(gateway): State<Arc<Gateway>>,
    RawQuery(query): RawQuery,
) -> Answered {
    let orders = latest(&gateway, query.as_deref(), Kind::Order)?;
    let shown: Vec<Value> = orders.iter().map(|entry| Order::new(entry).to_json()).collect();
    Ok(Json(json!({ "orders": shown })))
}

/// `GET /sandbox/orders/{id}`: with its refunds, its parts, its notifications.
pub(super) async fn order(State(gateway): State<Arc<Gateway>>, Path(id): Path<String>) -> Answered {
    let done = gateway.work(|desk| {
        let order = business::find_order(desk, &id)?;
        let parts = desk.books.children(Kind::Order, order.id)?;
        let refunds = desk.books.children(Kind::Refund, order.id)?;
        let mut about: Vec<i64> = refunds.iter().map(|refund| refund.id).collect();
        about.push(order.id);
        let notices = desk.books.notices_about(&about)?;
        let mut shown = Order::new(&order).to_json();
        shown["request"] = without_code(order.request).into();
        shown["parts"] = parts.iter().map(|part| Order::new(part).to_json()).collect();
        shown["refunds"] = refunds.iter().map(|refund| Refund::new(refund).to_json()).collect();
        shown["notifications"] = notices.iter().map(notify::to_json).collect();
        Ok(shown)
    })?;
    Ok(Json(done.value))
}

/// `POST /sandbox/orders/{id}/pay`
pub(super) async fn pay(State(gateway): State<Arc<Gateway>>, Path(id): Path<String>) -> Answered {
    show_order(&act(&gateway, |desk| business::pay(desk, &id))?)
}

/// `POST /sandbox/orders/{id}/expire`
pub(super) async fn expire(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Answered {
    show_order(&act(&gateway, |desk| business::expire(desk, &id))?)
}

/// `POST /sandbox/orders/{id}/refund`, with `{"amount": FEN, "notify_url": URL}` or nothing.
pub(super) async fn refund(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    body: Body,
) -> Answered {
    let asked = object(&text(body).await?)?;
    let refunding = Refunding {
        amount: asked.get("amount").and_then(Value::as_i64),
        notify_url: word(&asked, "notify_url").map(str::to_owned),
    };
    show_order(&act(&gateway, |desk| business::refund(desk, &id, &refunding))?)
}

/// `POST /sandbox/orders/{id}/complain`, with `{"detail": TEXT}`.
pub(super) async fn complain(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    body: Body,
) -> Answered {
    let asked = object(&text(body).await?)?;
    let detail = word(&asked, "detail").unwrap_or("不满意商家服务").to_owned();
    let entry = act(&gateway, |desk| business::complain(desk, &id, &detail))?;
    Ok(Json(complaint(&entry)))
}

/// `GET /sandbox/complaints`
pub(super) async fn complaints(
    State(gateway): State<Arc<Gateway>>,
    RawQuery(query): RawQuery,
) -> Answered {
    let entries = latest(&gateway, query.as_deref(), Kind::Complaint)?;
    let shown: Vec<Value> = entries.iter().map(complaint).collect();
    Ok(Json(json!({ "complaints": shown })))
}

/// `GET /sandbox/refunds`
pub(super) async fn refunds(
    State(gateway): State<Arc<Gateway>>,
    RawQuery(query): RawQuery,
) -> Answered {
    let entries = latest(&gateway, query.as_deref(), Kind::Refund)?;
    let shown: Vec<Value> = entries.iter().map(|entry| Refund::new(entry).to_json()).collect();
    Ok(Json(json!({ "refunds": shown })))
}

/// `GET /sandbox/transfers`
pub(super) async fn transfers(
    State(gateway): State<Arc<Gateway>>,
    RawQuery(query): RawQuery,
) -> Answered {
    let entries = latest(&gateway, query.as_deref(), Kind::Transfer)?;
    let shown: Vec<Value> = entries.iter().map(|entry| Transfer::new(entry).to_json()).collect();
    Ok(Json(json!({ "transfers": shown })))
}

/// `POST /sandbox/transfers/{id}/release`
pub(super) async fn release(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Answered {
    let entry = act(&gateway, |desk| business::release(desk, &id))?;
    Ok(Json(Transfer::new(&entry).to_json()))
}

/// `POST /sandbox/transfers/{id}/confirm`
pub(super) async fn confirm(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Answered {
    let entry = act(&gateway, |desk| business::confirm(desk, &id))?;
    Ok(Json(Transfer::new(&entry).to_json()))
}

/// `POST /sandbox/transfers/{id}/fail`, with `{"reason": CODE}` or nothing.
pub(super) async fn fail(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    body: Body,
) -> Answered {
    let asked = object(&text(body).await?)?;
    let entry = act(&gateway, |desk| business::fail(desk, &id, word(&asked, "reason")))?;
    Ok(Json(Transfer::new(&entry).to_json()))
}

/// `GET /sandbox/authorizations`
pub(super) async fn authorizations(
    State(gateway): State<Arc<Gateway>>,
    RawQuery(query): RawQuery,
) -> Answered {
    let entries = latest(&gateway, query.as_deref(), Kind::Authorization)?;
    let shown = entries.iter().map(|entry| Authorization::new(entry).to_json());
    Ok(Json(json!({ "authorizations": shown.collect::<Vec<_>>() })))
}

/// `POST /sandbox/authorizations/{id}/confirm`
pub(super) async fn authorize(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Answered {
    let entry = act(&gateway, |desk| business::authorize(desk, &id))?;
    Ok(Json(Authorization::new(&entry).to_json()))
}

/// `POST /sandbox/authorizations/{id}/close`
pub(super) async fn revoke(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Answered {
    let entry = act(&gateway, |desk| business::revoke(desk, &id))?;
    Ok(Json(Authorization::new(&entry).to_json()))
}

fn latest(gateway: &Gateway, query: Option<&str>, kind: Kind) -> Result<Vec<Entry>, Refusal> {
    let before = number(query, "before", i64::MAX)?;
    let limit = number(query, "limit", PAGE)?.min(MOST);
    Ok(gateway.office().store.work(|books| books.latest(kind, before, limit))?)
}

pub(super) fn act(
    gateway: &Arc<Gateway>,
    work: impl FnOnce(&mut Desk<'_>) -> Result<Entry, Refusal>,
) -> Result<Entry, Refusal> {
    gateway.act_for_user(&Handle::current(), work)
}

fn show_order(entry: &Entry) -> Answered {
    Ok(Json(Order::new(entry).to_json()))
}

fn word<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v str> {
    object.get(name).and_then(Value::as_str)
}

/// A payment code is as good as money for a minute.
fn without_code(mut request: Map<String, Value>) -> Map<String, Value> {
    if let Some(payer) = request.get_mut("payer").and_then(Value::as_object_mut) {
        payer.remove("auth_code");
    }
    request
}
