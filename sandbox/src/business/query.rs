//! Looking orders up, closing them, taking payments by code back.

use serde_json::json;

use super::{Asked, Desk, Told, asked::fields, order, refund, trade_state::TradeState};
use crate::{
    refusal::Refusal,
    store::{Entry, Kind},
};

pub(super) fn by_out_trade_no(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    Ok(Told::Fields(order::told(&named(asked, desk)?)))
}

/// The platform's number exists as soon as the order is paid.
pub(super) fn by_transaction_id(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    check_callers(asked, desk)?;
    let found = desk.books.by_reference(Kind::Order, asked.text("transaction_id"))?;
    let visible =
        |order: &Entry| order.data.contains_key("paid") && order.scope == scope(asked, desk);
    let order = found.filter(visible).ok_or_else(order::unknown)?;
    Ok(Told::Fields(order::told(&order)))
}

pub(super) fn close(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let mut order = named(asked, desk)?;
    order::close(desk, &mut order)?;
    Ok(Told::Fields(fields(json!({}))))
}

/// What was paid is given back.
pub(super) fn reverse(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let mut order = named(asked, desk)?;
    let state = order::state(&order);
    let reversed = state.reverse()?;
    if state == TradeState::Paid {
        let left = order.amount;
        refund::give_back(desk, &mut order, left)?;
    }
    reversed.as_str().clone_into(&mut order.state);
    desk.books.update(&mut order, desk.now)?;
    Ok(Told::Fields(order::told(&order)))
}

fn named(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<Entry, Refusal> {
    check_callers(asked, desk)?;
    let number = asked.text("out_trade_no");
    let found = desk.books.by_number(Kind::Order, &scope(asked, desk), number)?;
    order::look_at(desk, found.ok_or_else(order::unknown)?)
}

fn check_callers(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<(), Refusal> {
    desk.check_merchant("mchid", asked.text("mchid"))?;
    desk.check_merchant("sp_mchid", asked.text("sp_mchid"))
}

fn scope(asked: &Asked<'_>, desk: &Desk<'_>) -> String {
    desk.scope(asked.text("sub_mchid"))
}
