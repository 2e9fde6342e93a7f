//! X.509 certificates: what the sandbox reads of them.

use rsa::{RsaPublicKey, pkcs8::DecodePublicKey as _};
use x509_cert::der::{DecodePem as _, Encode as _};

use super::PublicKey;
use crate::encoding;

/// A certificate of a merchant or of the platform.
#[derive(Clone)]
pub(crate) struct Certificate {
    /// Serial number, upper-case hex.
    pub(crate) serial: String,
    /// The certified key.
    pub(crate) key: PublicKey,
    /// First second of validity, Unix time.
    pub(crate) not_before: i64,
    /// Last second of validity, Unix time.
    pub(crate) not_after: i64,
}

impl Certificate {
    /// Reads one PEM certificate; the error says what is wrong with it.
    pub(crate) fn from_pem(pem: &str) -> Result<Self, String> {
        if pem.contains("PRIVATE KEY") {
            return Err("holds a private key, not a certificate".into());
        }
        let parsed = x509_cert::Certificate::from_pem(pem)
            .map_err(|_| "is not one PEM certificate".to_owned())?;
        let body = parsed.tbs_certificate();
        let key = body
            .subject_public_key_info()
            .to_der()
            .map_err(|_| "its public key cannot be read".to_owned())?;
        let key = RsaPublicKey::from_public_key_der(&key)
            .map_err(|_| "its public key is not RSA".to_owned())?;
        let seconds = |time: &x509_cert::time::Time| {
            i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
        };
        Ok(Self {
            serial: canonical_serial(&encoding::hex_upper(body.serial_number().as_bytes())),
            key: PublicKey::Rsa(key),
            not_before: seconds(&body.validity().not_before),
            not_after: seconds(&body.validity().not_after),
        })
    }
}

/// A serial number in the form in which two spellings of it are equal: upper case, no leading zeros.
pub(crate) fn canonical_serial(serial: &str) -> String {
    serial.trim_start_matches('0').to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Keys;

    #[test]
    fn serials_are_compared_without_case_and_leading_zeros() {
        assert_eq!(canonical_serial("00a1B2"), canonical_serial("A1b2"));
        assert_ne!(canonical_serial("a10"), canonical_serial("a1"));
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let keys = Keys::throwaway().unwrap();
        let cases = [
            ("", "is not one PEM certificate"),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                "is not one PEM certificate",
            ),
            (keys.wxp_pub_pem(), "is not one PEM certificate"),
            (keys.mch_key_pem().unwrap(), "holds a private key, not a certificate"),
        ];
        for (pem, expected) in cases {
            assert_eq!(Certificate::from_pem(pem).err().as_deref(), Some(expected));
        }
        assert!(Certificate::from_pem(keys.plat_cert_pem()).is_ok());
    }
}
