//! Verified events between processes: stored, queued, and not forged on the way.

use serde_json::Value;
use wechatpay_runtime::{
    ApiV3Key, PublicKey, TrustStore, VerificationFailure,
    webhooks::{VerifiedEvent, WebhookFailure, Webhooks},
};

use super::notice::{Notice, receiver, refund, verify};
use crate::support::{fixture, world::API_V3_KEY};

fn stored() -> Value {
    serde_json::to_value(verify(&refund()).unwrap()).unwrap()
}

fn restored(stored: Value) -> VerifiedEvent {
    serde_json::from_value(stored).unwrap()
}

fn decrypt(receiver: &Webhooks<Notice>, event: &VerifiedEvent) -> Result<Notice, WebhookFailure> {
    let opened = pollster::block_on(receiver.decrypt(event));
    opened.map(|opened| opened.parse()).map_err(|error| error.failure().clone())
}

#[test]
fn a_stored_event_comes_back_whole_and_opens_days_later() {
    let event = verify(&refund()).unwrap();
    let back = restored(stored());
    assert_eq!(back.body(), event.body());
    assert_eq!((back.id(), back.serial()), (event.id(), event.serial()));
    // This receiver's clock is the machine's, years after the notification.
    let years_later: Webhooks<Notice> =
        Webhooks::new(crate::support::trust(), ApiV3Key::new(API_V3_KEY).unwrap()).unwrap();
    assert!(matches!(decrypt(&years_later, &back), Ok(Notice::Refund(_))));
    // Stored twice is stored once more.
    let again = restored(serde_json::to_value(&back).unwrap());
    assert!(matches!(decrypt(&receiver(), &again), Ok(Notice::Refund(_))));
}

#[test]
fn a_stored_event_that_was_altered_is_refused() {
    let alter = |key: &str, change: &dyn Fn(&str) -> String| {
        let mut stored = stored();
        let text = change(stored[key].as_str().unwrap());
        stored[key] = text.into();
        decrypt(&receiver(), &restored(stored)).unwrap_err()
    };
    let mismatch = WebhookFailure::Verification(VerificationFailure::Mismatch);
    assert_eq!(alter("body", &|body| body.replace("REFUND.SUCCESS", "REFUND.CLOSED")), mismatch);
    assert_eq!(alter("body", &|body| body.replace("EV-", "EW-")), mismatch);
    assert_eq!(alter("nonce", &|_| "x".to_owned()), mismatch);
    assert_eq!(alter("signature", &|_| String::new()), mismatch);
    assert_eq!(alter("timestamp", &|_| "1700000001".to_owned()), mismatch);
    for (key, value) in [("timestamp", "x"), ("nonce", "a\nb"), ("serial", "FF")] {
        let refused = alter(key, &|_| value.to_owned());
        assert!(matches!(refused, WebhookFailure::Verification(_)), "{key}: {refused}");
    }
    let mut unsigned = stored();
    for key in ["timestamp", "nonce", "signature", "serial"] {
        unsigned.as_object_mut().unwrap().remove(key);
    }
    let refused = decrypt(&receiver(), &restored(unsigned)).unwrap_err();
    assert!(matches!(
        refused,
        WebhookFailure::Verification(VerificationFailure::Missing("Wechatpay-Signature"))
    ));
}

#[test]
fn events_outlive_a_key_only_if_their_store_is_trusted() {
    let id = "PUB_KEY_ID_0000000000000000000000000000000002";
    let other = PublicKey::from_pem(fixture!("merchant_pub.pem")).unwrap();
    let trust = TrustStore::new().public_key(id, other);
    let later: Webhooks<Notice> = Webhooks::new(trust, ApiV3Key::new(API_V3_KEY).unwrap()).unwrap();
    let refused = decrypt(&later, &restored(stored())).unwrap_err();
    assert!(matches!(
        refused,
        WebhookFailure::Verification(VerificationFailure::UnknownSerial { .. })
    ));
    assert!(matches!(decrypt(&later, &restored(stored()).trusted()), Ok(Notice::Refund(_))));
}

#[test]
fn what_is_no_stored_event_is_an_error() {
    for text in ["{}", "[]", "null", r#"{"body":"{}"}"#, r#"{"body":7}"#, r#"{"body":"x"}"#] {
        assert!(serde_json::from_str::<VerifiedEvent>(text).is_err(), "{text}");
    }
}
