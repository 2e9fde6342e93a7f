//! What a notification holds: the example of its payload, sealed in an envelope.

use serde_json::{Value, json};

use super::Notice;
use wechatpay_codegen::model::Padding;

use crate::{Error, answer, cipher, clock, encoding, gateway::Gateway};

pub(super) const AES_256_GCM: &str = "AEAD_AES_256_GCM";

/// `original_type` and example of a payload, encrypted fields encrypted to the merchant.
pub(super) fn example(
    gateway: &Gateway,
    event_type: &str,
    payload: Option<&str>,
) -> Result<(Option<String>, Value), Error> {
    let webhooks = &gateway.routes().api().webhooks;
    let unknown = || Error::UnknownNotification(event_type.to_owned());
    let event = webhooks.event(event_type).ok_or_else(unknown)?;
    let found = match payload {
        Some(name) => event.payloads.iter().find(|payload| payload.variant == name),
        None => event.payloads.last(),
    };
    let payload = found.ok_or_else(unknown)?;
    let body = webhooks.types.example_object(payload.object);
    let seal = |plain: &str| cipher::seal_field(gateway.keys().merchant(), Padding::Oaep, plain);
    let resource = answer::seal_object(&webhooks.types, payload.object, body, &seal);
    Ok((event.original_types.first().cloned(), resource.into()))
}

/// The body of a notification.
pub(super) fn envelope(notice: &Notice) -> Vec<u8> {
    let associated = notice.original_type.as_deref().unwrap_or_default();
    let plain = notice.resource.to_string();
    let key = notice.gateway.keys().apiv3_key();
    let sealed = cipher::seal_with_apiv3_key(key, &notice.nonce, associated, &plain);
    let mut body = json!({
        "id": notice.id,
        "create_time": clock::rfc3339(notice.gateway.now()),
        "event_type": notice.event_type,
        "resource_type": "encrypt-resource",
        "summary": "wechatpay-sandbox",
        "resource": {
            "algorithm": notice.algorithm,
            // With a nonce of another length there is no ciphertext; what stands here then is none.
            "ciphertext": sealed.unwrap_or_else(|| encoding::base64(plain.as_bytes())),
            "nonce": notice.nonce,
            "associated_data": associated,
        },
    });
    if let Some(original_type) = &notice.original_type {
        body["resource"]["original_type"] = original_type.as_str().into();
    }
    body.to_string().into_bytes()
}

/// An id like `5A1B...`: the real ones are UUIDs.
pub(crate) fn new_id() -> String {
    cipher::nonce(16).to_ascii_lowercase()
}

/// Twelve bytes of text.
pub(super) fn new_nonce() -> String {
    cipher::nonce(6).to_ascii_lowercase()
}
