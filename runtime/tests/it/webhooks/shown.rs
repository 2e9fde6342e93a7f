//! What `Debug` shows of notifications and their receivers: names and sizes, no content.

use std::{fmt::Debug, sync::Mutex};

use wechatpay_runtime::webhooks::{
    Delivery, Dispatch, MemoryReplays, Resource, Unparsed, Webhooks,
};

use super::notice::{Notice, envelope, receive, receiver, refund, signed, verify};

const PLAIN: &str = r#"{"out_refund_no":"R1","fee":1}"#;

fn assert_shown(value: impl Debug, beginning: &str) {
    let shown = format!("{value:?}");
    assert!(shown.starts_with(beginning), "{shown}");
    assert!(!shown.contains("out_refund_no") && !shown.contains("R1"), "{shown}");
}

#[test]
fn receivers_and_notifications_are_shown_without_their_content() {
    assert_shown(receiver(), "Webhooks { trust: TrustStore");
    assert_shown(MemoryReplays::new(7), "MemoryReplays { capacity: 7, held: 0");
    let event = verify(&refund()).unwrap();
    let name = "VerifiedEvent { id: \"EV-2018022511223320873\", event_type: \"REFUND.SUCCESS\"";
    assert_shown(&event, name);
    let opened = pollster::block_on(receiver().decrypt(&event)).unwrap();
    assert_shown(&opened, "Opened { event: VerifiedEvent");
    let body = refund().to_string();
    let delivery: Delivery<Notice> =
        pollster::block_on(receiver().receive(&signed(body.as_bytes()), body)).unwrap();
    assert_shown(&delivery, "Delivery { event: VerifiedEvent");
    let Ok(Notice::Unparsed(unparsed)) = receive(&envelope("NEW.TYPE", PLAIN)) else { panic!() };
    assert_shown(&unparsed, "Unparsed { event_type: \"NEW.TYPE\", bytes: 30, mismatch: None");
    let refused = pollster::block_on(receiver().verify(&signed(b"{}"), PLAIN)).unwrap_err();
    assert_shown(&refused, "WebhookError(");
}

/// How the latest payload was shown to the code that chooses its type.
static SHOWN: Mutex<String> = Mutex::new(String::new());

struct Looked;

impl Dispatch for Looked {
    fn dispatch(resource: &Resource<'_>) -> Self {
        *SHOWN.lock().unwrap() = format!("{resource:?}");
        let _: Unparsed = resource.unknown();
        Self
    }
}

#[test]
fn a_payload_is_shown_by_its_type_alone() {
    let trust = crate::support::trust();
    let key = wechatpay_runtime::ApiV3Key::new(crate::support::world::API_V3_KEY).unwrap();
    let event = verify(&refund()).unwrap();
    let receiver = Webhooks::<Looked>::new(trust, key).unwrap();
    drop(pollster::block_on(receiver.decrypt(&event)).unwrap().parse());
    assert_eq!(*SHOWN.lock().unwrap(), "Resource { event_type: \"REFUND.SUCCESS\", .. }");
}
