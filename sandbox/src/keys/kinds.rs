//! RSA and SM2 keys under one roof.

use rsa::{RsaPrivateKey, RsaPublicKey};

use crate::shangmi;

/// A key that verifies and seals.
#[derive(Clone)]
pub(crate) enum PublicKey {
    Rsa(RsaPublicKey),
    Sm2(shangmi::PublicKey),
}

/// A key that signs and opens.
#[derive(Clone)]
pub(crate) enum PrivateKey {
    Rsa(Box<RsaPrivateKey>),
    Sm2(shangmi::PrivateKey),
}

impl PrivateKey {
    /// The other half.
    #[cfg(test)]
    pub(crate) fn public(&self) -> PublicKey {
        match self {
            Self::Rsa(key) => PublicKey::Rsa(key.to_public_key()),
            Self::Sm2(key) => PublicKey::Sm2(key.public.clone()),
        }
    }
}
