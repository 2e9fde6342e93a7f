//! Combined orders: several orders, of several merchants perhaps, that the user pays at once.

use serde_json::{Map, Value, json};

use super::{
    Asked, Desk, Told,
    asked::{fields, integer_at, text_at},
    desk, order,
    place::check_same,
    trade_state::TradeState,
};
use crate::{
    refusal::Refusal,
    store::{Entry, Kind, NewEntry},
};

/// Combined orders have numbers of their own.
const SCOPE: &str = "combined:";

pub(super) fn prepay(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    desk.check_merchant("combine_mchid", asked.text("combine_mchid"))?;
    let found =
        desk.books.by_number(Kind::Order, &scope(desk), asked.text("combine_out_trade_no"))?;
    let order = match found {
        Some(order) => {
            check_same(asked, &order, "combine_out_trade_no")?;
            let order = order::look_at(desk, order)?;
            order::state(&order).place_again()?;
            order
        }
        None => place(asked, desk)?,
    };
    Ok(Told::Fields(order::placed(&order)))
}

pub(super) fn by_out_trade_no(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let order = named(asked, desk)?;
    let parts = desk.books.children(Kind::Order, order.id)?;
    Ok(Told::Fields(order::told_combined(&order, &parts)))
}

pub(super) fn by_transaction_id(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let found = desk.books.by_reference(Kind::Order, asked.text("combine_transaction_id"))?;
    let visible = |order: &Entry| order.scope == scope(desk) && order.data.contains_key("paid");
    let order = found.filter(visible).ok_or_else(order::unknown)?;
    let parts = desk.books.children(Kind::Order, order.id)?;
    Ok(Told::Fields(order::told_combined(&order, &parts)))
}

/// All parts must be named.
pub(super) fn close(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let mut order = named(asked, desk)?;
    let closing = asked.objects("sub_orders");
    for part in desk.books.children(Kind::Order, order.id)? {
        let is_named =
            |other: &Map<String, Value>| text_at(other, &["out_trade_no"]) == Some(&part.number);
        if !closing.iter().any(is_named) {
            let message = format!("sub_orders leaves out {}, a part of this order", part.number);
            return Err(Refusal::invalid(message).at("sub_orders"));
        }
    }
    order::close(desk, &mut order)?;
    Ok(Told::Fields(fields(json!({}))))
}

fn named(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<Entry, Refusal> {
    let number = asked.text("combine_out_trade_no");
    let found = desk.books.by_number(Kind::Order, &scope(desk), number)?;
    order::look_at(desk, found.ok_or_else(order::unknown)?)
}

fn scope(desk: &Desk<'_>) -> String {
    format!("{SCOPE}{}", desk.merchant)
}

fn place(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<Entry, Refusal> {
    let parts = asked.objects("sub_orders");
    let total = parts.iter().map(amount).fold(0, i64::saturating_add);
    let id = desk.books.next_id()?;
    let order = desk.books.insert(&NewEntry {
        kind: Kind::Order,
        parent: None,
        scope: scope(desk),
        number: asked.text("combine_out_trade_no").to_owned(),
        reference: desk.ids.transaction(id, desk.now),
        state: TradeState::NotPaid.as_str().to_owned(),
        amount: total,
        created: desk.now,
        operation: asked.operation.clone(),
        request: asked.fields.clone(),
        data: order::noted(desk, id, &asked.operation, asked.text("time_expire"))?,
    })?;
    for part in parts {
        place_part(desk, &order, part)?;
    }
    Ok(order)
}

fn place_part(desk: &Desk<'_>, order: &Entry, part: Map<String, Value>) -> Result<(), Refusal> {
    let text = |name: &str| text_at(&part, &[name]).unwrap_or_default();
    let scope = desk::scope(text("mchid"), text("sub_mchid"));
    let number = text("out_trade_no").to_owned();
    if desk.books.by_number(Kind::Order, &scope, &number)?.is_some() {
        let message = format!("the out_trade_no {number} of a sub-order was used already");
        return Err(Refusal::new(400, "OUT_TRADE_NO_USED", message).at("sub_orders"));
    }
    if amount(&part) < 1 {
        let message = format!("the amount of the sub-order {number} must be at least 1 fen");
        return Err(Refusal::new(400, "PARAM_ERROR", message).at("sub_orders"));
    }
    let id = desk.books.next_id()?;
    desk.books.insert(&NewEntry {
        kind: Kind::Order,
        parent: Some(order.id),
        scope,
        number,
        reference: desk.ids.transaction(id, desk.now),
        state: order.state.clone(),
        amount: amount(&part),
        created: desk.now,
        operation: order.operation.clone(),
        request: part,
        data: order.data.clone(),
    })?;
    Ok(())
}

fn amount(part: &Map<String, Value>) -> i64 {
    integer_at(part, &["amount", "total_amount"])
}
