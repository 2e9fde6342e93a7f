//! How often a call is tried, where, after what pause, and what remains to be told of it.

use std::{
    collections::BTreeSet,
    error::Error as StdError,
    sync::{
        Mutex,
        atomic::{AtomicU32, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use wechatpay_runtime::{
    Call, Core, Error, Method, NonceSource, Repeat, Reply, RetryPolicy, TransportFailure,
    wire::{Field, Request, body, header, optional},
};

use crate::support::{
    Act, Answer, Driver, GET_DRIVER, Gateway, HOST, PUNCH, Pauses, Punch, Seen, UPDATE, away,
    config, core, nowhere, on, unsigned,
};

/// A core that notes its pauses, by the default policy.
fn patient(gateway: &Gateway) -> (Core, Pauses) {
    let pauses = Pauses::default();
    let config = config(gateway).retry(RetryPolicy::default()).sleep(pauses.clone());
    (Core::new(config).unwrap(), pauses)
}

fn update(core: &Core) -> Call<Reply> {
    Call::new(core, &UPDATE, Punch::named("a"))
}

fn punch(core: &Core) -> Call<Reply> {
    Call::new(core, &PUNCH, Punch::named("a"))
}

fn read(core: &Core) -> Call<Reply> {
    Call::new(core, &GET_DRIVER, Driver { license: "1".into(), ..Driver::default() })
}

fn ok() -> Act {
    Answer::new(200, "{}").bytes().into()
}

fn busy() -> Act {
    refused().bytes().into()
}

/// Too many requests.
fn refused() -> Answer {
    Answer::new(429, r#"{"code":"FREQUENCY_LIMITED"}"#)
}

fn broken() -> Act {
    Answer::new(500, r#"{"code":"SYSTEM_ERROR"}"#).bytes().into()
}

fn distinct(seen: &[Seen], item: &str) -> usize {
    seen.iter().map(|seen| seen.signed(item)).collect::<BTreeSet<_>>().len()
}

#[test]
fn item_08_each_attempt_has_a_signature_of_its_own_over_the_same_bytes() {
    let gateway = Gateway::script([broken, broken, ok]);
    let (core, pauses) = patient(&gateway);
    assert_eq!(update(&core).blocking().unwrap().attempts(), 3);
    let seen = gateway.seen();
    assert_eq!(seen.len(), 3);
    assert_eq!((distinct(&seen, "nonce_str"), distinct(&seen, "signature")), (3, 3));
    assert!(seen.iter().all(|seen| seen.body == seen_first(&gateway).body));
    let pauses = pauses.taken();
    assert_eq!(pauses.len(), 2);
    assert!(pauses[0] <= Duration::from_millis(250) && pauses[1] <= Duration::from_millis(500));
}

fn seen_first(gateway: &Gateway) -> Seen {
    gateway.seen().remove(0)
}

#[test]
fn there_are_never_more_attempts_than_the_policy_allows() {
    let gateway = Gateway::script([broken]);
    let (core, _) = patient(&gateway);
    for (policy, expected) in [
        (RetryPolicy::default(), 3),
        (RetryPolicy::none(), 1),
        (RetryPolicy::none().attempts(5), 5),
    ] {
        let before = gateway.seen().len();
        let error = update(&core).retry(policy).blocking().unwrap_err();
        assert_eq!(error.attempts(), expected);
        assert_eq!(gateway.seen().len() - before, expected as usize);
        let told = error.to_string().contains(&format!("(attempt {expected})"));
        assert_eq!(told, expected > 1, "{error}");
    }
}

#[test]
fn the_clients_policy_holds_where_the_call_has_none() {
    let gateway = Gateway::script([broken]);
    assert_eq!(read(&core(&gateway)).blocking().unwrap_err().attempts(), 1);
    assert_eq!(read(&patient(&gateway).0).blocking().unwrap_err().attempts(), 3);
}

#[test]
fn what_nothing_makes_safe_to_repeat_is_tried_once_unless_surely_not_carried_out() {
    let failures: [(fn() -> Act, usize); 5] = [
        (broken, 1),
        (|| unsigned(502, "text/html", "<html>").into(), 1),
        (Act::close, 1),
        (busy, 3),
        (|| unsigned(429, "", "").into(), 3),
    ];
    for (index, (act, attempts)) in failures.into_iter().enumerate() {
        let gateway = Gateway::script([act]);
        let (core, _) = patient(&gateway);
        let error = punch(&core).blocking().unwrap_err();
        assert_eq!(
            (error.attempts() as usize, gateway.seen().len()),
            (attempts, attempts),
            "{index}"
        );
        assert_eq!(error.is_outcome_unknown(), attempts == 1, "{index}");
        let gateway = Gateway::script([act]);
        let (core, _) = patient(&gateway);
        assert_eq!(read(&core).blocking().unwrap_err().attempts(), 3, "{index}");
    }
}

#[test]
fn an_untyped_call_goes_by_its_method() {
    let gateway = Gateway::script([broken]);
    let (core, _) = patient(&gateway);
    for (method, attempts) in [(Method::GET, 3), (Method::POST, 1), (Method::PUT, 1)] {
        let error = Call::untyped(&core, &HOST, method, "/v3/x").blocking().unwrap_err();
        assert_eq!(error.attempts(), attempts);
    }
}

#[test]
fn retry_after_is_kept_in_seconds_and_as_a_date() {
    // The clock of both ends stands at Tue, 14 Nov 2023 22:13:20 GMT.
    for (text, seconds) in [("7", 7), ("Tue, 14 Nov 2023 22:13:29 GMT", 9)] {
        let answers = [refused().with("Retry-After", text).bytes(), Answer::new(200, "{}").bytes()];
        let next = AtomicUsize::new(0);
        let gateway = Gateway::start(move |_| answers[next.fetch_add(1, Ordering::SeqCst)].clone());
        let (core, pauses) = patient(&gateway);
        assert_eq!(punch(&core).blocking().unwrap().attempts(), 2);
        assert_eq!(pauses.taken(), [Duration::from_secs(seconds)]);
    }
    let away = Answer::new(503, "").with("Retry-After", "5").bytes();
    let (core, pauses) = patient(&Gateway::always(away));
    update(&core).retry(RetryPolicy::none().attempts(2)).blocking().unwrap_err();
    assert_eq!(pauses.taken(), [Duration::from_secs(5)]);
}

#[test]
fn an_attempt_that_has_next_to_no_time_does_not_begin() {
    let gateway = Gateway::script([broken]);
    let (core, _) = patient(&gateway);
    let hasty = RetryPolicy::none().attempts(2).base_delay(Duration::ZERO);
    for (milliseconds, attempts) in [(150, 1), (5000, 2)] {
        let call = update(&core).retry(hasty.clone()).timeout(Duration::from_millis(milliseconds));
        assert_eq!(call.blocking().unwrap_err().attempts(), attempts);
    }
}

#[test]
fn a_refused_pace_pauses_longer_than_another_failure() {
    let gateway = Gateway::script([busy, busy, ok]);
    let (core, pauses) = patient(&gateway);
    punch(&core).blocking().unwrap();
    let pauses = pauses.taken();
    assert!(pauses[0] >= Duration::from_millis(500) && pauses[0] <= Duration::from_secs(1));
    assert!(pauses[1] >= Duration::from_secs(1) && pauses[1] <= Duration::from_secs(2));
}

#[test]
fn an_attempt_that_cannot_end_in_time_does_not_begin() {
    for (pause, timeout) in [("20", 20), ("3600", 20), ("18446744073709551615", 20), ("1", 1)] {
        let gateway = Gateway::always(refused().with("Retry-After", pause).bytes());
        let (core, pauses) = patient(&gateway);
        let call = punch(&core).timeout(Duration::from_secs(timeout));
        let error = call.blocking().unwrap_err();
        assert!(matches!(&error, Error::Api(error) if error.is_rate_limit()), "{error}");
        assert_eq!((error.attempts(), pauses.taken().len()), (1, 0), "{pause}");
    }
}

#[test]
fn a_pause_that_never_ends_ends_with_the_call() {
    struct Forever;
    impl wechatpay_runtime::Sleep for Forever {
        fn sleep(&self, _: Duration) -> wechatpay_runtime::BoxFuture<'_, ()> {
            Box::pin(std::future::pending())
        }
    }
    let gateway = Gateway::script([broken]);
    let config = config(&gateway).retry(RetryPolicy::default().base_delay(Duration::ZERO));
    let core = Core::new(config.sleep(Forever)).unwrap();
    let error = update(&core).timeout(Duration::from_millis(500)).blocking().unwrap_err();
    assert_eq!((error.attempts(), error.status().unwrap().as_u16()), (1, 500));
}

#[test]
fn a_silent_host_leaves_time_for_another_attempt_of_what_may_be_repeated() {
    let second = Duration::from_secs(1);
    let gateway = Gateway::script([Act::hang, ok]);
    let (core, _) = patient(&gateway);
    assert_eq!(update(&core).timeout(second).blocking().unwrap().attempts(), 2);

    let gateway = Gateway::script([Act::hang, ok]);
    let (core, _) = patient(&gateway);
    let error = punch(&core).timeout(second).blocking().unwrap_err();
    assert_eq!((error.attempts(), gateway.seen().len()), (1, 1));
    assert!(error.is_outcome_unknown() && !error.is_retryable());
}

#[test]
fn the_last_attempt_and_the_only_one_have_all_the_time() {
    thread::scope(|scope| {
        scope.spawn(|| has_all_the_time(punch, 1));
        scope.spawn(|| has_all_the_time(|core| read(core).retry(RetryPolicy::none()), 1));
        let twice = |core: &Core| read(core).retry(RetryPolicy::none().attempts(2));
        scope.spawn(move || has_all_the_time(twice, 2));
    });
}

/// The attempt of this number is answered when more than half of the time is over, and that is soon enough.
fn has_all_the_time(call: impl Fn(&Core) -> Call<Reply>, attempt: u32) {
    let time = Duration::from_secs(6);
    let (began, begin) = mpsc::channel();
    let (release, released) = mpsc::channel();
    let (released, count) = (Mutex::new(released), AtomicU32::new(0));
    let gateway = Gateway::start(move |_| {
        if count.fetch_add(1, Ordering::SeqCst) + 1 == attempt {
            began.send(()).unwrap();
            released.lock().unwrap().recv().unwrap();
        }
        broken()
    });
    let call = call(&patient(&gateway).0).timeout(time);
    let call = thread::spawn(|| call.blocking());
    begin.recv().unwrap();
    // By the time that a call which began later has given its first attempt up, more than half is over.
    let (given_up, gives_up) = mpsc::channel();
    let silent = Gateway::start(move |_| Act::Hang(given_up.clone()));
    let later = read(&patient(&silent).0).timeout(time);
    thread::spawn(|| later.blocking());
    gives_up.recv().unwrap();
    release.send(()).unwrap();
    let error = call.join().unwrap().unwrap_err();
    assert_eq!((error.attempts(), error.status().unwrap().as_u16()), (attempt, 500));
}

#[test]
fn a_response_that_has_begun_may_take_all_the_time() {
    // The head is there at once, the body never: no second attempt fits after the call's whole time.
    let head = Answer::new(200, "{}").announcing(100);
    let gateway = Gateway::start(move |_| Act::Answer(head.clone()));
    let (core, _) = patient(&gateway);
    let error = read(&core).timeout(Duration::from_secs(1)).blocking().unwrap_err();
    assert_eq!((error.attempts(), gateway.seen().len()), (1, 1));
    assert!(matches!(&error, Error::Transport(e) if e.failure() == TransportFailure::Timeout));
}

#[test]
fn item_29_a_probe_is_tried_again_and_no_other_failed_verification_is() {
    let probe = Answer::new(200, "{}").without("Wechatpay-Signature");
    let probe = probe.with("Wechatpay-Signature", "WECHATPAY/SIGNTEST/x~").bytes();
    for (answer, attempts) in [
        (probe, 3),
        (Answer::new(200, "{}").altered("{ }").bytes(), 1),
        (Answer::aged("{}", 301).bytes(), 1),
        (unsigned(200, "application/json", "{}"), 1),
    ] {
        let gateway = Gateway::always(answer);
        let (core, _) = patient(&gateway);
        let error = read(&core).blocking().unwrap_err();
        assert!(matches!(error, Error::Verification(_)), "{error}");
        assert_eq!(
            (error.attempts(), gateway.seen().len()),
            (attempts, attempts as usize),
            "{error}"
        );
    }
}

/// Only the last attempt reached nobody; the first may have been acted upon.
#[test]
fn an_outcome_that_became_unknown_stays_unknown() {
    let gateway = Gateway::script([Act::close, busy]);
    let (core, _) = patient(&gateway);
    let error = update(&core).blocking().unwrap_err();
    assert_eq!((error.attempts(), error.status().unwrap().as_u16()), (3, 429));
    assert!(error.is_outcome_unknown() && error.is_retryable());
    assert!(error.to_string().contains("query before you repeat it"), "{error}");

    let main = Gateway::script([Act::close]);
    let (core, _) = away();
    let operation = on(main.url(), Some(nowhere()), Repeat::Overwrite);
    let call = Call::<Reply>::new(&core, operation, Punch::named("a"));
    let error = call.retry(RetryPolicy::none().attempts(2)).blocking().unwrap_err();
    let Error::Transport(transport) = &error else { panic!("{error}") };
    assert_eq!(transport.failure(), TransportFailure::Connect);
    assert!(transport.may_have_been_sent() && error.is_outcome_unknown());
    assert!(error.to_string().ends_with("query before you repeat it (attempt 2)"), "{error}");
}

#[test]
fn an_attempt_that_cannot_be_signed_does_not_hide_the_one_before() {
    struct Once(AtomicUsize);
    impl NonceSource for Once {
        fn nonce(&self) -> Result<String, Box<dyn StdError + Send + Sync>> {
            let used = self.0.fetch_add(1, Ordering::SeqCst) > 0;
            if used { Err("used up".into()) } else { Ok("nonce".into()) }
        }
    }
    let gateway = Gateway::script([broken]);
    let config = config(&gateway).retry(RetryPolicy::default()).sleep(Pauses::default());
    let core = Core::new(config.nonce(Once(AtomicUsize::new(0)))).unwrap();
    let error = update(&core).blocking().unwrap_err();
    assert_eq!((error.attempts(), error.status().unwrap().as_u16()), (1, 500));
    assert!(error.is_outcome_unknown());
    let error = update(&core).blocking().unwrap_err();
    assert!(matches!(error, Error::Crypto(_)) && error.attempts() == 0, "{error}");
}

/// What the platform would recognise a repetition by.
#[derive(Clone, Debug, Default)]
struct Marked {
    number: Option<String>,
    key: Option<String>,
}

impl Request for Marked {
    fn fields(&self) -> Vec<Field<'_>> {
        vec![
            body("out_refund_no", &self.number, optional()),
            header("Idempotency-Key", &self.key, optional()),
        ]
    }
}

#[test]
fn items_18_49_number_and_key_stay_the_same_and_without_them_there_is_one_attempt() {
    let (number, key) = (Repeat::Number("out_refund_no"), Repeat::IdempotencyKey);
    let numbered = Marked { number: Some("R1".into()), key: None };
    let keyed = Marked { number: None, key: Some("K1".into()) };
    for (repeat, request, attempts) in [
        (number, numbered.clone(), 3),
        (key, keyed.clone(), 3),
        (number, keyed, 1),
        (key, numbered, 1),
    ] {
        let gateway = Gateway::script([broken]);
        let (core, _) = patient(&gateway);
        let operation = on(gateway.url(), None, repeat);
        let error = Call::<Reply>::new(&core, operation, request.clone()).blocking().unwrap_err();
        let seen = gateway.seen();
        assert_eq!((error.attempts() as usize, seen.len()), (attempts, attempts), "{repeat:?}");
        assert_eq!(error.is_retryable(), attempts == 3, "{repeat:?}");
        assert!(error.is_outcome_unknown() && error.operation() == Some("taxi.marked"));
        for seen in &seen {
            assert_eq!(seen.all("idempotency-key"), request.key.as_deref().as_slice());
            assert_eq!(seen.body, seen_first(&gateway).body);
        }
    }
    let gateway = Gateway::script([broken]);
    let (core, _) = patient(&gateway);
    let call = Call::<Reply>::new(&core, on(gateway.url(), None, key), Marked::default());
    let error = call.header("Idempotency-Key", "by hand").blocking().unwrap_err();
    assert_eq!(error.attempts(), 3);
}

#[test]
fn errors_from_before_the_first_attempt_tell_of_none() {
    let gateway = Gateway::script([ok]);
    let invalid = Call::<Reply>::new(&core(&gateway), &PUNCH, Punch::named("far too long"));
    assert_eq!(invalid.blocking().unwrap_err().attempts(), 0);
    let build = read(&core(&gateway)).header("Authorization", "x");
    assert_eq!(build.blocking().unwrap_err().attempts(), 0);
    let decode = Call::<crate::support::Refund>::new(&core(&gateway), &PUNCH, Punch::named("a"));
    assert_eq!(decode.blocking().unwrap_err().attempts(), 1);
}
