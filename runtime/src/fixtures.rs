//! Throwaway keys and the official vectors, for unit tests.

use serde_json::Value;

use crate::{Certificate, Merchant, PrivateKey, PublicKey};

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("../tests/fixtures/", $name))
    };
}

pub(crate) const WECHATPAY_ID: &str = "PUB_KEY_ID_0000000000000000000000000000000001";

pub(crate) fn merchant_key() -> PrivateKey {
    PrivateKey::from_pem(pem!("merchant_key.pem")).unwrap()
}

pub(crate) fn merchant_certificate() -> Certificate {
    Certificate::from_pem(pem!("merchant_cert.pem")).unwrap()
}

pub(crate) fn merchant() -> Merchant {
    Merchant::with_certificate("1900000109", merchant_key(), &merchant_certificate()).unwrap()
}

/// Certificates that show each in one way only that they are a merchant's: by key, by serial, by holder.
pub(crate) fn merchants_by_one_sign() -> [Certificate; 3] {
    [
        pem!("merchant_by_key_cert.pem"),
        pem!("merchant_by_serial_cert.pem"),
        pem!("other_merchant_cert.pem"),
    ]
    .map(|pem| Certificate::from_pem(pem).unwrap())
}

pub(crate) fn wechatpay_key() -> PrivateKey {
    PrivateKey::from_pem(pem!("wechatpay_key.pem")).unwrap()
}

pub(crate) fn wechatpay_public_key() -> PublicKey {
    PublicKey::from_pem(pem!("wechatpay_pub.pem")).unwrap()
}

pub(crate) fn merchant_public_key() -> PublicKey {
    PublicKey::from_pem(pem!("merchant_pub.pem")).unwrap()
}

pub(crate) fn platform_certificate() -> Certificate {
    Certificate::from_pem(pem!("platform_cert.pem")).unwrap()
}

pub(crate) fn next_platform_certificate() -> Certificate {
    Certificate::from_pem(pem!("platform_next_cert.pem")).unwrap()
}

/// The published examples of one kind.
pub(crate) fn vectors(kind: &str) -> Vec<Value> {
    let found: Vec<Value> = official()["vectors"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|vector| vector["kind"] == kind)
        .cloned()
        .collect();
    assert!(!found.is_empty(), "no vectors of kind {kind}");
    found
}

/// The PEM of a published key.
pub(crate) fn official_key(name: &str, form: &str) -> Option<String> {
    official()["keys"][name][form].as_str().map(str::to_owned)
}

fn official() -> Value {
    serde_json::from_str(include_str!("../tests/vectors/official.json")).unwrap()
}
