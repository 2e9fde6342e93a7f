//! Downloads of certificates and repeated attempts, where they meet.

use std::{
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tracing::subscriber::with_default;
use wechatpay_runtime::{Error, RetryPolicy, TrustFailure, TrustStore, VerificationFailure};

use crate::support::{
    Act, Capture, Seal, trust, unsigned,
    world::{World, get, is_download, platform_entry},
};

fn empty() -> TrustStore {
    TrustStore::new().download()
}

/// Each of these in turn for downloads, then the certificate; calls are answered at once.
fn reluctant(failures: Vec<fn() -> Act>, policy: RetryPolicy) -> World {
    let tries = AtomicUsize::new(0);
    World::retrying(empty(), policy, move |seen, now| {
        if !is_download(seen) {
            return Seal::Certificate.sign(200, "{}", now).bytes().into();
        }
        match failures.get(tries.fetch_add(1, Ordering::SeqCst)) {
            Some(failure) => failure(),
            None => Seal::Certificate.sign(200, platform_entry(), now).bytes().into(),
        }
    })
}

fn failures() -> Vec<fn() -> Act> {
    vec![Act::close, || unsigned(502, "text/html", "<html>").into()]
}

#[test]
fn item_30_a_download_is_tried_as_often_as_the_clients_policy_allows() {
    let world = reluctant(failures(), RetryPolicy::default());
    world.read().unwrap();
    assert_eq!(world.downloads(), 3);
    let world = reluctant(failures(), RetryPolicy::none().attempts(2));
    let error = world.read().unwrap_err();
    assert_eq!((world.downloads(), error.attempts()), (2, 0));
    let Error::Trust(trust) = &error else { panic!("{error}") };
    let TrustFailure::Unavailable(cause) = trust.failure() else { panic!("{error}") };
    assert_eq!((cause.attempts(), cause.status().unwrap().as_u16()), (2, 502));
    assert!(error.is_retryable() && !error.is_outcome_unknown(), "{error}");
}

#[test]
fn items_29_30_a_probe_in_the_place_of_the_certificates_is_asked_for_again() {
    let probe: fn() -> Act = || {
        let answer = Seal::Certificate.sign(200, platform_entry(), 0);
        let answer = answer.without("Wechatpay-Signature");
        answer.with("Wechatpay-Signature", "WECHATPAY/SIGNTEST/x~").bytes().into()
    };
    let world = reluctant(vec![probe], RetryPolicy::default());
    world.read().unwrap();
    assert_eq!(world.downloads(), 2);
    let world = reluctant(vec![probe], RetryPolicy::none());
    let error = world.read().unwrap_err();
    let Error::Trust(trust) = &error else { panic!("{error}") };
    let TrustFailure::Unavailable(cause) = trust.failure() else { panic!("{error}") };
    assert!(matches!(cause, Error::Verification(cause) if cause.is_probe()), "{cause}");
    assert!(error.is_retryable() && cause.request_id().is_some(), "{error}");
}

#[test]
fn items_31_33_an_unknown_certificate_does_not_cost_an_attempt_and_may_sign_a_later_one() {
    let calls = AtomicUsize::new(0);
    let world =
        World::retrying(trust().download(), RetryPolicy::none().attempts(2), move |seen, now| {
            if is_download(seen) {
                return Seal::Certificate.sign(200, platform_entry(), now).bytes();
            }
            match calls.fetch_add(1, Ordering::SeqCst) {
                0 => Seal::PublicKey.sign(503, "{}", now).bytes(),
                _ => Seal::Certificate.sign(200, "{}", now).bytes(),
            }
        });
    let reply = get(&world.core).with_meta().blocking().unwrap().reply;
    assert!(reply.attempts() == 2 && reply.is_authenticated());
    assert_eq!(world.downloads(), 1);
}

#[test]
fn item_33_an_unknown_certificate_that_stays_unknown_ends_the_call() {
    let world =
        World::retrying(trust().download(), RetryPolicy::default(), |seen, now| match is_download(
            seen,
        ) {
            true => Seal::PublicKey.sign(404, "{\"code\":\"RESOURCE_NOT_EXISTS\"}", now).bytes(),
            false => Seal::Certificate.sign(200, "{}", now).bytes(),
        });
    let error = world.read().unwrap_err();
    let Error::Verification(verification) = &error else { panic!("{error}") };
    assert!(matches!(verification.failure(), VerificationFailure::UnknownSerial { .. }));
    assert_eq!(error.attempts(), 1);
    assert!(error.source().unwrap().downcast_ref::<Arc<TrustFailure>>().is_some());
    assert_eq!(world.gateway.seen().len(), 2);
}

#[test]
fn a_download_is_a_span_of_its_own_inside_that_of_the_call() {
    let capture = Capture::default();
    let world = reluctant(vec![Act::close], RetryPolicy::default());
    with_default(capture.clone(), || world.read().unwrap());
    let spans = capture.spans("wechatpay.call");
    let [(call, outer), (download, inner)] = &spans[..] else { panic!("{}", spans.len()) };
    assert_eq!(outer.line(), "operation=taxi.get_driver outcome=success");
    assert_eq!(inner.line(), "operation=certificates.download outcome=success");
    assert_eq!(inner.parent, Some(*call));
    let attempts = capture.spans("wechatpay.attempt");
    let parents: Vec<_> = attempts.iter().map(|(_, attempt)| attempt.parent).collect();
    assert_eq!(parents, [Some(*download), Some(*download), Some(*call)]);
    let numbers: Vec<_> = attempts.iter().map(|(_, attempt)| &attempt.fields["attempt"]).collect();
    assert_eq!(numbers, ["1", "2", "1"]);
}

#[test]
fn outcomes_of_downloads_are_one_word_each() {
    let documentation = include_str!("../../README.md");
    let none: fn(u64) -> Act = |now| {
        let body = "{\"code\":\"RESOURCE_NOT_EXISTS\"}";
        Seal::PublicKey.sign(404, body, now).bytes().into()
    };
    let altered: fn(u64) -> Act =
        |now| Seal::Certificate.sign(200, platform_entry(), now).altered("{}").bytes().into();
    for (answer, outcome) in [
        (none, "no_certificates"),
        (|_| Act::close(), "certificates_unavailable"),
        (altered, "certificates_refused"),
    ] {
        assert!(documentation.contains(&format!("`{outcome}`")), "{outcome} is not documented");
        let world = World::new(empty(), move |_, now| answer(now));
        let capture = Capture::default();
        with_default(capture.clone(), || world.read().unwrap_err());
        let spans = capture.spans("wechatpay.call");
        assert_eq!(spans.len(), 2);
        assert!(spans.iter().all(|(_, span)| span.fields["outcome"] == outcome), "{outcome}");
    }
    let (closed, _end) = std::sync::mpsc::channel();
    let world = World::new(empty(), move |_, _| Act::Hang(closed.clone()));
    let capture = Capture::default();
    with_default(capture.clone(), || {
        get(&world.core).timeout(std::time::Duration::from_millis(50)).blocking().unwrap_err();
    });
    assert_eq!(capture.spans("wechatpay.call")[0].1.fields["outcome"], "certificates_late");
    assert!(documentation.contains("`certificates_late`"));
}
