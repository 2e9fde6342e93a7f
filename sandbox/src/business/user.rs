//! What the users of WeChat do, and the platform: here a test or a person at the control API does it for them.

use serde_json::{Map, Value, json};

use super::{
    Desk, RefundOutcome, asked::fields, authorization, complaint, order, refund as refunds,
    transfer,
};
use crate::{
    refusal::Refusal,
    store::{Entry, Kind},
};

/// What is to be refunded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refunding {
    /// In fen; all that is left unless given.
    pub(crate) amount: Option<i64>,
    /// Where it is told.
    pub(crate) notify_url: Option<String>,
}

/// An order by the sandbox's own number or the merchant's.
pub(crate) fn find_order(desk: &Desk<'_>, named: &str) -> Result<Entry, Refusal> {
    let found = find(desk, Kind::Order, named)?;
    order::look_at(desk, found.ok_or_else(order::unknown)?)
}

/// Pays an order. A part of a combined order is paid with the whole.
pub(crate) fn pay(desk: &mut Desk<'_>, named: &str) -> Result<Entry, Refusal> {
    let mut order = whole(desk, named)?;
    order::pay(desk, &mut order)?;
    Ok(order)
}

/// The time to pay an order is up.
pub(crate) fn expire(desk: &mut Desk<'_>, named: &str) -> Result<Entry, Refusal> {
    let mut order = whole(desk, named)?;
    order::close(desk, &mut order)?;
    Ok(order)
}

/// Refunds an order, as its merchant can in the merchant platform. A combined order is refunded in all its parts.
pub(crate) fn refund(
    desk: &mut Desk<'_>,
    named: &str,
    refunding: &Refunding,
) -> Result<Entry, Refusal> {
    let mut order = find_order(desk, named)?;
    let parts = desk.books.children(Kind::Order, order.id)?;
    if parts.is_empty() {
        refund_one(desk, &mut order, refunding)?;
        return Ok(order);
    }
    if refunding.amount.is_some() {
        return Err(Refusal::invalid("a combined order is refunded whole, or by its parts"));
    }
    for mut part in parts {
        refund_one(desk, &mut part, refunding)?;
    }
    order::state(&order).refund()?.as_str().clone_into(&mut order.state);
    desk.books.update(&mut order, desk.now)?;
    Ok(order)
}

/// A refund that was held, or is abnormal, becomes something else.
pub(crate) fn settle_refund(
    desk: &mut Desk<'_>,
    named: &str,
    outcome: RefundOutcome,
) -> Result<Entry, Refusal> {
    let found = find(desk, Kind::Refund, named)?;
    refunds::settle(desk, found.ok_or_else(refunds::unknown)?, outcome)
}

/// A transfer that was taken in goes on: the user is asked, or gets the money without.
pub(crate) fn release(desk: &mut Desk<'_>, named: &str) -> Result<Entry, Refusal> {
    let found = find(desk, Kind::Transfer, named)?;
    transfer::release(desk, found.ok_or_else(transfer::unknown)?)
}

/// The user takes the money of a transfer.
pub(crate) fn confirm(desk: &mut Desk<'_>, named: &str) -> Result<Entry, Refusal> {
    let found = find(desk, Kind::Transfer, named)?;
    transfer::confirm(desk, found.ok_or_else(transfer::unknown)?)
}

/// The user lets the merchant transfer without being asked each time.
pub(crate) fn authorize(desk: &mut Desk<'_>, named: &str) -> Result<Entry, Refusal> {
    let found = find(desk, Kind::Authorization, named)?;
    authorization::confirm(desk, found.ok_or_else(authorization::unknown)?)
}

/// The user takes that back.
pub(crate) fn revoke(desk: &mut Desk<'_>, named: &str) -> Result<Entry, Refusal> {
    let found = find(desk, Kind::Authorization, named)?;
    authorization::end(desk, found.ok_or_else(authorization::unknown)?, "USER_CLOSE")
}

/// A transfer fails.
pub(crate) fn fail(
    desk: &mut Desk<'_>,
    named: &str,
    reason: Option<&str>,
) -> Result<Entry, Refusal> {
    let found = find(desk, Kind::Transfer, named)?;
    let reason = Some(reason.unwrap_or("PAYEE_ACCOUNT_ABNORMAL"));
    transfer::settle(desk, found.ok_or_else(transfer::unknown)?, "FAIL", reason)
}

/// The payer of an order complains.
pub(crate) fn complain(desk: &mut Desk<'_>, named: &str, detail: &str) -> Result<Entry, Refusal> {
    let order = find_order(desk, named)?;
    complaint::raise(desk, &order, detail)
}

fn refund_one(
    desk: &mut Desk<'_>,
    order: &mut Entry,
    refunding: &Refunding,
) -> Result<(), Refusal> {
    let left = order.amount - order.sum("refunded");
    let amount = refunding.amount.unwrap_or(left);
    order::state(order).refund()?;
    if amount < 1 || amount > left {
        let message = format!("{amount} cannot be refunded, {left} of the order is left");
        return Err(Refusal::invalid(message));
    }
    refunds::give_back(desk, order, amount)?;
    let mut request: Map<String, Value> = fields(json!({
        "amount": { "refund": amount, "total": order.amount, "currency": "CNY" },
    }));
    let url = refunding.notify_url.clone();
    request.extend(url.map(|url| ("notify_url".to_owned(), Value::from(url))));
    refunds::enter(desk, order, amount, order.scope.clone(), request, "sandbox")?;
    // A refund that is closed at once gives the money back to the order.
    *order = desk.books.by_id(Kind::Order, order.id)?.ok_or_else(order::unknown)?;
    Ok(())
}

/// An order, and for a part of a combined one the whole.
fn whole(desk: &Desk<'_>, named: &str) -> Result<Entry, Refusal> {
    let order = find_order(desk, named)?;
    match order.parent {
        Some(parent) => desk.books.by_id(Kind::Order, parent)?.ok_or_else(order::unknown),
        None => Ok(order),
    }
}

/// The merchant's number comes first: it may be all digits too.
fn find(desk: &Desk<'_>, kind: Kind, named: &str) -> Result<Option<Entry>, Refusal> {
    if let Some(entry) = desk.books.by_any_number(kind, named)? {
        return Ok(Some(entry));
    }
    match named.parse() {
        Ok(id) => Ok(desk.books.by_id(kind, id)?),
        Err(_) => Ok(None),
    }
}
