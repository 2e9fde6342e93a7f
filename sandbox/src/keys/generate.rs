//! Throwaway keys: RSA key pairs and self-signed certificates that look like the platform's.

use rcgen::{
    CertificateParams, DistinguishedName, DnType, PKCS_RSA_SHA256, PublicKeyData,
    SignatureAlgorithm, SigningKey,
};
use rsa::{
    RsaPrivateKey,
    pkcs1::EncodeRsaPublicKey as _,
    pkcs8::{EncodePrivateKey as _, LineEnding},
    rand_core::{OsRng, RngCore as _},
};
use time::macros::datetime;

use super::{KeyError, Keys, PUBLIC_KEY_ID_PREFIX, parse::KeyTexts};
use crate::{cipher, signature};

pub(super) const MCHID: &str = "1900000001";
pub(super) const PLATFORM: &str = "WeChat Pay sandbox";
const BITS: usize = 2048;

impl Keys {
    /// Fresh keys, certificates and secrets.
    pub(super) fn generate() -> Result<Self, KeyError> {
        let (merchant, platform, wechatpay) =
            (KeyPair::generate()?, KeyPair::generate()?, KeyPair::generate()?);
        Self::from_texts(KeyTexts {
            mchid: MCHID.to_owned(),
            mch_cert: merchant.certificate(MCHID)?,
            mch_key: Some(merchant.pem()?),
            apiv3_key: cipher::nonce(16),
            plat_key: platform.pem()?,
            plat_cert: platform.certificate(PLATFORM)?,
            wxp_key: wechatpay.pem()?,
            wxp_key_id: format!(
                "{PUBLIC_KEY_ID_PREFIX}01{MCHID}{:020}",
                u64::from(OsRng.next_u32())
            ),
            wxp_pub: String::new(),
        })
    }

    /// The same keys with a fresh platform certificate.
    pub(crate) fn rotated(&self) -> Result<Self, KeyError> {
        let platform = KeyPair::generate()?;
        Self::from_texts(KeyTexts {
            plat_key: platform.pem()?,
            plat_cert: platform.certificate(PLATFORM)?,
            ..self.texts.clone()
        })
    }
}

/// An RSA key pair in the form `rcgen` signs with.
pub(super) struct KeyPair {
    private: RsaPrivateKey,
    public_der: Vec<u8>,
}

impl KeyPair {
    pub(super) fn generate() -> Result<Self, KeyError> {
        let private =
            RsaPrivateKey::new(&mut OsRng, BITS).map_err(|_| failed("generate an RSA key"))?;
        let public_der = private
            .to_public_key()
            .to_pkcs1_der()
            .map_err(|_| failed("encode an RSA key"))?
            .into_vec();
        Ok(Self { private, public_der })
    }

    pub(super) fn pem(&self) -> Result<String, KeyError> {
        let pem =
            self.private.to_pkcs8_pem(LineEnding::LF).map_err(|_| failed("encode an RSA key"))?;
        Ok(pem.as_str().to_owned())
    }

    /// A self-signed certificate for `name`, PEM.
    ///
    /// It is valid for decades, so that a test can set the clock to any day of the published examples.
    pub(super) fn certificate(&self, name: &str) -> Result<String, KeyError> {
        let mut subject = DistinguishedName::new();
        subject.push(DnType::CommonName, name);
        subject.push(DnType::OrganizationName, "wechatpay-sandbox throwaway");
        subject.push(DnType::CountryName, "CN");
        let mut params = CertificateParams::default();
        params.distinguished_name = subject;
        params.serial_number = Some(serial().into());
        params.not_before = datetime!(2015-01-01 0:00 UTC);
        params.not_after = datetime!(2049-12-31 0:00 UTC);
        let certificate = params.self_signed(self).map_err(|_| failed("sign a certificate"))?;
        Ok(certificate.pem())
    }
}

impl PublicKeyData for KeyPair {
    fn der_bytes(&self) -> &[u8] {
        &self.public_der
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl SigningKey for KeyPair {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        signature::sign_rsa(&self.private, message).ok_or(rcgen::Error::RemoteKeyError)
    }
}

/// Twenty random bytes, positive and without a leading zero, as real serial numbers are.
pub(super) fn serial() -> Vec<u8> {
    let mut bytes = vec![0; 20];
    OsRng.fill_bytes(&mut bytes);
    if let Some(first) = bytes.first_mut() {
        *first = *first & 0x3f | 0x40;
    }
    bytes
}

pub(super) fn failed(what: &str) -> KeyError {
    KeyError::new(
        "throwaway keys",
        format!("cannot {what}"),
        "try again, or give a folder with --keys",
    )
}

#[cfg(test)]
mod tests {
    use crate::Keys;

    #[test]
    fn throwaway_keys_have_the_form_of_real_ones() {
        let keys = Keys::throwaway().unwrap();
        for serial in [keys.mch_serial(), keys.plat_serial()] {
            assert_eq!(serial.len(), 40, "{serial}");
            assert!(
                serial.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F')),
                "{serial}"
            );
        }
        assert_eq!(keys.apiv3_key().len(), 32);
        assert_ne!(keys.mch_serial(), keys.plat_serial());
        assert!(
            keys.certificate().not_before < 1_554_208_460
                && 2_000_000_000 < keys.certificate().not_after
        );
    }
}
