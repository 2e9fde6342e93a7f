//! Placing orders.

use super::{Asked, Desk, Told, order, trade_state::TradeState};
use crate::{
    refusal::Refusal,
    store::{Entry, Kind, NewEntry},
};

/// Places an order that the user pays later.
pub(super) fn prepay(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let order = match existing(asked, desk)? {
        Some(order) => {
            order::state(&order).place_again()?;
            order
        }
        None => place(asked, desk, TradeState::NotPaid)?,
    };
    Ok(Told::Fields(order::placed(&order)))
}

/// Charges a payment code. The user pays at once, or is asked first if the code ends in `00`.
pub(super) fn charge(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let code = super::asked::text_at(&asked.fields, &["payer", "auth_code"]).unwrap_or_default();
    let order = match existing(asked, desk)? {
        Some(order) => order,
        None if code.ends_with("00") => place(asked, desk, TradeState::UserPaying)?,
        None => {
            let mut order = place(asked, desk, TradeState::NotPaid)?;
            order::pay(desk, &mut order)?;
            order
        }
    };
    Ok(Told::Fields(order::told(&order)))
}

/// The order that has this number already. Its parameters must be the same.
fn existing(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<Option<Entry>, Refusal> {
    desk.check_merchant("mchid", asked.text("mchid"))?;
    desk.check_merchant("sp_mchid", asked.text("sp_mchid"))?;
    let found =
        desk.books.by_number(Kind::Order, &scope(asked, desk), asked.text("out_trade_no"))?;
    let Some(order) = found else { return Ok(None) };
    check_same(asked, &order, "out_trade_no")?;
    order::look_at(desk, order).map(Some)
}

/// A number that was used must be used in the same way again.
pub(super) fn check_same(asked: &Asked<'_>, order: &Entry, number: &str) -> Result<(), Refusal> {
    if order.operation != asked.operation {
        let message = format!("{number} was used for an order by {}", order.operation);
        return Err(Refusal::new(400, "OUT_TRADE_NO_USED", message).at(number));
    }
    let other = |name: &&String| asked.fields.get(*name) != order.request.get(*name);
    match asked.fields.keys().chain(order.request.keys()).find(other) {
        None => Ok(()),
        Some(name) => {
            let message = format!("{number} was used already, with another {name}");
            Err(Refusal::invalid(message).at(number))
        }
    }
}

fn scope(asked: &Asked<'_>, desk: &Desk<'_>) -> String {
    desk.scope(asked.text("sub_mchid"))
}

fn place(asked: &Asked<'_>, desk: &Desk<'_>, state: TradeState) -> Result<Entry, Refusal> {
    let total = asked.integer(&["amount", "total"]);
    if total < 1 {
        return Err(Refusal::new(400, "PARAM_ERROR", "amount.total must be at least 1 fen")
            .at("amount/total"));
    }
    let id = desk.books.next_id()?;
    let entry = NewEntry {
        kind: Kind::Order,
        parent: None,
        scope: scope(asked, desk),
        number: asked.text("out_trade_no").to_owned(),
        reference: desk.ids.transaction(id, desk.now),
        state: state.as_str().to_owned(),
        amount: total,
        created: desk.now,
        operation: asked.operation.clone(),
        request: asked.fields.clone(),
        data: order::noted(desk, id, &asked.operation, asked.text("time_expire"))?,
    };
    Ok(desk.books.insert(&entry)?)
}
