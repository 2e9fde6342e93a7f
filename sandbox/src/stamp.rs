//! The signature headers of an answer.

use crate::{cipher, encoding, keys::PlatformKey, scheme::Scheme, signature};

/// The five signature headers, and what they are made with.
pub(crate) struct Stamp<'k> {
    key: &'k PlatformKey,
    timestamp: i64,
    nonce: String,
    pub(crate) serial: String,
    pub(crate) signature: String,
    pub(crate) signature_type: &'static str,
}

impl<'k> Stamp<'k> {
    /// Signs `body`.
    pub(crate) fn new(key: &'k PlatformKey, scheme: Scheme, now: i64, body: &[u8]) -> Self {
        let (serial, signature) = (key.name().to_owned(), String::new());
        let nonce = cipher::nonce(16);
        let mut stamp =
            Self { key, timestamp: now, nonce, serial, signature, signature_type: scheme.name() };
        stamp.sign(body);
        stamp
    }

    /// Signs another body.
    pub(crate) fn sign(&mut self, body: &[u8]) {
        let message = signature::response_message(&self.timestamp.to_string(), &self.nonce, body);
        // Keys are of a size that can sign: Keys refuses others. An empty signature would fail loudly at the client.
        let signature = signature::sign(self.key.private(), &message).unwrap_or_default();
        self.signature = encoding::base64(&signature);
    }

    /// Signs `body` for another time.
    pub(crate) fn shift(&mut self, seconds: i64, body: &[u8]) {
        self.timestamp = self.timestamp.saturating_add(seconds);
        self.sign(body);
    }

    pub(crate) fn headers(self) -> [(&'static str, String); 5] {
        [
            ("Wechatpay-Timestamp", self.timestamp.to_string()),
            ("Wechatpay-Nonce", self.nonce),
            ("Wechatpay-Signature", self.signature),
            ("Wechatpay-Serial", self.serial),
            ("Wechatpay-Signature-Type", self.signature_type.to_owned()),
        ]
    }
}
