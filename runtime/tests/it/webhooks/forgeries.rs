//! What is not the platform's: refused, told apart in the log, and answered alike.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use wechatpay_runtime::{
    HeaderMap, VerificationFailure as Failure,
    webhooks::{Answer, WebhookError, WebhookFailure},
};

use super::notice::{receiver, refund, signed};
use crate::support::{NOW, Seal, WECHATPAY_ID};

const TIMESTAMP: &str = "Wechatpay-Timestamp";
const NONCE: &str = "Wechatpay-Nonce";
const SIGNATURE: &str = "Wechatpay-Signature";
const SERIAL: &str = "Wechatpay-Serial";

fn refusal(headers: &HeaderMap, body: impl Into<Vec<u8>>) -> WebhookError {
    pollster::block_on(receiver().verify(headers, body.into())).unwrap_err()
}

fn failure(error: &WebhookError) -> Failure {
    match error.failure() {
        WebhookFailure::Verification(failure) => failure.clone(),
        other => panic!("{other}"),
    }
}

fn with(mut headers: HeaderMap, name: &'static str, value: &str) -> HeaderMap {
    headers.insert(name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
    headers
}

/// One forgery of each kind, and what the log says of it.
fn forgeries() -> Vec<(HeaderMap, String, Failure)> {
    let body = refund().to_string();
    let genuine = || signed(body.as_bytes());
    let altered = body.replace("R1", "R2").replace("EV-", "EW-");
    let at = |time| Seal::PublicKey.sign(200, body.clone(), time).headers();
    let mut forgeries = vec![
        (genuine(), altered, Failure::Mismatch),
        (genuine(), format!("{body} "), Failure::Mismatch),
        (genuine(), String::new(), Failure::Mismatch),
        (with(genuine(), NONCE, "other"), body.clone(), Failure::Mismatch),
        (with(genuine(), SIGNATURE, "no Base64!"), body.clone(), Failure::Mismatch),
        (with(genuine(), SIGNATURE, &STANDARD.encode([7; 256])), body.clone(), Failure::Mismatch),
        (with(genuine(), SIGNATURE, "WECHATPAY/SIGNTEST/x!"), body.clone(), Failure::Probe),
        (at(NOW - 301), body.clone(), Failure::Stale { seconds: 301 }),
        (at(NOW + 301), body.clone(), Failure::Stale { seconds: -301 }),
        (with(genuine(), TIMESTAMP, "x"), body.clone(), Failure::Malformed(TIMESTAMP)),
        (HeaderMap::new(), body.clone(), Failure::Missing(SIGNATURE)),
        (
            with(genuine(), "Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3"),
            body.clone(),
            Failure::SignatureType("WECHATPAY2-SM2-WITH-SM3".to_owned()),
        ),
    ];
    for name in [TIMESTAMP, NONCE, SIGNATURE, SERIAL] {
        let mut headers = genuine();
        headers.remove(name);
        forgeries.push((headers, body.clone(), Failure::Missing(name)));
        let mut headers = genuine();
        let again = headers[name].clone();
        headers.append(name.parse::<http::HeaderName>().unwrap(), again);
        forgeries.push((headers, body.clone(), Failure::Repeated(name)));
    }
    for serial in ["PUB_KEY_ID_X", "0A1B", "", "%%%"] {
        let found = refusal(&with(genuine(), SERIAL, serial), body.clone());
        let Failure::UnknownSerial { serial: told, known } = failure(&found) else {
            panic!("{found}")
        };
        assert_eq!(told, serial);
        assert!(known.contains(&WECHATPAY_ID.to_owned()));
        forgeries.push((with(genuine(), SERIAL, serial), body.clone(), failure(&found)));
    }
    forgeries
}

#[test]
fn items_29_38_42_every_forgery_is_refused_and_told_apart() {
    for (headers, body, expected) in forgeries() {
        let error = refusal(&headers, body);
        assert_eq!(failure(&error), expected);
        assert_eq!(error.is_probe(), expected == Failure::Probe);
        assert!(error.body().is_none(), "nothing of a forgery is kept");
    }
}

#[test]
fn items_29_39_all_forgeries_are_answered_alike() {
    let answers: Vec<Answer> = forgeries()
        .iter()
        .map(|(headers, body, _)| refusal(headers, body.clone()).answer())
        .collect();
    assert!(answers.len() > 20);
    assert_eq!(answers[0].status().as_u16(), 401);
    assert!(answers[0].body().starts_with(br#"{"code":"FAIL","message":""#));
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn item_38_the_signature_is_checked_before_anything_is_read() {
    // A body that is no JSON, and a signature that is not right: the signature is what is complained of.
    let error = refusal(&signed(b"{}"), "no JSON");
    assert_eq!(failure(&error), Failure::Mismatch);
    let error = refusal(&signed(b"no JSON"), "no JSON");
    assert!(matches!(error.failure(), WebhookFailure::Envelope(_)));
    assert_eq!(error.body().unwrap(), "no JSON");
    assert_eq!(error.answer().status().as_u16(), 500);
}

#[test]
fn a_body_over_the_limit_is_refused_before_its_signature_is_checked() {
    let receiver = receiver().max_body_bytes(4);
    let refused = |body: &'static str| {
        let verified = pollster::block_on(receiver.verify(&signed(body.as_bytes()), body));
        verified.unwrap_err().failure().clone()
    };
    assert_eq!(refused("12345"), WebhookFailure::TooLarge { limit: 4 });
    assert!(matches!(refused("1234"), WebhookFailure::Envelope(_)));
}

#[test]
fn no_error_quotes_a_notification_or_a_key() {
    let secrets = ["退款", "R1", "0123456789abcdef", "ciphertext\":"];
    for (headers, body, _) in forgeries() {
        let error = refusal(&headers, body);
        let shown = format!("{error} {error:?} {:?}", error.answer());
        assert!(!secrets.iter().any(|secret| shown.contains(secret)), "{shown}");
    }
    let shown = format!("{:?}", receiver());
    assert!(!secrets.iter().any(|secret| shown.contains(secret)), "{shown}");
}

/// How a genuine notification is altered.
#[derive(Clone, Debug)]
enum Change {
    Byte { at: usize, to: u8 },
    Cut { at: usize },
    Insert { at: usize, bytes: Vec<u8> },
    Header { which: usize, value: String },
    Drop { which: usize },
}

fn change() -> impl Strategy<Value = Change> {
    let place = 0_usize..10_000;
    prop_oneof![
        (place.clone(), any::<u8>()).prop_map(|(at, to)| Change::Byte { at, to }),
        place.clone().prop_map(|at| Change::Cut { at }),
        (place, prop::collection::vec(any::<u8>(), 1..20))
            .prop_map(|(at, bytes)| Change::Insert { at, bytes }),
        (0_usize..4, "[ -~]{0,40}").prop_map(|(which, value)| Change::Header { which, value }),
        (0_usize..4).prop_map(|which| Change::Drop { which }),
    ]
}

fn apply(changes: &[Change]) -> (HeaderMap, Vec<u8>) {
    let mut body = refund().to_string().into_bytes();
    let mut headers = signed(&body);
    let names = [TIMESTAMP, NONCE, SIGNATURE, SERIAL];
    for change in changes {
        let place = |at: usize| at % (body.len() + 1);
        match change {
            Change::Byte { at, to } => {
                let at = place(*at);
                if let Some(byte) = body.get_mut(at) {
                    *byte = *to;
                }
            }
            Change::Cut { at } => body.truncate(place(*at)),
            Change::Insert { at, bytes } => {
                let at = place(*at);
                body.splice(at..at, bytes.iter().copied());
            }
            Change::Header { which, value } => headers = with(headers, names[*which], value),
            Change::Drop { which } => drop(headers.remove(names[*which])),
        }
    }
    (headers, body)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is changed, it is either byte for byte the genuine one or refused as every other forgery is.
    #[test]
    fn what_was_altered_is_refused_like_any_forgery(changes in prop::collection::vec(change(), 1..4)) {
        let (headers, body) = apply(&changes);
        let genuine = refund().to_string().into_bytes();
        let constant = refusal(&HeaderMap::new(), "x").answer();
        match pollster::block_on(receiver().receive(&headers, body.clone())) {
            Ok(_) => prop_assert!(body == genuine),
            Err(error) => prop_assert_eq!(error.answer(), constant),
        }
    }

    /// What is signed, but whatever else: it is read, or an error that keeps its bytes. It never panics.
    #[test]
    fn whatever_is_signed_is_read_or_kept(changes in prop::collection::vec(change(), 1..6)) {
        let (_, body) = apply(&changes);
        match pollster::block_on(receiver().receive(&signed(&body), body.clone())) {
            Ok(delivery) => prop_assert_eq!(delivery.event().body(), &body),
            Err(error) => {
                prop_assert_eq!(error.body().map(|kept| kept.to_vec()), Some(body));
                prop_assert_eq!(error.answer().status().as_u16(), 500);
            }
        }
    }
}
