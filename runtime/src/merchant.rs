//! Who calls: merchant number, private key, and the serial of the certificate that goes with it.

use std::{fmt, sync::Arc};

use crate::{
    certificate::Certificate,
    config::{Caller, sealed},
    custody::{Decryptor, Signer},
    error::ConfigError,
    key::{PrivateKey, PublicKey},
    serial,
    sign::Scheme,
    suite::Suite,
};

/// The merchant that signs. For a service provider it is the provider itself, never a sub-merchant.
///
/// With an RSA key it signs as `WECHATPAY2-SHA256-RSA2048`; with an SM2 key, which the feature `shangmi` reads, as
/// `WECHATPAY2-SM2-WITH-SM3`, and everything else follows the SM suite too.
#[derive(Clone)]
pub struct Merchant {
    /// The merchant's number; a brand's id, where it signs for a brand.
    mchid: String,
    serial: String,
    scheme: Scheme,
    /// The private key, unless it is somewhere else.
    key: Option<PrivateKey>,
    signer: Arc<dyn Signer>,
    decryptor: Option<Arc<dyn Decryptor>>,
}

impl Merchant {
    /// A merchant by number, private key and the serial of its API certificate.
    ///
    /// Number and serial are checked when the client is made.
    pub fn new(mchid: impl Into<String>, key: PrivateKey, serial: impl Into<String>) -> Self {
        let (signer, decryptor) = (Arc::new(key.clone()), Arc::new(key.clone()));
        let merchant = Self::with_signer(mchid, serial, signer).decryptor(decryptor);
        Self { scheme: Scheme::of_merchant(key.suite()), key: Some(key), ..merchant }
    }

    /// A merchant whose private key is held by someone else, such as a key management service or a hardware module.
    /// `serial` is that of the API certificate which goes with the key.
    ///
    /// See [`Signer`] for an example. To read encrypted fields of responses, add a [`decryptor`](Self::decryptor).
    pub fn with_signer(
        mchid: impl Into<String>,
        serial: impl Into<String>,
        signer: Arc<dyn Signer>,
    ) -> Self {
        let mut serial: String = serial.into();
        if !serial::is_public_key_id(&serial) {
            serial.make_ascii_uppercase();
        }
        let scheme = Scheme::Merchant;
        Self { mchid: mchid.into(), serial, scheme, key: None, signer, decryptor: None }
    }

    /// Has a merchant [with a signer](Self::with_signer) speak the SM suite: the signer signs with SM2. A merchant whose
    /// SM2 key was given needs not say so.
    #[cfg(feature = "shangmi")]
    #[must_use]
    pub fn shangmi(self) -> Self {
        self.with_scheme(Scheme::Shangmi)
    }

    /// Opens encrypted fields of responses with this.
    #[must_use]
    pub fn decryptor(mut self, decryptor: Arc<dyn Decryptor>) -> Self {
        self.decryptor = Some(decryptor);
        self
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
        Ok(Self::new(mchid, key, certificate.serial()))
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

    pub(crate) fn with_scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    pub(crate) fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(crate) fn suite(&self) -> Suite {
        self.scheme.suite()
    }

    pub(crate) fn signer(&self) -> &dyn Signer {
        &*self.signer
    }

    /// What opens encrypted fields, if there is something.
    pub(crate) fn opener(&self) -> Option<&dyn Decryptor> {
        self.decryptor.as_deref()
    }

    /// The same, to be kept.
    #[cfg(feature = "webhooks")]
    pub(crate) fn shared_decryptor(&self) -> Option<Arc<dyn Decryptor>> {
        self.decryptor.clone()
    }

    /// Whether `key` is the merchant's own. Of a key that is somewhere else, that is not known.
    pub(crate) fn owns(&self, key: &PublicKey) -> bool {
        self.key.as_ref().is_some_and(|own| own.belongs_to(key))
    }

    /// What is wrong with it.
    pub(crate) fn problems(&self, problems: &mut Vec<String>) {
        let role = self.scheme.role();
        if let Some(key) = self.key.as_ref().filter(|key| key.suite() != self.suite()) {
            problems.push(format!(
                "{role} key: is {}, but {} signs with {}; give one",
                key.suite().key(),
                self.scheme.name(),
                self.suite().key(),
            ));
        }
        if !(1..=32).contains(&self.mchid.len())
            || !self.mchid.bytes().all(|byte| byte.is_ascii_digit())
        {
            problems.push(match self.scheme {
                Scheme::Brand => "brand id: must be digits only, like 120344".to_owned(),
                _ => "merchant number: must be digits only, like 1900000109".to_owned(),
            });
        }
        if serial::is_public_key_id(&self.serial) {
            problems.push(format!(
                "{role} serial: is the id of a WeChat Pay public key; give the serial of the {role}'s own API \
                 certificate"
            ));
        } else if !serial::is_hex(&self.serial) {
            problems.push(format!(
                "{role} serial: must be the hexadecimal serial of the {role}'s API certificate, without colons or \
                 spaces"
            ));
        }
    }
}

impl sealed::Caller for Merchant {
    fn into_signing(self) -> Merchant {
        self
    }
}

impl Caller for Merchant {}

impl fmt::Debug for Merchant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Merchant");
        shown.field("mchid", &self.mchid).field("serial", &self.serial);
        match &self.key {
            Some(key) => shown.field("key", key).finish(),
            None => shown.finish_non_exhaustive(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::merchant_key;

    #[test]
    fn items_06_17_a_serial_is_written_in_upper_case_and_a_public_key_id_as_it_is() {
        let serial = |serial: &str| {
            let signer = Arc::new(merchant_key());
            Merchant::with_signer("1900000109", serial, signer).serial().to_owned()
        };
        assert_eq!(serial("0a1b"), "0A1B");
        // It is refused when the client is made, by the name it was given.
        assert_eq!(serial("PUB_KEY_ID_0a1b"), "PUB_KEY_ID_0a1b");
    }
}
