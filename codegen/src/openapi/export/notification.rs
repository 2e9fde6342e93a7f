//! Notifications.

use super::{describe, info, plain, schema};
use crate::{
    model::{Event, Notifications},
    openapi::json::Json,
};

/// All of them in one document.
pub(super) fn document(notifications: &Notifications) -> Json {
    let events = notifications.events();
    let webhooks = events.map(|event| {
        let post = post(event, notifications);
        (event.event_type.as_str(), Json::map([("post", post)]))
    });
    let components = Json::map([("schemas", schema::components(&notifications.types))]);
    Json::map([
        ("openapi", "3.1.0".into()),
        ("info", info(&notifications.types.texts, "webhooks")),
        ("webhooks", Json::map(webhooks)),
        ("components", components),
    ])
}

fn post(event: &Event, notifications: &Notifications) -> Json {
    let mut json = Json::map([("summary", Json::from(plain(event.texts.term())))]);
    describe(&mut json, &event.texts);
    json.put("x-event-type", event.event_type.as_str());
    json.put("x-docs", Json::texts(&event.pages));
    for (key, words) in [("x-original-type", &event.original_types), ("x-aliases", &event.aliases)]
    {
        if !words.is_empty() {
            json.put(key, Json::texts(words));
        }
    }
    let payloads = event.payloads.iter();
    let mut shapes: Vec<Json> = payloads
        .map(|payload| schema::reference(&notifications.types.object(payload.object).name))
        .collect();
    let payload = match (shapes.pop(), shapes.is_empty()) {
        (Some(single), true) => single,
        (last, _) => {
            shapes.extend(last);
            Json::map([("oneOf", Json::List(shapes))])
        }
    };
    let media = Json::map([("schema", payload)]);
    let content = Json::map([("application/json", media)]);
    json.put("requestBody", Json::map([("required", true.into()), ("content", content)]));
    let done = Json::map([("description", Json::from("It has been taken"))]);
    json.put("responses", Json::map([("204", done)]));
    json
}
