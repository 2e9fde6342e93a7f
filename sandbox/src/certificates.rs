//! `GET /v3/certificates`: the platform certificates, encrypted with the APIv3 key.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{Keys, answer::Answer, cipher, clock, refusal::Refusal};

/// Answers a verified request for the certificates, of which each set of keys has one.
pub(crate) fn answer(generations: &[Arc<Keys>], query: &[(String, String)]) -> Answer {
    let unfit = query
        .iter()
        .find(|(key, value)| key != "algorithm_type" || !matches!(value.as_str(), "RSA" | "ALL"));
    if unfit.is_some() {
        let message =
            "the query may hold algorithm_type=RSA or ALL only; the sandbox has no SM certificates";
        return Refusal::new(400, "PARAM_ERROR", message).into_answer();
    }
    let certificates: Option<Vec<_>> = generations.iter().map(|keys| sealed(keys)).collect();
    match certificates {
        Some(certificates) => Answer::json(200, &json!({ "data": certificates })),
        None => {
            Refusal::new(500, "SYSTEM_ERROR", "the certificate cannot be encrypted").into_answer()
        }
    }
}

fn sealed(keys: &Keys) -> Option<Value> {
    let nonce = cipher::nonce(6);
    let ciphertext =
        cipher::seal_with_apiv3_key(keys.apiv3_key(), &nonce, "certificate", keys.plat_cert_pem())?;
    Some(json!({
        "serial_no": keys.plat_serial(),
        "effective_time": clock::rfc3339(keys.certificate().not_before),
        "expire_time": clock::rfc3339(keys.certificate().not_after),
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": "certificate",
            "ciphertext": ciphertext,
        },
    }))
}
