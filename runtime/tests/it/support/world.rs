//! A platform that gives certificates, and a client that downloads them, on one clock.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use wechatpay_runtime::{ApiV3Key, Call, Config, Core, Error, RetryPolicy, TrustStore};

use super::{
    Act, Driver, GET_DRIVER, Gateway, Pauses, Seen, fixture, merchant, next_platform_certificate,
    platform_certificate,
};

pub(crate) const API_V3_KEY: &str = "0123456789abcdef0123456789ABCDEF";

pub(crate) struct World {
    pub(crate) gateway: Gateway,
    pub(crate) core: Core,
    clock: Arc<AtomicU64>,
}

impl World {
    /// `answer` is given each request and the time. One attempt, so that a test sees each failure as it is.
    pub(crate) fn new<A: Into<Act>>(
        trust: TrustStore,
        answer: impl Fn(&Seen, u64) -> A + Send + Sync + 'static,
    ) -> Self {
        Self::retrying(trust, RetryPolicy::none(), answer)
    }

    /// The same, with more than one attempt for each call and download, and no pauses.
    pub(crate) fn retrying<A: Into<Act>>(
        trust: TrustStore,
        policy: RetryPolicy,
        answer: impl Fn(&Seen, u64) -> A + Send + Sync + 'static,
    ) -> Self {
        let clock = Arc::new(AtomicU64::new(start()));
        let platforms = Arc::clone(&clock);
        let gateway =
            Gateway::start(move |seen| answer(seen, platforms.load(Ordering::SeqCst)).into());
        let clients = Arc::clone(&clock);
        let now = move || UNIX_EPOCH + Duration::from_secs(clients.load(Ordering::SeqCst));
        let config = Config::new(merchant(), trust)
            .api_v3_key(ApiV3Key::new(API_V3_KEY).unwrap())
            .clock(now)
            .retry(policy)
            .sleep(Pauses::default())
            .base_url(gateway.url());
        Self { gateway, core: Core::new(config).unwrap(), clock }
    }

    #[cfg(feature = "webhooks")]
    pub(crate) fn now(&self) -> u64 {
        self.clock.load(Ordering::SeqCst)
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn set(&self, time: SystemTime) {
        self.clock.store(seconds(time), Ordering::SeqCst);
    }

    pub(crate) fn read(&self) -> Result<(), Error> {
        get(&self.core).blocking()
    }

    /// How often the certificates were asked for.
    pub(crate) fn downloads(&self) -> usize {
        self.gateway.seen().iter().filter(|seen| is_download(seen)).count()
    }

    /// Waits for a download that no call waits for.
    pub(crate) fn await_downloads(&self, count: usize) {
        wait_until(|| self.downloads() >= count);
    }

    /// Waits until the client trusts the key of this serial.
    pub(crate) fn await_key(&self, serial: &str) {
        wait_until(|| format!("{:?}", self.core).contains(serial));
    }
}

fn wait_until(done: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < end, "it never happened");
        thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn get(core: &Core) -> Call<()> {
    Call::new(core, &GET_DRIVER, Driver { license: "a".into(), ..Driver::default() })
}

pub(crate) fn is_download(seen: &Seen) -> bool {
    seen.target() == "/v3/certificates"
}

/// All fixtures are valid then.
fn start() -> u64 {
    let later = platform_certificate().not_before().max(next_platform_certificate().not_before());
    seconds(later) + 86_400
}

pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The platform's certificates, each with the serial that is declared for it.
pub(crate) fn listing(entries: &[(&str, &str)]) -> String {
    let entries: Vec<_> = entries
        .iter()
        .map(|(serial, pem)| {
            format!(
                "{{\"serial_no\":\"{serial}\",\"effective_time\":\"x\",\"expire_time\":\"x\",\
                 \"encrypt_certificate\":{{\"algorithm\":\"AEAD_AES_256_GCM\",\"nonce\":\"nonce-12byte\",\
                 \"associated_data\":\"certificate\",\"ciphertext\":\"{}\"}}}}",
                seal(pem)
            )
        })
        .collect();
    format!("{{\"data\":[{}]}}", entries.join(","))
}

/// The certificate that signs now, as it should be listed.
pub(crate) fn platform_entry() -> String {
    listing(&[(platform_certificate().serial(), fixture!("platform_cert.pem"))])
}

fn seal(pem: &str) -> String {
    let key = UnboundKey::new(&AES_256_GCM, API_V3_KEY.as_bytes()).unwrap();
    let mut sealed = pem.as_bytes().to_vec();
    let nonce = Nonce::try_assume_unique_for_key(b"nonce-12byte").unwrap();
    LessSafeKey::new(key)
        .seal_in_place_append_tag(nonce, Aad::from(b"certificate"), &mut sealed)
        .unwrap();
    STANDARD.encode(sealed)
}
