//! An order in the books: what is noted of it, how it is paid, how it is told.

use serde_json::{Map, Value, json};

use super::{
    Desk, Tidings,
    asked::{fields, text_at},
    trade_state::TradeState,
};
use crate::{
    clock,
    refusal::Refusal,
    store::{Entry, Kind},
};

/// An order may be paid for so long, unless it says otherwise.
const LIFETIME: i64 = 7 * 86_400;

/// What the bank that pays is called.
const BANK: &str = "OTHERS";

/// The state of an order.
pub(super) fn state(order: &Entry) -> TradeState {
    TradeState::read(&order.state)
}

/// `JSAPI`, ...: the way an operation lets users pay.
pub(super) fn trade_type(operation: &str) -> &'static str {
    let name = operation.split_once('.').map_or(operation, |(_, name)| name);
    match name {
        "prepay_app" | "prepay_app_with_contract" => "APP",
        "prepay_h5" => "MWEB",
        "prepay_native" => "NATIVE",
        "pay_with_code" => "MICROPAY",
        _ => "JSAPI",
    }
}

/// What is noted of a new order, apart from its request.
pub(super) fn noted(
    desk: &Desk<'_>,
    id: i64,
    operation: &str,
    expire: &str,
) -> Result<Map<String, Value>, Refusal> {
    let token = desk.ids.prepay(id, desk.now);
    let short = desk.ids.token(id);
    Ok(fields(json!({
        "trade_type": trade_type(operation),
        "expires": expires(desk, expire)?,
        "prepay_id": token,
        "code_url": format!("weixin://wxpay/bizpayurl?pr={}zz", short.get(..7).unwrap_or_default()),
        "h5_url": format!(
            "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id={token}&package={short}"
        ),
    })))
}

fn expires(desk: &Desk<'_>, text: &str) -> Result<i64, Refusal> {
    if text.is_empty() {
        return Ok(desk.now + LIFETIME);
    }
    let refused = |message| Err(Refusal::new(400, "PARAM_ERROR", message).at("time_expire"));
    match clock::parse_rfc3339(text) {
        None => refused("time_expire is no RFC 3339 time with offset"),
        Some(time) if time <= desk.now => refused("time_expire has passed already"),
        Some(time) => Ok(time),
    }
}

/// What the merchant is told of an order that it placed.
pub(super) fn placed(order: &Entry) -> Map<String, Value> {
    let names = ["prepay_id", "code_url", "h5_url"];
    let known =
        names.into_iter().filter_map(|name| Some((name.to_owned(), order.data.get(name)?.clone())));
    known.collect()
}

/// An order whose time is up is closed as soon as anybody looks at it.
pub(super) fn look_at(desk: &Desk<'_>, mut order: Entry) -> Result<Entry, Refusal> {
    if state(&order).is_open() && desk.now >= order.sum("expires") {
        close(desk, &mut order)?;
    }
    Ok(order)
}

/// Closes an order and what it is made of.
pub(super) fn close(desk: &Desk<'_>, order: &mut Entry) -> Result<(), Refusal> {
    let closed = state(order).close()?;
    for mut part in desk.books.children(Kind::Order, order.id)? {
        closed.as_str().clone_into(&mut part.state);
        desk.books.update(&mut part, desk.now)?;
    }
    closed.as_str().clone_into(&mut order.state);
    Ok(desk.books.update(order, desk.now)?)
}

/// The user pays: the order, what it is made of, and the notification.
pub(super) fn pay(desk: &mut Desk<'_>, order: &mut Entry) -> Result<(), Refusal> {
    let paid = state(order).pay()?;
    let openid = payer(&order.request).map_or_else(|| desk.ids.openid(), str::to_owned);
    let settle = |entry: &mut Entry| {
        paid.as_str().clone_into(&mut entry.state);
        entry.note("paid", desk.now);
        entry.note("openid", openid.as_str());
        if shares(&entry.request) {
            entry.note("unsplit", entry.amount);
        }
        desk.books.update(entry, desk.now)
    };
    settle(order)?;
    let mut parts = desk.books.children(Kind::Order, order.id)?;
    parts.iter_mut().try_for_each(settle)?;
    notify(desk, order, &parts);
    Ok(())
}

/// Whether the money of an order is to be shared.
pub(super) fn shares(request: &Map<String, Value>) -> bool {
    let settle = request.get("settle_info").and_then(|info| info.get("profit_sharing"));
    settle.and_then(Value::as_bool).unwrap_or_default()
}

fn payer(request: &Map<String, Value>) -> Option<&str> {
    let paths: [&[&str]; 5] = [
        &["payer", "openid"],
        &["payer", "sp_openid"],
        &["payer", "sub_openid"],
        &["combine_payer_info", "openid"],
        &["combine_payer_info", "sub_openid"],
    ];
    paths.into_iter().find_map(|path| text_at(request, path))
}

fn notify(desk: &mut Desk<'_>, order: &Entry, parts: &[Entry]) {
    let Some(url) = text_at(&order.request, &["notify_url"]) else { return };
    let payload = match party(order) {
        Party::Direct => "TransactionSuccess",
        Party::Partner => "PartnerTransactionSuccess",
        Party::Combined => "CombineTransactionSuccess",
    };
    desk.tidings.push(Tidings {
        about: order.id,
        event_type: "TRANSACTION.SUCCESS",
        payload,
        original_type: "transaction",
        url: url.to_owned(),
        told: if parts.is_empty() { told(order) } else { told_combined(order, parts) },
    });
}

/// Who placed an order, and so in which words it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Party {
    Direct,
    Partner,
    Combined,
}

pub(super) fn party(order: &Entry) -> Party {
    if order.request.contains_key("combine_out_trade_no") {
        Party::Combined
    } else if order.request.contains_key("sp_mchid") {
        Party::Partner
    } else {
        Party::Direct
    }
}

/// All that is known of an order.
pub(super) fn told(order: &Entry) -> Map<String, Value> {
    let state = state(order);
    let mut told = order.request.clone();
    told.remove("payer");
    let currency = text_at(&order.request, &["amount", "currency"]).unwrap_or("CNY").to_owned();
    told.insert("trade_state".to_owned(), state.as_str().into());
    told.insert("trade_state_desc".to_owned(), state.describe().into());
    told.insert(
        "amount".to_owned(),
        json!({
            "total": order.amount,
            "payer_total": order.amount,
            "total_amount": order.amount,
            "payer_amount": order.amount,
            "currency": currency,
            "payer_currency": currency,
        }),
    );
    if let Some(paid) = order.data.get("paid").and_then(Value::as_i64) {
        let openid = order.text("openid").unwrap_or_default();
        let sub_openid = text_at(&order.request, &["payer", "sub_openid"]);
        told.extend(fields(json!({
            "transaction_id": order.reference,
            "trade_type": order.text("trade_type"),
            "bank_type": BANK,
            "success_time": clock::rfc3339(paid),
            "payer": { "openid": openid, "sp_openid": openid, "sub_openid": sub_openid },
        })));
    }
    told
}

/// All that is known of a combined order.
pub(super) fn told_combined(order: &Entry, parts: &[Entry]) -> Map<String, Value> {
    let mut told = order.request.clone();
    let parts: Vec<Value> = parts.iter().map(|part| self::told(part).into()).collect();
    told.insert("combine_transaction_id".to_owned(), order.reference.as_str().into());
    told.insert("sub_orders".to_owned(), parts.into());
    match order.text("openid") {
        Some(openid) => told.insert("combine_payer_info".to_owned(), json!({ "openid": openid })),
        None => told.remove("combine_payer_info"),
    };
    told
}

/// What a request without an order is answered.
pub(super) fn unknown() -> Refusal {
    Refusal::new(404, "ORDER_NOT_EXIST", "the merchant has no order of this number")
}
