//! Random text: nonces of signatures, boundaries of uploads.

use std::error::Error;

/// Makes the nonce of each signature: 1 to 64 letters, digits, `-` or `_`, never the same twice.
///
/// Replace it in tests to get the same signature every time.
pub trait NonceSource: Send + Sync + 'static {
    /// A fresh nonce.
    ///
    /// # Errors
    /// There is none to be had; the call then fails before anything is sent.
    fn nonce(&self) -> Result<String, Box<dyn Error + Send + Sync>>;
}

/// 32 letters and digits from the system's random generator.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct RandomNonce;

impl NonceSource for RandomNonce {
    fn nonce(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
        alphanumeric(32).ok_or_else(|| "the system's random generator failed".into())
    }
}

/// So many random letters and digits; `None` if the system has no randomness to give.
pub(crate) fn alphanumeric(length: usize) -> Option<String> {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    // Bytes from 248 on are dropped: they would make the first letters likelier than the others.
    const FAIR: u8 = 248;
    let mut text = String::with_capacity(length);
    let mut bytes = [0_u8; 64];
    while text.len() < length {
        aws_lc_rs::rand::fill(&mut bytes).ok()?;
        let letters = bytes
            .iter()
            .filter(|byte| **byte < FAIR)
            .map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
        text.extend(letters.take(length - text.len()));
    }
    Some(text)
}

/// Whether `nonce` can stand in a signature and in a quoted header item.
pub(crate) fn is_usable(nonce: &str) -> bool {
    (1..=64).contains(&nonce.len())
        && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_are_32_letters_and_digits_and_differ() {
        let (a, b) = (RandomNonce.nonce().unwrap(), RandomNonce.nonce().unwrap());
        assert_eq!(a.len(), 32);
        assert!(is_usable(&a) && a.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(a, b);
    }

    #[test]
    fn a_nonce_that_would_break_out_of_its_header_item_is_refused() {
        for nonce in ["", "a\"b", "a\nb", "a b", "é", &"x".repeat(65)] {
            assert!(!is_usable(nonce), "{nonce:?}");
        }
    }
}
