//! When certificates are downloaded, by whom, and how often.

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::Poll,
    time::Duration,
};

use wechatpay_runtime::{Error, TrustFailure, TrustStore, VerificationFailure};

use crate::support::{
    Act, Seal, fixture, next_platform_certificate, platform_certificate, trust,
    world::{World, get, is_download, listing, platform_entry},
};

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 3600;

fn empty() -> TrustStore {
    TrustStore::new().download()
}

#[test]
fn item_31_a_client_with_a_key_refreshes_once_a_day_and_waits_for_nothing() {
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let world = World::new(trust().download(), move |seen, now| {
        if is_download(seen) {
            released.lock().unwrap().recv().unwrap();
            return Seal::Certificate.sign(200, platform_entry(), now).bytes();
        }
        Seal::PublicKey.sign(200, "{}", now).bytes()
    });
    // The platform does not give the certificates before the call is through.
    world.read().unwrap();
    world.await_downloads(1);
    world.read().unwrap();
    release.send(()).unwrap();
    world.await_key(platform_certificate().serial());
    world.pass(DAY - 1);
    world.read().unwrap();
    assert_eq!(world.downloads(), 1);
    world.pass(1);
    world.read().unwrap();
    world.await_downloads(2);
    release.send(()).unwrap();
    // The public key is still the one to be answered with.
    let last = world.gateway.seen().pop().unwrap();
    assert_eq!(last.header("wechatpay-serial"), crate::support::WECHATPAY_ID);
}

#[test]
fn items_31_33_an_unknown_certificate_is_fetched_and_the_answer_it_signed_is_kept() {
    // A public key at first, a certificate beside it from the first answer on that needs one.
    let world = World::new(trust().download(), |seen, now| {
        let body = if is_download(seen) { platform_entry() } else { "{}".to_owned() };
        Seal::Certificate.sign(200, body, now).bytes()
    });
    for _ in 0..3 {
        world.read().unwrap();
    }
    assert_eq!(world.downloads(), 1);
    assert_eq!(world.gateway.seen().len(), 4);
}

#[test]
fn item_31_a_serial_that_stays_unknown_leads_to_one_download_a_minute_and_no_loop() {
    let world = World::new(empty(), |seen, now| {
        if is_download(seen) {
            return Seal::Certificate.sign(200, platform_entry(), now).bytes();
        }
        Seal::NextCertificate.sign(200, "{}", now).bytes()
    });
    let refused = || {
        let Err(Error::Verification(error)) = world.read() else { panic!("believed") };
        assert!(matches!(error.failure(), VerificationFailure::UnknownSerial { .. }), "{error}");
    };
    // The first download for the first key, the second for the unknown one.
    refused();
    assert_eq!(world.downloads(), 2);
    for _ in 0..3 {
        refused();
    }
    world.pass(MINUTE - 1);
    refused();
    assert_eq!(world.downloads(), 2);
    world.pass(1);
    refused();
    refused();
    assert_eq!(world.downloads(), 3);
}

#[test]
fn item_17_an_unknown_public_key_is_not_looked_for_among_certificates() {
    let world = World::new(empty(), |seen, now| {
        if is_download(seen) {
            return Seal::Certificate.sign(200, platform_entry(), now).bytes();
        }
        Seal::PublicKey.sign(200, "{}", now).bytes()
    });
    world.read().unwrap_err();
    assert_eq!(world.downloads(), 1);
}

#[test]
fn item_31_a_new_certificate_is_learnt_while_the_old_one_stays() {
    let both = listing(&[
        (platform_certificate().serial(), fixture!("platform_cert.pem")),
        (next_platform_certificate().serial(), fixture!("platform_next_cert.pem")),
    ]);
    let calls = AtomicUsize::new(0);
    let world = World::new(empty(), move |seen, now| {
        if is_download(seen) {
            let first = calls.load(Ordering::SeqCst) == 0;
            let body = if first { platform_entry() } else { both.clone() };
            return Seal::Certificate.sign(200, body, now).bytes();
        }
        let seal = match calls.fetch_add(1, Ordering::SeqCst) {
            1 => Seal::NextCertificate,
            _ => Seal::Certificate,
        };
        seal.sign(200, "{}", now).bytes()
    });
    for _ in 0..3 {
        world.read().unwrap();
    }
    assert_eq!(world.downloads(), 2);
    // It expires last, so it is the one to encrypt with.
    let last = world.gateway.seen().pop().unwrap();
    assert_eq!(last.header("wechatpay-serial"), next_platform_certificate().serial());
}

#[test]
fn item_31_a_call_waits_for_a_certificate_if_its_own_has_expired() {
    let expiry = platform_certificate().not_after();
    let world = World::new(empty(), move |seen, now| {
        let over = crate::support::world::seconds(expiry) < now;
        let (seal, serial, pem) = if over {
            let serial = next_platform_certificate().serial().to_owned();
            (Seal::NextCertificate, serial, fixture!("platform_next_cert.pem"))
        } else {
            let serial = platform_certificate().serial().to_owned();
            (Seal::Certificate, serial, fixture!("platform_cert.pem"))
        };
        let body = if is_download(seen) { listing(&[(&serial, pem)]) } else { "{}".to_owned() };
        seal.sign(200, body, now).bytes()
    });
    world.read().unwrap();
    world.set(expiry + Duration::from_secs(1));
    world.read().unwrap();
    let last = world.gateway.seen().pop().unwrap();
    assert_eq!(last.header("wechatpay-serial"), next_platform_certificate().serial());
    assert_eq!(world.gateway.seen().len(), 4);
}

#[test]
fn item_32_a_merchant_without_certificates_is_told_so_and_the_platform_is_left_alone() {
    for (status, code, pause) in
        [(404, "RESOURCE_NOT_EXISTS", 10 * MINUTE), (500, "SYSTEM_ERROR", MINUTE)]
    {
        let world = World::new(empty(), move |_, now| {
            let body = format!("{{\"code\":\"{code}\",\"message\":\"无可用的平台证书\"}}");
            Seal::PublicKey.sign(status, body, now).bytes()
        });
        for _ in 0..3 {
            let error = world.read().unwrap_err();
            let sentence =
                "this merchant has no platform certificates; use the WeChat Pay public key";
            assert!(error.to_string().contains(sentence), "{error}");
            let Error::Trust(trust) = &error else { panic!("{error}") };
            let TrustFailure::NoCertificates(api) = trust.failure() else { panic!("{error}") };
            assert_eq!((api.code(), api.is_authenticated()), (Some(code), false));
            assert!(api.request_id().is_some() && !error.is_retryable());
            assert!(std::error::Error::source(&error).unwrap().to_string().contains(code));
        }
        assert_eq!(world.gateway.seen().len(), 1);
        world.pass(pause - 1);
        world.read().unwrap_err();
        assert_eq!(world.downloads(), 1);
        world.pass(1);
        world.read().unwrap_err();
        assert_eq!(world.downloads(), 2);
    }
}

#[test]
fn item_32_such_a_merchant_works_on_with_its_public_key() {
    let world = World::new(trust().download(), |seen, now| {
        let body = "{\"code\":\"RESOURCE_NOT_EXISTS\"}";
        Seal::PublicKey.sign(if is_download(seen) { 404 } else { 200 }, body, now).bytes()
    });
    for _ in 0..3 {
        world.read().unwrap();
    }
    world.await_downloads(1);
    assert_eq!(world.downloads(), 1);
}

#[test]
fn item_32_a_client_with_a_key_verifies_the_refusal() {
    let world = World::new(trust().download(), |seen, now| {
        let refusal = "{\"code\":\"RESOURCE_NOT_EXISTS\"}";
        match is_download(seen) {
            true => Seal::PublicKey.sign(404, refusal, now).bytes(),
            false => Seal::Certificate.sign(200, "{}", now).bytes(),
        }
    });
    let error = world.read().unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    let failure = source.downcast_ref::<Arc<TrustFailure>>().unwrap();
    let TrustFailure::NoCertificates(api) = &**failure else { panic!("{failure}") };
    assert!(api.is_authenticated());
}

#[test]
fn item_31_a_client_with_keys_leaves_a_silent_platform_alone_for_a_while() {
    let world = World::new(trust().download(), |seen, now| match is_download(seen) {
        true => Act::Close(Vec::new()),
        false => Act::Answer(Seal::Certificate.sign(200, "{}", now).bytes()),
    });
    for _ in 0..3 {
        world.read().unwrap_err();
    }
    assert_eq!(world.downloads(), 1);
}

#[test]
fn item_31_an_expired_certificate_serves_on_if_there_is_no_other() {
    let expiry = platform_certificate().not_after();
    let world = World::new(empty(), move |seen, now| {
        let over = crate::support::world::seconds(expiry) < now;
        let body = if is_download(seen) { platform_entry() } else { "{}".to_owned() };
        let status = if is_download(seen) && over { 503 } else { 200 };
        Seal::Certificate.sign(status, body, now).bytes()
    });
    world.read().unwrap();
    world.set(expiry + Duration::from_secs(1));
    world.read().unwrap();
    world.read().unwrap();
    assert_eq!(world.downloads(), 2);
}

#[test]
fn a_download_adds_nothing_to_a_store_that_has_replaced_its_own() {
    let (arrived, arrival) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let world = World::new(empty(), move |seen, now| {
        if is_download(seen) {
            arrived.send(()).unwrap();
            released.lock().unwrap().recv().unwrap();
            return Seal::Certificate.sign(200, platform_entry(), now).bytes();
        }
        Seal::PublicKey.sign(200, "{}", now).bytes()
    });
    let waiting = get(&world.core);
    let waiting = std::thread::spawn(move || waiting.blocking());
    arrival.recv().unwrap();
    world.core.replace_trust(trust()).unwrap();
    release.send(()).unwrap();
    waiting.join().unwrap().unwrap();
    let shown = format!("{:?}", world.core);
    assert!(!shown.contains(platform_certificate().serial()), "{shown}");
}

#[test]
fn a_download_that_nobody_answered_is_tried_again_by_the_next_call() {
    let tries = AtomicUsize::new(0);
    let world = World::new(empty(), move |seen, now| {
        if !is_download(seen) {
            return Act::Answer(Seal::Certificate.sign(200, "{}", now).bytes());
        }
        match tries.fetch_add(1, Ordering::SeqCst) {
            0 => Act::Close(Vec::new()),
            _ => Act::Answer(Seal::Certificate.sign(200, platform_entry(), now).bytes()),
        }
    });
    let error = world.read().unwrap_err();
    assert!(error.is_retryable() && !error.is_outcome_unknown(), "{error}");
    let Error::Trust(trust) = &error else { panic!("{error}") };
    assert!(matches!(trust.failure(), TrustFailure::Unavailable(Error::Transport(_))));
    world.read().unwrap();
}

#[test]
fn calls_share_a_download_and_the_end_of_one_does_not_strand_the_others() {
    let (arrived, arrival) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let world = World::new(empty(), move |seen, now| {
        if is_download(seen) {
            arrived.send(()).unwrap();
            released.lock().unwrap().recv().unwrap();
            return Seal::Certificate.sign(200, platform_entry(), now).bytes();
        }
        Seal::Certificate.sign(200, "{}", now).bytes()
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut leader = Box::pin(get(&world.core).into_future());
        let polled = poll_fn(|context| Poll::Ready(leader.as_mut().poll(context))).await;
        assert!(polled.is_pending());
        arrival.recv().unwrap();
        let others: Vec<_> = (0..8).map(|_| tokio::spawn(get(&world.core).into_future())).collect();
        drop(leader);
        tokio::task::yield_now().await;
        release.send(()).unwrap();
        for call in others {
            call.await.unwrap().unwrap();
        }
    });
    assert_eq!(world.downloads(), 1);
}

#[test]
fn a_call_does_not_wait_for_certificates_beyond_its_time() {
    let (closed, _end) = mpsc::channel();
    let world = World::new(empty(), move |_, _| Act::Hang(closed.clone()));
    let call = get(&world.core).timeout(Duration::from_millis(50));
    let error = call.blocking().unwrap_err();
    let Error::Trust(trust) = &error else { panic!("{error}") };
    assert!(matches!(trust.failure(), TrustFailure::Late) && error.is_retryable(), "{error}");
    assert_eq!(world.gateway.seen().len(), world.downloads());
}
