//! Faults that pass, and faults that stay: how often a call is tried, and what the caller sees in the end.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use wechatpay_client::{
    BoxFuture, Client, Error, RetryPolicy, Sleep, TransportFailure, code,
    taxi_invoice::{CreateCompanyRequest, GetTaxiRequest, PunchRequest, UpdateTaxiRequest},
};
use wechatpay_sandbox::{Call, Fault, Sandbox};

/// Notes every pause and waits for none.
#[derive(Clone, Default)]
struct Pauses(Arc<Mutex<Vec<Duration>>>);

impl Pauses {
    fn taken(&self) -> Vec<Duration> {
        self.0.lock().unwrap().clone()
    }
}

impl Sleep for Pauses {
    fn sleep(&self, pause: Duration) -> BoxFuture<'_, ()> {
        self.0.lock().unwrap().push(pause);
        Box::pin(std::future::ready(()))
    }
}

/// A sandbox, and a client of it with the default policy.
async fn patient() -> (Sandbox, Client, Pauses) {
    let (sandbox, pauses) = (Sandbox::start().await.unwrap(), Pauses::default());
    let config = wechatpay_tests::config(&sandbox).unwrap();
    let client = Client::new(config.sleep(pauses.clone()).max_response_bytes(100_000)).unwrap();
    (sandbox, client, pauses)
}

fn status(status: u16, code: &str) -> Fault {
    Fault::Status { status, code: code.into(), message: "as asked for".into() }
}

fn broken() -> Fault {
    status(500, code::SYSTEM_ERROR)
}

fn nonce(call: &Call) -> &str {
    let authorization = call.headers["authorization"].to_str().unwrap();
    authorization.split('"').skip_while(|part| !part.ends_with("nonce_str=")).nth(1).unwrap()
}

#[tokio::test]
async fn item_08_a_failure_that_passes_is_not_seen_and_every_attempt_is_signed_anew() {
    let (sandbox, client, pauses) = patient().await;
    sandbox.inject_times(broken(), 2);
    let updated = client.taxi_invoice().update_taxi(&UpdateTaxiRequest::example()).with_meta();
    assert_eq!(updated.await.unwrap().reply.attempts(), 3);
    let calls = sandbox.calls();
    let statuses: Vec<_> = calls.iter().map(|call| call.status).collect();
    assert_eq!(statuses, [Some(500), Some(500), Some(200)]);
    assert_eq!(calls.iter().map(nonce).collect::<BTreeSet<_>>().len(), 3);
    for call in &calls {
        assert!(call.signature.is_verified() && call.warnings.is_empty(), "{call:?}");
        assert_eq!(call.body, calls[0].body);
    }
    assert_eq!(pauses.taken().len(), 2);
}

#[tokio::test]
async fn item_44_a_failure_that_stays_is_seen_after_the_last_attempt() {
    let (sandbox, client, _) = patient().await;
    sandbox.inject_times(broken(), 9);
    let error = client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).await.unwrap_err();
    assert_eq!((error.attempts(), sandbox.calls().len()), (3, 3));
    assert!(error.is_code(code::SYSTEM_ERROR) && error.is_retryable(), "{error}");
    let once = client.taxi_invoice().get_taxi(&GetTaxiRequest::example());
    assert_eq!(once.retry(RetryPolicy::none()).await.unwrap_err().attempts(), 1);
}

#[tokio::test]
async fn what_may_act_twice_is_sent_once() {
    let (sandbox, client, pauses) = patient().await;
    for fault in [broken(), Fault::ResetBeforeRead, Fault::ResetAfterRead, Fault::SignatureProbe] {
        let before = sandbox.calls().len();
        sandbox.inject(fault.clone());
        let error = client.taxi_invoice().punch(&PunchRequest::example()).await.unwrap_err();
        assert_eq!((error.attempts(), sandbox.calls().len() - before), (1, 1), "{fault:?}");
        assert!(error.is_outcome_unknown() && !error.is_retryable(), "{fault:?}");
    }
    assert!(pauses.taken().is_empty());
}

#[tokio::test]
async fn a_write_whose_pace_is_refused_waits_as_long_as_it_is_told() {
    let (sandbox, client, pauses) = patient().await;
    sandbox.inject(Fault::RetryAfter("7".into()));
    sandbox.inject(Fault::RetryAfter("Sun, 06 Nov 1994 08:49:37 GMT".into()));
    client.taxi_invoice().punch(&PunchRequest::example()).await.unwrap();
    let statuses: Vec<_> = sandbox.calls().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [Some(429), Some(429), Some(204)]);
    let pauses = pauses.taken();
    assert_eq!(pauses[0], Duration::from_secs(7));
    // A date that has passed asks for nothing, so the client's own pace is kept.
    assert!(pauses[1] >= Duration::from_secs(1) && pauses[1] <= Duration::from_secs(2));
}

#[tokio::test]
async fn a_pause_beyond_the_calls_time_is_left_to_the_caller() {
    let (sandbox, client, pauses) = patient().await;
    sandbox.inject(Fault::RetryAfter("3600".into()));
    let error = client.taxi_invoice().punch(&PunchRequest::example()).await.unwrap_err();
    assert!(matches!(&error, Error::Api(api) if api.is_rate_limit()), "{error}");
    assert!(error.is_retryable() && !error.is_outcome_unknown());
    assert_eq!((error.attempts(), pauses.taken().len(), sandbox.calls().len()), (1, 0, 1));
}

#[tokio::test]
async fn what_reads_or_overwrites_survives_broken_connections_and_probes() {
    let (sandbox, client, _) = patient().await;
    let faults = [
        Fault::ResetBeforeRead,
        Fault::ResetAfterRead,
        Fault::TruncatedBody,
        Fault::SignatureProbe,
    ];
    for fault in faults {
        sandbox.inject(fault.clone());
        let read = client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).with_meta();
        assert_eq!(read.await.unwrap().reply.attempts(), 2, "{fault:?}");
        sandbox.inject(fault.clone());
        let write = client.taxi_invoice().update_taxi(&UpdateTaxiRequest::example()).with_meta();
        assert_eq!(write.await.unwrap().reply.attempts(), 2, "{fault:?}");
    }
}

#[tokio::test]
async fn slow_headers_leave_time_for_another_attempt_of_a_read_only() {
    let (sandbox, client, _) = patient().await;
    let timeout = Duration::from_secs(2);
    sandbox.inject(Fault::SlowHeaders(Duration::from_secs(60)));
    let read = client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).with_meta();
    assert_eq!(read.timeout(timeout).await.unwrap().reply.attempts(), 2);

    sandbox.inject(Fault::SlowHeaders(Duration::from_secs(60)));
    let punch = client.taxi_invoice().punch(&PunchRequest::example());
    let error = punch.timeout(timeout / 4).await.unwrap_err();
    assert_eq!(error.attempts(), 1);
    assert!(error.is_outcome_unknown() && error.to_string().contains("query"), "{error}");
}

#[tokio::test]
async fn a_slow_body_may_take_all_the_time_and_its_call_is_told_of_the_timeout() {
    let (sandbox, client, pauses) = patient().await;
    let timeout = Duration::from_millis(500);
    sandbox.inject_times(Fault::SlowBody(Duration::from_secs(60)), 9);
    let read = client.taxi_invoice().get_taxi(&GetTaxiRequest::example());
    let write = client.taxi_invoice().create_company(&CreateCompanyRequest::example());
    let (read, write) = (read.timeout(timeout).await, write.timeout(timeout).await);
    for (error, writes) in [(read.err().unwrap(), false), (write.err().unwrap(), true)] {
        let Error::Transport(transport) = &error else { panic!("{error}") };
        assert_eq!(transport.failure(), TransportFailure::Timeout);
        // The head was there, so no time was kept for another attempt.
        assert_eq!((error.status().unwrap().as_u16(), error.attempts()), (200, 1));
        assert_eq!((error.is_retryable(), error.is_outcome_unknown()), (!writes, writes));
    }
    assert!(pauses.taken().is_empty());
    assert_eq!(sandbox.calls().len(), 2);
}

#[tokio::test]
async fn what_comes_slowly_but_in_time_is_a_success_of_one_attempt() {
    let (sandbox, client, _) = patient().await;
    sandbox.inject(Fault::SlowBody(Duration::from_millis(50)));
    let read = client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).with_meta();
    assert_eq!(read.await.unwrap().reply.attempts(), 1);
    sandbox.inject(Fault::SlowHeaders(Duration::from_millis(50)));
    client.taxi_invoice().punch(&PunchRequest::example()).await.unwrap();
    assert_eq!(sandbox.calls().len(), 2);
}
