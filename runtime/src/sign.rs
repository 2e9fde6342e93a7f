//! Signs a request: the five lines, and the `Authorization` header made of them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderValue, Method};

use crate::{error::CryptoFailure, key::PrivateKey, nonce};

/// A way of signing: its name on the wire and what it calls the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "the brand scheme comes with its profile"))]
pub(crate) enum Scheme {
    /// Merchants and service providers.
    Merchant,
    /// Brands, which have a certificate of their own.
    Brand,
}

impl Scheme {
    /// As it stands in `Authorization` and `Wechatpay-Signature-Type`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Merchant => "WECHATPAY2-SHA256-RSA2048",
            Self::Brand => "WECHATPAY-BRAND-SHA256-RSA2048",
        }
    }

    const fn caller(self) -> &'static str {
        match self {
            Self::Merchant => "mchid",
            Self::Brand => "brand_id",
        }
    }
}

/// Who signs, and how.
pub(crate) struct Signer<'k> {
    pub(crate) scheme: Scheme,
    pub(crate) caller: &'k str,
    pub(crate) serial: &'k str,
    pub(crate) key: &'k PrivateKey,
}

/// What is signed. `target` is line 2, exactly as it is sent; `body` is the JSON, or the `meta` part of an upload.
pub(crate) struct Message<'m> {
    pub(crate) method: &'m Method,
    pub(crate) target: &'m str,
    pub(crate) timestamp: u64,
    pub(crate) nonce: &'m str,
    pub(crate) body: &'m [u8],
}

impl Message<'_> {
    /// Five lines, each ended by LF, the last one too.
    pub(crate) fn lines(&self) -> Vec<u8> {
        let Self { method, target, timestamp, nonce, body } = self;
        let mut lines = format!("{method}\n{target}\n{timestamp}\n{nonce}\n").into_bytes();
        lines.extend_from_slice(body);
        lines.push(b'\n');
        lines
    }
}

impl Signer<'_> {
    /// The value of `Authorization`, marked as secret.
    pub(crate) fn authorize(&self, message: &Message<'_>) -> Result<HeaderValue, CryptoFailure> {
        if !nonce::is_usable(message.nonce) {
            return Err(CryptoFailure::nonce("a nonce must be 1 to 64 letters, digits, - or _"));
        }
        let signature = self.key.sign(&message.lines()).ok_or(CryptoFailure::Sign)?;
        let text = format!(
            "{} {}=\"{}\",nonce_str=\"{}\",timestamp=\"{}\",serial_no=\"{}\",signature=\"{}\"",
            self.scheme.name(),
            self.scheme.caller(),
            self.caller,
            message.nonce,
            message.timestamp,
            self.serial,
            STANDARD.encode(signature),
        );
        let mut value = HeaderValue::try_from(text).map_err(|_| CryptoFailure::Sign)?;
        value.set_sensitive(true);
        Ok(value)
    }
}
