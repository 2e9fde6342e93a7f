//! Handled once, in time, and answered in the platform's form.

use std::{
    future::pending,
    pin::Pin,
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll},
    time::Duration,
};

use serde_json::json;
use wechatpay_runtime::{
    BoxFuture, Decryptor,
    webhooks::{Answer, Claim, Delivery, MemoryReplays, ReplayStore, WebhookFailure, Webhooks},
};

use super::notice::{Notice, envelope, receiver, refund, signed};

fn deliver(receiver: &Webhooks<Notice>) -> Delivery<Notice> {
    let body = refund().to_string();
    pollster::block_on(receiver.receive(&signed(body.as_bytes()), body)).unwrap()
}

fn handle(receiver: &Webhooks<Notice>, result: Result<(), &str>, runs: &AtomicUsize) -> Answer {
    pollster::block_on(deliver(receiver).handle(|event, notice| async move {
        assert_eq!(event.event_type(), "REFUND.SUCCESS");
        assert!(matches!(notice, Notice::Refund(_)));
        runs.fetch_add(1, Ordering::SeqCst);
        result
    }))
}

#[test]
fn item_39_what_the_handler_says_is_what_the_platform_hears() {
    let runs = AtomicUsize::new(0);
    assert_eq!(handle(&receiver(), Ok(()), &runs).status().as_u16(), 204);
    let failed = handle(&receiver(), Err("no database at 10.0.0.7"), &runs);
    assert_eq!(failed.status().as_u16(), 500);
    assert!(!String::from_utf8_lossy(failed.body()).contains("10.0.0.7"));
    let asked = deliver(&receiver()).handle(|_, _| async { Answer::json(&["A1"]) });
    assert_eq!(pollster::block_on(asked).body(), r#"["A1"]"#);
    assert_eq!(runs.into_inner(), 2);
}

#[test]
fn item_39_a_notification_is_handled_once_and_again_after_a_failure() {
    let (receiver, runs) = (receiver().replays(MemoryReplays::new(100)), AtomicUsize::new(0));
    assert!(!handle(&receiver, Err("later"), &runs).is_success());
    assert!(handle(&receiver, Ok(()), &runs).is_success());
    for _ in 0..3 {
        assert!(handle(&receiver, Err("not called"), &runs).is_success());
    }
    assert_eq!(runs.into_inner(), 2);
}

#[test]
fn item_39_a_duplicate_that_comes_meanwhile_comes_again() {
    let (receiver, runs) = (receiver().replays(MemoryReplays::new(100)), AtomicUsize::new(0));
    let answer = pollster::block_on(deliver(&receiver).handle(|_, _| async {
        let duplicate = deliver(&receiver).handle(|_, _| async {
            runs.fetch_add(1, Ordering::SeqCst);
        });
        assert!(!duplicate.await.is_success());
    }));
    assert!(answer.is_success());
    assert_eq!(runs.into_inner(), 0);
}

#[test]
fn item_39_a_handler_that_does_not_end_is_dropped_and_the_notification_comes_again() {
    struct Dropped<'a>(&'a AtomicUsize);
    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let (drops, runs) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let store = MemoryReplays::new(100);
    let hasty = receiver().replays(store.clone()).deadline(Duration::from_millis(1));
    let stuck = Dropped(&drops);
    let answer = pollster::block_on(deliver(&hasty).handle(|_, _| async move {
        let _stuck = stuck;
        pending::<()>().await;
    }));
    assert_eq!(answer.status().as_u16(), 500);
    assert_eq!(drops.into_inner(), 1);
    assert!(handle(&receiver().replays(store), Ok(()), &runs).is_success());
    assert_eq!(runs.into_inner(), 1);
}

/// A store that fails where it is told to.
struct Broken {
    claim: bool,
}

impl ReplayStore for Broken {
    fn claim<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Claim, Failure>> {
        Box::pin(async {
            if self.claim { Err("no store at 10.0.0.7".into()) } else { Ok(Claim::New) }
        })
    }

    fn settle<'a>(&'a self, _: &'a str, _: bool) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async { Err("no store".into()) })
    }
}

/// A store, and a key, that never answer.
struct Stuck;

impl ReplayStore for Stuck {
    fn claim<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Claim, Failure>> {
        Box::pin(pending())
    }

    fn settle<'a>(&'a self, _: &'a str, _: bool) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(pending())
    }
}

impl Decryptor for Stuck {
    fn decrypt<'a>(&'a self, _: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, Failure>> {
        Box::pin(pending())
    }
}

#[test]
fn item_39_nothing_is_waited_for_beyond_the_deadline() {
    let hasty = || receiver().deadline(Duration::from_millis(1));
    let runs = AtomicUsize::new(0);
    assert_eq!(handle(&hasty().replays(Stuck), Ok(()), &runs).status().as_u16(), 500);
    assert_eq!(runs.into_inner(), 0);
    let plain = json!({"out_refund_no": "R1", "fee": 1, "phone": crate::answers::seal("1")});
    let body = envelope("REFUND.SUCCESS", &plain.to_string()).to_string();
    let stuck = hasty().decryptor(Stuck);
    let received = pollster::block_on(stuck.receive(&signed(body.as_bytes()), body.clone()));
    let error = received.unwrap_err();
    assert_eq!(error.failure(), &WebhookFailure::Late);
    assert_eq!(error.body().unwrap(), &body);
    assert_eq!(error.answer().status().as_u16(), 500);
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[test]
fn without_its_store_nothing_is_handled_twice_and_nothing_is_lost() {
    let runs = AtomicUsize::new(0);
    let refused = handle(&receiver().replays(Broken { claim: true }), Ok(()), &runs);
    assert_eq!(refused.status().as_u16(), 500);
    assert!(!String::from_utf8_lossy(refused.body()).contains("10.0.0.7"));
    assert_eq!(runs.load(Ordering::SeqCst), 0);
    // It was handled; that this is not recorded does not undo it.
    assert!(handle(&receiver().replays(Broken { claim: false }), Ok(()), &runs).is_success());
    assert_eq!(runs.into_inner(), 1);
}

/// Waits until the deadline of another receiver, which is a millisecond, has surely passed.
async fn a_while() {
    let hasty = receiver().deadline(Duration::from_millis(1));
    let answer = deliver(&hasty).handle(|_, _| pending::<()>()).await;
    assert_eq!(answer.status().as_u16(), 500);
}

#[test]
fn item_39_a_handler_may_take_its_time_up_to_the_deadline() {
    for receiver in [receiver(), receiver().deadline(Duration::MAX)] {
        let answer = pollster::block_on(deliver(&receiver).handle(|_, _| a_while()));
        assert_eq!(answer.status().as_u16(), 204);
    }
}

#[test]
fn item_39_no_handler_runs_longer_than_a_claim_holds() {
    let patient = receiver().deadline(Duration::from_secs(60));
    assert!(format!("{patient:?}").contains("deadline: 9s"), "{patient:?}");
}

/// A body that is there after a while.
struct Slow(BoxFuture<'static, ()>, Option<bytes::Bytes>);

impl http_body::Body for Slow {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        if self.1.is_some() && self.0.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        Poll::Ready(self.1.take().map(|bytes| Ok(http_body::Frame::data(bytes))))
    }
}

#[test]
fn item_39_a_body_may_take_its_time_up_to_the_deadline() {
    let body = refund().to_string();
    let headers = signed(body.as_bytes());
    let body = Slow(Box::pin(a_while()), Some(body.into()));
    let mut request = http::Request::post("/").body(body).unwrap();
    *request.headers_mut() = headers;
    let answer = pollster::block_on(receiver().answer(request, |_, _| async {}));
    assert_eq!(answer.status().as_u16(), 204);
}
