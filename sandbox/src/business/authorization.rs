//! Authorizations: a user lets the merchant transfer money without being asked each time.

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
const IN_FORCE: &str = "TAKING_EFFECT";
const CLOSED: &str = "CLOSED";

pub(super) fn create(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let number = asked.text("out_authorization_no");
    if let Some(found) = desk.books.by_number(Kind::Authorization, desk.merchant, number)? {
        if found.request != asked.fields {
            return Err(used());
        }
        return Ok(Told::Fields(told(&found)));
    }
    let made = enter(desk, None, asked.fields.clone(), &asked.operation)?;
    Ok(Told::Fields(told(&made)))
}

pub(super) fn get(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    Ok(Told::Fields(told(&named(asked, desk)?)))
}

/// The merchant ends it. Once more changes nothing.
pub(super) fn close(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let found = named(asked, desk)?;
    let ended = if found.state == CLOSED { found } else { end(desk, found, "CLOSE_VIA_MCH_API")? };
    Ok(Told::Fields(told(&ended)))
}

/// Enters an authorization that waits for its user; `transfer` is the one it came with.
pub(super) fn enter(
    desk: &Desk<'_>,
    transfer: Option<i64>,
    request: Map<String, Value>,
    operation: &str,
) -> Result<Entry, Refusal> {
    let number = text_at(&request, &["out_authorization_no"]).unwrap_or_default().to_owned();
    if desk.books.by_number(Kind::Authorization, desk.merchant, &number)?.is_some() {
        return Err(used());
    }
    let id = desk.books.next_id()?;
    Ok(desk.books.insert(&NewEntry {
        kind: Kind::Authorization,
        parent: transfer,
        scope: desk.merchant.to_owned(),
        number,
        reference: desk.ids.authorization(id, desk.now),
        state: WAITING.to_owned(),
        amount: 0,
        created: desk.now,
        operation: operation.to_owned(),
        request,
        data: fields(json!({ "package_info": desk.ids.token(id) })),
    })?)
}

/// The user agrees.
pub(super) fn confirm(desk: &mut Desk<'_>, mut found: Entry) -> Result<Entry, Refusal> {
    if found.state != WAITING {
        return Err(Refusal::invalid(format!("the authorization is {} already", found.state)));
    }
    IN_FORCE.clone_into(&mut found.state);
    found.note("authorized", desk.now);
    desk.books.update(&mut found, desk.now)?;
    notify(desk, &found, "MCHTRANSFER.AUTHORIZATION.CONFIRMED");
    Ok(found)
}

/// It ends, for the platform's word of a reason.
pub(super) fn end(desk: &mut Desk<'_>, mut found: Entry, reason: &str) -> Result<Entry, Refusal> {
    if found.state == CLOSED {
        return Err(Refusal::invalid("the authorization is CLOSED already"));
    }
    CLOSED.clone_into(&mut found.state);
    let time = clock::rfc3339(desk.now);
    found.note("close_info", json!({ "close_time": time, "close_reason": reason }));
    desk.books.update(&mut found, desk.now)?;
    // One that never was in force has no number that could be told.
    if found.data.contains_key("authorized") {
        notify(desk, &found, "MCHTRANSFER.AUTHORIZATION.CLOSED");
    }
    Ok(found)
}

/// The authorization that a transfer names, by either of its numbers; it must be in force.
pub(super) fn in_force(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<Entry, Refusal> {
    let (ours, theirs) = (asked.text("authorization_id"), asked.text("out_authorization_no"));
    let found = match (ours, theirs) {
        ("", "") => {
            let message = "one of authorization_id and out_authorization_no must be given";
            return Err(Refusal::new(400, "PARAM_ERROR", message).at("authorization_id"));
        }
        ("", number) => desk.books.by_number(Kind::Authorization, desk.merchant, number)?,
        (reference, _) => desk.books.by_reference(Kind::Authorization, reference)?,
    };
    let found = found.ok_or_else(unknown)?;
    if found.state != IN_FORCE {
        let message = format!("the authorization is {}, not {IN_FORCE}", found.state);
        return Err(Refusal::invalid(message).at("authorization_id"));
    }
    Ok(found)
}

fn notify(desk: &mut Desk<'_>, found: &Entry, event_type: &'static str) {
    let Some(url) = text_at(&found.request, &["authorization_notify_url"]) else { return };
    desk.tidings.push(Tidings {
        about: found.id,
        event_type,
        payload: "",
        original_type: "mch_payment",
        url: url.to_owned(),
        told: told(found),
    });
}

fn named(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<Entry, Refusal> {
    let number = asked.text("out_authorization_no");
    let found = desk.books.by_number(Kind::Authorization, desk.merchant, number)?;
    found.ok_or_else(unknown)
}

/// All that is known of an authorization.
fn told(found: &Entry) -> Map<String, Value> {
    let mut told = found.request.clone();
    told.insert("state".to_owned(), found.state.as_str().into());
    told.insert("create_time".to_owned(), clock::rfc3339(found.created).into());
    if let Some(time) = found.data.get("authorized").and_then(Value::as_i64) {
        told.insert("authorization_id".to_owned(), found.reference.as_str().into());
        told.insert("authorize_time".to_owned(), clock::rfc3339(time).into());
    }
    let shown = if found.state == WAITING { "package_info" } else { "close_info" };
    told.extend(found.data.get(shown).map(|value| (shown.to_owned(), value.clone())));
    told
}

fn used() -> Refusal {
    let message = "out_authorization_no was used already, with other parameters";
    Refusal::new(400, "ALREADY_EXISTS", message).at("out_authorization_no")
}

pub(super) fn unknown() -> Refusal {
    Refusal::new(404, "NOT_FOUND", "the merchant has no authorization of this number")
}
