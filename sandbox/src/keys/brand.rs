//! The brand that a sandbox knows.

use std::{fmt, sync::OnceLock};

use super::{Certificate, KeyError, generate::KeyPair};

const BRAND_ID: &str = "120344";

/// The keys of the one brand that sandboxes serve, made once per process. A key folder holds none.
///
/// To a brand, the platform is the WeChat Pay public key of [`Keys`](crate::Keys).
#[derive(Clone)]
pub struct BrandKeys {
    cert: String,
    key: String,
    certificate: Certificate,
}

impl BrandKeys {
    /// Throwaway keys: generating an RSA key takes a moment, the first time.
    ///
    /// # Errors
    /// When the key cannot be generated.
    pub fn throwaway() -> Result<&'static Self, KeyError> {
        static KEYS: OnceLock<Result<BrandKeys, KeyError>> = OnceLock::new();
        KEYS.get_or_init(Self::generate).as_ref().map_err(Clone::clone)
    }

    fn generate() -> Result<Self, KeyError> {
        let pair = KeyPair::generate()?;
        let cert = pair.certificate(BRAND_ID)?;
        let certificate = Certificate::from_pem(&cert)
            .map_err(|problem| KeyError::new("brand", problem, "try again"))?;
        Ok(Self { key: pair.pem()?, cert, certificate })
    }

    /// The brand's id.
    #[must_use]
    pub fn brand_id(&self) -> &str {
        BRAND_ID
    }

    /// The brand's API certificate, PEM.
    #[must_use]
    pub fn cert_pem(&self) -> &str {
        &self.cert
    }

    /// The brand's private key, PEM.
    #[must_use]
    pub fn key_pem(&self) -> &str {
        &self.key
    }

    /// Serial number of the brand's certificate, upper-case hex.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.certificate.serial
    }

    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

impl fmt::Debug for BrandKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrandKeys").field("serial", &self.serial()).finish_non_exhaustive()
    }
}
