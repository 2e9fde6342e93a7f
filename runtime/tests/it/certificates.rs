//! Which answers to `/v3/certificates` are believed.

use std::time::Duration;

use wechatpay_runtime::{Error, TrustFailure, TrustStore, VerificationFailure};

use crate::support::{
    Seal, fixture, next_platform_certificate, platform_certificate, trust,
    world::{World, is_download, listing, platform_entry},
};

/// Answers downloads with this body and signature, and everything else signed with the platform certificate.
fn world(store: TrustStore, body: String, seal: Seal) -> World {
    World::new(store, move |seen, now| {
        if is_download(seen) {
            seal.sign(200, body.clone(), now).bytes()
        } else {
            Seal::Certificate.sign(200, "{}", now).bytes()
        }
    })
}

fn empty() -> TrustStore {
    TrustStore::new().download()
}

fn next_entry() -> String {
    listing(&[(next_platform_certificate().serial(), fixture!("platform_next_cert.pem"))])
}

#[test]
fn item_30_an_empty_store_takes_the_certificate_that_signed_the_answer_it_came_in() {
    let world = world(empty(), platform_entry(), Seal::Certificate);
    world.read().unwrap();
    world.read().unwrap();
    let seen = world.gateway.seen();
    assert_eq!(seen.len(), 3);
    assert!(is_download(&seen[0]) && seen[0].all("wechatpay-serial").is_empty());
    crate::bytes::assert_signed(&seen[0], b"");
    for call in &seen[1..] {
        assert_eq!(call.header("wechatpay-serial"), platform_certificate().serial());
    }
}

#[test]
fn item_30_an_installed_key_may_prove_the_answer_too() {
    let world = world(trust().download(), platform_entry(), Seal::PublicKey);
    world.read().unwrap();
    world.read().unwrap();
    assert_eq!(world.downloads(), 1);
}

#[test]
fn item_30_certificates_of_other_suites_and_new_keys_in_the_answer_are_passed_over() {
    let other = platform_entry().replace("AEAD_AES_256_GCM", "AEAD_SM4_GCM");
    let other = other.replace("\"ciphertext\":\"", "\"ciphertext\":\"AAAA");
    let (other, mine) = (other.trim_end_matches("]}"), platform_entry());
    let both = format!("{other},{}", mine.trim_start_matches("{\"data\":["));
    world(empty(), both.replacen('{', "{\"total\":2,", 1), Seal::Certificate).read().unwrap();
}

/// Answers that must not be believed, and what is said of them.
fn poisoned() -> Vec<(String, Seal, &'static str)> {
    let serial = platform_certificate().serial().to_owned();
    let one = |serial: &str, pem| listing(&[(serial, pem)]);
    let own = fixture!("merchant_cert.pem");
    let own_serial = crate::support::MERCHANT_SERIAL;
    let wrong_key = platform_entry().replace("\"ciphertext\":\"", "\"ciphertext\":\"AAAA");
    let twice = listing(&[(&serial, fixture!("platform_cert.pem")), (own_serial, own)]);
    vec![
        (wrong_key, Seal::Certificate, "another APIv3 key sealed it"),
        (one("ABCD", fixture!("platform_cert.pem")), Seal::Certificate, "another serial inside"),
        (one(own_serial, own), Seal::Certificate, "is a merchant's own certificate"),
        (twice, Seal::Certificate, "is a merchant's own certificate"),
        (one(&serial, fixture!("wechatpay_pub.pem")), Seal::Certificate, "is a public key"),
        (next_entry(), Seal::Certificate, "the answer is not verified"),
        (platform_entry(), Seal::NextCertificate, "the answer is not verified"),
        (platform_entry().replace("nonce-12byte", "short"), Seal::Certificate, "has 5 bytes"),
        ("{\"data\":[]}".to_owned(), Seal::Certificate, "holds none"),
        ("{\"data\":7}".to_owned(), Seal::Certificate, "data: expected a list"),
        ("no json".to_owned(), Seal::Certificate, "expected JSON"),
    ]
}

#[test]
fn items_30_34_a_poisoned_answer_gives_no_key_and_says_what_is_wrong() {
    for (body, seal, expected) in poisoned() {
        let world = world(empty(), body, seal);
        let error = world.read().unwrap_err();
        let Error::Trust(trust) = &error else { panic!("{expected}: {error}") };
        assert!(matches!(trust.failure(), TrustFailure::Refused(_)), "{error}");
        assert!(error.to_string().contains(expected), "{expected}: {error}");
        assert_eq!(error.operation(), Some("taxi.get_driver"));
        assert!(!error.is_retryable() && !error.is_outcome_unknown());
        // The call itself was never sent, and the platform is left alone for a while.
        world.read().unwrap_err();
        assert_eq!(world.gateway.seen().len(), 1, "{expected}");
    }
}

#[test]
fn item_30_a_poisoned_answer_leaves_the_old_keys_in_place() {
    for (body, seal, expected) in poisoned() {
        let old = trust().certificate(next_platform_certificate()).download();
        // With that certificate installed, the answers it signs are proven, but still not usable.
        if expected == "the answer is not verified" {
            continue;
        }
        let world = world(old, body, seal);
        let before = format!("{:?}", world.core);
        let error = world.read().unwrap_err();
        let Error::Verification(verification) = &error else { panic!("{expected}: {error}") };
        assert!(matches!(verification.failure(), VerificationFailure::UnknownSerial { .. }));
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains(expected), "{expected}: {source}");
        assert_eq!(format!("{:?}", world.core), before);
    }
}

#[test]
fn item_30_an_altered_unsigned_or_stale_answer_is_refused() {
    type Spoil = fn(u64) -> Vec<u8>;
    let cases: [(Spoil, &str); 4] = [
        (
            |now| {
                let altered = platform_entry() + " ";
                Seal::Certificate.sign(200, platform_entry(), now).altered(&altered).bytes()
            },
            "the signature does not belong to this body",
        ),
        (
            |_| crate::support::unsigned(200, "application/json", platform_entry()),
            "a success without a signature",
        ),
        (|now| Seal::Certificate.sign(200, platform_entry(), now - 301).bytes(), "301 s older"),
        (
            |now| {
                let answer = Seal::Certificate.sign(404, "{\"code\":\"RESOURCE_NOT_EXISTS\"}", now);
                answer.with("Wechatpay-Nonce", "another").bytes()
            },
            "more than once",
        ),
    ];
    for (spoil, expected) in cases {
        let world = World::new(empty(), move |_, now| spoil(now));
        let error = world.read().unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(world.gateway.seen().len(), 1);
    }
}

#[test]
fn item_30_a_known_serial_never_gets_another_key() {
    let store = trust().certificate(platform_certificate()).download();
    // The same serial with the key of `platform_next`.
    let imposter = fixture!("platform_imposter_cert.pem");
    let body = listing(&[(platform_certificate().serial(), imposter)]);
    let world = World::new(store, move |seen, now| {
        let seal = if is_download(seen) { Seal::PublicKey } else { Seal::NextCertificate };
        seal.sign(200, if is_download(seen) { body.clone() } else { "{}".into() }, now).bytes()
    });
    let error = world.read().unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("has another key than the certificate of this serial"), "{source}");
}

#[test]
fn item_30_certificates_out_of_their_time_are_left_out() {
    for (time, expected) in [
        (platform_certificate().not_after() + std::time::Duration::from_secs(1), "has expired"),
        (platform_certificate().not_before() - std::time::Duration::from_secs(1), "not valid yet"),
    ] {
        let alone = world(empty(), platform_entry(), Seal::Certificate);
        alone.set(time);
        let error = alone.read().unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    let both = listing(&[
        (platform_certificate().serial(), fixture!("platform_cert.pem")),
        (next_platform_certificate().serial(), fixture!("platform_next_cert.pem")),
    ]);
    let world = World::new(empty(), move |seen, now| {
        let body = if is_download(seen) { both.clone() } else { "{}".to_owned() };
        Seal::NextCertificate.sign(200, body, now).bytes()
    });
    world.set(platform_certificate().not_after() + std::time::Duration::from_secs(1));
    world.read().unwrap();
    let shown = format!("{:?}", world.core);
    assert!(!shown.contains(platform_certificate().serial()), "{shown}");
}

#[test]
fn item_34_downloading_needs_the_api_v3_key() {
    let config = wechatpay_runtime::Config::new(crate::support::merchant(), empty());
    let Err(Error::Config(error)) = wechatpay_runtime::Core::new(config) else { panic!() };
    assert!(error.to_string().contains("`Config::api_v3_key`"), "{error}");
}

#[test]
fn item_30_a_certificate_is_valid_from_its_first_second_to_its_last() {
    let second = Duration::from_secs(1);
    let certificate = platform_certificate();
    let (first, last) = (certificate.not_before(), certificate.not_after());
    for (time, valid) in
        [(first - second, false), (first, true), (last, true), (last + second, false)]
    {
        let world = World::new(empty(), |seen, now| {
            let body = if is_download(seen) { platform_entry() } else { "{}".to_owned() };
            Seal::Certificate.sign(200, body, now).bytes()
        });
        world.set(time);
        assert_eq!(world.read().is_ok(), valid, "{time:?}");
    }
}
