//! The algorithms that a client and the platform use with each other.

use crate::operation::Padding;

/// A set of algorithms. The caller's key chooses it; all keys of a client are of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suite {
    /// RSA with SHA-256, AES-256-GCM.
    Rsa,
    /// SM2 with SM3, SM4-GCM.
    #[cfg(feature = "shangmi")]
    Shangmi,
}

impl Suite {
    /// The kind of its keys, in words.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Rsa => "an RSA key",
            #[cfg(feature = "shangmi")]
            Self::Shangmi => "an SM2 key",
        }
    }

    /// How the platform seals certificates and notifications, as it names it.
    pub(crate) const fn sealing(self) -> &'static str {
        match self {
            Self::Rsa => "AEAD_AES_256_GCM",
            #[cfg(feature = "shangmi")]
            Self::Shangmi => "AEAD_SM4_GCM",
        }
    }

    /// What asks `/v3/certificates` for the certificates of this suite.
    pub(crate) fn certificates_query(self) -> Vec<(String, String)> {
        match self {
            Self::Rsa => Vec::new(),
            #[cfg(feature = "shangmi")]
            Self::Shangmi => vec![("algorithm_type".to_owned(), "SM2".to_owned())],
        }
    }

    /// The most bytes of a sensitive field that every key of this suite can encrypt, if there is a limit.
    pub(crate) const fn max_encrypted(self, padding: Padding) -> Option<usize> {
        match self {
            Self::Rsa => Some(padding.max_plain_bytes()),
            #[cfg(feature = "shangmi")]
            Self::Shangmi => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_10_35_each_suite_has_its_own_words_question_and_limit() {
        let rsa = Suite::Rsa;
        assert_eq!((rsa.key(), rsa.sealing()), ("an RSA key", "AEAD_AES_256_GCM"));
        assert_eq!(rsa.max_encrypted(Padding::Oaep), Some(214));
        assert_eq!(rsa.max_encrypted(Padding::Pkcs1), Some(245));
        assert!(rsa.certificates_query().is_empty());
    }

    #[cfg(feature = "shangmi")]
    #[test]
    fn item_10_the_sm_suite_has_no_limit_and_asks_for_its_certificates() {
        let sm = Suite::Shangmi;
        assert_eq!((sm.key(), sm.sealing()), ("an SM2 key", "AEAD_SM4_GCM"));
        assert_eq!(sm.max_encrypted(Padding::Oaep), None);
        let query = [("algorithm_type".to_owned(), "SM2".to_owned())];
        assert_eq!(sm.certificates_query(), query);
    }
}
