//! Notifications as the platform makes them, and types to parse them into, with code of the tests' own.

use std::time::{Duration, UNIX_EPOCH};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use wechatpay_runtime::{
    ApiV3Key, HeaderMap,
    webhooks::{Dispatch, Resource, Unparsed, VerifiedEvent, WebhookError, Webhooks},
    wire::{Decode, Json, Mismatch, Sensitive},
};

use crate::support::{NOW, Seal, platform_certificate, trust, world::API_V3_KEY};

pub(crate) const NONCE: &str = "61f9c719728a";

/// What the tests' notifications are parsed into.
#[derive(Debug)]
pub(crate) enum Notice {
    Refund(Box<Refund>),
    Combined(Box<Combined>),
    Paid(Box<Paid>),
    Unparsed(Unparsed),
}

#[derive(Debug)]
pub(crate) struct Refund {
    pub(crate) number: String,
    pub(crate) fee: i64,
    pub(crate) phone: Option<Sensitive<String>>,
}

#[derive(Debug)]
pub(crate) struct Combined(pub(crate) String);

#[derive(Debug)]
pub(crate) struct Paid(pub(crate) String);

impl Decode for Refund {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        let object = json.object()?;
        let number = object.field("out_refund_no")?;
        Ok(Self { number, fee: object.field("fee")?, phone: object.field("phone")? })
    }
}

impl Decode for Combined {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        json.object()?.field("combine_out_trade_no").map(Self)
    }
}

impl Decode for Paid {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        json.object()?.field("out_trade_no").map(Self)
    }
}

impl Dispatch for Notice {
    fn dispatch(resource: &Resource<'_>) -> Self {
        match resource.event_type() {
            "REFUND.SUCCESS" => resource.read(Self::Refund, Self::Unparsed),
            "TRANSACTION.SUCCESS" if resource.has(&["combine_out_trade_no"]) => {
                resource.read(Self::Combined, Self::Unparsed)
            }
            "TRANSACTION.SUCCESS" => resource.read(Self::Paid, Self::Unparsed),
            _ => Self::Unparsed(resource.unknown()),
        }
    }
}

/// A receiver that has both kinds of keys.
pub(crate) fn receiver() -> Webhooks<Notice> {
    let now = || UNIX_EPOCH + Duration::from_secs(NOW);
    let trust = trust().certificate(platform_certificate());
    Webhooks::new(trust, ApiV3Key::new(API_V3_KEY).unwrap()).unwrap().clock(now)
}

/// A notification of a refund.
pub(crate) fn refund() -> Value {
    envelope("REFUND.SUCCESS", &json!({"out_refund_no": "R1", "fee": 1}).to_string())
}

/// A notification of this type, whose resource is `plain`.
pub(crate) fn envelope(event_type: &str, plain: &str) -> Value {
    json!({
        "id": "EV-2018022511223320873",
        "create_time": "2018-06-08T10:34:56+08:00",
        "event_type": event_type,
        "resource_type": "encrypt-resource",
        "summary": "退款成功",
        "resource": {
            "algorithm": "AEAD_AES_256_GCM",
            "original_type": "refund",
            "ciphertext": seal(plain, "refund"),
            "nonce": NONCE,
            "associated_data": "refund",
        },
    })
}

pub(crate) fn seal(plain: &str, associated_data: &str) -> String {
    let key = UnboundKey::new(&AES_256_GCM, API_V3_KEY.as_bytes()).unwrap();
    let mut sealed = plain.as_bytes().to_vec();
    let nonce = Nonce::try_assume_unique_for_key(NONCE.as_bytes()).unwrap();
    LessSafeKey::new(key)
        .seal_in_place_append_tag(nonce, Aad::from(associated_data.as_bytes()), &mut sealed)
        .unwrap();
    STANDARD.encode(sealed)
}

/// The headers of a genuine notification with this body.
pub(crate) fn signed(body: &[u8]) -> HeaderMap {
    Seal::PublicKey.sign(200, body, NOW).headers()
}

pub(crate) fn verify(body: &Value) -> Result<VerifiedEvent, WebhookError> {
    let body = body.to_string();
    pollster::block_on(receiver().verify(&signed(body.as_bytes()), body))
}

/// All three steps.
pub(crate) fn receive(body: &Value) -> Result<Notice, WebhookError> {
    let body = body.to_string();
    let delivery = pollster::block_on(receiver().receive(&signed(body.as_bytes()), body))?;
    Ok(delivery.into_parts().1)
}
