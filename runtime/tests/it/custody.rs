//! Keys that are somewhere else: signers and decryptors.

use std::{
    error::Error as _,
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, to_value};
use wechatpay_runtime::{
    BoxFuture, Call, Config, Core, CryptoFailure, Decryptor, Error, Merchant, NonceSource,
    PayParams, PrivateKey, Signer,
};

use crate::{
    answers::seal,
    bytes::assert_signed,
    support::{
        Act, Answer, Gateway, MCHID, MERCHANT_SERIAL, PUNCH, Pauses, Punch, REFUND, Refund, UPDATE,
        clock, merchant_key, trust, unsigned,
    },
};

type Outcome<'a> = BoxFuture<'a, Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>>>;

/// Stands for a service that holds the key: it answers later, with an error, or never.
struct Vault {
    key: PrivateKey,
    mood: Mood,
    asked: AtomicUsize,
}

#[derive(Clone, Copy)]
enum Mood {
    Works,
    /// Then fails.
    WorksOnce,
    /// Then hangs.
    AnswersOnce,
    /// Then takes so long.
    TiresAfterOne(Duration),
    Fails,
    Hangs,
    Panics,
}

impl Vault {
    fn new(mood: Mood) -> Arc<Self> {
        Arc::new(Self { key: merchant_key(), mood, asked: AtomicUsize::new(0) })
    }

    fn answer<'a>(&'a self, work: Outcome<'a>) -> Outcome<'a> {
        let first = self.asked.fetch_add(1, Ordering::SeqCst) == 0;
        Box::pin(async move {
            tokio::task::yield_now().await;
            match self.mood {
                Mood::Works => work.await,
                Mood::WorksOnce | Mood::AnswersOnce | Mood::TiresAfterOne(_) if first => work.await,
                Mood::TiresAfterOne(pause) => {
                    tokio::time::sleep(pause).await;
                    work.await
                }
                Mood::Fails | Mood::WorksOnce => Err("the vault is sealed".into()),
                Mood::Hangs | Mood::AnswersOnce => pending().await,
                Mood::Panics => panic!("as the test wants it"),
            }
        })
    }
}

impl Signer for Vault {
    fn sign<'a>(&'a self, message: &'a [u8]) -> Outcome<'a> {
        self.answer(Signer::sign(&self.key, message))
    }
}

impl Decryptor for Vault {
    fn decrypt<'a>(&'a self, ciphertext: &'a [u8]) -> Outcome<'a> {
        self.answer(Decryptor::decrypt(&self.key, ciphertext))
    }
}

fn core(gateway: &Gateway, merchant: Merchant) -> Core {
    Core::new(Config::new(merchant, trust()).clock(clock).base_url(gateway.url())).unwrap()
}

fn merchant(mood: Mood) -> Merchant {
    Merchant::with_signer(MCHID, MERCHANT_SERIAL.to_lowercase(), Vault::new(mood))
}

#[test]
fn items_01_06_a_signer_elsewhere_signs_what_is_sent() {
    let gateway = Gateway::always(Answer::new(204, "").bytes());
    let core = core(&gateway, merchant(Mood::Works));
    Call::<()>::new(&core, &PUNCH, Punch::named("a")).blocking().unwrap();
    let seen = gateway.only();
    assert_signed(&seen, &seen.body);
    assert_eq!(seen.signed("serial_no"), MERCHANT_SERIAL);
}

#[test]
fn a_signer_that_fails_or_hangs_is_an_error_with_its_reason_and_nothing_is_sent() {
    let gateway = Gateway::always(Answer::new(204, "").bytes());
    for (mood, reason) in
        [(Mood::Fails, "the vault is sealed"), (Mood::Hangs, "no signature came in time")]
    {
        let core = core(&gateway, merchant(mood));
        let call = Call::<()>::new(&core, &PUNCH, Punch::named("a"));
        let error = call.timeout(Duration::from_millis(50)).blocking().unwrap_err();
        let Error::Crypto(crypto) = &error else { panic!("{error}") };
        assert!(matches!(crypto.failure(), CryptoFailure::Sign(_)), "{error}");
        assert_eq!(error.source().unwrap().to_string(), reason);
        assert!(!error.is_outcome_unknown());
    }
    assert!(gateway.seen().is_empty());
}

/// The first attempt of two seconds' time is answered with an error; the signer has this mood.
fn second_attempt(mood: Mood) {
    let gateway = Gateway::start(|_| Act::Answer(unsigned(503, "", "")));
    let config = Config::new(merchant(mood), trust()).clock(clock).base_url(gateway.url());
    let core = Core::new(config.sleep(Pauses::default())).unwrap();
    let call = Call::<()>::new(&core, &UPDATE, Punch::named("a"));
    let error = call.timeout(Duration::from_secs(2)).blocking().unwrap_err();
    assert!(matches!(&error, Error::Api(_)), "{error}");
    assert!(error.attempts() == 1 && error.is_outcome_unknown(), "{error}");
    gateway.only();
}

#[test]
fn a_later_attempt_that_is_not_signed_does_not_hide_the_one_before() {
    second_attempt(Mood::WorksOnce);
    second_attempt(Mood::AnswersOnce);
}

#[test]
fn a_later_attempt_that_is_signed_too_late_does_not_begin() {
    second_attempt(Mood::TiresAfterOne(Duration::from_millis(1850)));
}

struct Fixed;

impl NonceSource for Fixed {
    fn nonce(&self) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        Ok("n-1".to_owned())
    }
}

/// A core without a gateway, and the same nonce each time.
fn front(merchant: Merchant) -> Config {
    Config::new(merchant, trust()).base_url("http://127.0.0.1:1").clock(clock).nonce(Fixed)
}

fn pay_params(config: Config) -> PayParams {
    Core::new(config).unwrap().pay_params()
}

/// All that is signed for front ends.
async fn signed(merchant: Merchant) -> Result<[Value; 3], Error> {
    let params = pay_params(front(merchant));
    let jsapi = to_value(params.jsapi("wx1", "wx2").await?).unwrap();
    let mini_program = to_value(params.mini_program("wx1", "wx2").await?).unwrap();
    Ok([jsapi, mini_program, to_value(params.app("wx1", "wx2").await?).unwrap()])
}

#[test]
fn item_43_a_signer_elsewhere_signs_for_the_front_end_as_a_key_at_hand_does() {
    // This executor has no reactor of its own.
    let expected = pollster::block_on(signed(crate::support::merchant())).unwrap();
    assert_eq!(pollster::block_on(signed(merchant(Mood::Works))).unwrap(), expected);
    let params = pay_params(front(merchant(Mood::Works)));
    assert_eq!(to_value(params.jsapi("wx1", "wx2").blocking().unwrap()).unwrap(), expected[0]);
}

#[test]
fn item_43_a_front_end_gets_nothing_from_a_signer_that_fails_hangs_or_panics() {
    for (mood, reason) in [
        (Mood::Fails, "the vault is sealed"),
        (Mood::Hangs, "no signature came in time"),
        (Mood::Panics, "panicked"),
    ] {
        let params = pay_params(front(merchant(mood)).timeout(Duration::from_millis(50)));
        let awaited = pollster::block_on(params.jsapi("wx1", "wx2").into_future());
        for error in [awaited.unwrap_err(), params.jsapi("wx1", "wx2").blocking().unwrap_err()] {
            assert_eq!(error.operation(), Some("pay_params.jsapi"));
            let Error::Crypto(crypto) = &error else { panic!("{error}") };
            assert!(matches!(crypto.failure(), CryptoFailure::Sign(_)), "{error}");
            assert!(error.source().unwrap().to_string().contains(reason), "{error:?}");
        }
    }
}

#[test]
fn item_43_nothing_is_signed_unless_it_is_awaited() {
    let vault = Vault::new(Mood::Works);
    let merchant = Merchant::with_signer(MCHID, MERCHANT_SERIAL, Arc::clone(&vault) as _);
    let params = pay_params(front(merchant));
    drop(params.jsapi("wx1", "wx2").into_future());
    assert_eq!(vault.asked.load(Ordering::SeqCst), 0);
    params.jsapi("", "wx2").blocking().unwrap_err();
    assert_eq!(vault.asked.load(Ordering::SeqCst), 0);
    params.jsapi("wx1", "wx2").blocking().unwrap();
    assert_eq!(vault.asked.load(Ordering::SeqCst), 1);
}

fn refund(phone: &str, merchant: Merchant) -> Result<Refund, Error> {
    let body = format!("{{\"id\":\"r\",\"total\":1,\"phone\":\"{phone}\"}}");
    let gateway = Gateway::always(Answer::new(200, body).bytes());
    let call = Call::new(&core(&gateway, merchant), &REFUND, Punch::named("a"));
    call.timeout(Duration::from_secs(2)).blocking()
}

#[test]
fn item_35_a_decryptor_elsewhere_opens_what_is_encrypted_and_is_not_asked_for_plain_text() {
    let vault = Vault::new(Mood::Works);
    let merchant = merchant(Mood::Works).decryptor(Arc::clone(&vault) as _);
    let plain = refund("13800138000", merchant.clone()).unwrap();
    assert_eq!(vault.asked.load(Ordering::SeqCst), 0);
    assert_eq!(refund(&seal("13800138000"), merchant).unwrap(), plain);
    assert_eq!(vault.asked.load(Ordering::SeqCst), 1);
}

#[test]
fn a_value_that_cannot_be_opened_leaves_the_response_and_says_why() {
    let without = merchant(Mood::Works);
    let fails = without.clone().decryptor(Vault::new(Mood::Fails));
    let hangs = without.clone().decryptor(Vault::new(Mood::Hangs));
    for (merchant, reason) in [
        (without, "`Merchant::decryptor`"),
        (fails, "the vault is sealed"),
        (hangs, "did not answer in time"),
    ] {
        let error = refund(&seal("13800138000"), merchant).unwrap_err();
        let Error::Decode(decode) = &error else { panic!("{error}") };
        assert_eq!(decode.mismatch().unwrap().path(), "phone");
        assert!(!decode.body().is_empty() && error.is_authenticated());
        assert!(error.source().unwrap().to_string().contains(reason), "{error:?}");
    }
}
