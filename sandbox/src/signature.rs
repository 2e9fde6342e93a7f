//! Signatures, RSA-SHA256 (PKCS#1 v1.5) or SM2 with SM3, and the messages they are made over.

use rsa::{
    RsaPrivateKey,
    pkcs1v15::{Signature, SigningKey, VerifyingKey},
    sha2::Sha256,
    signature::{SignatureEncoding as _, Signer as _, Verifier as _},
};

use crate::{
    encoding,
    keys::{PrivateKey, PublicKey},
};

/// The five lines of a request.
pub(crate) fn request_message(
    method: &str,
    target: &str,
    timestamp: &str,
    nonce: &str,
    body: &[u8],
) -> Vec<u8> {
    lines(&[method.as_bytes(), target.as_bytes(), timestamp.as_bytes(), nonce.as_bytes(), body])
}

/// The three lines of a response.
pub(crate) fn response_message(timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    lines(&[timestamp.as_bytes(), nonce.as_bytes(), body])
}

/// Each line is ended by a line feed, the last one too.
fn lines(lines: &[&[u8]]) -> Vec<u8> {
    lines.iter().flat_map(|line| line.iter().copied().chain([b'\n'])).collect()
}

/// The raw signature of a message; `None` if the key is too short for it.
pub(crate) fn sign(key: &PrivateKey, message: &[u8]) -> Option<Vec<u8>> {
    match key {
        PrivateKey::Rsa(key) => sign_rsa(key, message),
        PrivateKey::Sm2(key) => key.sign(message),
    }
}

pub(crate) fn sign_rsa(key: &RsaPrivateKey, message: &[u8]) -> Option<Vec<u8>> {
    let signature = SigningKey::<Sha256>::new(key.clone()).try_sign(message).ok()?;
    Some(signature.to_vec())
}

/// Whether the Base64 `signature` over `message` was made with the private half of `key`.
pub(crate) fn verify(key: &PublicKey, message: &[u8], signature: &str) -> bool {
    let Some(bytes) = encoding::from_base64(signature) else { return false };
    let key = match key {
        PublicKey::Rsa(key) => key,
        PublicKey::Sm2(key) => return key.verifies(message, &bytes),
    };
    let Ok(signature) = Signature::try_from(bytes.as_slice()) else { return false };
    VerifyingKey::<Sha256>::new(key.clone()).verify(message, &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use rsa::{RsaPublicKey, pkcs8::DecodePublicKey as _};
    use serde_json::Value;

    use super::*;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../tests/fixtures/official.json")).unwrap()
    }

    fn text<'v>(value: &'v Value, key: &str) -> &'v str {
        value[key].as_str().unwrap()
    }

    fn key(vectors: &Value, name: &str) -> PublicKey {
        PublicKey::Rsa(RsaPublicKey::from_public_key_pem(text(&vectors["keys"], name)).unwrap())
    }

    #[test]
    fn official_requests_verify_and_their_neighbours_do_not() {
        let vectors = vectors();
        let key = key(&vectors, "merchant");
        for case in vectors["requests"].as_array().unwrap() {
            let message = |body: &str| {
                let (method, target) = (text(case, "method"), text(case, "target"));
                request_message(
                    method,
                    target,
                    text(case, "timestamp"),
                    text(case, "nonce"),
                    body.as_bytes(),
                )
            };
            let signature = text(case, "signature");
            assert!(verify(&key, &message(text(case, "body")), signature), "{}", case["id"]);
            assert!(
                !verify(&key, &message(&format!("{} ", text(case, "body"))), signature),
                "{}",
                case["id"]
            );
        }
    }

    #[test]
    fn the_official_response_verifies() {
        let vectors = vectors();
        let key = key(&vectors, "platform");
        let case = &vectors["response"];
        let message = response_message(
            text(case, "timestamp"),
            text(case, "nonce"),
            text(case, "body").as_bytes(),
        );
        assert!(verify(&key, &message, text(case, "signature")));
    }

    #[test]
    fn what_is_no_signature_is_refused_quietly() {
        let key = key(&vectors(), "merchant");
        for signature in
            ["", "not base64", "AAAA", "WECHATPAY/SIGNTEST/", &encoding::base64(&[0; 256])]
        {
            assert!(!verify(&key, b"message", signature), "{signature}");
        }
    }

    #[test]
    fn every_line_is_ended() {
        assert_eq!(request_message("GET", "/v3/a?b=c", "1", "n", b""), b"GET\n/v3/a?b=c\n1\nn\n\n");
        assert_eq!(response_message("1", "n", b""), b"1\nn\n\n");
    }
}
