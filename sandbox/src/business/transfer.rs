//! Transfers to users: asked for, then confirmed by the user, failed, or taken back.

use serde_json::{Map, Value, json};

use super::{
    Asked, Desk, Tidings, Told,
    asked::{fields, text_at},
};
use crate::{
    clock,
    refusal::Refusal,
    store::{Entry, Kind, NewEntry},
};

const WAITING: &str = "WAIT_USER_CONFIRM";

pub(super) fn create(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let number = asked.text("out_bill_no");
    if let Some(transfer) = desk.books.by_number(Kind::Transfer, desk.merchant, number)? {
        if transfer.request != asked.fields {
            let message = "out_bill_no was used already, with other parameters";
            return Err(Refusal::new(400, "ALREADY_EXISTS", message).at("out_bill_no"));
        }
        return Ok(Told::Fields(told(&transfer)));
    }
    let amount = asked.integer(&["transfer_amount"]);
    if amount < 1 {
        let message = "transfer_amount must be at least 1 fen";
        return Err(Refusal::new(400, "PARAM_ERROR", message).at("transfer_amount"));
    }
    let id = desk.books.next_id()?;
    let transfer = desk.books.insert(&NewEntry {
        kind: Kind::Transfer,
        parent: None,
        scope: desk.merchant.to_owned(),
        number: number.to_owned(),
        reference: desk.ids.transfer(id, desk.now),
        state: WAITING.to_owned(),
        amount,
        created: desk.now,
        operation: asked.operation.clone(),
        request: asked.fields.clone(),
        data: fields(json!({ "package_info": desk.ids.token(id) })),
    })?;
    Ok(Told::Fields(told(&transfer)))
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

/// Ends a transfer that waits for its user.
pub(super) fn settle(
    desk: &mut Desk<'_>,
    mut transfer: Entry,
    state: &str,
    reason: Option<&str>,
) -> Result<Entry, Refusal> {
    if transfer.state != WAITING {
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
            told: told_with(&transfer, desk.merchant),
        });
    }
    Ok(transfer)
}

fn named(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<Entry, Refusal> {
    let found = desk.books.by_number(Kind::Transfer, desk.merchant, asked.text("out_bill_no"))?;
    found.ok_or_else(unknown)
}

fn told(transfer: &Entry) -> Map<String, Value> {
    told_with(transfer, &transfer.scope)
}

fn told_with(transfer: &Entry, merchant: &str) -> Map<String, Value> {
    let mut told = transfer.request.clone();
    told.extend(fields(json!({
        "mch_id": merchant,
        "mchid": merchant,
        "transfer_bill_no": transfer.reference,
        "state": transfer.state,
        "create_time": clock::rfc3339(transfer.created),
        "update_time": clock::rfc3339(transfer.changed),
    })));
    if transfer.state == WAITING {
        told.extend(
            transfer.data.get("package_info").map(|text| ("package_info".to_owned(), text.clone())),
        );
    }
    told.extend(
        transfer.data.get("fail_reason").map(|text| ("fail_reason".to_owned(), text.clone())),
    );
    told
}

pub(super) fn unknown() -> Refusal {
    Refusal::new(404, "NOT_FOUND", "the merchant has no transfer of this number")
}
