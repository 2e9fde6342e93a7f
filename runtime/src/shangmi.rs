//! The SM suite (GB/T 32905, 32907, 32918): SM2 keys, and resources sealed with SM4-GCM.
//!
//! All of it is RustCrypto's, whose arithmetic on secrets takes the same time for all values; AWS-LC has none of it.
//! Private keys are wiped when they are freed. What the library copies to the stack while it signs or opens is not.

use aes_gcm::{AeadInOut as _, AesGcm, KeyInit as _, aead::consts::U12};
use aws_lc_rs::{error::Unspecified, rand};
use sm2::{
    SecretKey,
    dsa::{
        Signature, SigningKey, VerifyingKey,
        signature::{Signer as _, Verifier as _},
    },
    elliptic_curve::rand_core::{TryCryptoRng, TryRng},
    pkcs8::{DecodePublicKey as _, EncodePublicKey as _},
    pke::{Cipher, DecryptingKey, EncryptingKey},
};
use sm3::{Digest as _, Sm3};
use x509_cert::der::Decode as _;
use zeroize::Zeroizing;

/// Who signs, as SM2 has it: the id that stands for "none agreed".
const USER: &str = "1234567812345678";

/// The object identifier of the curve, in DER.
const CURVE: &[u8] = &[0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d];

pub(crate) struct PrivateKey {
    secret: SecretKey,
    public_der: Vec<u8>,
}

impl PrivateKey {
    /// From PKCS#8 or SEC1 that names the curve.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        // A SEC1 key that names no curve would fit any of its size.
        der.windows(CURVE.len()).find(|window| *window == CURVE)?;
        let secret = SecretKey::from_der(der).ok()?;
        let public_der = secret.public_key().to_public_key_der().ok()?.into_vec();
        Some(Self { secret, public_der })
    }

    /// SM2 signature with SM3, in DER.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let key = SigningKey::new(USER, &self.secret).ok()?;
        let signature: Signature = key.try_sign(message).ok()?;
        Some(signature.to_der().as_bytes().to_vec())
    }

    /// Opens a ciphertext in DER.
    pub(crate) fn decrypt(&self, ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        DecryptingKey::new(self.secret.clone()).decrypt_der(ciphertext).ok().map(Zeroizing::new)
    }

    pub(crate) fn public_der(&self) -> &[u8] {
        &self.public_der
    }
}

pub(crate) struct PublicKey {
    verifying: VerifyingKey,
    encrypting: EncryptingKey,
    der: Vec<u8>,
}

impl PublicKey {
    /// From SubjectPublicKeyInfo.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        let key = sm2::PublicKey::from_public_key_der(der).ok()?;
        let verifying = VerifyingKey::new(USER, key).ok()?;
        let der = key.to_public_key_der().ok()?.into_vec();
        Some(Self { verifying, encrypting: EncryptingKey::new(key), der })
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_der(signature)
            .is_ok_and(|signature| self.verifying.verify(message, &signature).is_ok())
    }

    /// Seals a text that is not empty: C1, C3, C2 in DER, as GM/T 0009 has it.
    pub(crate) fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.encrypting.encrypt_der(&mut Random, plain).ok()
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }
}

/// Whether these bytes have the form of an SM2 ciphertext.
pub(crate) fn is_ciphertext(bytes: &[u8]) -> bool {
    Cipher::<sm2::Sm2>::from_der(bytes).is_ok()
}

/// Opens what was sealed with SM4-GCM under the first half of the APIv3 key's digest, the tag at its end.
pub(crate) fn open(
    api_v3_key: &[u8; 32],
    nonce: &[u8; 12],
    associated_data: &[u8],
    data: Zeroizing<Vec<u8>>,
) -> Option<Zeroizing<Vec<u8>>> {
    let digest = Zeroizing::new(<[u8; 32]>::from(Sm3::digest(api_v3_key)));
    let (key, _) = digest.split_first_chunk::<16>()?;
    open_with(key, nonce, associated_data, data)
}

fn open_with(
    key: &[u8; 16],
    nonce: &[u8; 12],
    associated_data: &[u8],
    mut data: Zeroizing<Vec<u8>>,
) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = AesGcm::<sm4::Sm4, U12>::new(key.into());
    cipher.decrypt_in_place(nonce.into(), associated_data, &mut *data).ok()?;
    Some(data)
}

/// AWS-LC's random numbers, so that there is one source of them.
struct Random;

impl TryRng for Random {
    type Error = Unspecified;

    fn try_next_u32(&mut self) -> Result<u32, Unspecified> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Unspecified> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Unspecified> {
        rand::fill(bytes)
    }
}

impl TryCryptoRng for Random {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key pair of the examples in GB/T 32918.5.
    const SECRET: &str = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }

    fn key() -> PrivateKey {
        let secret = SecretKey::from_slice(&bytes(SECRET)).unwrap();
        let der = secret.to_sec1_der().unwrap();
        PrivateKey::from_der(&der).unwrap()
    }

    fn public_key() -> PublicKey {
        PublicKey::from_der(key().public_der()).unwrap()
    }

    fn integer(value: &[u8]) -> Vec<u8> {
        let zero: &[u8] = if value[0] & 0x80 == 0 { &[] } else { &[0] };
        [&[2, (value.len() + zero.len()) as u8], zero, value].concat()
    }

    fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
        let content = parts.concat();
        let length: &[u8] =
            if content.len() < 128 { &[content.len() as u8] } else { &[0x81, content.len() as u8] };
        [&[0x30], length, &content].concat()
    }

    #[test]
    fn item_10_the_standards_signature_verifies_and_ours_do() {
        let (r, s) = (
            bytes("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"),
            bytes("b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"),
        );
        let published = sequence(&[integer(&r), integer(&s)]);
        assert!(public_key().verifies(b"message digest", &published));
        let ours = key().sign(b"message digest").unwrap();
        assert!(public_key().verifies(b"message digest", &ours));
        for (message, signature) in [
            (&b"message digesT"[..], &published[..]),
            (b"message digest", &published[..published.len() - 1]),
            (b"message digest", &[r, s].concat()),
            (b"message digest", b""),
        ] {
            assert!(!public_key().verifies(message, signature));
        }
    }

    #[test]
    fn items_10_35_the_standards_ciphertext_opens_and_ours_do() {
        let published = sequence(&[
            integer(&bytes("04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73")),
            integer(&bytes("e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0")),
            [
                vec![4, 32],
                bytes("59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"),
            ]
            .concat(),
            [vec![4, 19], bytes("21886ca989ca9c7d58087307ca93092d651efa")].concat(),
        ]);
        assert_eq!(key().decrypt(&published).unwrap().as_slice(), b"encryption standard");
        let (once, again) =
            (public_key().encrypt("张三".as_bytes()), public_key().encrypt("张三".as_bytes()));
        assert_ne!(once, again);
        let ours = once.unwrap();
        assert!(is_ciphertext(&ours));
        assert_eq!(key().decrypt(&ours).unwrap().as_slice(), "张三".as_bytes());
        for at in 0..ours.len() {
            let mut altered = ours.clone();
            altered[at] ^= 1;
            assert!(key().decrypt(&altered).is_none(), "byte {at}");
            assert!(!is_ciphertext(&ours[..at]));
        }
        assert!(public_key().encrypt(b"").is_none());
        let long = vec![b'x'; 4000];
        let sealed = public_key().encrypt(&long).unwrap();
        assert_eq!(key().decrypt(&sealed).unwrap().as_slice(), long);
    }

    #[test]
    fn item_10_sm4_gcm_is_that_of_rfc_8998() {
        let key: [u8; 16] = bytes("0123456789abcdeffedcba9876543210").try_into().unwrap();
        let nonce: [u8; 12] = bytes("00001234567800000000abcd").try_into().unwrap();
        let data = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let sealed = bytes(
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
             d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d\
             83de3541e4c2b58177e065a9bf7b62ec",
        );
        let open = |data: &[u8], sealed: &[u8]| {
            open_with(&key, &nonce, data, Zeroizing::new(sealed.to_vec()))
        };
        let plain = bytes(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd\
             eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        );
        assert_eq!(*open(&data, &sealed).unwrap(), plain);
        assert!(open(b"", &sealed).is_none());
        for length in 0..sealed.len() {
            assert!(open(&data, &sealed[..length]).is_none());
        }
    }

    #[test]
    fn items_10_35_what_another_implementation_signs_and_seals_is_understood() {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let key =
            crate::PrivateKey::from_pem(include_str!("../tests/fixtures/sm2_key.pem")).unwrap();
        let public =
            crate::PublicKey::from_pem(include_str!("../tests/fixtures/sm2_pub.pem")).unwrap();
        let message = include_bytes!("../tests/fixtures/sm2_message.txt");
        let file = |base64: &str| STANDARD.decode(base64).unwrap();
        let signature = file(include_str!("../tests/fixtures/sm2_signature.txt"));
        assert!(public.verifies(message, &signature));
        assert!(!public.verifies(b"another message", &signature));
        let sealed = file(include_str!("../tests/fixtures/sm2_sealed.txt"));
        let opened = key.decrypt(&sealed, crate::Padding::Oaep).unwrap();
        assert_eq!(opened.as_slice(), message);
    }

    #[test]
    fn keys_that_name_another_curve_or_none_are_not_taken() {
        let secret = SecretKey::from_slice(&bytes(SECRET)).unwrap();
        let der = secret.to_sec1_der().unwrap();
        assert!(PrivateKey::from_der(&der).is_some());
        let at = der.windows(CURVE.len()).position(|window| window == CURVE).unwrap();
        let mut other = der.to_vec();
        other[at + CURVE.len() - 1] ^= 1;
        assert!(PrivateKey::from_der(&other).is_none());
        for length in 0..der.len() {
            assert!(PrivateKey::from_der(&der[..length]).is_none());
        }
    }

    #[test]
    fn random_numbers_of_each_size_differ() {
        assert!((0..8).any(|_| Random.try_next_u32() != Random.try_next_u32()));
        assert!((0..8).any(|_| Random.try_next_u64() != Random.try_next_u64()));
    }
}
