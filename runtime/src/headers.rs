//! Header names of the protocol, and which of them are the client's own.

use http::HeaderName;

pub(crate) const TIMESTAMP: &str = "Wechatpay-Timestamp";
pub(crate) const NONCE: &str = "Wechatpay-Nonce";
pub(crate) const SIGNATURE: &str = "Wechatpay-Signature";
pub(crate) const SERIAL: &str = "Wechatpay-Serial";
pub(crate) const SIGNATURE_TYPE: &str = "Wechatpay-Signature-Type";
/// Of an overseas statement: SHA-1 of its plain bytes, signed in their place.
pub(crate) const STATEMENT_SHA1: &str = "Wechatpay-Statement-Sha1";

pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(crate) const WECHATPAY_SERIAL: HeaderName = HeaderName::from_static("wechatpay-serial");

/// Headers that say who calls, what is signed, or how the message is framed. A caller cannot set them.
const OWN: [&str; 13] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

pub(crate) fn is_own(name: &HeaderName) -> bool {
    name.as_str().starts_with("wechatpay-") || OWN.contains(&name.as_str())
}
