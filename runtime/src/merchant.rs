//! Who calls: merchant number, private key, and the serial of the certificate that goes with it.

use crate::{certificate::Certificate, error::ConfigError, key::PrivateKey, serial};

/// The merchant that signs. For a service provider it is the provider itself, never a sub-merchant.
#[derive(Clone, Debug)]
pub struct Merchant {
    mchid: String,
    serial: String,
    key: PrivateKey,
}

impl Merchant {
    /// A merchant by number, private key and the serial of its API certificate.
    ///
    /// Number and serial are checked when the client is made.
    pub fn new(mchid: impl Into<String>, key: PrivateKey, serial: impl Into<String>) -> Self {
        let mut serial: String = serial.into();
        if !serial::is_public_key_id(&serial) {
            serial.make_ascii_uppercase();
        }
        Self { mchid: mchid.into(), serial, key }
    }

    /// A merchant by number, private key and API certificate, which tells the serial.
    ///
    /// # Errors
    /// Key and certificate do not belong together.
    pub fn with_certificate(
        mchid: impl Into<String>,
        key: PrivateKey,
        certificate: &Certificate,
    ) -> Result<Self, ConfigError> {
        if !key.belongs_to(certificate.public_key()) {
            return Err(ConfigError::new(format!(
                "merchant: the private key does not belong to the certificate {}; take apiclient_key.pem and \
                 apiclient_cert.pem of the same download",
                certificate.serial()
            )));
        }
        Ok(Self { mchid: mchid.into(), serial: certificate.serial().to_owned(), key })
    }

    /// The merchant number.
    #[must_use]
    pub fn mchid(&self) -> &str {
        &self.mchid
    }

    /// The serial of the API certificate, in upper case.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }

    pub(crate) fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// What is wrong with it.
    pub(crate) fn problems(&self, problems: &mut Vec<String>) {
        if !(1..=32).contains(&self.mchid.len())
            || !self.mchid.bytes().all(|byte| byte.is_ascii_digit())
        {
            problems.push("merchant number: must be digits only, like 1900000109".to_owned());
        }
        if serial::is_public_key_id(&self.serial) {
            problems.push(
                "merchant serial: is the id of a WeChat Pay public key; give the serial of the merchant's own API \
                 certificate"
                    .to_owned(),
            );
        } else if !serial::is_hex(&self.serial) {
            problems.push(
                "merchant serial: must be the hexadecimal serial of the merchant's API certificate, without colons or \
                 spaces"
                    .to_owned(),
            );
        }
    }
}
