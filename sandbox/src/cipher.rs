//! What travels encrypted: single fields (RSA-OAEP with SHA-1) and certificates (AES-256-GCM).

use aes_gcm::{
    Aes256Gcm, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use rsa::{
    Oaep, RsaPrivateKey, RsaPublicKey,
    rand_core::{OsRng, RngCore as _},
};
use sha1::Sha1;

use crate::encoding;

/// Encrypts a field's value to `key`; `None` if it is longer than the key can take.
pub(crate) fn seal_field(key: &RsaPublicKey, plain: &str) -> Option<String> {
    let sealed = key.encrypt(&mut OsRng, Oaep::new::<Sha1>(), plain.as_bytes()).ok()?;
    Some(encoding::base64(&sealed))
}

/// Decrypts a field's value; `None` if it is not Base64, not made for `key`, or not text.
pub(crate) fn open_field(key: &RsaPrivateKey, sealed: &str) -> Option<String> {
    let plain = key.decrypt(Oaep::new::<Sha1>(), &encoding::from_base64(sealed)?).ok()?;
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
        let public = &private.to_public_key();
        let sealed = [seal_field(public, "张三").unwrap(), seal_field(public, "张三").unwrap()];
        assert_ne!(sealed[0], sealed[1]);
        for text in &sealed {
            assert_eq!(open_field(private, text).as_deref(), Some("张三"));
        }
    }

    #[test]
    fn fields_that_cannot_be_opened_or_sealed_are_none() {
        let keys = Keys::throwaway().unwrap();
        let private = keys.platform().private();
        let public = &private.to_public_key();
        let foreign = seal_field(&keys.wechatpay().private().to_public_key(), "x").unwrap();
        for sealed in ["", "plain text", "QUJD", &foreign] {
            assert_eq!(open_field(private, sealed), None, "{sealed}");
        }
        assert!(seal_field(public, &"x".repeat(214)).is_some());
        assert!(seal_field(public, &"x".repeat(215)).is_none());
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
