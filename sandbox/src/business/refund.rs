//! Refunds. One that is accepted succeeds at once; the answer to its request says that it is under way, as the real one.

use serde_json::{Map, Value, json};

use super::{
    Asked, Desk, Tidings, Told,
    asked::{fields, integer_at, text_at},
    order,
};
use crate::{
    clock,
    refusal::Refusal,
    store::{Entry, Kind, NewEntry},
};

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
    check(asked, &order, amount)?;
    give_back(desk, &mut order, amount)?;
    let refund =
        enter(desk, &order, amount, scope(asked, desk), asked.fields.clone(), &asked.operation)?;
    let mut told = told(&refund, &order);
    told.insert("status".to_owned(), "PROCESSING".into());
    told.remove("success_time");
    Ok(Told::Fields(told))
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

/// Enters a refund for money that was given back, and its notification.
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
        state: "SUCCESS".to_owned(),
        amount,
        created: desk.now,
        operation: operation.to_owned(),
        request,
        data: Map::new(),
    })?;
    if let Some(url) = text_at(&refund.request, &["notify_url"]) {
        let mut told = told(&refund, order);
        told.insert("refund_status".to_owned(), refund.state.as_str().into());
        for name in ["mchid", "sp_mchid", "sub_mchid"] {
            told.extend(order.request.get(name).map(|value| (name.to_owned(), value.clone())));
        }
        desk.tidings.push(Tidings {
            about: refund.id,
            event_type: "REFUND.SUCCESS",
            payload: "RefundSuccess",
            original_type: "refund",
            url: url.to_owned(),
            told,
        });
    }
    Ok(refund)
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

fn check(asked: &Asked<'_>, order: &Entry, amount: i64) -> Result<(), Refusal> {
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
        return Err(Refusal::new(403, "NOT_ENOUGH", message).at("amount/refund"));
    }
    Ok(())
}

fn tell(desk: &Desk<'_>, refund: &Entry) -> Result<Told, Refusal> {
    let order = desk.books.by_id(Kind::Order, refund.parent.unwrap_or_default())?;
    Ok(Told::Fields(told(refund, &order.ok_or_else(unknown)?)))
}

/// All that is known of a refund.
pub(super) fn told(refund: &Entry, order: &Entry) -> Map<String, Value> {
    let time = clock::rfc3339(refund.created);
    let account = text_at(&refund.request, &["funds_account"]).unwrap_or("AVAILABLE");
    let total = integer_at(&refund.request, &["amount", "total"]).max(order.amount);
    let mut told = fields(json!({
        "refund_id": refund.reference,
        "out_refund_no": refund.number,
        "transaction_id": order.reference,
        "out_trade_no": order.number,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": time,
        "success_time": time,
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

fn unknown() -> Refusal {
    Refusal::new(404, "RESOURCE_NOT_EXISTS", "the merchant has no refund of this number")
}
