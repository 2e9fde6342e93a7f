//! Notifications.

use super::{Reader, spot::Spot, text, texts};
use crate::openapi::{
    json::Json,
    surface::{Notification, ObjectId},
};

impl<'d> Reader<'d> {
    pub(super) fn webhooks(&mut self, webhooks: &Spot<'d>) {
        for (event, item) in webhooks.entries() {
            self.keys(&item, &["post"]);
            let Some(post) = item.get("post") else { continue };
            let notification = self.notification(event, &post);
            self.surface.notifications.extend(notification);
        }
    }

    fn notification(&mut self, event: &str, spot: &Spot<'d>) -> Option<Notification> {
        let own = ["operationId", "parameters", "responses"];
        for key in own {
            if let Some(at) = spot.get(key) {
                self.treat(format!("`{key}` of notifications is not used: all are alike"), &at);
            }
        }
        let used = [
            "summary",
            "requestBody",
            "x-event-type",
            "x-original-type",
            "x-aliases",
            "x-docs",
            "x-docs-alt",
            "x-merged-variants",
            "x-shapes",
        ];
        self.keys(spot, &[&own[..], &used].concat());
        let wire = text(spot, "x-event-type");
        let body = spot.get("requestBody").and_then(|body| self.follow(&body));
        let media = body.and_then(|body| body.get("content")?.get("application/json"));
        let Some(schema) = media.and_then(|media| media.get("schema")) else {
            self.refuse(
                spot,
                "this notification has no payload",
                "give its schema in `requestBody`",
            );
            return None;
        };
        Some(Notification {
            origin: self.origin(spot),
            event: if wire.is_empty() { event.to_owned() } else { wire },
            aliases: texts(spot, "x-aliases"),
            original_type: texts(spot, "x-original-type"),
            payloads: self.payloads(&schema)?,
            merged: spot.json.get("x-merged-variants").is_some_and(Json::is_true),
        })
    }

    /// The shapes of a payload: those of `oneOf`, or a single one.
    fn payloads(&mut self, schema: &Spot<'d>) -> Option<Vec<ObjectId>> {
        let target = self.follow(schema)?;
        if let Some(shapes) = target.get("oneOf") {
            self.keys(&target, &["title", "oneOf"]);
            return shapes.items().map(|shape| self.payload(&shape)).collect();
        }
        Some(vec![self.payload(schema)?])
    }

    fn payload(&mut self, schema: &Spot<'d>) -> Option<ObjectId> {
        match self.shape(schema)? {
            crate::openapi::surface::Shape::Object(id) => Some(id),
            _ => {
                self.refuse(schema, "a payload is an object", "put the value into an object");
                None
            }
        }
    }
}
