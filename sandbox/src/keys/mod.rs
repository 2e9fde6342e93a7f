//! The keys of a sandbox: those of the platform it plays, and what it knows of the one merchant it serves.
//!
//! [`Keys`] is complete and consistent: every key was parsed, has a usable length and fits its certificate. What does
//! not is refused with a [`KeyError`] that names the file, what is wrong with it and what to do.

mod brand;
mod certificate;
mod folder;
mod generate;
mod kinds;
mod parse;
mod shangmi;
mod tls;

use std::{fmt, sync::OnceLock};

pub use brand::BrandKeys;
pub(crate) use certificate::{Certificate, canonical_serial};
pub(crate) use kinds::{PrivateKey, PublicKey};
use parse::KeyTexts;
pub use shangmi::ShangmiKeys;
pub(crate) use tls::tls_certificate;

/// The prefix of every WeChat Pay public key id.
pub(crate) const PUBLIC_KEY_ID_PREFIX: &str = "PUB_KEY_ID_";

/// The keys of a sandbox, and all a client needs to talk to it.
///
/// The accessors are named after the files of a key folder. `Debug` shows names and serial numbers only.
#[derive(Clone)]
pub struct Keys {
    texts: KeyTexts,
    merchant: Certificate,
    certificate: Certificate,
    platform: PlatformKey,
    wechatpay: PlatformKey,
    folder: Option<String>,
}

impl Keys {
    /// Throwaway keys, made once per process: generating RSA keys takes a moment.
    ///
    /// # Errors
    /// When the keys cannot be generated.
    pub fn throwaway() -> Result<Self, KeyError> {
        static KEYS: OnceLock<Result<Keys, KeyError>> = OnceLock::new();
        KEYS.get_or_init(Self::generate).clone()
    }

    /// The merchant's number.
    #[must_use]
    pub fn mchid(&self) -> &str {
        &self.texts.mchid
    }

    /// The merchant's API certificate, PEM.
    #[must_use]
    pub fn mch_cert_pem(&self) -> &str {
        &self.texts.mch_cert
    }

    /// The merchant's private key, PEM; `None` where the key folder does not hold it, for the sandbox needs it not.
    #[must_use]
    pub fn mch_key_pem(&self) -> Option<&str> {
        self.texts.mch_key.as_deref()
    }

    /// Serial number of the merchant's certificate, upper-case hex.
    #[must_use]
    pub fn mch_serial(&self) -> &str {
        &self.merchant.serial
    }

    /// The APIv3 key: 32 bytes of text.
    #[must_use]
    pub fn apiv3_key(&self) -> &str {
        &self.texts.apiv3_key
    }

    /// The platform certificate, PEM.
    #[must_use]
    pub fn plat_cert_pem(&self) -> &str {
        &self.texts.plat_cert
    }

    /// Serial number of the platform certificate, upper-case hex.
    #[must_use]
    pub fn plat_serial(&self) -> &str {
        &self.platform.name
    }

    /// The WeChat Pay public key, PEM.
    #[must_use]
    pub fn wxp_pub_pem(&self) -> &str {
        &self.texts.wxp_pub
    }

    /// The WeChat Pay public key's id, `PUB_KEY_ID_...`.
    #[must_use]
    pub fn wxp_key_id(&self) -> &str {
        &self.wechatpay.name
    }

    /// The folder they were read from.
    pub(crate) fn folder(&self) -> Option<&str> {
        self.folder.as_deref()
    }

    pub(crate) fn merchant(&self) -> &PublicKey {
        &self.merchant.key
    }

    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(crate) fn platform(&self) -> &PlatformKey {
        &self.platform
    }

    pub(crate) fn wechatpay(&self) -> &PlatformKey {
        &self.wechatpay
    }

    /// The platform's key that a `Wechatpay-Serial` header names.
    pub(crate) fn named(&self, serial: &str) -> Option<&PlatformKey> {
        if serial == self.wechatpay.name {
            return Some(&self.wechatpay);
        }
        (canonical_serial(serial) == canonical_serial(&self.platform.name))
            .then_some(&self.platform)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("mchid", &self.mchid())
            .field("mch_serial", &self.mch_serial())
            .field("plat_serial", &self.plat_serial())
            .field("wxp_key_id", &self.wxp_key_id())
            .finish_non_exhaustive()
    }
}

/// A key pair of the platform, and the name under which clients know it.
#[derive(Clone)]
pub(crate) struct PlatformKey {
    name: String,
    private: PrivateKey,
}

impl PlatformKey {
    /// What stands in `Wechatpay-Serial`: a serial number in upper-case hex, or a `PUB_KEY_ID_...`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn private(&self) -> &PrivateKey {
        &self.private
    }
}

impl fmt::Debug for PlatformKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformKey").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A key file that cannot be used: which, why, and what to do. It never holds the file's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError {
    file: String,
    problem: String,
    remedy: String,
}

impl KeyError {
    pub(crate) fn new(file: &str, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { file: file.to_owned(), problem: problem.into(), remedy: remedy.into() }
    }

    /// The file: its name in the key folder, or the folder itself.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.file, self.problem, self.remedy)
    }
}

impl std::error::Error for KeyError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_key() {
        let keys = Keys::throwaway().unwrap();
        let shown = format!("{keys:?} {:?}", keys.platform());
        assert!(shown.contains(keys.mchid()) && shown.contains(keys.plat_serial()));
        for secret in [keys.apiv3_key(), "PRIVATE KEY", "BEGIN"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn keys_are_found_by_name() {
        let keys = Keys::throwaway().unwrap();
        let found = |serial: &str| keys.named(serial).map(|key| key.name().to_owned());
        let serial = keys.plat_serial();
        for spelling in [serial.to_owned(), serial.to_lowercase(), format!("00{serial}")] {
            assert_eq!(found(&spelling).as_deref(), Some(serial), "{spelling}");
        }
        assert_eq!(found(keys.wxp_key_id()).as_deref(), Some(keys.wxp_key_id()));
        for unknown in
            ["", "0", "PUB_KEY_ID_0", &keys.wxp_key_id().to_lowercase(), keys.mch_serial()]
        {
            assert_eq!(found(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn throwaway_keys_are_made_once() {
        assert_eq!(
            Keys::throwaway().unwrap().plat_serial(),
            Keys::throwaway().unwrap().plat_serial()
        );
    }
}
