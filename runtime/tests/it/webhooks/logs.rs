//! What logs learn of notifications: one event each, an outcome and no content.

use std::{future::pending, time::Duration};

use tracing::subscriber::with_default;
use wechatpay_runtime::{
    BoxFuture,
    webhooks::{Claim, MemoryReplays, ReplayStore, Webhooks},
};

use super::notice::{Notice, receiver, refund, signed};
use crate::support::Capture;

/// The log of a notification, signed as it was before this was put at its end.
fn log(receiver: &Webhooks<Notice>, addition: &str) -> Vec<String> {
    let body = refund().to_string();
    let headers = signed(body.as_bytes());
    logged(async {
        if let Ok(delivery) = receiver.receive(&headers, body + addition).await {
            delivery.handle(|_, _| async {}).await;
        }
    })
}

/// The events of notifications, without the target.
fn logged(run: impl Future<Output = ()>) -> Vec<String> {
    let capture = Capture::default();
    with_default(capture.clone(), || pollster::block_on(run));
    let text = capture.text();
    let events = text.lines().filter(|line| line.contains("wechatpay.webhook"));
    events.map(|event| event.split_once('{').unwrap().1.to_owned()).collect()
}

fn assert_outcomes(log: &[String], outcomes: &[&str]) {
    assert_eq!(log.len(), outcomes.len(), "{log:?}");
    for (event, outcome) in log.iter().zip(outcomes) {
        assert!(event.contains(&format!("\"outcome\": \"{outcome}\"")), "{log:?}");
    }
}

#[test]
fn a_genuine_notification_is_logged_with_its_type_and_a_forged_one_without() {
    let genuine = log(&receiver(), "");
    assert_outcomes(&genuine, &["success"]);
    assert!(genuine[0].contains("REFUND.SUCCESS"), "{genuine:?}");
    let forged = log(&receiver(), " ");
    assert_outcomes(&forged, &["signature_mismatch"]);
    assert!(!forged[0].contains("REFUND"), "{forged:?}");
}

#[test]
fn what_comes_again_is_logged_as_a_duplicate() {
    let receiver = receiver().replays(MemoryReplays::new(7));
    assert_outcomes(&log(&receiver, ""), &["success"]);
    assert_outcomes(&log(&receiver, ""), &["success", "duplicate"]);
}

#[test]
fn a_body_that_is_too_large_or_late_is_logged() {
    let request = || {
        let mut request = http::Request::post("/").body(String::new()).unwrap();
        *request.headers_mut() = signed(b"");
        request.headers_mut().insert("content-length", "1048577".parse().unwrap());
        request
    };
    let receiver = receiver();
    let large = logged(async { drop(receiver.accept(request()).await) });
    assert_outcomes(&large, &["too_large"]);
}

#[test]
fn a_handler_that_is_too_slow_is_logged() {
    let hasty = receiver().deadline(Duration::from_millis(1));
    let body = refund().to_string();
    let late = logged(async {
        let delivery = hasty.receive(&signed(body.as_bytes()), body.clone()).await.unwrap();
        delivery.handle(|_, _| pending::<()>()).await;
    });
    assert_outcomes(&late, &["success", "late"]);
}

/// A store that remembers nothing.
struct Forgetful;

impl ReplayStore for Forgetful {
    fn claim<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Claim, Failure>> {
        Box::pin(std::future::ready(Ok(Claim::New)))
    }

    fn settle<'a>(&'a self, _: &'a str, _: bool) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(std::future::ready(Err("no store".into())))
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[test]
fn a_store_that_fails_is_logged() {
    let log = log(&receiver().replays(Forgetful), "");
    assert_outcomes(&log, &["success", "replay_store"]);
}
