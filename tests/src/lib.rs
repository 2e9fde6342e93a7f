//! What the tests and the demo share: a sandbox, and a client that holds its keys.

use std::{error::Error, path::Path};

use wechatpay_client::{
    ApiV3Key, Certificate, Client, Config, Merchant, PrivateKey, PublicKey, TrustStore,
    webhooks::Webhooks,
};
use wechatpay_sandbox::{Keys, Sandbox};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// So does its Chinese twin's.
#[cfg(doctest)]
#[doc = include_str!("../../README.zh-CN.md")]
struct ReadmeInChinese;

/// The merchant whose keys the sandbox made.
///
/// # Errors
/// A key that the client does not take.
pub fn merchant(keys: &Keys) -> Result<Merchant, Box<dyn Error>> {
    let key = PrivateKey::from_pem(keys.mch_key_pem().unwrap_or_default())?;
    Ok(Merchant::with_certificate(keys.mchid(), key, &Certificate::from_pem(keys.mch_cert_pem())?)?)
}

/// WeChat Pay's public key and the platform certificate, as during the migration from one to the other.
///
/// # Errors
/// A key that the client does not take.
pub fn trust(keys: &Keys) -> Result<TrustStore, Box<dyn Error>> {
    Ok(TrustStore::new()
        .public_key(keys.wxp_key_id(), PublicKey::from_pem(keys.wxp_pub_pem())?)
        .certificate(Certificate::from_pem(keys.plat_cert_pem())?))
}

/// A configuration for this sandbox.
///
/// # Errors
/// A key that the client does not take.
pub fn config(sandbox: &Sandbox) -> Result<Config, Box<dyn Error>> {
    let keys = sandbox.keys();
    Ok(Config::new(merchant(keys)?, trust(keys)?)
        .api_v3_key(ApiV3Key::new(keys.apiv3_key())?)
        .base_url(sandbox.url()))
}

/// A receiver of the notifications of a sandbox that runs elsewhere, with the keys of its key folder.
///
/// # Errors
/// A file that cannot be read, or a key that the client does not take.
pub fn receiver(keys: &Path) -> Result<Webhooks, Box<dyn Error>> {
    let read = |file: &str| std::fs::read_to_string(keys.join(file));
    let key = PublicKey::from_pem(&read("wxp_pub.pem")?)?;
    let trust = TrustStore::new()
        .public_key(read("wxp_key_id.txt")?.trim(), key)
        .certificate(Certificate::from_pem(&read("plat_cert.pem")?)?);
    Ok(Webhooks::new(trust, ApiV3Key::new(read("apiv3_key.txt")?.trim())?)?)
}

/// A client of this sandbox.
///
/// # Errors
/// A key that the client does not take.
pub fn client(sandbox: &Sandbox) -> Result<Client, Box<dyn Error>> {
    Ok(Client::new(config(sandbox)?)?)
}
