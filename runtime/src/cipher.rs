//! Encryption: sensitive fields with the platform's key, the platform's resources with AES-256-GCM or SM4-GCM.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{
    error::{ConfigError, CryptoFailure},
    key::PublicKey,
    operation::Padding,
    suite::Suite,
    wire::encode::Encrypt,
};

/// Encrypts sensitive fields while a request is written; the request itself keeps its plain text.
pub(crate) struct FieldCipher<'k> {
    pub(crate) key: &'k PublicKey,
    pub(crate) padding: Padding,
}

impl Encrypt for FieldCipher<'_> {
    type Error = CryptoFailure;

    fn encrypt(&mut self, plain: &str) -> Result<String, CryptoFailure> {
        let limit = self.key.max_plain_bytes(self.padding);
        if let Some(limit) = limit.filter(|limit| plain.len() > *limit) {
            return Err(CryptoFailure::TooLong { actual: plain.len(), limit });
        }
        self.key
            .encrypt(plain.as_bytes(), self.padding)
            .map(|sealed| STANDARD.encode(sealed))
            .ok_or(CryptoFailure::Encrypt)
    }
}

/// The APIv3 key: 32 characters set by the merchant. It opens what the platform seals: notifications and platform
/// certificates.
#[derive(Clone)]
pub struct ApiV3Key(Zeroizing<[u8; 32]>);

impl ApiV3Key {
    /// The key, as text or bytes.
    ///
    /// # Errors
    /// It does not have 32 bytes.
    pub fn new(key: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let key = key.as_ref();
        let bytes = <[u8; 32]>::try_from(key).map_err(|_| {
            ConfigError::new(format!(
                "APIv3 key: has {} bytes, needs 32; it is the one set as APIv3 key in the merchant platform",
                key.len()
            ))
        })?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// Opens a resource that was sealed with AES-256-GCM (`AEAD_AES_256_GCM`).
    ///
    /// # Errors
    /// The nonce has not 12 bytes, the ciphertext is no Base64, or it was not sealed with this key and these data.
    pub fn decrypt(
        &self,
        resource: &EncryptedResource<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
        let nonce = Nonce::try_assume_unique_for_key(resource.nonce.as_bytes())
            .map_err(|_| DecryptError::Nonce { actual: resource.nonce.len() })?;
        let mut data =
            Zeroizing::new(STANDARD.decode(resource.ciphertext).map_err(|_| DecryptError::Base64)?);
        let key =
            UnboundKey::new(&AES_256_GCM, self.0.as_slice()).map_err(|_| DecryptError::Refused)?;
        let length = LessSafeKey::new(key)
            .open_in_place(nonce, Aad::from(resource.associated_data.as_bytes()), &mut data)
            .map_err(|_| DecryptError::Refused)?
            .len();
        data.truncate(length);
        Ok(data)
    }

    /// Opens a resource that was sealed with SM4-GCM (`AEAD_SM4_GCM`), as merchants with SM2 keys receive it. The key of
    /// the cipher is the first half of this key's SM3 digest.
    ///
    /// # Errors
    /// The nonce has not 12 bytes, the ciphertext is no Base64, or it was not sealed with this key and these data.
    #[cfg(feature = "shangmi")]
    pub fn decrypt_sm4(
        &self,
        resource: &EncryptedResource<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
        let nonce: &[u8; 12] = resource
            .nonce
            .as_bytes()
            .try_into()
            .map_err(|_| DecryptError::Nonce { actual: resource.nonce.len() })?;
        let data =
            Zeroizing::new(STANDARD.decode(resource.ciphertext).map_err(|_| DecryptError::Base64)?);
        crate::shangmi::open(&self.0, nonce, resource.associated_data.as_bytes(), data)
            .ok_or(DecryptError::Refused)
    }

    /// Opens a resource that was sealed as this suite has it.
    pub(crate) fn open(
        &self,
        suite: Suite,
        resource: &EncryptedResource<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
        match suite {
            Suite::Rsa => self.decrypt(resource),
            #[cfg(feature = "shangmi")]
            Suite::Shangmi => self.decrypt_sm4(resource),
        }
    }
}

impl fmt::Debug for ApiV3Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiV3Key(***)")
    }
}

/// What the platform seals with the APIv3 key: the `resource` of a notification, the `encrypt_certificate` of a
/// certificate.
#[derive(Clone, Copy, Debug)]
pub struct EncryptedResource<'a> {
    /// Base64 of the sealed data with the tag at their end.
    pub ciphertext: &'a str,
    /// The nonce: 12 bytes.
    pub nonce: &'a str,
    /// What is sealed along; empty where it is absent.
    pub associated_data: &'a str,
}

/// A sealed resource does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecryptError {
    /// The nonce has not 12 bytes.
    Nonce {
        /// Bytes found.
        actual: usize,
    },
    /// The ciphertext is no Base64.
    Base64,
    /// It was sealed with another key, or altered.
    Refused,
}

impl fmt::Display for DecryptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nonce { actual } => {
                write!(f, "the nonce has {actual} bytes, needs 12")
            }
            Self::Base64 => f.write_str("the ciphertext is no Base64"),
            Self::Refused => f.write_str(
                "the resource does not open: another APIv3 key sealed it, or it was altered",
            ),
        }
    }
}

impl std::error::Error for DecryptError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{merchant_key, wechatpay_key, wechatpay_public_key};

    #[test]
    fn items_35_36_fields_are_encrypted_anew_each_time_and_open_with_the_right_key() {
        let key = wechatpay_public_key();
        for (padding, other) in [(Padding::Oaep, Padding::Pkcs1), (Padding::Pkcs1, Padding::Oaep)] {
            let seal = || FieldCipher { key: &key, padding }.encrypt("张三").unwrap();
            let (a, b) = (seal(), seal());
            assert_ne!(a, b);
            let sealed = STANDARD.decode(a).unwrap();
            let plain = wechatpay_key().decrypt(&sealed, padding).unwrap();
            assert_eq!(plain.as_slice(), "张三".as_bytes());
            let stranger = merchant_key().decrypt(&sealed, padding);
            assert!(stranger.is_none_or(|plain| plain.as_slice() != "张三".as_bytes()));
            let misread = wechatpay_key().decrypt(&sealed, other);
            assert!(misread.is_none_or(|plain| plain.as_slice() != "张三".as_bytes()));
        }
    }

    #[test]
    fn item_35_a_2048_bit_key_takes_214_bytes_with_oaep_and_245_with_pkcs1() {
        let key = wechatpay_public_key();
        for (padding, most) in [(Padding::Oaep, 214), (Padding::Pkcs1, 245)] {
            let mut cipher = FieldCipher { key: &key, padding };
            assert!(cipher.encrypt(&"x".repeat(most)).is_ok());
            assert_eq!(padding.max_plain_bytes(), most);
            let Err(CryptoFailure::TooLong { actual, limit }) =
                cipher.encrypt(&"x".repeat(most + 1))
            else {
                panic!("{padding:?}: taken");
            };
            assert_eq!((actual, limit), (most + 1, most));
        }
    }

    #[test]
    fn item_38_resources_open_only_with_their_key_nonce_and_data() {
        let key = ApiV3Key::new("0123456789abcdef0123456789ABCDEF").unwrap();
        for data in ["certificate", ""] {
            let sealed = seal(&key, b"nonce-12byte", data);
            let resource = EncryptedResource {
                ciphertext: &sealed,
                nonce: "nonce-12byte",
                associated_data: data,
            };
            assert_eq!(key.decrypt(&resource).unwrap().as_slice(), b"plain");
            let refused = |resource| key.decrypt(&resource).unwrap_err();
            for nonce in ["", "short", "thirteen-byte"] {
                let expected = DecryptError::Nonce { actual: nonce.len() };
                assert_eq!(refused(EncryptedResource { nonce, ..resource }), expected);
            }
            let other = EncryptedResource { associated_data: "x", ..resource };
            assert_eq!(refused(other), DecryptError::Refused);
            let short = EncryptedResource { ciphertext: "QUJD", ..resource };
            assert_eq!(refused(short), DecryptError::Refused);
            let text = EncryptedResource { ciphertext: "%", ..resource };
            assert_eq!(refused(text), DecryptError::Base64);
            let stranger = ApiV3Key::new([0; 32]).unwrap();
            assert_eq!(stranger.decrypt(&resource).unwrap_err(), DecryptError::Refused);
        }
        assert!(ApiV3Key::new("31 bytes").is_err());
    }

    #[cfg(feature = "shangmi")]
    #[test]
    fn items_10_38_sm4_resources_open_only_with_their_key_nonce_and_data() {
        // Sealed with OpenSSL's SM4 and SM3.
        let resource = EncryptedResource {
            ciphertext: "BCU4pIV9dCgis5BzxfxQhxKeN6Fi",
            nonce: "nonce-12byte",
            associated_data: "certificate",
        };
        let key = ApiV3Key::new("0123456789abcdef0123456789ABCDEF").unwrap();
        let refused = |resource| key.decrypt_sm4(&resource).unwrap_err();
        assert_eq!(key.decrypt_sm4(&resource).unwrap().as_slice(), b"plain");
        assert_eq!(key.open(Suite::Shangmi, &resource).unwrap().as_slice(), b"plain");
        assert!(key.open(Suite::Rsa, &resource).is_err());
        for nonce in ["", "short", "thirteen-byte"] {
            let expected = DecryptError::Nonce { actual: nonce.len() };
            assert_eq!(refused(EncryptedResource { nonce, ..resource }), expected);
        }
        let nonce = "other-nonce-";
        assert_eq!(refused(EncryptedResource { nonce, ..resource }), DecryptError::Refused);
        let other = EncryptedResource { associated_data: "x", ..resource };
        assert_eq!(refused(other), DecryptError::Refused);
        let text = EncryptedResource { ciphertext: "%", ..resource };
        assert_eq!(refused(text), DecryptError::Base64);
        let stranger = ApiV3Key::new([0; 32]).unwrap();
        assert_eq!(stranger.decrypt_sm4(&resource).unwrap_err(), DecryptError::Refused);
    }

    fn seal(key: &ApiV3Key, nonce: &[u8; 12], data: &str) -> String {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.0.as_slice()).unwrap());
        let mut sealed = b"plain".to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        key.seal_in_place_append_tag(nonce, Aad::from(data.as_bytes()), &mut sealed).unwrap();
        STANDARD.encode(sealed)
    }
}
