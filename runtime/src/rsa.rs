//! RSA, with AWS-LC: what the keys of `key` do when they are RSA keys.
//!
//! AWS-LC wipes private keys when they are freed.

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::{
        KeyPair, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
        Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey, PrivateDecryptingKey,
        PublicEncryptingKey, PublicKey as RsaPublicKey,
    },
    signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256},
};
use zeroize::Zeroizing;

use crate::operation::Padding;

pub(crate) struct PrivateKey {
    signing: KeyPair,
    oaep: OaepPrivateDecryptingKey,
    pkcs1: Pkcs1PrivateDecryptingKey,
    public_der: Vec<u8>,
}

impl PrivateKey {
    /// From an unencrypted key of 2048 to 8192 bits whose parts fit together.
    pub(crate) fn from_pair(signing: KeyPair) -> Option<Self> {
        let pkcs8 = AsDer::as_der(&signing).ok()?;
        let decrypting = || PrivateDecryptingKey::from_pkcs8(pkcs8.as_ref()).ok();
        let oaep = OaepPrivateDecryptingKey::new(decrypting()?).ok()?;
        let pkcs1 = Pkcs1PrivateDecryptingKey::new(decrypting()?).ok()?;
        let public: PublicKeyX509Der<'_> = signing.public_key().as_der().ok()?;
        let public_der = public.as_ref().to_vec();
        Some(Self { signing, oaep, pkcs1, public_der })
    }

    /// RSA-SHA256 signature, PKCS#1 v1.5.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.signing.public_modulus_len()];
        self.signing.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
        Some(signature)
    }

    pub(crate) fn decrypt(
        &self,
        ciphertext: &[u8],
        padding: Padding,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut plain = Zeroizing::new(vec![0; self.oaep.key_size_bytes()]);
        let opened = match padding {
            Padding::Oaep => self.oaep.decrypt(&OAEP_SHA1_MGF1SHA1, ciphertext, &mut plain, None),
            Padding::Pkcs1 => self.pkcs1.decrypt(ciphertext, &mut plain),
        };
        let length = opened.ok()?.len();
        plain.truncate(length);
        Some(plain)
    }

    /// Length of a ciphertext, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.oaep.key_size_bytes()
    }

    pub(crate) fn public_der(&self) -> &[u8] {
        &self.public_der
    }
}

pub(crate) struct PublicKey {
    verifying: ParsedPublicKey,
    oaep: OaepPublicEncryptingKey,
    pkcs1: Pkcs1PublicEncryptingKey,
    der: Vec<u8>,
}

impl PublicKey {
    /// From SubjectPublicKeyInfo or PKCS#1.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        let public: PublicKeyX509Der<'_> = RsaPublicKey::from_der(der).ok()?.as_der().ok()?;
        let der = public.as_ref().to_vec();
        let encrypting = || PublicEncryptingKey::from_der(&der).ok();
        let oaep = OaepPublicEncryptingKey::new(encrypting()?).ok()?;
        let pkcs1 = Pkcs1PublicEncryptingKey::new(encrypting()?).ok()?;
        let verifying = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &der).ok()?;
        Some(Self { verifying, oaep, pkcs1, der })
    }

    /// Whether `signature` is the RSA-SHA256 signature of `message`, PKCS#1 v1.5.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifying.verify_sig(message, signature).is_ok()
    }

    pub(crate) fn encrypt(&self, plain: &[u8], padding: Padding) -> Option<Vec<u8>> {
        let mut ciphertext = vec![0; self.oaep.ciphertext_size()];
        let sealed = match padding {
            Padding::Oaep => self.oaep.encrypt(&OAEP_SHA1_MGF1SHA1, plain, &mut ciphertext, None),
            Padding::Pkcs1 => self.pkcs1.encrypt(plain, &mut ciphertext),
        };
        let length = sealed.ok()?.len();
        ciphertext.truncate(length);
        Some(ciphertext)
    }

    pub(crate) fn max_plain_bytes(&self, padding: Padding) -> usize {
        match padding {
            Padding::Oaep => self.oaep.max_plaintext_size(&OAEP_SHA1_MGF1SHA1),
            Padding::Pkcs1 => self.pkcs1.max_plaintext_size(),
        }
    }

    pub(crate) fn bits(&self) -> usize {
        self.oaep.key_size_bits()
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }
}
