//! X.509 certificates, as far as this client needs them: serial, key, validity, names.
//!
//! A certificate is trusted because the program was given it, so no chain is checked here.

use std::{fmt, time::SystemTime};

use x509_cert::der::{Decode as _, Encode as _};

use crate::{
    error::ConfigError,
    key::{PublicKey, Wanted, read_pem},
    serial,
};

/// A certificate: the merchant's or brand's own (`apiclient_cert.pem`) or one of the platform's.
#[derive(Clone)]
pub struct Certificate {
    serial: String,
    key: PublicKey,
    not_before: SystemTime,
    not_after: SystemTime,
    subject: Option<String>,
    issuer: Option<String>,
}

impl Certificate {
    /// Reads the first certificate of a PEM text.
    ///
    /// # Errors
    /// It is of another kind, damaged, or its key is one that [`PublicKey`] refuses.
    pub fn from_pem(pem: &str) -> Result<Self, ConfigError> {
        let der = read_pem(pem, Wanted::Certificate)?;
        Self::from_der(&der)
    }

    /// Reads a certificate from DER.
    ///
    /// # Errors
    /// It is of another kind, damaged, or its key is one that [`PublicKey`] refuses.
    pub fn from_der(der: &[u8]) -> Result<Self, ConfigError> {
        let parsed = x509_cert::Certificate::from_der(der)
            .map_err(|_| ConfigError::new("certificate: is damaged or no X.509 certificate"))?;
        let parsed = parsed.tbs_certificate();
        let spki = parsed
            .subject_public_key_info()
            .to_der()
            .map_err(|_| ConfigError::new("certificate: its public key is damaged"))?;
        let key = PublicKey::from_der(&spki).map_err(|error| error.within("certificate"))?;
        let (subject, issuer) = (parsed.subject(), parsed.issuer());
        Ok(Self {
            serial: serial::from_bytes(parsed.serial_number().as_bytes()),
            key,
            not_before: parsed.validity().not_before.to_system_time(),
            not_after: parsed.validity().not_after.to_system_time(),
            subject: common_name(subject),
            issuer: common_name(issuer),
        })
    }

    /// The serial, in upper-case hexadecimal.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// From when on it is valid.
    #[must_use]
    pub fn not_before(&self) -> SystemTime {
        self.not_before
    }

    /// Until when it is valid.
    #[must_use]
    pub fn not_after(&self) -> SystemTime {
        self.not_after
    }

    /// Common name of the holder: the merchant number on a merchant's certificate, `Tenpay.com sign` on the platform's.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Common name of the issuer.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The merchant number it was issued to, if it is a merchant's certificate.
    pub(crate) fn merchant_number(&self) -> Option<&str> {
        self.subject()
            .filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

fn common_name(name: &x509_cert::name::Name) -> Option<String> {
    name.common_name().ok().flatten().map(|text| text.value().into_owned())
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("serial", &self.serial)
            .field("subject", &self.subject)
            .field("issuer", &self.issuer)
            .field("not_after", &crate::clock::unix_seconds(self.not_after))
            .finish_non_exhaustive()
    }
}
