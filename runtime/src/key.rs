//! Keys: the caller's private key and the public keys of the platform.
//!
//! Takes PEM or DER in the usual containers, refuses everything else with a sentence that says what it is instead. The
//! copies that are made on the way in are wiped.

use std::{fmt, sync::Arc};

use aws_lc_rs::rsa::KeyPair;
use zeroize::Zeroizing;

#[cfg(feature = "shangmi")]
use crate::shangmi;
use crate::{error::ConfigError, operation::Padding, pem, rsa, suite::Suite};

/// The private key of a merchant or brand: signs requests, decrypts what the platform encrypted for it.
///
/// It is an RSA key or, with the feature `shangmi`, an SM2 key; with that, the client speaks the SM suite.
#[derive(Clone)]
pub struct PrivateKey(PrivateParts);

#[derive(Clone)]
enum PrivateParts {
    Rsa(Arc<rsa::PrivateKey>),
    #[cfg(feature = "shangmi")]
    Sm2(Arc<shangmi::PrivateKey>),
}

impl PrivateKey {
    /// Reads the key from PEM: PKCS#8 (`BEGIN PRIVATE KEY`, as in `apiclient_key.pem`), PKCS#1
    /// (`BEGIN RSA PRIVATE KEY`) or, for SM2, SEC1 (`BEGIN EC PRIVATE KEY` or `BEGIN SM2 PRIVATE KEY`), with any line
    /// breaks or none.
    ///
    /// # Errors
    /// It is encrypted, of another kind, damaged, or an RSA key shorter than 2048 bits.
    pub fn from_pem(pem: &str) -> Result<Self, ConfigError> {
        let der = read_pem(pem, Wanted::PrivateKey)?;
        Self::from_der(&der)
    }

    /// Reads the key from DER: PKCS#8, PKCS#1 or, for SM2, SEC1.
    ///
    /// # Errors
    /// It is of another kind, damaged, or an RSA key shorter than 2048 bits.
    pub fn from_der(der: &[u8]) -> Result<Self, ConfigError> {
        #[cfg(feature = "shangmi")]
        if let Some(key) = shangmi::PrivateKey::from_der(der) {
            return Ok(Self(PrivateParts::Sm2(Arc::new(key))));
        }
        let signing = KeyPair::from_pkcs8(der).or_else(|_| KeyPair::from_der(der)).map_err(|_| {
            if mentions_elliptic_curves(der) {
                return ConfigError::new(format!("private key: {ELLIPTIC_CURVE}"));
            }
            ConfigError::new(
                "private key: is no unencrypted RSA key of 2048 to 8192 bits in PKCS#8 or PKCS#1 form",
            )
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
        PublicKey::from_der(self.public_der())
    }

    fn from_pair(signing: KeyPair) -> Option<Self> {
        Some(Self(PrivateParts::Rsa(Arc::new(rsa::PrivateKey::from_pair(signing)?))))
    }

    /// The signature of `message` that the key's suite asks for; `None` if the library refuses.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &self.0 {
            PrivateParts::Rsa(key) => key.sign(message),
            #[cfg(feature = "shangmi")]
            PrivateParts::Sm2(key) => key.sign(message),
        }
    }

    /// Opens a sensitive field; `None` if it was not made for this key. SM2 knows no padding.
    pub(crate) fn decrypt(
        &self,
        ciphertext: &[u8],
        padding: Padding,
    ) -> Option<Zeroizing<Vec<u8>>> {
        match &self.0 {
            PrivateParts::Rsa(key) => key.decrypt(ciphertext, padding),
            #[cfg(feature = "shangmi")]
            PrivateParts::Sm2(key) => key.decrypt(ciphertext),
        }
    }

    /// Length of an RSA ciphertext, in bytes.
    pub(crate) fn size(&self) -> Option<usize> {
        match &self.0 {
            PrivateParts::Rsa(key) => Some(key.size()),
            #[cfg(feature = "shangmi")]
            PrivateParts::Sm2(_) => None,
        }
    }

    /// Whether `public` is the other half of this key.
    pub(crate) fn belongs_to(&self, public: &PublicKey) -> bool {
        self.public_der() == public.der()
    }

    /// The algorithms it goes with.
    pub(crate) fn suite(&self) -> Suite {
        match &self.0 {
            PrivateParts::Rsa(_) => Suite::Rsa,
            #[cfg(feature = "shangmi")]
            PrivateParts::Sm2(_) => Suite::Shangmi,
        }
    }

    fn public_der(&self) -> &[u8] {
        match &self.0 {
            PrivateParts::Rsa(key) => key.public_der(),
            #[cfg(feature = "shangmi")]
            PrivateParts::Sm2(key) => key.public_der(),
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            PrivateParts::Rsa(key) => write!(f, "PrivateKey(RSA-{})", key.size() * 8),
            #[cfg(feature = "shangmi")]
            PrivateParts::Sm2(_) => f.write_str("PrivateKey(SM2)"),
        }
    }
}

/// A public key of the platform: verifies answers, encrypts sensitive fields.
///
/// It is an RSA key or, with the feature `shangmi`, an SM2 key.
#[derive(Clone)]
pub struct PublicKey(PublicParts);

#[derive(Clone)]
enum PublicParts {
    Rsa(Arc<rsa::PublicKey>),
    #[cfg(feature = "shangmi")]
    Sm2(Arc<shangmi::PublicKey>),
}

impl PublicKey {
    /// Reads the key from PEM: `BEGIN PUBLIC KEY`, as in `pub_key.pem`, or `BEGIN RSA PUBLIC KEY`.
    ///
    /// # Errors
    /// It is of another kind, damaged, or an RSA key shorter than 2048 bits.
    pub fn from_pem(pem: &str) -> Result<Self, ConfigError> {
        let der = read_pem(pem, Wanted::PublicKey)?;
        Self::from_der(&der)
    }

    /// Reads the key from DER: SubjectPublicKeyInfo or PKCS#1.
    ///
    /// # Errors
    /// It is of another kind, damaged, or an RSA key shorter than 2048 bits.
    pub fn from_der(der: &[u8]) -> Result<Self, ConfigError> {
        #[cfg(feature = "shangmi")]
        if let Some(key) = shangmi::PublicKey::from_der(der) {
            return Ok(Self(PublicParts::Sm2(Arc::new(key))));
        }
        let key = rsa::PublicKey::from_der(der).map(|key| Self(PublicParts::Rsa(Arc::new(key))));
        key.ok_or_else(|| {
            if mentions_elliptic_curves(der) {
                return ConfigError::new(format!("public key: {ELLIPTIC_CURVE}"));
            }
            ConfigError::new(
                "public key: is no RSA key of 2048 to 8192 bits in SubjectPublicKeyInfo or PKCS#1 form",
            )
        })
    }

    /// Whether `signature` is that of `message`, as the key's suite has it.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            PublicParts::Rsa(key) => key.verifies(message, signature),
            #[cfg(feature = "shangmi")]
            PublicParts::Sm2(key) => key.verifies(message, signature),
        }
    }

    /// Seals a sensitive field; `None` if `plain` is longer than [`Self::max_plain_bytes`]. SM2 knows no padding, and
    /// seals nothing empty.
    pub(crate) fn encrypt(&self, plain: &[u8], padding: Padding) -> Option<Vec<u8>> {
        match &self.0 {
            PublicParts::Rsa(key) => key.encrypt(plain, padding),
            #[cfg(feature = "shangmi")]
            PublicParts::Sm2(key) => key.encrypt(plain),
        }
    }

    /// The most it can seal, if there is a limit.
    pub(crate) fn max_plain_bytes(&self, padding: Padding) -> Option<usize> {
        match &self.0 {
            PublicParts::Rsa(key) => Some(key.max_plain_bytes(padding)),
            #[cfg(feature = "shangmi")]
            PublicParts::Sm2(_) => None,
        }
    }

    /// The algorithms it goes with.
    pub(crate) fn suite(&self) -> Suite {
        match &self.0 {
            PublicParts::Rsa(_) => Suite::Rsa,
            #[cfg(feature = "shangmi")]
            PublicParts::Sm2(_) => Suite::Shangmi,
        }
    }

    fn der(&self) -> &[u8] {
        match &self.0 {
            PublicParts::Rsa(key) => key.der(),
            #[cfg(feature = "shangmi")]
            PublicParts::Sm2(key) => key.der(),
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            PublicParts::Rsa(key) => write!(f, "PublicKey(RSA-{})", key.bits()),
            #[cfg(feature = "shangmi")]
            PublicParts::Sm2(_) => f.write_str("PublicKey(SM2)"),
        }
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
            Self::PrivateKey => {
                matches!(label, "PRIVATE KEY" | "RSA PRIVATE KEY")
                    || cfg!(feature = "shangmi")
                        && matches!(label, "EC PRIVATE KEY" | "SM2 PRIVATE KEY")
            }
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
        "EC PRIVATE KEY" | "SM2 PRIVATE KEY" | "EC PARAMETERS" => {
            "an elliptic-curve private key, not an RSA key"
        }
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => "a certificate request",
        _ => "something else",
    }
}

/// What is said of an elliptic-curve key that is not taken.
const ELLIPTIC_CURVE: &str = if cfg!(feature = "shangmi") {
    "is an elliptic-curve (or SM2) key, but no sound one of the curve SM2; give an RSA key or an SM2 key"
} else {
    "is an elliptic-curve (or SM2) key; this client is built for RSA, so give an RSA key, or switch the feature \
     `shangmi` on for SM2"
};

/// Whether a key begins with an identifier of elliptic curves, those of ANSI X9.62 or those of the SM suite.
fn mentions_elliptic_curves(der: &[u8]) -> bool {
    const X9_62: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d];
    const SHANGMI: &[u8] = &[0x2a, 0x81, 0x1c, 0xcf, 0x55];
    der.get(..der.len().min(64)).is_some_and(|head| {
        head.windows(X9_62.len()).any(|window| window == X9_62 || window == SHANGMI)
    })
}
