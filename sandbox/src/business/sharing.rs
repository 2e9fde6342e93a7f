//! Profit sharing: giving parts of a paid order to others, and taking them back.

use serde_json::{Map, Value, json};

use super::{
    Asked, Desk, Told,
    asked::{fields, integer_at, text_at},
    order,
};
use crate::{
    clock,
    refusal::Refusal,
    store::{Entry, Kind, NewEntry},
};

/// Shares money of an order with receivers. A receiver that was not added gets nothing, and the answer says so.
pub(super) fn create(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    if let Some(sharing) = existing(asked, desk, Kind::Sharing, "out_order_no")? {
        return Ok(Told::Fields(told(&sharing)));
    }
    let mut order = shared_order(asked, desk)?;
    let receivers = asked.objects("receivers");
    let wanted =
        receivers.iter().map(|one| integer_at(one, &["amount"])).fold(0, i64::saturating_add);
    if let Some(bad) = receivers.iter().find(|one| integer_at(one, &["amount"]) < 1) {
        let message = format!(
            "the share of {} must be at least 1 fen",
            text_at(bad, &["account"]).unwrap_or_default()
        );
        return Err(Refusal::new(400, "PARAM_ERROR", message).at("receivers"));
    }
    if wanted > order.sum("unsplit") {
        let message =
            format!("{wanted} is to be shared, but only {} is left", order.sum("unsplit"));
        return Err(Refusal::new(403, "NOT_ENOUGH", message).at("receivers"));
    }
    let mut shares = Vec::new();
    let mut given = 0;
    for receiver in receivers {
        let known = is_known(asked, desk, &receiver)?;
        if known {
            given += integer_at(&receiver, &["amount"]);
        }
        shares.push(share(desk, receiver, known));
    }
    let rest = if asked.flag(&["unfreeze_unsplit"]) { 0 } else { order.sum("unsplit") - given };
    order.note("unsplit", rest);
    desk.books.update(&mut order, desk.now)?;
    let sharing = enter(asked, desk, &order, &shares)?;
    Ok(Told::Fields(told(&sharing)))
}

/// Releases what is left to the merchant.
pub(super) fn unfreeze(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    if let Some(sharing) = existing(asked, desk, Kind::Sharing, "out_order_no")? {
        return Ok(Told::Fields(told(&sharing)));
    }
    let mut order = shared_order(asked, desk)?;
    let receiver = fields(json!({
        "type": "MERCHANT_ID",
        "account": desk.merchant,
        "amount": order.sum("unsplit"),
        "description": asked.text("description"),
    }));
    order.note("unsplit", 0);
    desk.books.update(&mut order, desk.now)?;
    let shares = [share(desk, receiver, true)];
    let sharing = enter(asked, desk, &order, &shares)?;
    Ok(Told::Fields(told(&sharing)))
}

pub(super) fn get(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let found =
        desk.books.by_number(Kind::Sharing, &scope(asked, desk), asked.text("out_order_no"))?;
    let fits = |sharing: &Entry| {
        text_at(&sharing.request, &["transaction_id"]) == Some(asked.text("transaction_id"))
    };
    Ok(Told::Fields(told(&found.filter(fits).ok_or_else(unknown)?)))
}

pub(super) fn unsplit(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let order = shared_order(asked, desk)?;
    Ok(Told::Fields(fields(json!({
        "transaction_id": order.reference,
        "unsplit_amount": order.sum("unsplit"),
    }))))
}

pub(super) fn add_receiver(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let number = receiver_number(&asked.fields);
    if desk.books.by_number(Kind::Receiver, &scope(asked, desk), &number)?.is_none() {
        desk.books.insert(&NewEntry {
            kind: Kind::Receiver,
            parent: None,
            scope: scope(asked, desk),
            reference: number.clone(),
            number,
            state: "ADDED".to_owned(),
            amount: 0,
            created: desk.now,
            operation: asked.operation.clone(),
            request: asked.fields.clone(),
            data: Map::new(),
        })?;
    }
    Ok(Told::Fields(asked.fields.clone()))
}

pub(super) fn delete_receiver(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let number = receiver_number(&asked.fields);
    if let Some(receiver) = desk.books.by_number(Kind::Receiver, &scope(asked, desk), &number)? {
        desk.books.remove(receiver.id)?;
    }
    Ok(Told::Fields(asked.fields.clone()))
}

/// Takes money back from a merchant that it was shared with.
pub(super) fn create_return(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    if let Some(back) = existing(asked, desk, Kind::Return, "out_return_no")? {
        return Ok(Told::Fields(told_return(&back)));
    }
    let sharing = returned_sharing(asked, desk)?;
    let (merchant, amount) = (asked.text("return_mchid"), asked.integer(&["amount"]));
    let left = shared_with(&sharing, merchant) - returned(desk, &sharing, merchant)?;
    if amount < 1 {
        return Err(Refusal::new(400, "PARAM_ERROR", "amount must be at least 1 fen").at("amount"));
    }
    if amount > left {
        let message =
            format!("{amount} is to be returned, but {merchant} has only {left} of the order");
        return Err(Refusal::new(403, "NOT_ENOUGH", message).at("amount"));
    }
    if let Some(mut order) = desk.books.by_id(Kind::Order, sharing.parent.unwrap_or_default())? {
        let unsplit = order.sum("unsplit") + amount;
        order.note("unsplit", unsplit);
        desk.books.update(&mut order, desk.now)?;
    }
    let id = desk.books.next_id()?;
    let back = desk.books.insert(&NewEntry {
        kind: Kind::Return,
        parent: Some(sharing.id),
        scope: scope(asked, desk),
        number: asked.text("out_return_no").to_owned(),
        reference: desk.ids.sharing(id, desk.now),
        state: "SUCCESS".to_owned(),
        amount,
        created: desk.now,
        operation: asked.operation.clone(),
        request: asked.fields.clone(),
        data: fields(json!({ "order_id": sharing.reference, "out_order_no": sharing.number })),
    })?;
    Ok(Told::Fields(told_return(&back)))
}

pub(super) fn get_return(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let found =
        desk.books.by_number(Kind::Return, &scope(asked, desk), asked.text("out_return_no"))?;
    let fits = |back: &Entry| back.text("out_order_no") == Some(asked.text("out_order_no"));
    Ok(Told::Fields(told_return(&found.filter(fits).ok_or_else(unknown)?)))
}

fn existing(
    asked: &Asked<'_>,
    desk: &Desk<'_>,
    kind: Kind,
    field: &str,
) -> Result<Option<Entry>, Refusal> {
    let found = desk.books.by_number(kind, &scope(asked, desk), asked.text(field))?;
    let same = |entry: &Entry| entry.request == asked.fields && entry.operation == asked.operation;
    if found.as_ref().is_some_and(|entry| !same(entry)) {
        let message = format!("{field} was used already, with other parameters");
        return Err(Refusal::invalid(message).at(field));
    }
    Ok(found)
}

/// A paid order that was placed for sharing.
fn shared_order(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<Entry, Refusal> {
    let found = desk.books.by_reference(Kind::Order, asked.text("transaction_id"))?;
    let order = found.filter(|order| order.data.contains_key("paid")).ok_or_else(unknown)?;
    if !order::shares(&order.request) {
        let message = "the order was not placed with settle_info.profit_sharing";
        return Err(Refusal::invalid(message).at("transaction_id"));
    }
    Ok(order)
}

fn returned_sharing(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<Entry, Refusal> {
    let found = match asked.text("order_id") {
        "" => {
            desk.books.by_number(Kind::Sharing, &scope(asked, desk), asked.text("out_order_no"))?
        }
        reference => desk.books.by_reference(Kind::Sharing, reference)?,
    };
    found.ok_or_else(unknown)
}

fn is_known(
    asked: &Asked<'_>,
    desk: &Desk<'_>,
    receiver: &Map<String, Value>,
) -> Result<bool, Refusal> {
    let number = receiver_number(receiver);
    Ok(desk.books.by_number(Kind::Receiver, &scope(asked, desk), &number)?.is_some())
}

fn receiver_number(receiver: &Map<String, Value>) -> String {
    let text = |name: &str| text_at(receiver, &[name]).unwrap_or_default();
    format!("{} {}", text("type"), text("account"))
}

fn enter(
    asked: &Asked<'_>,
    desk: &Desk<'_>,
    order: &Entry,
    shares: &[Value],
) -> Result<Entry, Refusal> {
    let id = desk.books.next_id()?;
    Ok(desk.books.insert(&NewEntry {
        kind: Kind::Sharing,
        parent: Some(order.id),
        scope: scope(asked, desk),
        number: asked.text("out_order_no").to_owned(),
        reference: desk.ids.sharing(id, desk.now),
        state: "FINISHED".to_owned(),
        amount: shares.iter().map(taken).fold(0, i64::saturating_add),
        created: desk.now,
        operation: asked.operation.clone(),
        request: asked.fields.clone(),
        data: fields(json!({ "receivers": shares })),
    })?)
}

/// What became of one receiver's share.
fn share(desk: &Desk<'_>, mut receiver: Map<String, Value>, known: bool) -> Value {
    let time = clock::rfc3339(desk.now);
    receiver.extend(fields(json!({
        "result": if known { "SUCCESS" } else { "CLOSED" },
        "create_time": time,
        "finish_time": time,
    })));
    if !known {
        receiver.insert("fail_reason".to_owned(), "NO_RELATION".into());
    }
    receiver.into()
}

fn taken(share: &Value) -> i64 {
    let taken = share["result"] == "SUCCESS";
    if taken { share["amount"].as_i64().unwrap_or_default() } else { 0 }
}

fn shared_with(sharing: &Entry, merchant: &str) -> i64 {
    let shares = sharing.data.get("receivers").and_then(Value::as_array);
    let its = shares.into_iter().flatten().filter(|share| share["account"] == merchant);
    its.map(taken).fold(0, i64::saturating_add)
}

fn returned(desk: &Desk<'_>, sharing: &Entry, merchant: &str) -> Result<i64, Refusal> {
    let all = desk.books.children(Kind::Return, sharing.id)?;
    let its = all.iter().filter(|back| text_at(&back.request, &["return_mchid"]) == Some(merchant));
    Ok(its.map(|back| back.amount).fold(0, i64::saturating_add))
}

fn told(sharing: &Entry) -> Map<String, Value> {
    let mut told = sharing.request.clone();
    told.extend(fields(json!({
        "order_id": sharing.reference,
        "state": sharing.state,
        "receivers": sharing.data.get("receivers"),
    })));
    told
}

fn told_return(back: &Entry) -> Map<String, Value> {
    let mut told = back.request.clone();
    let time = clock::rfc3339(back.created);
    told.extend(back.data.clone());
    told.extend(fields(json!({
        "return_id": back.reference,
        "result": back.state,
        "create_time": time,
        "finish_time": time,
    })));
    told
}

fn scope(asked: &Asked<'_>, desk: &Desk<'_>) -> String {
    desk.scope(asked.text("sub_mchid"))
}

fn unknown() -> Refusal {
    Refusal::new(404, "RESOURCE_NOT_EXISTS", "the merchant has no record of this number")
}
