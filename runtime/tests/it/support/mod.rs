//! A gateway made of a socket and a closure, and the keys of both sides.

mod capture;
mod files;
mod gateway;
mod operations;
mod platform;
pub(crate) mod world;

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use wechatpay_runtime::{
    BoxFuture, Certificate, Config, Core, Merchant, PrivateKey, PublicKey, RetryPolicy, Sleep,
    SystemClock, TrustStore,
};

pub(crate) use capture::Capture;
pub(crate) use files::{Folder, bill, download, download_by, file, first, gzip, sha1};
pub(crate) use gateway::{Act, Gateway, Seen};
pub(crate) use operations::{
    DOWNLOAD, Driver, GET_DRIVER, HOST, Notes, PUNCH, Punch, REFUND, Refund, UPDATE, UPLOAD,
    Upload, on,
};
pub(crate) use platform::{Answer, Seal, unsigned};

/// The time at both ends.
pub(crate) const NOW: u64 = 1_700_000_000;
pub(crate) const MCHID: &str = "1900000109";
pub(crate) const MERCHANT_SERIAL: &str = "0A1B2C3D4E5F60718293A4B5C6D7E8F901234567";
pub(crate) const WECHATPAY_ID: &str = "PUB_KEY_ID_0000000000000000000000000000000001";

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/", $name))
    };
}
pub(crate) use fixture;

pub(crate) fn merchant_key() -> PrivateKey {
    PrivateKey::from_pem(fixture!("merchant_key.pem")).unwrap()
}

pub(crate) fn merchant() -> Merchant {
    let certificate = Certificate::from_pem(fixture!("merchant_cert.pem")).unwrap();
    Merchant::with_certificate(MCHID, merchant_key(), &certificate).unwrap()
}

pub(crate) fn wechatpay_key() -> PublicKey {
    PublicKey::from_pem(fixture!("wechatpay_pub.pem")).unwrap()
}

pub(crate) fn platform_certificate() -> Certificate {
    Certificate::from_pem(fixture!("platform_cert.pem")).unwrap()
}

pub(crate) fn next_platform_certificate() -> Certificate {
    Certificate::from_pem(fixture!("platform_next_cert.pem")).unwrap()
}

pub(crate) fn trust() -> TrustStore {
    TrustStore::new().public_key(WECHATPAY_ID, wechatpay_key())
}

/// Both ends agree on the time, so that answers can be signed beforehand.
pub(crate) fn clock() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

/// One attempt, so that a test sees each failure as it is.
pub(crate) fn config(gateway: &Gateway) -> Config {
    Config::new(merchant(), trust()).clock(clock).base_url(gateway.url()).retry(RetryPolicy::none())
}

pub(crate) fn core(gateway: &Gateway) -> Core {
    Core::new(config(gateway)).unwrap()
}

/// An address at which nothing listens.
pub(crate) fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A core without an address of its own.
pub(crate) fn away() -> (Core, Pauses) {
    let pauses = Pauses::default();
    (Core::new(bare_config().clock(clock).sleep(pauses.clone())).unwrap(), pauses)
}

/// Notes every pause and waits for none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pauses(Arc<Mutex<Vec<Duration>>>);

impl Pauses {
    pub(crate) fn taken(&self) -> Vec<Duration> {
        self.0.lock().unwrap().clone()
    }
}

impl Sleep for Pauses {
    fn sleep(&self, pause: Duration) -> BoxFuture<'_, ()> {
        self.0.lock().unwrap().push(pause);
        Box::pin(std::future::ready(()))
    }
}

/// A core with the machine's own clock and no base address.
pub(crate) fn bare_config() -> Config {
    Config::new(merchant(), trust()).clock(SystemClock::default())
}
