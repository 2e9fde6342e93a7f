//! `GET /v3/certificates`: the platform certificates, encrypted with the APIv3 key.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{Keys, ShangmiKeys, answer::Answer, cipher, clock, refusal::Refusal};

/// Answers a verified request for the certificates, of which each set of keys has one.
pub(crate) fn answer(generations: &[Arc<Keys>], query: &[(String, String)]) -> Answer {
    let (rsa, sm2) = match query {
        [] => (true, false),
        [(key, value)] if key == "algorithm_type" => match value.as_str() {
            "RSA" => (true, false),
            "SM2" => (false, true),
            "ALL" => (true, true),
            _ => return unfit(),
        },
        _ => return unfit(),
    };
    let key = generations.first().map_or("", |keys| keys.apiv3_key());
    let certificates = generations.iter().filter(|_| rsa).map(|keys| sealed(keys));
    let certificates = certificates.chain(sm2.then(|| sealed_sm2(key)));
    match certificates.collect::<Option<Vec<_>>>() {
        Some(certificates) => Answer::json(200, &json!({ "data": certificates })),
        None => {
            Refusal::new(500, "SYSTEM_ERROR", "the certificate cannot be encrypted").into_answer()
        }
    }
}

fn unfit() -> Answer {
    let message = "the query may hold algorithm_type=RSA, SM2 or ALL only";
    Refusal::new(400, "PARAM_ERROR", message).into_answer()
}

fn sealed(keys: &Keys) -> Option<Value> {
    let nonce = cipher::nonce(6);
    let ciphertext =
        cipher::seal_with_apiv3_key(keys.apiv3_key(), &nonce, "certificate", keys.plat_cert_pem())?;
    let validity = (keys.certificate().not_before, keys.certificate().not_after);
    entry(keys.plat_serial(), validity, "AEAD_AES_256_GCM", &nonce, &ciphertext)
}

fn sealed_sm2(api_v3_key: &str) -> Option<Value> {
    let keys = ShangmiKeys::throwaway().ok()?;
    let nonce = cipher::nonce(6);
    let ciphertext =
        cipher::seal_sm4_with_apiv3_key(api_v3_key, &nonce, "certificate", keys.plat_cert_pem())?;
    entry(keys.plat_serial(), ShangmiKeys::VALIDITY, "AEAD_SM4_GCM", &nonce, &ciphertext)
}

fn entry(
    serial: &str,
    (not_before, not_after): (i64, i64),
    algorithm: &str,
    nonce: &str,
    ciphertext: &str,
) -> Option<Value> {
    Some(json!({
        "serial_no": serial,
        "effective_time": clock::rfc3339(not_before),
        "expire_time": clock::rfc3339(not_after),
        "encrypt_certificate": {
            "algorithm": algorithm,
            "nonce": nonce,
            "associated_data": "certificate",
            "ciphertext": ciphertext,
        },
    }))
}
