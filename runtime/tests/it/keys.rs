//! Keys and certificates in every wrapping, and what is said of wrong ones.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use wechatpay_runtime::{ApiV3Key, Certificate, ConfigError, Merchant, PrivateKey, PublicKey};

use crate::support::{MCHID, MERCHANT_SERIAL, fixture, merchant_key, wechatpay_key};

fn der(pem: &str) -> Vec<u8> {
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(text).unwrap()
}

fn on_one_line(pem: &str) -> String {
    pem.lines().collect()
}

fn with_crlf(pem: &str) -> String {
    pem.replace('\n', "\r\n")
}

#[test]
fn private_keys_are_read_from_every_wrapping() {
    let certificate = Certificate::from_pem(fixture!("merchant_cert.pem")).unwrap();
    for pem in [fixture!("merchant_key.pem"), fixture!("merchant_key_pkcs1.pem")] {
        let keys = [
            PrivateKey::from_pem(pem),
            PrivateKey::from_pem(&on_one_line(pem)),
            PrivateKey::from_pem(&with_crlf(pem)),
            PrivateKey::from_pem(&format!("{}\n{pem}", fixture!("merchant_cert.pem"))),
            PrivateKey::from_der(&der(pem)),
        ];
        for key in keys {
            Merchant::with_certificate(MCHID, key.unwrap(), &certificate).unwrap();
        }
    }
}

#[test]
fn public_keys_are_read_from_every_wrapping() {
    for pem in [fixture!("wechatpay_pub.pem"), fixture!("wechatpay_pub_pkcs1.pem")] {
        assert_eq!(PublicKey::from_pem(pem).unwrap(), wechatpay_key());
        assert_eq!(PublicKey::from_pem(&on_one_line(pem)).unwrap(), wechatpay_key());
        assert_eq!(PublicKey::from_pem(&with_crlf(pem)).unwrap(), wechatpay_key());
        assert_eq!(PublicKey::from_der(&der(pem)).unwrap(), wechatpay_key());
    }
}

#[test]
fn certificates_tell_serial_holder_and_key() {
    let pem = fixture!("merchant_cert.pem");
    let certificates = [
        Certificate::from_pem(pem),
        Certificate::from_pem(&with_crlf(pem)),
        Certificate::from_pem(&on_one_line(pem)),
        Certificate::from_der(&der(pem)),
    ];
    let key = PublicKey::from_pem(fixture!("merchant_pub.pem")).unwrap();
    for certificate in certificates.map(Result::unwrap) {
        assert_eq!(certificate.serial(), MERCHANT_SERIAL);
        assert_eq!(certificate.subject(), Some(MCHID));
        assert_eq!(certificate.issuer(), Some(MCHID));
        assert!(certificate.not_before() < certificate.not_after());
        assert_eq!(*certificate.public_key(), key);
    }
}

#[test]
fn item_34_a_key_that_does_not_belong_to_the_certificate_is_refused() {
    let certificate = Certificate::from_pem(fixture!("other_merchant_cert.pem")).unwrap();
    let error = Merchant::with_certificate(MCHID, merchant_key(), &certificate).unwrap_err();
    assert!(error.to_string().contains("the private key does not belong to the certificate"));
}

fn says<T>(result: Result<T, ConfigError>, expected: &str) {
    let error = result.err().unwrap_or_else(|| panic!("{expected}: taken"));
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn a_wrong_private_key_is_named_for_what_it_is() {
    let cases = [
        (fixture!("merchant_key_encrypted.pem"), "is protected by a passphrase"),
        (fixture!("merchant_key_encrypted_pkcs1.pem"), "is protected by a passphrase"),
        (fixture!("merchant_pub.pem"), "private key: is a public key; give the merchant's"),
        (fixture!("merchant_cert.pem"), "private key: is a certificate; give the merchant's"),
        (fixture!("ec_key_sec1.pem"), "is an elliptic-curve"),
        (fixture!("ec_key.pem"), "is an elliptic-curve (or SM2) key"),
        (fixture!("short_key.pem"), "of 2048 to 8192 bits"),
        ("-----BEGIN PRIVATE KEY-----\n%%%\n-----END PRIVATE KEY-----", "is damaged (not Base64)"),
        (
            "-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----",
            "is no unencrypted RSA key",
        ),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----QQ==-----END OPENSSH PRIVATE KEY-----",
            "something else",
        ),
        ("MIIEvAIBADANBgkqhkiG9w0BAQEF", "is no PEM"),
        ("", "is no PEM"),
    ];
    for (pem, expected) in cases {
        says(PrivateKey::from_pem(pem), expected);
    }
    says(PrivateKey::from_der(b""), "is no unencrypted RSA key");
}

#[test]
fn a_wrong_public_key_is_named_for_what_it_is() {
    let cases = [
        (fixture!("merchant_key.pem"), "public key: is a private key"),
        (fixture!("platform_cert.pem"), "a certificate goes to `TrustStore::certificate`"),
        (fixture!("ec_pub.pem"), "is an elliptic-curve (or SM2) key"),
        (fixture!("short_pub.pem"), "of 2048 to 8192 bits"),
        (
            "-----BEGIN EC PRIVATE KEY-----QQ==-----END EC PRIVATE KEY-----",
            "public key: is an elliptic-curve private key",
        ),
        ("pub_key.pem", "is no PEM"),
    ];
    for (pem, expected) in cases {
        says(PublicKey::from_pem(pem), expected);
    }
}

#[test]
fn a_wrong_certificate_is_named_for_what_it_is() {
    let cases = [
        (fixture!("merchant_key.pem"), "certificate: is a private key"),
        (fixture!("wechatpay_pub.pem"), "certificate: is a public key"),
        (fixture!("ec_cert.pem"), "certificate: public key: is an elliptic-curve (or SM2) key"),
        ("-----BEGIN CERTIFICATE-----QUJD-----END CERTIFICATE-----", "is damaged or no X.509"),
        (
            "-----BEGIN CERTIFICATE REQUEST-----QQ==-----END CERTIFICATE REQUEST-----",
            "certificate: is a certificate request",
        ),
    ];
    for (pem, expected) in cases {
        says(Certificate::from_pem(pem), expected);
    }
    let whole = der(fixture!("platform_cert.pem"));
    for length in (0..whole.len()).step_by(37) {
        assert!(Certificate::from_der(&whole[..length]).is_err());
    }
}

#[test]
fn an_api_v3_key_has_32_bytes() {
    ApiV3Key::new("0123456789abcdef0123456789abcdef").unwrap();
    says(ApiV3Key::new("short"), "has 5 bytes, needs 32");
}

#[cfg(not(feature = "shangmi"))]
#[test]
fn item_10_an_sm2_key_is_named_and_so_is_the_feature_that_reads_it() {
    says(PrivateKey::from_pem(fixture!("sm2_key.pem")), "switch the feature `shangmi` on for SM2");
    says(PrivateKey::from_pem(fixture!("sm2_key_sec1.pem")), "is an elliptic-curve private key");
    says(PublicKey::from_pem(fixture!("sm2_pub.pem")), "switch the feature `shangmi` on for SM2");
    says(
        Certificate::from_pem(fixture!("sm2_cert.pem")),
        "switch the feature `shangmi` on for SM2",
    );
}

#[cfg(feature = "shangmi")]
#[test]
fn item_10_sm2_keys_and_certificates_are_read_from_every_wrapping() {
    let certificate = Certificate::from_pem(fixture!("sm2_cert.pem")).unwrap();
    assert_eq!(certificate.serial(), "0A1B2C3D4E5F60718293A4B5C6D7E8F901234568");
    assert_eq!(certificate.subject(), Some(MCHID));
    let public = PublicKey::from_pem(fixture!("sm2_pub.pem")).unwrap();
    assert_eq!(*certificate.public_key(), public);
    assert_eq!(PublicKey::from_der(&der(fixture!("sm2_pub.pem"))).unwrap(), public);
    for pem in [fixture!("sm2_key.pem"), fixture!("sm2_key_sec1.pem")] {
        let renamed = pem.replace("SM2 PRIVATE KEY", "EC PRIVATE KEY");
        let keys = [
            PrivateKey::from_pem(pem),
            PrivateKey::from_pem(&renamed),
            PrivateKey::from_pem(&on_one_line(pem)),
            PrivateKey::from_pem(&with_crlf(pem)),
            PrivateKey::from_der(&der(pem)),
        ];
        for key in keys {
            let key = key.unwrap();
            assert_eq!(format!("{key:?}"), "PrivateKey(SM2)");
            Merchant::with_certificate(MCHID, key, &certificate).unwrap();
        }
    }
}

#[cfg(feature = "shangmi")]
#[test]
fn a_broken_sm2_key_is_refused_and_panics_nowhere() {
    for pem in [fixture!("sm2_key.pem"), fixture!("sm2_key_sec1.pem")] {
        let whole = der(pem);
        for length in 0..whole.len() {
            assert!(PrivateKey::from_der(&whole[..length]).is_err());
        }
        // The key carries its public half, so that an altered secret does not go unnoticed.
        let secret = whole.windows(2).position(|window| window == [4, 32]).unwrap() + 2;
        for at in secret..secret + 32 {
            let mut altered = whole.clone();
            altered[at] ^= 1;
            assert!(PrivateKey::from_der(&altered).is_err(), "byte {at}");
        }
    }
    let whole = der(fixture!("sm2_pub.pem"));
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        assert!(PublicKey::from_der(&altered).is_err(), "byte {at}");
    }
    says(PublicKey::from_pem(fixture!("ec_pub.pem")), "give an RSA key or an SM2 key");
}

#[cfg(feature = "shangmi")]
#[test]
fn item_10_a_key_that_names_no_curve_is_not_taken_for_one_of_sm2() {
    let named = der(fixture!("sm2_key_sec1.pem"));
    // The tagged identifier of the curve: two bytes, and the ten of the identifier.
    let curve = named.windows(4).position(|window| window == [0xa0, 10, 6, 8]).unwrap();
    let mut nameless = [&named[..curve], &named[curve + 12..]].concat();
    assert_eq!(usize::from(named[1]), named.len() - 2);
    nameless[1] -= 12;
    PrivateKey::from_der(&named).unwrap();
    PrivateKey::from_der(&nameless).unwrap_err();
}
