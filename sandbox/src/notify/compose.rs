//! What a notification holds: the example of its payload, sealed in an envelope.

use serde_json::{Value, json};

use super::Notice;
use wechatpay_codegen::model::Padding;

use crate::{
    Error, answer, cipher, clock, encoding, gateway::Gateway, keys::PublicKey, scheme::Scheme,
};

pub(super) const AES_256_GCM: &str = "AEAD_AES_256_GCM";

pub(super) const SM4_GCM: &str = "AEAD_SM4_GCM";

/// The example of a payload.
pub(super) struct Example {
    pub(super) original_type: Option<String>,
    pub(super) payload: String,
    /// Its encrypted fields are encrypted to the merchant.
    pub(super) resource: Value,
}

/// The example of the payload of this name, or of the last, which is the usual one.
pub(super) fn example(
    gateway: &Gateway,
    merchant: &PublicKey,
    event_type: &str,
    payload: Option<&str>,
) -> Result<Example, Error> {
    let webhooks = &gateway.routes().api().webhooks;
    let unknown = || Error::UnknownNotification(event_type.to_owned());
    let event = webhooks.event(event_type).ok_or_else(unknown)?;
    let found = match payload {
        Some(name) => event.payloads.iter().find(|payload| payload.variant == name),
        None => event.payloads.last(),
    };
    let payload = found.ok_or_else(unknown)?;
    let body = webhooks.types.example_object(payload.object);
    let seal = |plain: &str| cipher::seal_field(merchant, Padding::Oaep, plain);
    let resource = answer::seal_object(&webhooks.types, payload.object, body, &seal);
    Ok(Example {
        original_type: event.original_types.first().cloned(),
        payload: payload.variant.clone(),
        resource: resource.into(),
    })
}

/// The body of a notification.
pub(super) fn envelope(notice: &Notice) -> Vec<u8> {
    let associated = notice.original_type.as_deref().unwrap_or_default();
    let plain = notice.resource.to_string();
    let key = notice.gateway.keys().apiv3_key();
    let seal = match notice.scheme {
        Scheme::Shangmi => cipher::seal_sm4_with_apiv3_key,
        Scheme::Merchant | Scheme::Brand => cipher::seal_with_apiv3_key,
    };
    let sealed = seal(key, &notice.nonce, associated, &plain);
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
