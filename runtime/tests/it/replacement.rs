//! Keys that are replaced while calls are under way.

use std::sync::{Arc, Mutex, mpsc};

use wechatpay_runtime::{
    Call, Certificate, Core, Error, Merchant, PrivateKey, RetryPolicy, TrustStore,
};

use crate::{
    answers::seal,
    support::{
        Answer, Gateway, MCHID, MERCHANT_SERIAL, PUNCH, Pauses, Punch, REFUND, Refund, UPDATE,
        config, core, fixture, merchant, merchant_key, platform_certificate, trust,
    },
};

/// The same merchant with the key of its next certificate.
fn renewed() -> Merchant {
    let key = PrivateKey::from_pem(fixture!("platform_next_key.pem")).unwrap();
    Merchant::new(MCHID, key, "77777777")
}

/// A gateway whose answer waits until the test says so.
fn held(answer: Answer) -> (Gateway, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (arrived, arrival) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let gateway = Gateway::start(move |_| {
        arrived.send(()).unwrap();
        released.lock().unwrap().recv().unwrap();
        answer.bytes()
    });
    (gateway, arrival, release)
}

#[test]
fn a_call_keeps_the_merchants_key_it_began_with() {
    let body = format!("{{\"id\":\"r\",\"total\":1,\"phone\":\"{}\"}}", seal("138"));
    let (gateway, arrival, release) = held(Answer::new(200, body));
    let core = core(&gateway);
    let call = Call::<Refund>::new(&core, &REFUND, Punch::named("a"));
    let under_way = std::thread::spawn(move || call.blocking());
    arrival.recv().unwrap();
    core.replace_merchant(renewed()).unwrap();
    release.send(()).unwrap();
    assert_eq!(under_way.join().unwrap().unwrap().phone.unwrap().expose(), "138");
    release.send(()).unwrap();
    // The new key does not open what was sealed for the old one.
    let next = Call::<Refund>::new(&core, &REFUND, Punch::named("a")).blocking();
    assert!(matches!(next, Err(Error::Decode(_))));
    let seen = gateway.seen();
    assert_eq!(seen[0].signed("serial_no"), MERCHANT_SERIAL);
    assert_eq!(seen[1].signed("serial_no"), "77777777");
    assert_eq!(core.merchant().serial(), "77777777");
}

#[test]
fn all_attempts_of_a_call_are_signed_by_the_merchant_it_began_with() {
    let (gateway, arrival, release) = held(Answer::new(500, "{}"));
    let config = config(&gateway).retry(RetryPolicy::none().attempts(2)).sleep(Pauses::default());
    let core = Core::new(config).unwrap();
    let call = Call::<()>::new(&core, &UPDATE, Punch::named("a"));
    let under_way = std::thread::spawn(move || call.blocking());
    arrival.recv().unwrap();
    core.replace_merchant(renewed()).unwrap();
    release.send(()).unwrap();
    arrival.recv().unwrap();
    release.send(()).unwrap();
    assert_eq!(under_way.join().unwrap().unwrap_err().attempts(), 2);
    assert!(gateway.seen().iter().all(|seen| seen.signed("serial_no") == MERCHANT_SERIAL));
}

#[test]
fn a_response_is_verified_with_the_keys_in_place_when_it_arrives() {
    let (gateway, arrival, release) =
        held(Answer::by_certificate("", platform_certificate().serial()));
    let core = core(&gateway);
    let call = Call::<()>::new(&core, &PUNCH, Punch::named("a"));
    let under_way = std::thread::spawn(move || call.blocking());
    arrival.recv().unwrap();
    core.replace_trust(TrustStore::new().certificate(platform_certificate())).unwrap();
    release.send(()).unwrap();
    under_way.join().unwrap().unwrap();
}

fn problem(result: Result<(), Error>) -> String {
    match result {
        Err(Error::Config(error)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn item_34_a_bad_replacement_leaves_the_old_keys_in_place() {
    let gateway = Gateway::always(Answer::new(204, "").bytes());
    let core = Core::new(config(&gateway)).unwrap();
    let before = format!("{core:?}");
    assert!(problem(core.replace_trust(TrustStore::new())).contains("is empty"));
    let own = Certificate::from_pem(fixture!("merchant_cert.pem")).unwrap();
    let own = problem(core.replace_trust(trust().certificate(own)));
    assert!(own.contains("is a merchant's own certificate"), "{own}");
    let downloading = problem(core.replace_trust(TrustStore::new().download()));
    assert!(downloading.contains("APIv3 key"), "{downloading}");
    let other = Merchant::new("1900000110", merchant_key(), MERCHANT_SERIAL);
    let other = problem(core.replace_merchant(other));
    assert!(other.contains("is not this client's"), "{other}");
    let spelled = Merchant::new(MCHID, merchant_key(), "40:8B");
    assert!(problem(core.replace_merchant(spelled)).contains("hexadecimal"));
    let platforms = PrivateKey::from_pem(fixture!("wechatpay_key.pem")).unwrap();
    let platforms = problem(core.replace_merchant(Merchant::new(MCHID, platforms, "77")));
    assert!(platforms.contains("is the merchant's own public key"), "{platforms}");
    assert_eq!(format!("{core:?}"), before);
    core.replace_merchant(merchant()).unwrap();
}
