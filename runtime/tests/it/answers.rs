//! Which answers are believed, and what is read from them.

#[cfg(feature = "webhooks")]
use aws_lc_rs::rsa::Pkcs1PublicEncryptingKey;
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use wechatpay_runtime::{Call, Error, VerificationError, VerificationFailure as Failure};

use crate::support::{
    Answer, Driver, GET_DRIVER, Gateway, HOST, PUNCH, Punch, REFUND, Refund, core, fixture,
    platform_certificate, trust, unsigned,
};

const BODY: &str = "{\"total\":9007199254740993,\"id\":\"r-1\",\"grown\":{\"later\":true}}";

fn refund(gateway: &Gateway) -> Result<Refund, Error> {
    Call::new(&core(gateway), &REFUND, Punch::named("a")).blocking()
}

fn refused(bytes: Vec<u8>) -> VerificationError {
    let result = refund(&Gateway::always(bytes));
    let error = result.unwrap_err();
    assert!(error.is_outcome_unknown() && !error.is_authenticated(), "{error}");
    assert_eq!(error.status().unwrap().as_u16(), 200);
    match error {
        Error::Verification(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn items_12_13_21_a_signed_answer_is_read_whatever_its_order_and_its_new_keys() {
    let gateway = Gateway::always(Answer::new(200, BODY).bytes());
    let expected = Refund { id: "r-1".into(), total: 9_007_199_254_740_993, phone: None };
    assert_eq!(refund(&gateway).unwrap(), expected);
}

#[test]
fn item_21_an_answer_is_verified_as_it_comes_in_pieces() {
    let bytes = Answer::new(200, BODY).without("Content-Length").bytes();
    let text = String::from_utf8(bytes).unwrap();
    let (head, _) = text.split_once("Content-Length").unwrap();
    let (first, rest) = BODY.split_at(10);
    let chunked = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\na\r\n{first}\r\n{:x}\r\n{rest}\r\n0\r\n\r\n",
        rest.len()
    );
    assert_eq!(refund(&Gateway::always(chunked.into_bytes())).unwrap().id, "r-1");
}

#[test]
fn items_22_44_a_204_is_verified_too() {
    let call = |bytes| Call::<()>::new(&core(&Gateway::always(bytes)), &PUNCH, Punch::named("a"));
    call(Answer::new(204, "").bytes()).blocking().unwrap();
    let answer = call(Answer::new(202, "").bytes()).with_meta().blocking().unwrap();
    assert_eq!(answer.reply.status().as_u16(), 202);
    assert_eq!(answer.reply.request_id(), Some("08F5B8C2B506-268435456"));
    let mut forged = Answer::new(200, "x").altered("").bytes();
    forged.splice(9..12, *b"204");
    assert!(matches!(call(forged).blocking(), Err(Error::Verification(_))));
}

#[test]
fn item_23_a_stale_answer_is_refused() {
    refund(&Gateway::always(Answer::aged(BODY, 300).bytes())).unwrap();
    let error = refused(Answer::aged(BODY, 301).bytes());
    assert_eq!(*error.failure(), Failure::Stale { seconds: 301 });
}

#[test]
fn items_24_25_29_tampered_unsigned_incomplete_and_probing_answers_are_refused() {
    let answer = Answer::new(200, BODY);
    let serial = "PUB_KEY_ID_9";
    let stranger = answer.clone().without("Wechatpay-Serial").with("Wechatpay-Serial", serial);
    let probe = answer.clone().without("Wechatpay-Signature");
    let probe = probe.with("Wechatpay-Signature", "WECHATPAY/SIGNTEST/zzz");
    let other = answer.clone().with("Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3");
    let twice = answer.clone().with("wechatpay-serial", crate::support::WECHATPAY_ID);
    let known = vec![crate::support::WECHATPAY_ID.to_owned()];
    let cases = [
        (answer.clone().altered("{\"id\":\"r-2\",\"total\":1}").bytes(), Failure::Mismatch),
        (unsigned(200, "application/json", BODY), Failure::Unsigned),
        (answer.without("Wechatpay-Nonce").bytes(), Failure::Missing("Wechatpay-Nonce")),
        (stranger.bytes(), Failure::UnknownSerial { serial: serial.into(), known }),
        (probe.bytes(), Failure::Probe),
        (other.bytes(), Failure::SignatureType("WECHATPAY2-SM2-WITH-SM3".into())),
        (twice.bytes(), Failure::Repeated("Wechatpay-Serial")),
    ];
    for (bytes, expected) in cases {
        let error = refused(bytes);
        assert_eq!(*error.failure(), expected);
        assert_eq!(error.is_probe(), expected == Failure::Probe);
        assert_eq!(error.operation(), "taxi.refund");
    }
}

#[test]
fn item_29_a_read_that_met_a_probe_may_be_repeated_and_other_failures_not() {
    let probe = Answer::new(200, BODY).without("Wechatpay-Signature");
    let probe = probe.with("Wechatpay-Signature", "WECHATPAY/SIGNTEST/zzz");
    for (answer, again) in [(probe, true), (Answer::new(200, BODY).altered("{}"), false)] {
        let gateway = Gateway::always(answer.bytes());
        let driver = Driver { license: "a".into(), ..Driver::default() };
        let error = Call::<()>::new(&core(&gateway), &GET_DRIVER, driver).blocking().unwrap_err();
        assert_eq!(error.is_retryable(), again, "{error}");
        assert!(!error.is_outcome_unknown(), "{error}");
        assert!(!refund(&gateway).unwrap_err().is_retryable());
    }
}

#[test]
fn items_17_33_a_certificate_and_a_public_key_are_believed_side_by_side() {
    let serial = platform_certificate().serial().to_lowercase();
    let by_certificate = Answer::by_certificate(BODY, &format!("00{serial}"));
    let gateway = Gateway::always(by_certificate.bytes());
    let core = core(&gateway);
    let call = || Call::<Refund>::new(&core, &REFUND, Punch::named("a")).blocking();
    assert!(matches!(call(), Err(Error::Verification(_))));
    core.replace_trust(trust().certificate(platform_certificate())).unwrap();
    call().unwrap();
}

#[test]
fn item_35_sensitive_fields_of_an_answer_are_decrypted() {
    let phone = seal("13800138000");
    let body = format!("{{\"id\":\"r\",\"total\":1,\"phone\":\"{phone}\"}}");
    let gateway = Gateway::always(Answer::new(200, body).bytes());
    assert_eq!(refund(&gateway).unwrap().phone.unwrap().expose(), "13800138000");
}

fn encrypting_key() -> PublicEncryptingKey {
    let pem: String =
        fixture!("merchant_pub.pem").lines().filter(|line| !line.starts_with("-----")).collect();
    PublicEncryptingKey::from_der(&STANDARD.decode(pem).unwrap()).unwrap()
}

/// Seals for the merchant with PKCS#1 v1.5.
#[cfg(feature = "webhooks")]
pub(crate) fn seal_pkcs1(plain: &str) -> String {
    let key = Pkcs1PublicEncryptingKey::new(encrypting_key()).unwrap();
    let mut sealed = vec![0; key.ciphertext_size()];
    STANDARD.encode(key.encrypt(plain.as_bytes(), &mut sealed).unwrap())
}

/// Seals for the merchant with OAEP.
pub(crate) fn seal(plain: &str) -> String {
    let key = OaepPublicEncryptingKey::new(encrypting_key()).unwrap();
    let mut sealed = vec![0; key.ciphertext_size()];
    STANDARD.encode(key.encrypt(&OAEP_SHA1_MGF1SHA1, plain.as_bytes(), &mut sealed, None).unwrap())
}

#[test]
fn an_authentic_answer_that_does_not_fit_keeps_its_bytes_and_says_the_call_succeeded() {
    let cases = [
        ("{\"id\":\"r-1\",\"total\":\"1\"}", "total: expected a 64-bit integer"),
        ("{\"id\":null,\"total\":1}", "id: expected a value"),
        ("not json", "the body: expected JSON"),
        ("", "the body: expected JSON"),
        ("[]", "the body: expected an object"),
    ];
    for (body, expected) in cases {
        let error = refund(&Gateway::always(Answer::new(200, body).bytes())).unwrap_err();
        assert!(error.is_authenticated() && !error.is_outcome_unknown() && !error.is_retryable());
        let Error::Decode(decode) = &error else { panic!("{error}") };
        assert_eq!(decode.body().as_ref(), body.as_bytes());
        assert_eq!(decode.request_id(), Some("08F5B8C2B506-268435456"));
        let line = decode.to_string();
        assert!(line.contains("the call succeeded") && line.contains(expected), "{line}");
    }
}

#[test]
fn reading_into_a_type_of_ones_own_says_where_it_fails_but_not_what_stands_there() {
    let gateway = Gateway::always(Answer::new(200, "{\"a\": \"secret\"}").bytes());
    let call = Call::untyped(&core(&gateway), &HOST, wechatpay_runtime::Method::GET, "/v3/x");
    let error = call.blocking().unwrap().json::<u8>().unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("line 1") && !text.contains("secret"), "{text}");
}
