//! What travels encrypted: single fields (RSA or SM2) and certificates (AES-256-GCM or SM4-GCM).

use aes_gcm::{
    Aes256Gcm, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use rsa::{
    Oaep, Pkcs1v15Encrypt,
    rand_core::{OsRng, RngCore as _},
};
use sha1::Sha1;
use wechatpay_codegen::model::Padding;

use crate::{
    encoding,
    keys::{PrivateKey, PublicKey},
    shangmi,
};

/// Encrypts a field's value to `key`; `None` if it is longer than the key can take.
pub(crate) fn seal_field(key: &PublicKey, padding: Padding, plain: &str) -> Option<String> {
    let plain = plain.as_bytes();
    let sealed = match (key, padding) {
        (PublicKey::Rsa(key), Padding::Oaep) => {
            key.encrypt(&mut OsRng, Oaep::new::<Sha1>(), plain).ok()?
        }
        (PublicKey::Rsa(key), Padding::Pkcs1) => {
            key.encrypt(&mut OsRng, Pkcs1v15Encrypt, plain).ok()?
        }
        (PublicKey::Sm2(key), _) => key.encrypt(plain)?,
    };
    Some(encoding::base64(&sealed))
}

/// Decrypts a field's value; `None` if it is not Base64, not made for `key`, or not text.
pub(crate) fn open_field(key: &PrivateKey, padding: Padding, sealed: &str) -> Option<String> {
    let sealed = encoding::from_base64(sealed)?;
    let plain = match (key, padding) {
        (PrivateKey::Rsa(key), Padding::Oaep) => key.decrypt(Oaep::new::<Sha1>(), &sealed).ok()?,
        (PrivateKey::Rsa(key), Padding::Pkcs1) => key.decrypt(Pkcs1v15Encrypt, &sealed).ok()?,
        (PrivateKey::Sm2(key), _) => key.decrypt(&sealed)?,
    };
    String::from_utf8(plain).ok()
}

/// Encrypts with the APIv3 key.
///
/// The result is Base64 of the ciphertext followed by the tag; `None` if key or nonce have the wrong length.
pub(crate) fn seal_with_apiv3_key(
    key: &str,
    nonce: &str,
    associated: &str,
    plain: &str,
) -> Option<String> {
    let cipher = Aes256Gcm::new_from_slice(key.as_bytes()).ok()?;
    let nonce = Nonce::try_from(nonce.as_bytes()).ok()?;
    let payload = Payload { msg: plain.as_bytes(), aad: associated.as_bytes() };
    Some(encoding::base64(&cipher.encrypt(&nonce, payload).ok()?))
}

/// The same for merchants with SM2 keys.
pub(crate) fn seal_sm4_with_apiv3_key(
    key: &str,
    nonce: &str,
    associated: &str,
    plain: &str,
) -> Option<String> {
    let nonce = nonce.as_bytes().try_into().ok()?;
    let sealed = shangmi::seal(key.as_bytes(), nonce, associated.as_bytes(), plain.as_bytes())?;
    Some(encoding::base64(&sealed))
}

/// A fresh nonce of `bytes` random bytes, in hex.
pub(crate) fn nonce(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    OsRng.fill_bytes(&mut random);
    encoding::hex_upper(&random)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Keys;

    #[test]
    fn a_field_comes_back_and_no_two_ciphertexts_are_alike() {
        let keys = Keys::throwaway().unwrap();
        let private = keys.platform().private();
        let public = &private.public();
        for (padding, other) in [(Padding::Oaep, Padding::Pkcs1), (Padding::Pkcs1, Padding::Oaep)] {
            let sealed = [(); 2].map(|()| seal_field(public, padding, "张三").unwrap());
            assert_ne!(sealed[0], sealed[1]);
            for text in &sealed {
                assert_eq!(open_field(private, padding, text).as_deref(), Some("张三"));
                assert_ne!(open_field(private, other, text).as_deref(), Some("张三"));
            }
        }
    }

    #[test]
    fn fields_that_cannot_be_opened_or_sealed_are_none() {
        let keys = Keys::throwaway().unwrap();
        let private = keys.platform().private();
        let public = &private.public();
        let oaep = Padding::Oaep;
        let foreign = seal_field(&keys.wechatpay().private().public(), oaep, "x").unwrap();
        for sealed in ["", "plain text", "QUJD", &foreign] {
            assert_eq!(open_field(private, oaep, sealed), None, "{sealed}");
        }
        for (padding, most) in [(oaep, 214), (Padding::Pkcs1, 245)] {
            assert!(seal_field(public, padding, &"x".repeat(most)).is_some());
            assert!(seal_field(public, padding, &"x".repeat(most + 1)).is_none());
        }
    }

    #[test]
    fn apiv3_encryption_is_the_standards_own() {
        // NIST's GCM test case 14: a zero key, a zero nonce and sixteen zero bytes.
        let zeros = |count| "\0".repeat(count);
        let sealed = seal_with_apiv3_key(&zeros(32), &zeros(12), "", &zeros(16)).unwrap();
        let bytes = encoding::from_base64(&sealed).unwrap();
        assert_eq!(
            encoding::hex_lower(&bytes),
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
        );
    }

    #[test]
    fn a_short_key_or_nonce_is_none() {
        let key = "k".repeat(32);
        assert!(seal_with_apiv3_key(&key, "123456789012", "certificate", "x").is_some());
        assert!(seal_with_apiv3_key(&key, "12345678901", "certificate", "x").is_none());
        assert!(seal_with_apiv3_key("short", "123456789012", "certificate", "x").is_none());
    }
}
