//! Refunds. What becomes of one is decided as soon as it is accepted, unless it is to be held; the answer to its request
//! says that it is under way, as the real one.

use serde_json::{Map, Value, json};

use super::{
    Asked, Desk, RefundOutcome, Tidings, Told,
    asked::{fields, integer_at, text_at},
    order,
};
use crate::{
    clock,
    refusal::Refusal,
    store::{Entry, Kind, NewEntry},
};

/// An order can be refunded in so many parts, and so long after it was paid.
const MOST_PARTS: usize = 50;
const SECONDS: i64 = 365 * 86_400;

pub(super) fn create(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let number = asked.text("out_refund_no");
    if let Some(refund) = desk.books.by_number(Kind::Refund, &scope(asked, desk), number)? {
        if refund.request != asked.fields {
            let message = "out_refund_no was used already, with other parameters";
            return Err(Refusal::invalid(message).at("out_refund_no"));
        }
        return tell(desk, &refund);
    }
    let mut order = refunded_order(asked, desk)?;
    let amount = asked.integer(&["amount", "refund"]);
    check(asked, desk, &order, amount)?;
    give_back(desk, &mut order, amount)?;
    let refund =
        enter(desk, &order, amount, scope(asked, desk), asked.fields.clone(), &asked.operation)?;
    under_way(desk, refund)
}

/// Tries an abnormal refund again, with another account perhaps.
pub(super) fn apply_abnormal(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let found = desk.books.by_reference(Kind::Refund, asked.text("refund_id"))?;
    let fits = |refund: &Entry| refund.number == asked.text("out_refund_no");
    let refund = found.filter(fits).ok_or_else(unknown)?;
    if state(&refund) != RefundOutcome::Abnormal {
        let message = format!("the refund is {}, not ABNORMAL", refund.state);
        return Err(Refusal::invalid(message).at("refund_id"));
    }
    let refund = settle(desk, refund, RefundOutcome::Processing)?;
    let refund = decide(desk, refund)?;
    under_way(desk, refund)
}

pub(super) fn by_out_refund_no(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let number = asked.text("out_refund_no");
    let refund = desk.books.by_number(Kind::Refund, &scope(asked, desk), number)?;
    tell(desk, &refund.ok_or_else(unknown)?)
}

pub(super) fn by_refund_id(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let refund = desk.books.by_reference(Kind::Refund, asked.text("refund_id"))?;
    tell(desk, &refund.ok_or_else(unknown)?)
}

/// Takes money from an order that was paid.
pub(super) fn give_back(desk: &Desk<'_>, order: &mut Entry, amount: i64) -> Result<(), Refusal> {
    let refunded = order::state(order).refund()?;
    let (before, unsplit) = (order.sum("refunded"), order.sum("unsplit"));
    order.note("refunded", before + amount);
    if order.data.contains_key("unsplit") {
        order.note("unsplit", (unsplit - amount).max(0));
    }
    refunded.as_str().clone_into(&mut order.state);
    Ok(desk.books.update(order, desk.now)?)
}

/// Enters a refund for money that was given back, and what becomes of it.
pub(super) fn enter(
    desk: &mut Desk<'_>,
    order: &Entry,
    amount: i64,
    scope: String,
    request: Map<String, Value>,
    operation: &str,
) -> Result<Entry, Refusal> {
    let id = desk.books.next_id()?;
    let number =
        text_at(&request, &["out_refund_no"]).map_or_else(|| format!("SANDBOX{id}"), str::to_owned);
    let refund = desk.books.insert(&NewEntry {
        kind: Kind::Refund,
        parent: Some(order.id),
        scope,
        number,
        reference: desk.ids.refund(id, desk.now),
        state: RefundOutcome::Processing.as_str().to_owned(),
        amount,
        created: desk.now,
        operation: operation.to_owned(),
        request,
        data: Map::new(),
    })?;
    decide(desk, refund)
}

/// Lets a refund that is under way become what was settled in advance.
fn decide(desk: &mut Desk<'_>, refund: Entry) -> Result<Entry, Refusal> {
    match desk.outcomes.refunds {
        RefundOutcome::Processing => Ok(refund),
        outcome => settle(desk, refund, outcome),
    }
}

/// Changes the state of a refund, with what that does to the order, and the notification.
pub(super) fn settle(
    desk: &mut Desk<'_>,
    mut refund: Entry,
    outcome: RefundOutcome,
) -> Result<Entry, Refusal> {
    let becomes = state(&refund).become_other(outcome)?;
    becomes.as_str().clone_into(&mut refund.state);
    if becomes == RefundOutcome::Success {
        refund.note("succeeded", desk.now);
    }
    desk.books.update(&mut refund, desk.now)?;
    let order = desk.books.by_id(Kind::Order, refund.parent.unwrap_or_default())?;
    let mut order = order.ok_or_else(unknown)?;
    if becomes == RefundOutcome::Closed {
        take_back(desk, &mut order, refund.amount)?;
    }
    notify(desk, &refund, &order);
    Ok(refund)
}

/// The money of a refund that was closed belongs to the order again.
fn take_back(desk: &Desk<'_>, order: &mut Entry, amount: i64) -> Result<(), Refusal> {
    let (refunded, unsplit) = (order.sum("refunded"), order.sum("unsplit"));
    order.note("refunded", (refunded - amount).max(0));
    if order.data.contains_key("unsplit") {
        order.note("unsplit", unsplit + amount);
    }
    Ok(desk.books.update(order, desk.now)?)
}

fn notify(desk: &mut Desk<'_>, refund: &Entry, order: &Entry) {
    let url = text_at(&refund.request, &["notify_url"]);
    let (Some(url), Some((event_type, payload))) = (url, state(refund).event()) else { return };
    let mut told = told(refund, order);
    told.insert("refund_status".to_owned(), refund.state.as_str().into());
    for name in ["mchid", "sp_mchid", "sub_mchid"] {
        told.extend(order.request.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    desk.tidings.push(Tidings {
        about: refund.id,
        event_type,
        payload,
        original_type: "refund",
        url: url.to_owned(),
        told,
    });
}

/// The state of a refund.
fn state(refund: &Entry) -> RefundOutcome {
    RefundOutcome::read(&refund.state).unwrap_or_default()
}

/// The order a refund is asked of, by either of its numbers.
fn refunded_order(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<Entry, Refusal> {
    let (transaction, number) = (asked.text("transaction_id"), asked.text("out_trade_no"));
    let scope = scope(asked, desk);
    let found = match (transaction, number) {
        ("", "") => {
            let message = "one of transaction_id and out_trade_no must be given";
            return Err(Refusal::new(400, "PARAM_ERROR", message).at("out_trade_no"));
        }
        ("", number) => desk.books.by_number(Kind::Order, &scope, number)?,
        (transaction, _) => desk
            .books
            .by_reference(Kind::Order, transaction)?
            .filter(|order| order.data.contains_key("paid")),
    };
    let fits = |order: &Entry| number.is_empty() || order.number == number;
    let missing =
        || Refusal::new(404, "RESOURCE_NOT_EXISTS", "the merchant has no order of this number");
    order::look_at(desk, found.filter(fits).ok_or_else(missing)?)
}

fn check(asked: &Asked<'_>, desk: &Desk<'_>, order: &Entry, amount: i64) -> Result<(), Refusal> {
    order::state(order).refund()?;
    if order::party(order) == order::Party::Combined {
        return Err(Refusal::invalid("a combined order is refunded by its parts"));
    }
    let total = asked.integer(&["amount", "total"]);
    if total != order.amount {
        let message = format!("amount.total is {total}, but the order is over {}", order.amount);
        return Err(Refusal::invalid(message).at("amount/total"));
    }
    if amount < 1 {
        let message = "amount.refund must be at least 1 fen";
        return Err(Refusal::new(400, "PARAM_ERROR", message).at("amount/refund"));
    }
    let left = order.amount - order.sum("refunded");
    if amount > left {
        let message =
            format!("amount.refund is {amount}, but only {left} of the order can be refunded");
        return Err(Refusal::invalid(message).at("amount/refund"));
    }
    if desk.now - order.sum("paid") > SECONDS {
        let message = "the order was paid more than a year ago";
        return Err(Refusal::invalid(message).at("out_trade_no"));
    }
    let parts = desk.books.children(Kind::Refund, order.id)?;
    let parts = parts.iter().filter(|refund| state(refund) != RefundOutcome::Closed).count();
    if parts >= MOST_PARTS {
        let message =
            format!("the order was refunded in {parts} parts already, the most there are");
        return Err(Refusal::invalid(message).at("out_refund_no"));
    }
    Ok(())
}

/// The answer to a request for a refund, whatever has become of it by now.
fn under_way(desk: &Desk<'_>, mut refund: Entry) -> Result<Told, Refusal> {
    RefundOutcome::Processing.as_str().clone_into(&mut refund.state);
    refund.data.remove("succeeded");
    tell(desk, &refund)
}

fn tell(desk: &Desk<'_>, refund: &Entry) -> Result<Told, Refusal> {
    let order = desk.books.by_id(Kind::Order, refund.parent.unwrap_or_default())?;
    Ok(Told::Fields(told(refund, &order.ok_or_else(unknown)?)))
}

/// All that is known of a refund.
pub(super) fn told(refund: &Entry, order: &Entry) -> Map<String, Value> {
    let succeeded = refund.data.get("succeeded").and_then(Value::as_i64).map(clock::rfc3339);
    let account = text_at(&refund.request, &["funds_account"]).unwrap_or("AVAILABLE");
    let total = integer_at(&refund.request, &["amount", "total"]).max(order.amount);
    let mut told = fields(json!({
        "refund_id": refund.reference,
        "out_refund_no": refund.number,
        "transaction_id": order.reference,
        "out_trade_no": order.number,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": clock::rfc3339(refund.created),
        "success_time": succeeded,
        "status": refund.state,
        "funds_account": account,
        "amount": {
            "total": total,
            "refund": refund.amount,
            "payer_total": total,
            "payer_refund": refund.amount,
            "settlement_refund": refund.amount,
            "settlement_total": total,
            "discount_refund": 0,
            "advance": 0,
            "currency": "CNY",
        },
    }));
    if let Some(sources) = refund.request.get("amount").and_then(|amount| amount.get("from")) {
        told["amount"]["from"] = sources.clone();
    }
    told
}

fn scope(asked: &Asked<'_>, desk: &Desk<'_>) -> String {
    desk.scope(asked.text("sub_mchid"))
}

pub(super) fn unknown() -> Refusal {
    Refusal::new(404, "RESOURCE_NOT_EXISTS", "the merchant has no refund of this number")
}
