//! Keys that are used without being held: signers and decryptors, such as a key management service or a hardware module.
//!
//! Responses are read twice. The first reading tells which values are encrypted; they are opened, wherever the key may be;
//! the second reading finds them in plain text. So reading stays plain code, though opening may have to wait.

use std::{cell::RefCell, collections::BTreeMap};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{
    error::BoxError, key::PrivateKey, operation::Padding, suite::Suite, transport::BoxFuture,
    wire::Decrypt,
};

/// Signs for a merchant whose private key is somewhere else. [`PrivateKey`] is one, too.
///
/// ```
/// use std::sync::Arc;
/// use wechatpay_runtime::{BoxFuture, Merchant, Signer};
///
/// /// A client of some key management service.
/// struct Kms {
///     key: String,
/// }
/// # impl Kms {
/// #     async fn asymmetric_sign(&self, key: &str, algorithm: &str, message: &[u8]) -> Result<Vec<u8>, std::io::Error> {
/// #         let _ = (key, algorithm, message);
/// #         Ok(Vec::new())
/// #     }
/// # }
///
/// impl Signer for Kms {
///     fn sign<'a>(
///         &'a self,
///         message: &'a [u8],
///     ) -> BoxFuture<'a, Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>>> {
///         Box::pin(async move {
///             let signature = self.asymmetric_sign(&self.key, "RSASSA_PKCS1_V1_5_SHA_256", message).await?;
///             Ok(signature)
///         })
///     }
/// }
///
/// let kms = Arc::new(Kms { key: "merchant-1900000109".to_owned() });
/// let merchant = Merchant::with_signer("1900000109", "444F4864EA9B34415A0F7F0B5C4A3B3F6D2E1C0B", kms);
/// # let _ = merchant;
/// ```
pub trait Signer: Send + Sync + 'static {
    /// The RSA-SHA256 signature of `message`, PKCS#1 v1.5: raw bytes, not Base64. For a merchant of the SM suite it is
    /// the SM2 signature with SM3 over the user id `1234567812345678`, in DER.
    ///
    /// It is polled on the client's own Tokio runtime and dropped when the time of the call is up. An error is the
    /// source of [`Error::Crypto`](crate::Error::Crypto), unless an attempt of the call went before, whose error is then
    /// given; nothing more is sent. It must quote no secret.
    fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, BoxError>>;
}

/// Opens the encrypted fields of responses for a merchant whose private key is somewhere else. [`PrivateKey`] is one,
/// too.
pub trait Decryptor: Send + Sync + 'static {
    /// Opens RSA-OAEP with SHA-1 and MGF1 with SHA-1. `ciphertext` is raw bytes, not Base64. For a merchant of the SM
    /// suite it is an SM2 ciphertext in DER, as GM/T 0009 has it.
    ///
    /// An error is the source of [`Error::Decode`](crate::Error::Decode), which keeps the response. It must quote no
    /// secret.
    fn decrypt<'a>(&'a self, ciphertext: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, BoxError>>;

    /// Opens RSA with PKCS#1 v1.5 padding, which the overseas gateway uses; otherwise like [`decrypt`](Self::decrypt).
    /// A decryptor that does not say how refuses.
    fn decrypt_pkcs1<'a>(
        &'a self,
        ciphertext: &'a [u8],
    ) -> BoxFuture<'a, Result<Vec<u8>, BoxError>> {
        let _ = ciphertext;
        Box::pin(async {
            Err("this decryptor opens no PKCS#1 v1.5; give it `Decryptor::decrypt_pkcs1`".into())
        })
    }

    /// Length of an RSA ciphertext in bytes, which is that of the key: 256 for the RSA-2048 keys that WeChat Pay certifies.
    fn ciphertext_bytes(&self) -> usize {
        SHORTEST
    }
}

impl Signer for PrivateKey {
    fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, BoxError>> {
        Box::pin(async move {
            Self::sign(self, message).ok_or_else(|| "the cryptographic library refused".into())
        })
    }
}

impl Decryptor for PrivateKey {
    fn decrypt<'a>(&'a self, ciphertext: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, BoxError>> {
        Box::pin(async move { held(self, ciphertext, Padding::Oaep) })
    }

    fn decrypt_pkcs1<'a>(
        &'a self,
        ciphertext: &'a [u8],
    ) -> BoxFuture<'a, Result<Vec<u8>, BoxError>> {
        Box::pin(async move { held(self, ciphertext, Padding::Pkcs1) })
    }

    fn ciphertext_bytes(&self) -> usize {
        self.size().unwrap_or(SHORTEST)
    }
}

/// Opens with a key that is at hand.
fn held(key: &PrivateKey, ciphertext: &[u8], padding: Padding) -> Result<Vec<u8>, BoxError> {
    let opened = key.decrypt(ciphertext, padding);
    let mut plain = opened.ok_or("it was encrypted to another key, or altered")?;
    Ok(std::mem::take(&mut *plain))
}

/// Bytes of the shortest RSA ciphertext: RSA-2048.
const SHORTEST: usize = 256;

/// The first reading: remembers what may have to be opened.
#[derive(Default)]
pub(crate) struct Sealed(RefCell<Vec<String>>);

impl Sealed {
    pub(crate) fn into_values(self) -> Vec<String> {
        self.0.into_inner()
    }
}

impl Decrypt for Sealed {
    fn decrypt(&self, wire: &str) -> Option<String> {
        if STANDARD.decode(wire).is_ok_and(|bytes| may_be_ciphertext(&bytes)) {
            self.0.borrow_mut().push(wire.to_owned());
        }
        Some(String::new())
    }
}

fn may_be_ciphertext(bytes: &[u8]) -> bool {
    #[cfg(feature = "shangmi")]
    if crate::shangmi::is_ciphertext(bytes) {
        return true;
    }
    bytes.len() >= SHORTEST
}

/// The second reading: what was opened, by its wire form.
///
/// Only Base64 of exactly the length of an RSA ciphertext, or of the form of an SM2 ciphertext, is taken for one.
/// Anything else is plain text: not every page says whether a field is encrypted, the response is verified by now, and to
/// refuse it would lose a result.
pub(crate) struct Opened {
    plain: BTreeMap<String, Zeroizing<String>>,
    suite: Suite,
    /// Of RSA.
    ciphertext_bytes: usize,
    padding: Padding,
    failure: Option<BoxError>,
}

impl Opened {
    /// Nothing yet.
    pub(crate) fn new(decryptor: Option<&dyn Decryptor>, suite: Suite, padding: Padding) -> Self {
        let ciphertext_bytes = decryptor.map_or(SHORTEST, Decryptor::ciphertext_bytes);
        Self { plain: BTreeMap::new(), suite, ciphertext_bytes, padding, failure: None }
    }

    /// Opens `values`, up to the first that fails.
    pub(crate) async fn open(&mut self, values: Vec<String>, decryptor: Option<&dyn Decryptor>) {
        for wire in values {
            let Some(ciphertext) = self.ciphertext(&wire) else { continue };
            let opened = match decryptor {
                Some(decryptor) => open(decryptor, &ciphertext, self.padding).await,
                None => {
                    Err("this merchant has no decryptor; give one to `Merchant::decryptor`".into())
                }
            };
            match opened {
                Ok(plain) => {
                    self.plain.insert(wire, plain);
                }
                Err(failure) => return self.failed(failure),
            }
        }
    }

    /// Something was not opened, for this reason.
    pub(crate) fn failed(&mut self, failure: impl Into<BoxError>) {
        self.failure = Some(failure.into());
    }

    /// Why a value is missing.
    pub(crate) fn into_failure(self) -> Option<BoxError> {
        self.failure
    }

    fn ciphertext(&self, wire: &str) -> Option<Vec<u8>> {
        STANDARD.decode(wire).ok().filter(|bytes| match self.suite {
            Suite::Rsa => bytes.len() == self.ciphertext_bytes,
            #[cfg(feature = "shangmi")]
            Suite::Shangmi => crate::shangmi::is_ciphertext(bytes),
        })
    }
}

async fn open(
    decryptor: &dyn Decryptor,
    ciphertext: &[u8],
    padding: Padding,
) -> Result<Zeroizing<String>, BoxError> {
    let plain = match padding {
        Padding::Oaep => decryptor.decrypt(ciphertext).await?,
        Padding::Pkcs1 => decryptor.decrypt_pkcs1(ciphertext).await?,
    };
    String::from_utf8(plain).map(Zeroizing::new).map_err(|error| {
        error.into_bytes().zeroize();
        "what was decrypted is no text".into()
    })
}

impl Decrypt for Opened {
    fn decrypt(&self, wire: &str) -> Option<String> {
        match self.plain.get(wire) {
            Some(plain) => Some((**plain).clone()),
            None => self.ciphertext(wire).is_none().then(|| wire.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{merchant_key, merchant_public_key, wechatpay_public_key};

    /// Both readings of one value.
    fn open(wire: &str, decryptor: Option<&dyn Decryptor>) -> Opened {
        let sealed = Sealed::default();
        assert_eq!(sealed.decrypt(wire).as_deref(), Some(""));
        let mut opened = Opened::new(decryptor, Suite::Rsa, Padding::Oaep);
        pollster::block_on(opened.open(sealed.into_values(), decryptor));
        opened
    }

    fn sealed(key: &crate::PublicKey, plain: &[u8]) -> String {
        STANDARD.encode(key.encrypt(plain, Padding::Oaep).unwrap())
    }

    #[test]
    fn item_35_what_was_sealed_for_the_merchant_opens_and_nothing_else_does() {
        let wire = sealed(&merchant_public_key(), "张三".as_bytes());
        let opened = open(&wire, Some(&merchant_key()));
        assert_eq!(opened.decrypt(&wire).as_deref(), Some("张三"));
        let foreign = sealed(&wechatpay_public_key(), b"x");
        let not_text = sealed(&merchant_public_key(), b"\xff");
        for wire in [foreign, not_text, STANDARD.encode([7; 256])] {
            let opened = open(&wire, Some(&merchant_key()));
            assert_eq!(opened.decrypt(&wire), None);
            assert!(opened.into_failure().is_some());
        }
    }

    #[test]
    fn item_35_a_longer_key_opens_its_longer_ciphertexts() {
        use aws_lc_rs::{
            encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
            rsa::{KeyPair, KeySize},
            signature::KeyPair as _,
        };
        let pair = KeyPair::generate(KeySize::Rsa3072).unwrap();
        let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let key = crate::PrivateKey::from_der(private.as_ref()).unwrap();
        let wire = sealed(&crate::PublicKey::from_der(public.as_ref()).unwrap(), b"x");
        assert_eq!(open(&wire, Some(&key)).decrypt(&wire).as_deref(), Some("x"));
    }

    #[test]
    fn what_is_no_ciphertext_is_taken_as_plain_text() {
        let (short, long) = (STANDARD.encode([7; 255]), STANDARD.encode([7; 257]));
        for text in ["", "张三", "QUJD", "13800138000", &short, &long] {
            assert_eq!(open(text, Some(&merchant_key())).decrypt(text).as_deref(), Some(text));
            assert_eq!(open(text, None).decrypt(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn without_a_decryptor_ciphertext_stays_closed_and_says_what_is_missing() {
        let wire = sealed(&merchant_public_key(), b"x");
        let opened = open(&wire, None);
        assert_eq!(opened.decrypt(&wire), None);
        assert!(opened.into_failure().unwrap().to_string().contains("`Merchant::decryptor`"));
    }
}
