//! What is inside a genuine notification: opened, given a type, and never lost.

use serde_json::{Value, json};
use wechatpay_runtime::{
    ApiV3Key, Config, Core, DecryptError, Host, Padding,
    webhooks::{WebhookFailure, Webhooks},
};

use super::notice::{Notice, envelope, receive, receiver, refund, seal, signed, verify};
use crate::support::{HOST, clock, merchant, merchant_key, trust, world::API_V3_KEY};

fn refused(body: &Value) -> WebhookFailure {
    let error = receive(body).unwrap_err();
    // Whatever is wrong inside, the notification is genuine, and its bytes are kept.
    assert_eq!(error.body().unwrap(), &body.to_string());
    assert_eq!(error.answer().status().as_u16(), 500);
    error.failure().clone()
}

fn with(pointer: &str, value: Value) -> Value {
    let mut body = refund();
    *body.pointer_mut(pointer).unwrap() = value;
    body
}

#[test]
fn item_38_a_notification_is_verified_opened_and_read() {
    let event = verify(&refund()).unwrap();
    assert_eq!(event.id(), "EV-2018022511223320873");
    assert_eq!(event.event_type(), "REFUND.SUCCESS");
    assert_eq!(event.serial(), crate::support::WECHATPAY_ID);
    assert_eq!(event.create_time(), Some("2018-06-08T10:34:56+08:00"));
    assert_eq!(event.resource_type(), Some("encrypt-resource"));
    assert_eq!(event.original_type(), Some("refund"));
    assert_eq!(event.summary(), Some("退款成功"));
    let opened = pollster::block_on(receiver().decrypt(&event)).unwrap();
    assert_eq!(opened.json(), br#"{"fee":1,"out_refund_no":"R1"}"#);
    let Notice::Refund(refund) = opened.parse() else { panic!("{opened:?}") };
    assert_eq!((refund.number.as_str(), refund.fee), ("R1", 1));
    let shown = format!("{event:?} {opened:?}");
    assert!(!shown.contains("退款") && !shown.contains("R1"), "{shown}");
}

#[test]
fn item_38_a_nonce_of_another_length_is_an_ordinary_error() {
    for nonce in ["", "short", "thirteen-byte", &"n".repeat(1_000)] {
        let expected = WebhookFailure::Decrypt(DecryptError::Nonce { actual: nonce.len() });
        assert_eq!(refused(&with("/resource/nonce", json!(nonce))), expected);
    }
}

#[test]
fn item_38_associated_data_may_be_empty_absent_or_null() {
    let plain = r#"{"out_refund_no":"R1","fee":1}"#;
    let mut body = with("/resource/ciphertext", json!(seal(plain, "")));
    for data in [json!(""), Value::Null] {
        body["resource"]["associated_data"] = data;
        assert!(matches!(receive(&body), Ok(Notice::Refund(_))));
    }
    body["resource"].as_object_mut().unwrap().remove("associated_data");
    assert!(matches!(receive(&body), Ok(Notice::Refund(_))));
    body["resource"]["associated_data"] = json!("refund");
    assert_eq!(refused(&body), WebhookFailure::Decrypt(DecryptError::Refused));
}

#[test]
fn what_does_not_open_says_why() {
    let stranger = seal("{}", "transaction");
    for (ciphertext, expected) in [
        ("%", DecryptError::Base64),
        ("QUJD", DecryptError::Refused),
        (&stranger, DecryptError::Refused),
    ] {
        let body = with("/resource/ciphertext", json!(ciphertext));
        assert_eq!(refused(&body), WebhookFailure::Decrypt(expected));
    }
    let sealed_otherwise = with("/resource/algorithm", json!("AEAD_SM4_GCM"));
    assert_eq!(refused(&sealed_otherwise), WebhookFailure::Algorithm("AEAD_SM4_GCM".to_owned()));
    let other_key = ApiV3Key::new([7; 32]).unwrap();
    let other: Webhooks<Notice> = Webhooks::new(trust(), other_key).unwrap();
    let opened = pollster::block_on(other.decrypt(&verify(&refund()).unwrap()));
    let error = opened.unwrap_err();
    assert_eq!(error.failure(), &WebhookFailure::Decrypt(DecryptError::Refused));
    assert!(error.to_string().contains("EV-2018022511223320873 (REFUND.SUCCESS)"), "{error}");
}

#[test]
fn a_broken_envelope_says_where() {
    for (pointer, path) in [
        ("/id", "id"),
        ("/event_type", "event_type"),
        ("/resource", "resource"),
        ("/resource/algorithm", "resource.algorithm"),
        ("/resource/nonce", "resource.nonce"),
        ("/resource/ciphertext", "resource.ciphertext"),
    ] {
        for value in [Value::Null, json!(7)] {
            let WebhookFailure::Envelope(mismatch) = refused(&with(pointer, value)) else {
                panic!("{pointer}")
            };
            assert_eq!(mismatch.path(), path);
        }
    }
}

#[test]
fn item_41_one_event_type_has_several_shapes_which_its_keys_tell() {
    let combined = json!({"combine_out_trade_no": "C1", "out_trade_no": "T1"}).to_string();
    let received = receive(&envelope("TRANSACTION.SUCCESS", &combined)).unwrap();
    assert!(matches!(&received, Notice::Combined(it) if it.0 == "C1"), "{received:?}");
    let direct = json!({"combine_out_trade_no": null, "out_trade_no": "T1"}).to_string();
    let received = receive(&envelope("TRANSACTION.SUCCESS", &direct)).unwrap();
    assert!(matches!(&received, Notice::Paid(it) if it.0 == "T1"), "{received:?}");
}

#[test]
fn item_41_what_has_no_type_or_does_not_fit_it_keeps_its_json() {
    let Notice::Unparsed(kept) = receive(&envelope("NEW.THING", "{\"a\": 1 }")).unwrap() else {
        panic!("it has no type")
    };
    assert_eq!((kept.event_type(), kept.json()), ("NEW.THING", &b"{\"a\": 1 }"[..]));
    assert!(kept.mismatch().is_none());
    let misfits = [
        ("{\"fee\":1}", "out_refund_no"),
        ("{\"out_refund_no\":\"R1\",\"fee\":\"1\"}", "fee"),
        ("[]", ""),
        ("no JSON", ""),
        ("", ""),
    ];
    for (plain, path) in misfits {
        let Notice::Unparsed(kept) = receive(&envelope("REFUND.SUCCESS", plain)).unwrap() else {
            panic!("{plain} does not fit")
        };
        assert_eq!(kept.json(), plain.as_bytes());
        assert_eq!(kept.mismatch().unwrap().path(), path);
        assert!(!format!("{kept:?}").contains("R1"));
    }
}

#[test]
fn what_is_sealed_for_the_merchant_is_opened_too() {
    let phone = crate::answers::seal("13800138000");
    let plain = json!({"out_refund_no": "R1", "fee": 1, "phone": phone}).to_string();
    let body = envelope("REFUND.SUCCESS", &plain).to_string();
    let parse = |receiver: Webhooks<Notice>| {
        let received = pollster::block_on(receiver.receive(&signed(body.as_bytes()), body.clone()));
        received.unwrap().into_parts().1
    };
    let Notice::Refund(refund) = parse(receiver().decryptor(merchant_key())) else {
        panic!("it opens")
    };
    assert_eq!(refund.phone.unwrap().expose(), "13800138000");
    let Notice::Unparsed(kept) = parse(receiver()) else { panic!("there is no key") };
    assert_eq!(kept.mismatch().unwrap().path(), "phone");
}

#[test]
fn items_35_48_a_clients_receiver_opens_fields_as_its_host_pads_them() {
    static OVERSEAS: Host = Host::new("http://127.0.0.1:1", None).padding(Padding::Pkcs1);
    let config = Config::new(merchant(), trust()).clock(clock);
    let core = Core::new(config.api_v3_key(ApiV3Key::new(API_V3_KEY).unwrap())).unwrap();
    let phone = crate::answers::seal_pkcs1("13800138000");
    let plain = json!({"out_refund_no": "R1", "fee": 1, "phone": phone}).to_string();
    let body = envelope("REFUND.SUCCESS", &plain).to_string();
    let parse = |host| {
        let receiver = Webhooks::<Notice>::of(core.clone(), host);
        let received = pollster::block_on(receiver.receive(&signed(body.as_bytes()), body.clone()));
        received.unwrap().into_parts().1
    };
    let Notice::Refund(refund) = parse(&OVERSEAS) else { panic!("it opens") };
    assert_eq!(refund.phone.unwrap().expose(), "13800138000");
    let Notice::Unparsed(kept) = parse(&HOST) else { panic!("it is padded otherwise") };
    assert_eq!(kept.mismatch().unwrap().path(), "phone");
}
