//! What a refused pace means for the other calls of a client.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::Semaphore;
use wechatpay_runtime::{BoxFuture, Call, Core, Method, Reply, RetryPolicy, Sleep};

use crate::support::{
    Answer, Driver, GET_DRIVER, Gateway, HOST, PUNCH, Pauses, Punch, UPDATE, config,
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Refuses the first request for an hour, and no other.
fn refusing_once() -> Gateway {
    let refused = Answer::new(429, r#"{"code":"FREQUENCY_LIMITED"}"#).with("Retry-After", "3600");
    let (refused, ok) = (refused.bytes(), Answer::new(200, "{}").bytes());
    let seen = AtomicUsize::new(0);
    Gateway::start(move |_| match seen.fetch_add(1, Ordering::SeqCst) {
        0 => refused.clone(),
        _ => ok.clone(),
    })
}

/// Calls have a day, and wait in no time.
fn patient(gateway: &Gateway) -> (Core, Pauses) {
    let pauses = Pauses::default();
    let config = config(gateway).retry(RetryPolicy::default()).timeout(24 * HOUR);
    (Core::new(config.sleep(pauses.clone())).unwrap(), pauses)
}

fn punch(core: &Core) -> Call<Reply> {
    Call::new(core, &PUNCH, Punch::named("a"))
}

fn read(core: &Core) -> Call<Reply> {
    Call::new(core, &GET_DRIVER, Driver { license: "1".into(), ..Driver::default() })
}

/// Has the pace of `punch` refused; the call itself pauses for an hour and succeeds.
fn refused(core: &Core, pauses: &Pauses) {
    assert_eq!(punch(core).blocking().unwrap().attempts(), 2);
    assert_eq!(pauses.taken(), [HOUR]);
}

#[test]
fn the_next_calls_of_the_operation_wait_before_they_begin() {
    let gateway = refusing_once();
    let (core, pauses) = patient(&gateway);
    refused(&core, &pauses);
    let policy = || RetryPolicy::default().base_delay(HOUR / 4).max_delay(HOUR);
    for count in 2..6 {
        assert_eq!(punch(&core).retry(policy()).blocking().unwrap().attempts(), 1);
        assert_eq!(pauses.taken().len(), count);
    }
    // As long as the operation rests, and a part of the first pause on top, drawn for each.
    for wait in &pauses.taken()[1..] {
        assert!(*wait > HOUR - MINUTE && *wait <= HOUR + HOUR / 4, "{wait:?}");
    }
    let distinct: BTreeSet<_> = pauses.taken()[1..].iter().map(Duration::as_micros).collect();
    assert_eq!(distinct.len(), 4, "they come apart");
}

#[test]
fn other_operations_other_clients_and_untyped_calls_do_not_wait() {
    let gateway = refusing_once();
    let (core, pauses) = patient(&gateway);
    refused(&core, &pauses);
    read(&core).blocking().unwrap();
    Call::untyped(&core, &HOST, Method::POST, "/v3/taxi/punch").blocking().unwrap();
    assert_eq!(pauses.taken().len(), 1);
    let (other, pauses) = patient(&gateway);
    punch(&other).blocking().unwrap();
    assert!(pauses.taken().is_empty());
}

#[test]
fn an_untyped_call_makes_nobody_wait() {
    let gateway = refusing_once();
    let (core, pauses) = patient(&gateway);
    let call = || Call::untyped(&core, &HOST, Method::POST, "/v3/taxi/punch");
    assert_eq!(call().blocking().unwrap().attempts(), 2);
    call().blocking().unwrap();
    punch(&core).blocking().unwrap();
    assert_eq!(pauses.taken(), [HOUR]);
}

#[test]
fn a_call_that_is_tried_once_neither_waits_nor_makes_others_wait() {
    let gateway = refusing_once();
    let (core, pauses) = patient(&gateway);
    punch(&core).retry(RetryPolicy::none()).blocking().unwrap_err();
    punch(&core).blocking().unwrap();
    assert!(pauses.taken().is_empty());

    let gateway = refusing_once();
    let (core, pauses) = patient(&gateway);
    refused(&core, &pauses);
    punch(&core).retry(RetryPolicy::none()).blocking().unwrap();
    assert_eq!(pauses.taken().len(), 1);
}

#[test]
fn a_call_that_would_lose_more_than_half_of_its_time_goes_at_once() {
    let gateway = refusing_once();
    let (core, pauses) = patient(&gateway);
    refused(&core, &pauses);
    punch(&core).timeout(HOUR + HOUR / 2).blocking().unwrap();
    assert_eq!(pauses.taken().len(), 1);
    punch(&core).timeout(3 * HOUR).blocking().unwrap();
    assert_eq!(pauses.taken().len(), 2);
}

#[test]
fn the_last_refusal_of_a_call_counts_too_and_without_being_told_how_long() {
    let gateway = Gateway::always(Answer::new(429, "").bytes());
    let (core, pauses) = patient(&gateway);
    let policy = RetryPolicy::default().base_delay(HOUR / 4).max_delay(HOUR);
    assert_eq!(punch(&core).retry(policy).blocking().unwrap_err().attempts(), 3);
    assert_eq!(pauses.taken().len(), 2);
    // The third pause would be from half an hour to an hour, but no attempt follows on it.
    punch(&core).retry(RetryPolicy::default().attempts(2)).blocking().unwrap_err();
    assert_eq!(pauses.taken().len(), 4);
    assert!(pauses.taken()[2] > HOUR / 3, "{:?}", pauses.taken());
}

#[test]
fn another_failure_makes_nobody_wait() {
    let gateway = Gateway::always(Answer::new(503, "").with("Retry-After", "3600").bytes());
    let (core, pauses) = patient(&gateway);
    let call = || Call::<Reply>::new(&core, &UPDATE, Punch::named("a"));
    call().retry(RetryPolicy::default().attempts(2)).blocking().unwrap_err();
    call().retry(RetryPolicy::default().attempts(2)).blocking().unwrap_err();
    assert_eq!(pauses.taken().len(), 2);
}

/// Lets those who wait go on when it is told to.
#[derive(Clone)]
struct Door {
    open: Arc<Semaphore>,
    waiting: Arc<Mutex<tokio::sync::watch::Sender<usize>>>,
}

impl Sleep for Door {
    fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
        self.waiting.lock().unwrap().send_modify(|count| *count += 1);
        Box::pin(async { drop(self.open.acquire().await) })
    }
}

#[tokio::test]
async fn sixty_four_calls_come_when_the_pace_is_free_again_and_none_before() {
    let gateway = refusing_once();
    let (waiting, mut count) = tokio::sync::watch::channel(0);
    let door = Door { open: Arc::new(Semaphore::new(0)), waiting: Arc::new(Mutex::new(waiting)) };
    let config = config(&gateway).retry(RetryPolicy::default()).timeout(24 * HOUR);
    let core = Core::new(config.sleep(door.clone())).unwrap();
    let mut calls = tokio::task::JoinSet::new();
    calls.spawn(punch(&core).into_future());
    count.wait_for(|count| *count == 1).await.unwrap();
    for _ in 0..64 {
        calls.spawn(punch(&core).into_future());
    }
    count.wait_for(|count| *count == 65).await.unwrap();
    assert_eq!(gateway.seen().len(), 1);
    door.open.add_permits(65);
    for result in calls.join_all().await {
        result.unwrap();
    }
    assert_eq!(gateway.seen().len(), 66);
}
