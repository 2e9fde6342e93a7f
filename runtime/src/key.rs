//! RSA keys: the merchant's private key and the public keys of the platform.
//!
//! Takes PEM or DER in the usual containers, refuses everything else with a sentence that says what it is instead.
//! AWS-LC wipes private keys when they are freed; the copies made on the way in are wiped too.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::{
        KeyPair, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
        PrivateDecryptingKey, PublicEncryptingKey, PublicKey as RsaPublicKey,
    },
    signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256},
};
use zeroize::Zeroizing;

use crate::{error::ConfigError, pem};

/// The merchant's private RSA key: signs requests, decrypts what the platform encrypted for the merchant.
#[derive(Clone)]
pub struct PrivateKey(Arc<PrivateParts>);

struct PrivateParts {
    signing: KeyPair,
    decrypting: OaepPrivateDecryptingKey,
    public_der: Vec<u8>,
}

impl PrivateKey {
    /// Reads the key from PEM: PKCS#8 (`BEGIN PRIVATE KEY`, as in `apiclient_key.pem`) or PKCS#1
    /// (`BEGIN RSA PRIVATE KEY`), with any line breaks or none.
    ///
    /// # Errors
    /// It is encrypted, of another kind, damaged, or shorter than 2048 bits.
    pub fn from_pem(pem: &str) -> Result<Self, ConfigError> {
        let der = read_pem(pem, Wanted::PrivateKey)?;
        Self::from_der(&der)
    }

    /// Reads the key from DER: PKCS#8 or PKCS#1.
    ///
    /// # Errors
    /// It is of another kind, damaged, or shorter than 2048 bits.
    pub fn from_der(der: &[u8]) -> Result<Self, ConfigError> {
        let signing = KeyPair::from_pkcs8(der).or_else(|_| KeyPair::from_der(der)).map_err(|_| {
            ConfigError::new(if mentions_elliptic_curves(der) {
                "private key: is an elliptic-curve (or SM2) key; this client signs with RSA, so give an RSA key"
            } else {
                "private key: is no unencrypted RSA key of 2048 to 8192 bits in PKCS#8 or PKCS#1 form"
            })
        })?;
        Self::from_pair(signing).ok_or_else(|| {
            ConfigError::new("private key: is an RSA key, but its parts do not fit together")
        })
    }

    /// A new key.
    #[cfg(feature = "test-util")]
    pub(crate) fn generate() -> Result<Self, ConfigError> {
        let pair = KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).ok();
        pair.and_then(Self::from_pair)
            .ok_or_else(|| ConfigError::new("private key: none could be made"))
    }

    /// Its other half.
    #[cfg(feature = "test-util")]
    pub(crate) fn public_key(&self) -> Result<PublicKey, ConfigError> {
        PublicKey::from_der(&self.0.public_der)
    }

    fn from_pair(signing: KeyPair) -> Option<Self> {
        let pkcs8 = AsDer::as_der(&signing).ok()?;
        let decrypting = PrivateDecryptingKey::from_pkcs8(pkcs8.as_ref()).ok()?;
        let decrypting = OaepPrivateDecryptingKey::new(decrypting).ok()?;
        let public: PublicKeyX509Der<'_> = signing.public_key().as_der().ok()?;
        let public_der = public.as_ref().to_vec();
        Some(Self(Arc::new(PrivateParts { signing, decrypting, public_der })))
    }

    /// RSA-SHA256 signature, PKCS#1 v1.5; `None` if the library refuses.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.0.signing.public_modulus_len()];
        self.0
            .signing
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .ok()?;
        Some(signature)
    }

    /// Opens RSA-OAEP with SHA-1; `None` if it was not made for this key.
    pub(crate) fn decrypt(&self, ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let key = &self.0.decrypting;
        let mut plain = Zeroizing::new(vec![0; key.min_output_size()]);
        let length = key.decrypt(&OAEP_SHA1_MGF1SHA1, ciphertext, &mut plain, None).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }

    /// Length of a ciphertext, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.0.decrypting.key_size_bytes()
    }

    /// Whether `public` is the other half of this key.
    pub(crate) fn belongs_to(&self, public: &PublicKey) -> bool {
        self.0.public_der == public.0.der
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(RSA-{})", self.0.decrypting.key_size_bits())
    }
}

/// A public RSA key: verifies answers, encrypts sensitive fields.
#[derive(Clone)]
pub struct PublicKey(Arc<PublicParts>);

struct PublicParts {
    verifying: ParsedPublicKey,
    encrypting: OaepPublicEncryptingKey,
    der: Vec<u8>,
}

impl PublicKey {
    /// Reads the key from PEM: `BEGIN PUBLIC KEY`, as in `pub_key.pem`, or `BEGIN RSA PUBLIC KEY`.
    ///
    /// # Errors
    /// It is of another kind, damaged, or shorter than 2048 bits.
    pub fn from_pem(pem: &str) -> Result<Self, ConfigError> {
        let der = read_pem(pem, Wanted::PublicKey)?;
        Self::from_der(&der)
    }

    /// Reads the key from DER: SubjectPublicKeyInfo or PKCS#1.
    ///
    /// # Errors
    /// It is of another kind, damaged, or shorter than 2048 bits.
    pub fn from_der(der: &[u8]) -> Result<Self, ConfigError> {
        Self::parse(der).ok_or_else(|| {
            ConfigError::new(if mentions_elliptic_curves(der) {
                "public key: is an elliptic-curve (or SM2) key; this client verifies RSA, so give an RSA key"
            } else {
                "public key: is no RSA key of 2048 to 8192 bits in SubjectPublicKeyInfo or PKCS#1 form"
            })
        })
    }

    fn parse(der: &[u8]) -> Option<Self> {
        let public: PublicKeyX509Der<'_> = RsaPublicKey::from_der(der).ok()?.as_der().ok()?;
        let der = public.as_ref().to_vec();
        let encrypting =
            OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(&der).ok()?).ok()?;
        let verifying = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &der).ok()?;
        Some(Self(Arc::new(PublicParts { verifying, encrypting, der })))
    }

    /// Whether `signature` is the RSA-SHA256 signature of `message`, PKCS#1 v1.5.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verifying.verify_sig(message, signature).is_ok()
    }

    /// RSA-OAEP with SHA-1; `None` if `plain` is longer than [`Self::max_plain_bytes`].
    pub(crate) fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let key = &self.0.encrypting;
        let mut ciphertext = vec![0; key.ciphertext_size()];
        let length = key.encrypt(&OAEP_SHA1_MGF1SHA1, plain, &mut ciphertext, None).ok()?.len();
        ciphertext.truncate(length);
        Some(ciphertext)
    }

    pub(crate) fn max_plain_bytes(&self) -> usize {
        self.0.encrypting.max_plaintext_size(&OAEP_SHA1_MGF1SHA1)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey(RSA-{})", self.0.encrypting.key_size_bits())
    }
}

/// What a PEM text should hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    PrivateKey,
    PublicKey,
    Certificate,
}

impl Wanted {
    const fn name(self) -> &'static str {
        match self {
            Self::PrivateKey => "private key",
            Self::PublicKey => "public key",
            Self::Certificate => "certificate",
        }
    }

    fn takes(self, label: &str) -> bool {
        match self {
            Self::PrivateKey => matches!(label, "PRIVATE KEY" | "RSA PRIVATE KEY"),
            Self::PublicKey => matches!(label, "PUBLIC KEY" | "RSA PUBLIC KEY"),
            Self::Certificate => label == "CERTIFICATE",
        }
    }

    /// Where to get it.
    const fn remedy(self) -> &'static str {
        match self {
            Self::PrivateKey => "give the merchant's private key, apiclient_key.pem",
            Self::PublicKey => {
                "give WeChat Pay's public key, pub_key.pem; a certificate goes to `TrustStore::certificate`"
            }
            Self::Certificate => {
                "give a certificate, which begins with -----BEGIN CERTIFICATE-----"
            }
        }
    }
}

/// The bytes of the first block of the wanted kind.
pub(crate) fn read_pem(text: &str, wanted: Wanted) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    let name = wanted.name();
    let blocks = pem::blocks(text);
    let Some(first) = blocks.first() else {
        return Err(ConfigError::new(format!(
            "{name}: is no PEM (no -----BEGIN ...----- with its -----END ...-----); {}",
            wanted.remedy()
        )));
    };
    if let Some(block) =
        blocks.iter().find(|block| wanted == Wanted::PrivateKey && block.is_encrypted())
    {
        return Err(ConfigError::new(format!(
            "{name}: is protected by a passphrase ({}); write it without one: openssl pkcs8 -topk8 -nocrypt",
            block.label
        )));
    }
    let Some(block) = blocks.iter().find(|block| wanted.takes(block.label)) else {
        return Err(ConfigError::new(format!(
            "{name}: is {}; {}",
            describe(first.label),
            wanted.remedy()
        )));
    };
    block
        .decode()
        .ok_or_else(|| ConfigError::new(format!("{name}: the PEM block is damaged (not Base64)")))
}

fn describe(label: &str) -> &'static str {
    match label {
        "CERTIFICATE" => "a certificate",
        "PUBLIC KEY" | "RSA PUBLIC KEY" => "a public key",
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" => "a private key",
        "EC PRIVATE KEY" | "EC PARAMETERS" => "an elliptic-curve private key, not an RSA key",
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => "a certificate request",
        _ => "something else",
    }
}

/// Whether the algorithm at the start of a key is the one of elliptic curves, which SM2 uses too.
fn mentions_elliptic_curves(der: &[u8]) -> bool {
    const ID_EC_PUBLIC_KEY: [u8; 9] = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    der.get(..der.len().min(64)).is_some_and(|head| {
        head.windows(ID_EC_PUBLIC_KEY.len()).any(|window| window == ID_EC_PUBLIC_KEY)
    })
}
