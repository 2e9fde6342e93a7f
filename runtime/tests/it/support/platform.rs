//! Answers as the platform signs them, with code of the tests' own.

use std::sync::LazyLock;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{NOW, WECHATPAY_ID, fixture, next_platform_certificate, platform_certificate};

static WECHATPAY: LazyLock<RsaKeyPair> = LazyLock::new(|| key(fixture!("wechatpay_key.pem")));
static PLATFORM: LazyLock<RsaKeyPair> = LazyLock::new(|| key(fixture!("platform_key.pem")));

static NEXT: LazyLock<RsaKeyPair> = LazyLock::new(|| key(fixture!("platform_next_key.pem")));

/// A key of the platform.
#[derive(Clone, Copy)]
pub(crate) enum Seal {
    PublicKey,
    Certificate,
    NextCertificate,
}

impl Seal {
    /// An answer signed with it at this time.
    pub(crate) fn sign(self, status: u16, body: impl Into<Vec<u8>>, time: u64) -> Answer {
        let (key, serial) = match self {
            Self::PublicKey => (&WECHATPAY, WECHATPAY_ID.to_owned()),
            Self::Certificate => (&PLATFORM, platform_certificate().serial().to_owned()),
            Self::NextCertificate => (&NEXT, next_platform_certificate().serial().to_owned()),
        };
        Answer::signed(status, body.into(), key, &serial, time)
    }
}

fn key(pem: &str) -> RsaKeyPair {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    RsaKeyPair::from_pkcs8(&STANDARD.decode(base64).unwrap()).unwrap()
}

/// An answer that is signed over its body.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    /// Signed with WeChat Pay's public key, now.
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::signed(status, body.into(), &WECHATPAY, WECHATPAY_ID, NOW)
    }

    /// Signed so long ago.
    pub(crate) fn aged(body: impl Into<Vec<u8>>, seconds: u64) -> Self {
        Self::signed(200, body.into(), &WECHATPAY, WECHATPAY_ID, NOW - seconds)
    }

    /// Signed with the platform certificate, under any spelling of its serial.
    pub(crate) fn by_certificate(body: impl Into<Vec<u8>>, serial: &str) -> Self {
        Self::signed(200, body.into(), &PLATFORM, serial, NOW)
    }

    fn signed(status: u16, body: Vec<u8>, key: &RsaKeyPair, serial: &str, time: u64) -> Self {
        let lines = [format!("{time}\nanswer-nonce\n").as_bytes(), &body, b"\n"].concat();
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &lines, &mut signature).unwrap();
        let headers = [
            ("Request-ID", "08F5B8C2B506-268435456".to_owned()),
            ("Content-Type", "application/json; charset=utf-8".to_owned()),
            ("Wechatpay-Timestamp", time.to_string()),
            ("Wechatpay-Nonce", "answer-nonce".to_owned()),
            ("Wechatpay-Signature", STANDARD.encode(signature)),
            ("Wechatpay-Serial", serial.to_owned()),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).into();
        Self { status, headers, body }
    }

    pub(crate) fn without(mut self, header: &str) -> Self {
        self.headers.retain(|(name, _)| name != header);
        self
    }

    pub(crate) fn with(mut self, header: &str, value: &str) -> Self {
        self.headers.push((header.to_owned(), value.to_owned()));
        self
    }

    /// Other bytes under the same signature.
    pub(crate) fn altered(mut self, body: &str) -> Self {
        self.body = body.into();
        self
    }

    #[cfg(feature = "webhooks")]
    pub(crate) fn headers(&self) -> wechatpay_runtime::HeaderMap {
        let pairs = self.headers.iter().map(|(name, value)| {
            (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap())
        });
        pairs.collect()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.announcing(self.body.len())
    }

    /// Says that so many bytes follow, whatever follows.
    pub(crate) fn announcing(&self, length: usize) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Status\r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if self.status != 204 {
            head += &format!("Content-Length: {length}\r\n");
        }
        [head.as_bytes(), b"\r\n", &self.body].concat()
    }
}

/// An answer nobody signed.
pub(crate) fn unsigned(status: u16, content_type: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let (body, length) = (body.as_ref(), body.as_ref().len());
    let head = format!(
        "HTTP/1.1 {status} Status\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}
