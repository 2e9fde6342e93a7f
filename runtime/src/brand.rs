//! A brand as the caller: the same parts as a merchant, another scheme.

use std::{fmt, sync::Arc};

use crate::{
    certificate::Certificate,
    config::{Caller, sealed},
    custody::{Decryptor, Signer},
    error::ConfigError,
    key::PrivateKey,
    merchant::Merchant,
    sign::Scheme,
};

/// The brand that signs: it calls the brand operations in its own name, with a certificate of its own.
///
/// Brands sign with RSA and know WeChat Pay by its public key only: a trust store with certificates, or one that
/// downloads them, is refused when the client is made.
///
/// ```no_run
/// use wechatpay_runtime::{Brand, Config, ConfigError, PrivateKey, PublicKey, TrustStore};
///
/// fn config(key_pem: &str, pub_key_pem: &str) -> Result<Config<Brand>, ConfigError> {
///     let brand = Brand::new("120344", PrivateKey::from_pem(key_pem)?, "444F4864EA9B34415A0F7F0B5C4A3B3F6D2E1C0B");
///     let trust = TrustStore::new().public_key("PUB_KEY_ID_0000000000000024101100397200000006", PublicKey::from_pem(pub_key_pem)?);
///     Ok(Config::new(brand, trust))
/// }
/// ```
#[derive(Clone)]
pub struct Brand(Merchant);

impl Brand {
    /// A brand by id, private key and the serial of its API certificate.
    ///
    /// Id and serial are checked when the client is made.
    pub fn new(brand_id: impl Into<String>, key: PrivateKey, serial: impl Into<String>) -> Self {
        Self(Merchant::new(brand_id, key, serial).with_scheme(Scheme::Brand))
    }

    /// A brand by id, private key and API certificate, which tells the serial.
    ///
    /// # Errors
    /// Key and certificate do not belong together.
    pub fn with_certificate(
        brand_id: impl Into<String>,
        key: PrivateKey,
        certificate: &Certificate,
    ) -> Result<Self, ConfigError> {
        let merchant = Merchant::with_certificate(brand_id, key, certificate)?;
        Ok(Self(merchant.with_scheme(Scheme::Brand)))
    }

    /// A brand whose private key is held by someone else; see [`Signer`]. `serial` is that of the API certificate which
    /// goes with the key.
    pub fn with_signer(
        brand_id: impl Into<String>,
        serial: impl Into<String>,
        signer: Arc<dyn Signer>,
    ) -> Self {
        Self(Merchant::with_signer(brand_id, serial, signer).with_scheme(Scheme::Brand))
    }

    /// Opens encrypted fields of responses with this.
    #[must_use]
    pub fn decryptor(self, decryptor: Arc<dyn Decryptor>) -> Self {
        Self(self.0.decryptor(decryptor))
    }

    /// The brand's id.
    #[must_use]
    pub fn brand_id(&self) -> &str {
        self.0.mchid()
    }

    /// The serial of the API certificate, in upper case.
    #[must_use]
    pub fn serial(&self) -> &str {
        self.0.serial()
    }
}

impl sealed::Caller for Brand {
    fn into_signing(self) -> Merchant {
        self.0
    }
}

impl Caller for Brand {}

impl fmt::Debug for Brand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Brand")
            .field("brand_id", &self.brand_id())
            .field("serial", &self.serial())
            .finish_non_exhaustive()
    }
}
