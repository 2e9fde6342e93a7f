//! Complaints of users: raised at the control API, answered by the merchant.

use serde_json::{Map, Value, json};

use super::{
    Asked, Desk, Tidings, Told,
    asked::{fields, text_at},
    media, order,
};
use crate::{
    clock,
    refusal::Refusal,
    store::{Entry, Kind, NewEntry},
};

/// So many complaints are looked through for a list.
const MOST: i64 = 10_000;

/// The name under which the address for notifications is kept.
const ADDRESS: &str = "complaint notifications";

/// A picture of one black dot, for complaints to come with.
const PICTURE: &[u8] = include_bytes!("dot.png");

/// A complaint about an order, with a picture.
pub(super) fn raise(desk: &mut Desk<'_>, order: &Entry, detail: &str) -> Result<Entry, Refusal> {
    order::state(order).refund()?;
    let id = desk.books.next_id()?;
    let number = desk.ids.complaint(id, desk.now);
    let images = vec![Value::from(media::keep(desk, "complaint.png", PICTURE)?)];
    let complaint = desk.books.insert(&NewEntry {
        kind: Kind::Complaint,
        parent: Some(order.id),
        scope: desk.merchant.to_owned(),
        reference: number.clone(),
        number,
        state: "PENDING".to_owned(),
        amount: order.amount,
        created: desk.now,
        operation: "sandbox".to_owned(),
        request: fields(json!({
            "complaint_detail": detail,
            "images": images,
            "transaction_id": order.reference,
            "out_trade_no": order.number,
            "openid": order.text("openid"),
        })),
        data: Map::new(),
    })?;
    let complaint = step(desk, complaint, "USER_CREATE_COMPLAINT", "投诉人", detail, &images)?;
    notify(desk, &complaint, "CREATE_COMPLAINT")?;
    Ok(complaint)
}

pub(super) fn list(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let (from, _) = day(asked, "begin_date")?;
    let (_, to) = day(asked, "end_date")?;
    let (limit, offset) = page(asked, 10);
    let mut all = desk.books.latest(Kind::Complaint, i64::MAX, MOST)?;
    all.retain(|complaint| (from..to).contains(&complaint.created));
    let shown = all.iter().skip(offset).take(limit);
    let data: Vec<Value> = shown.map(|complaint| told(desk, complaint).into()).collect();
    Ok(Told::Fields(fields(json!({
        "data": data,
        "limit": limit,
        "offset": offset,
        "total_count": all.len(),
    }))))
}

pub(super) fn get(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    Ok(Told::Fields(told(desk, &named(asked, desk)?)))
}

pub(super) fn history(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let complaint = named(asked, desk)?;
    let steps = steps(&complaint);
    let (limit, offset) = page(asked, 100);
    let data: Vec<Value> = steps.iter().rev().skip(offset).take(limit).cloned().collect();
    Ok(Told::Fields(fields(json!({
        "data": data,
        "limit": limit,
        "offset": offset,
        "total_count": steps.len(),
    }))))
}

pub(super) fn reply(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let mut complaint = open(asked, desk)?;
    "PROCESSING".clone_into(&mut complaint.state);
    let images =
        asked.fields.get("response_images").and_then(Value::as_array).cloned().unwrap_or_default();
    step(desk, complaint, "MERCHANT_RESPONSE", "商户", asked.text("response_content"), &images)?;
    nothing()
}

/// The complaint is dealt with. Once more changes nothing.
pub(super) fn complete(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    desk.check_merchant("complainted_mchid", asked.text("complainted_mchid"))?;
    let mut complaint = named(asked, desk)?;
    if complaint.state != "PROCESSED" {
        "PROCESSED".clone_into(&mut complaint.state);
        step(desk, complaint, "MERCHANT_CONFIRM_COMPLETE", "商户", "处理完成", &[])?;
    }
    nothing()
}

pub(super) fn update_refund(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let complaint = named(asked, desk)?;
    let kind = match asked.text("action") {
        "APPROVE" => "MERCHANT_APPROVE_REFUND",
        // Spelled so by the platform.
        _ => "MERCHANT_REFUSE_RERUND",
    };
    let reason = [asked.text("reject_reason"), asked.text("remark")].join(" ");
    step(desk, complaint, kind, "商户", reason.trim(), &[])?;
    nothing()
}

pub(super) fn get_address(_: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let missing = || Refusal::new(404, "RESOURCE_NOT_EXISTS", "no address is registered");
    let url = address(desk)?.ok_or_else(missing)?;
    Ok(told_address(desk, &url.state))
}

pub(super) fn create_address(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    if address(desk)?.is_some() {
        let message = "an address is registered already; update it";
        return Err(Refusal::new(400, "ALREADY_EXISTS", message).at("url"));
    }
    set_address(asked, desk)
}

pub(super) fn update_address(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    delete_address(asked, desk)?;
    set_address(asked, desk)
}

pub(super) fn delete_address(_: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    if let Some(url) = address(desk)? {
        desk.books.remove(url.id)?;
    }
    nothing()
}

fn set_address(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<Told, Refusal> {
    let url = asked.text("url");
    desk.books.insert(&NewEntry {
        kind: Kind::Setting,
        parent: None,
        scope: desk.merchant.to_owned(),
        number: ADDRESS.to_owned(),
        reference: ADDRESS.to_owned(),
        state: url.to_owned(),
        amount: 0,
        created: desk.now,
        operation: asked.operation.clone(),
        request: asked.fields.clone(),
        data: Map::new(),
    })?;
    Ok(told_address(desk, url))
}

fn told_address(desk: &Desk<'_>, url: &str) -> Told {
    Told::Fields(fields(json!({ "mchid": desk.merchant, "url": url })))
}

/// The address that is told of complaints; it is the `state` of the entry.
fn address(desk: &Desk<'_>) -> Result<Option<Entry>, Refusal> {
    Ok(desk.books.by_number(Kind::Setting, desk.merchant, ADDRESS)?)
}

fn notify(desk: &mut Desk<'_>, complaint: &Entry, action: &str) -> Result<(), Refusal> {
    let Some(url) = address(desk)? else { return Ok(()) };
    desk.tidings.push(Tidings {
        about: complaint.id,
        event_type: "COMPLAINT.CREATE",
        payload: "",
        original_type: "complaint",
        url: url.state,
        told: fields(json!({ "complaint_id": complaint.number, "action_type": action })),
    });
    Ok(())
}

fn named(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<Entry, Refusal> {
    let found = desk.books.by_number(Kind::Complaint, desk.merchant, asked.text("complaint_id"))?;
    let missing =
        || Refusal::new(404, "RESOURCE_NOT_EXISTS", "the merchant has no complaint of this number");
    found.ok_or_else(missing)
}

fn open(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<Entry, Refusal> {
    desk.check_merchant("complainted_mchid", asked.text("complainted_mchid"))?;
    let complaint = named(asked, desk)?;
    if complaint.state == "PROCESSED" {
        return Err(Refusal::invalid("the complaint is completed already"));
    }
    Ok(complaint)
}

/// Adds a step to the history, and keeps the entry.
fn step(
    desk: &Desk<'_>,
    mut complaint: Entry,
    kind: &str,
    who: &str,
    what: &str,
    images: &[Value],
) -> Result<Entry, Refusal> {
    let mut all = steps(&complaint);
    all.push(json!({
        "log_id": format!("{}{:04}", complaint.number, all.len() + 1),
        "operator": who,
        "operate_time": clock::rfc3339(desk.now),
        "operate_type": kind,
        "operate_details": what,
        "image_list": images.iter().map(|image| image_url(desk, image)).collect::<Vec<_>>(),
    }));
    complaint.note("steps", all);
    desk.books.update(&mut complaint, desk.now)?;
    Ok(complaint)
}

fn steps(complaint: &Entry) -> Vec<Value> {
    complaint.data.get("steps").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// The steps of a complaint, with the numbers of their pictures, as the control API shows them.
pub(crate) fn shown_history(complaint: &Entry) -> Vec<Value> {
    let shown = |step: &Value| {
        let images = step["image_list"].as_array().into_iter().flatten();
        let images = images.filter_map(|url| url.as_str()?.rsplit('/').next());
        json!({
            "time": step["operate_time"],
            "operator": step["operator"],
            "kind": step["operate_type"],
            "text": step["operate_details"],
            "images": images.collect::<Vec<_>>(),
        })
    };
    steps(complaint).iter().map(shown).collect()
}

fn image_url(desk: &Desk<'_>, media_id: &Value) -> Value {
    let id = media_id.as_str().unwrap_or_default();
    format!("{}/v3/merchant-service/images/{id}", desk.origin).into()
}

fn told(desk: &Desk<'_>, complaint: &Entry) -> Map<String, Value> {
    let text = |name: &str| text_at(&complaint.request, &[name]).unwrap_or_default();
    let images =
        complaint.request.get("images").and_then(Value::as_array).cloned().unwrap_or_default();
    let images: Vec<Value> = images.iter().map(|image| image_url(desk, image)).collect();
    let mut told = fields(json!({
        "complaint_id": complaint.number,
        "complaint_time": clock::rfc3339(complaint.created),
        "complaint_detail": text("complaint_detail"),
        "complaint_state": complaint.state,
        "complainted_mchid": complaint.scope,
        "payer_phone": "13800000000",
        "payer_openid": text("openid"),
        "complaint_order_info": [{
            "transaction_id": text("transaction_id"),
            "out_trade_no": text("out_trade_no"),
            "amount": complaint.amount,
        }],
        "complaint_full_refunded": false,
        "incoming_user_response": complaint.state == "PENDING",
        "problem_description": text("complaint_detail"),
        "user_complaint_times": 1,
    }));
    let media = json!([{ "media_type": "USER_COMPLAINT_IMAGE", "media_url": images }]);
    told.insert("complaint_media_list".to_owned(), media);
    told
}

fn day(asked: &Asked<'_>, field: &str) -> Result<(i64, i64), Refusal> {
    let wrong = || {
        Refusal::new(400, "PARAM_ERROR", format!("{field} is no date like 2026-01-31")).at(field)
    };
    clock::day(asked.text(field)).ok_or_else(wrong)
}

/// How many are shown, and how many are passed over.
fn page(asked: &Asked<'_>, usual: i64) -> (usize, usize) {
    let size = |value: i64| usize::try_from(value).unwrap_or_default();
    let limit = Some(asked.integer(&["limit"])).filter(|limit| *limit > 0).unwrap_or(usual);
    (size(limit), size(asked.integer(&["offset"])))
}

fn nothing() -> Result<Told, Refusal> {
    Ok(Told::Fields(Map::new()))
}
