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

use wechatpay_runtime::{
    BoxFuture, Call, Config, Core, CryptoFailure, Decryptor, Error, Merchant, PrivateKey, Signer,
};

use crate::{
    answers::seal,
    bytes::assert_signed,
    support::{
        Answer, Gateway, MCHID, MERCHANT_SERIAL, PUNCH, Punch, REFUND, Refund, clock, merchant_key,
        trust,
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
    Fails,
    Hangs,
}

impl Vault {
    fn new(mood: Mood) -> Arc<Self> {
        Arc::new(Self { key: merchant_key(), mood, asked: AtomicUsize::new(0) })
    }

    fn answer<'a>(&'a self, work: Outcome<'a>) -> Outcome<'a> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            tokio::task::yield_now().await;
            match self.mood {
                Mood::Works => work.await,
                Mood::Fails => Err("the vault is sealed".into()),
                Mood::Hangs => pending().await,
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
