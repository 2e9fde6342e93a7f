//! What the tests and the demo share: a sandbox, and a client that holds its keys.

use std::error::Error;

use wechatpay_client::{
    ApiV3Key, Certificate, Client, Config, Merchant, PrivateKey, PublicKey, TrustStore,
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

/// A client of this sandbox.
///
/// # Errors
/// A key that the client does not take.
pub fn client(sandbox: &Sandbox) -> Result<Client, Box<dyn Error>> {
    Ok(Client::new(config(sandbox)?)?)
}
