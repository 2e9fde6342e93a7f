//! Whom a receiver believes: both kinds of keys, and a client's, which downloads what is new.

use wechatpay_runtime::{
    ApiV3Key, HeaderMap, TrustStore, VerificationFailure,
    webhooks::{WebhookError, WebhookFailure, Webhooks},
};

use super::notice::{Notice, refund};
use crate::support::{
    HOST, NOW, Seal, away, trust,
    world::{API_V3_KEY, World, is_download, platform_entry},
};

fn receive(receiver: &Webhooks<Notice>, headers: &HeaderMap) -> Result<Notice, WebhookError> {
    let received = pollster::block_on(receiver.receive(headers, refund().to_string()));
    received.map(|delivery| delivery.into_parts().1)
}

fn signed(seal: Seal, time: u64) -> HeaderMap {
    seal.sign(200, refund().to_string(), time).headers()
}

fn is_unknown(error: &WebhookError) -> bool {
    let unknown = |failure: &VerificationFailure| {
        matches!(failure, VerificationFailure::UnknownSerial { .. })
    };
    matches!(error.failure(), WebhookFailure::Verification(failure) if unknown(failure))
}

#[test]
fn items_33_38_both_kinds_of_keys_verify() {
    for seal in [Seal::PublicKey, Seal::Certificate] {
        let headers = signed(seal, NOW);
        assert!(matches!(receive(&super::notice::receiver(), &headers), Ok(Notice::Refund(_))));
    }
}

#[test]
fn items_31_42_an_unknown_certificate_is_downloaded_once_however_often_it_is_named() {
    let world = World::new(TrustStore::new().download(), |seen, now| {
        assert!(is_download(seen), "{}", seen.head);
        Seal::Certificate.sign(200, platform_entry(), now).bytes()
    });
    let receiver = Webhooks::of(world.core.clone(), &HOST);
    let now = world.now();
    // A forger names serials that nobody has, as often as he likes.
    for serial in ["AA", "BB", "CC"] {
        let mut headers = signed(Seal::PublicKey, now);
        headers.insert("wechatpay-serial", serial.parse().unwrap());
        assert!(is_unknown(&receive(&receiver, &headers).unwrap_err()));
    }
    assert_eq!(world.downloads(), 1);
    // What is no certificate's serial, or not of the present, starts nothing at all.
    world.pass(3_600);
    let mut headers = signed(Seal::PublicKey, world.now());
    headers.insert("wechatpay-serial", "PUB_KEY_ID_9".parse().unwrap());
    assert!(is_unknown(&receive(&receiver, &headers).unwrap_err()));
    assert!(receive(&receiver, &signed(Seal::Certificate, now)).is_err());
    assert_eq!(world.downloads(), 1);
    // The genuine one is believed, for the certificate is there by now.
    let genuine = signed(Seal::Certificate, world.now());
    assert!(matches!(receive(&receiver, &genuine), Ok(Notice::Refund(_))));
    assert_eq!(world.downloads(), 1);
}

#[test]
fn item_31_a_notification_by_a_new_certificate_is_held_until_it_is_there() {
    let world = World::new(TrustStore::new().download(), |_, now| {
        Seal::Certificate.sign(200, platform_entry(), now).bytes()
    });
    let receiver = Webhooks::of(world.core.clone(), &HOST);
    let headers = signed(Seal::Certificate, world.now());
    assert!(matches!(receive(&receiver, &headers), Ok(Notice::Refund(_))));
}

#[test]
fn an_unknown_serial_says_why_no_certificate_came() {
    let world = World::new(TrustStore::new().download(), |_, _| {
        crate::support::unsigned(502, "text/html", "<html>")
    });
    let receiver: Webhooks<Notice> = Webhooks::of(world.core.clone(), &HOST);
    let error = receive(&receiver, &signed(Seal::Certificate, world.now())).unwrap_err();
    assert!(is_unknown(&error));
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn keys_that_cannot_verify_or_open_are_told_early_and_clearly() {
    let key = || ApiV3Key::new(API_V3_KEY).unwrap();
    let refused = |trust| Webhooks::<Notice>::new(trust, key()).unwrap_err().to_string();
    assert!(refused(TrustStore::new()).contains("is empty"));
    assert!(refused(trust().download()).contains("client's `webhooks()`"));
    // A client may do without the key; its receiver may not.
    let receiver: Webhooks<Notice> = Webhooks::of(away().0, &HOST);
    let error = receive(&receiver, &signed(Seal::PublicKey, NOW)).unwrap_err();
    assert_eq!(error.failure(), &WebhookFailure::NoApiV3Key);
    assert!(error.to_string().contains("`Config::api_v3_key`"), "{error}");
    assert!(error.body().is_some());
}
