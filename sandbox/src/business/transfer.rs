//! Transfers to users: asked for, then confirmed by the user, failed, or taken back. A user who has authorized the
//! merchant is not asked.

use serde_json::{Map, Value, json};

use super::{
    Asked, Desk, Tidings, Told, TransferStart,
    asked::{fields, text_at},
    authorization,
};
use crate::{
    clock,
    refusal::Refusal,
    store::{Entry, Kind, NewEntry},
};

const ACCEPTED: &str = TransferStart::Accepted.as_str();
const WAITING: &str = TransferStart::WaitUserConfirm.as_str();

pub(super) fn create(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    if let Some(transfer) = existing(asked, desk)? {
        return Ok(Told::Fields(told(&transfer)));
    }
    let transfer = enter(asked, desk, desk.outcomes.transfers)?;
    Ok(Told::Fields(told(&transfer)))
}

/// The user is asked for the authorization together with the transfer.
pub(super) fn create_with_authorization(
    asked: &Asked<'_>,
    desk: &mut Desk<'_>,
) -> Result<Told, Refusal> {
    let wanted = asked.fields.get("authorization_info").and_then(Value::as_object).cloned();
    let transfer = match existing(asked, desk)? {
        Some(transfer) => transfer,
        None => {
            let transfer = enter(asked, desk, desk.outcomes.transfers)?;
            if let Some(mut wanted) = wanted.clone() {
                for name in ["appid", "openid", "transfer_scene_id", "user_recv_perception"] {
                    wanted.extend(asked.fields.get(name).map(|it| (name.to_owned(), it.clone())));
                }
                authorization::enter(desk, Some(transfer.id), wanted, &asked.operation)?;
            }
            transfer
        }
    };
    let mut told = told(&transfer);
    told.extend(wanted.unwrap_or_default());
    Ok(Told::Fields(told))
}

/// A transfer to a user who need not be asked. The answer says that it is taken in; it succeeds at once, unless
/// transfers are held.
pub(super) fn create_authorized(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    if let Some(transfer) = existing(asked, desk)? {
        return Ok(Told::Fields(told(&transfer)));
    }
    let authorization = authorization::in_force(asked, desk)?;
    let mut transfer = enter(asked, desk, TransferStart::Accepted)?;
    transfer.note("authorization", authorization.id);
    transfer.note("openid", text_at(&authorization.request, &["openid"]).unwrap_or_default());
    desk.books.update(&mut transfer, desk.now)?;
    let told = told(&transfer);
    if desk.outcomes.transfers == TransferStart::WaitUserConfirm {
        release(desk, transfer)?;
    }
    Ok(Told::Fields(told))
}

pub(super) fn by_out_bill_no(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    Ok(Told::Fields(told(&named(asked, desk)?)))
}

pub(super) fn by_transfer_bill_no(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let found = desk.books.by_reference(Kind::Transfer, asked.text("transfer_bill_no"))?;
    Ok(Told::Fields(told(&found.ok_or_else(unknown)?)))
}

/// The answer says that it is being cancelled; it is cancelled at once.
pub(super) fn cancel(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let transfer = named(asked, desk)?;
    let cancelled = match transfer.state.as_str() {
        "CANCELLED" => transfer,
        _ => settle(desk, transfer, "CANCELLED", None)?,
    };
    let mut told = told(&cancelled);
    told.insert("state".to_owned(), "CANCELING".into());
    Ok(Told::Fields(told))
}

/// A transfer that was taken in goes on.
pub(super) fn release(desk: &mut Desk<'_>, mut transfer: Entry) -> Result<Entry, Refusal> {
    if transfer.state != ACCEPTED {
        return Err(Refusal::invalid(format!("the transfer is {} already", transfer.state)));
    }
    if transfer.data.contains_key("authorization") {
        return settle(desk, transfer, "SUCCESS", None);
    }
    WAITING.clone_into(&mut transfer.state);
    desk.books.update(&mut transfer, desk.now)?;
    Ok(transfer)
}

/// The user takes the money, and gives the authorization that was asked for with it.
pub(super) fn confirm(desk: &mut Desk<'_>, transfer: Entry) -> Result<Entry, Refusal> {
    if transfer.state == ACCEPTED {
        let message = "the transfer is ACCEPTED: the user is not asked before it is released";
        return Err(Refusal::invalid(message));
    }
    let confirmed = settle(desk, transfer, "SUCCESS", None)?;
    for asked_for in desk.books.children(Kind::Authorization, confirmed.id)? {
        authorization::confirm(desk, asked_for)?;
    }
    Ok(confirmed)
}

/// Ends a transfer.
pub(super) fn settle(
    desk: &mut Desk<'_>,
    mut transfer: Entry,
    state: &str,
    reason: Option<&str>,
) -> Result<Entry, Refusal> {
    if ![ACCEPTED, WAITING].contains(&transfer.state.as_str()) {
        let message = format!("the transfer is {} already", transfer.state);
        return Err(Refusal::invalid(message));
    }
    state.clone_into(&mut transfer.state);
    if let Some(reason) = reason {
        transfer.note("fail_reason", reason);
    }
    desk.books.update(&mut transfer, desk.now)?;
    if let Some(url) = text_at(&transfer.request, &["notify_url"]) {
        desk.tidings.push(Tidings {
            about: transfer.id,
            event_type: "MCHTRANSFER.BILL.FINISHED",
            payload: "",
            original_type: "mch_payment",
            url: url.to_owned(),
            told: told(&transfer),
        });
    }
    Ok(transfer)
}

/// The transfer that has this number already. Its parameters must be the same.
fn existing(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<Option<Entry>, Refusal> {
    let found = desk.books.by_number(Kind::Transfer, desk.merchant, asked.text("out_bill_no"))?;
    let same = |one: &Entry| one.request == asked.fields && one.operation == asked.operation;
    if found.as_ref().is_some_and(|transfer| !same(transfer)) {
        let message = "out_bill_no was used already, with other parameters";
        return Err(Refusal::new(400, "ALREADY_EXISTS", message).at("out_bill_no"));
    }
    Ok(found)
}

fn enter(asked: &Asked<'_>, desk: &Desk<'_>, start: TransferStart) -> Result<Entry, Refusal> {
    let amount = asked.integer(&["transfer_amount"]);
    if amount < 1 {
        let message = "transfer_amount must be at least 1 fen";
        return Err(Refusal::new(400, "PARAM_ERROR", message).at("transfer_amount"));
    }
    let id = desk.books.next_id()?;
    Ok(desk.books.insert(&NewEntry {
        kind: Kind::Transfer,
        parent: None,
        scope: desk.merchant.to_owned(),
        number: asked.text("out_bill_no").to_owned(),
        reference: desk.ids.transfer(id, desk.now),
        state: start.as_str().to_owned(),
        amount,
        created: desk.now,
        operation: asked.operation.clone(),
        request: asked.fields.clone(),
        data: fields(json!({ "package_info": desk.ids.token(id) })),
    })?)
}

fn named(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<Entry, Refusal> {
    let found = desk.books.by_number(Kind::Transfer, desk.merchant, asked.text("out_bill_no"))?;
    found.ok_or_else(unknown)
}

/// All that is known of a transfer.
fn told(transfer: &Entry) -> Map<String, Value> {
    let mut told = transfer.request.clone();
    told.extend(fields(json!({
        "mch_id": transfer.scope,
        "mchid": transfer.scope,
        "transfer_bill_no": transfer.reference,
        "state": transfer.state,
        "create_time": clock::rfc3339(transfer.created),
        "update_time": clock::rfc3339(transfer.changed),
    })));
    let noted = ["openid", "fail_reason"].into_iter();
    let noted = noted.chain((transfer.state == WAITING).then_some("package_info"));
    for name in noted {
        told.extend(transfer.data.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    told
}

pub(super) fn unknown() -> Refusal {
    Refusal::new(404, "NOT_FOUND", "the merchant has no transfer of this number")
}
