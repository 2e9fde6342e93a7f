//! Which key verifies, which key encrypts, and whom the sandbox believes.

use wechatpay_client::{
    Certificate, Client, Config, Error, Merchant, PrivateKey, PublicKey, TrustStore,
    VerificationFailure, taxi_invoice::*,
};
use wechatpay_sandbox::Sandbox;

use crate::pair;

fn client_with(sandbox: &Sandbox, trust: TrustStore) -> Client {
    let merchant = wechatpay_tests::merchant(sandbox.keys()).unwrap();
    Client::new(Config::new(merchant, trust).base_url(sandbox.url())).unwrap()
}

#[tokio::test]
async fn either_key_kind_alone_serves_a_client() {
    let sandbox = Sandbox::start().await.unwrap();
    let keys = sandbox.keys();
    let public_key = PublicKey::from_pem(keys.wxp_pub_pem()).unwrap();
    let certificate = Certificate::from_pem(keys.plat_cert_pem()).unwrap();
    let cases = [
        (TrustStore::new().public_key(keys.wxp_key_id(), public_key), keys.wxp_key_id()),
        (TrustStore::new().certificate(certificate), keys.plat_serial()),
    ];
    for (trust, serial) in cases {
        let client = client_with(&sandbox, trust);
        // Encrypted both ways, so the key that verifies is also the one that encrypted.
        let driver =
            client.taxi_invoice().update_driver(&UpdateDriverRequest::example()).await.unwrap();
        assert_eq!(driver.driver_name.expose(), "张三");
        client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).await.unwrap();
        for call in sandbox.calls().iter().rev().take(2) {
            // protocol item 16: on every request, GET too.
            assert_eq!(call.headers["wechatpay-serial"], serial);
        }
    }
}

#[tokio::test]
async fn during_the_migration_both_keys_verify_whatever_is_preferred() {
    let sandbox = Sandbox::start().await.unwrap();
    let keys = sandbox.keys();
    for serial in [keys.wxp_key_id(), keys.plat_serial()] {
        let client = client_with(&sandbox, wechatpay_tests::trust(keys).unwrap().prefer(serial));
        client.taxi_invoice().update_driver(&UpdateDriverRequest::example()).await.unwrap();
        assert_eq!(sandbox.calls().pop().unwrap().headers["wechatpay-serial"], serial);
    }
}

#[tokio::test]
async fn an_unknown_serial_names_what_is_there() {
    let sandbox = Sandbox::start().await.unwrap();
    let keys = sandbox.keys();
    let key = PublicKey::from_pem(keys.wxp_pub_pem()).unwrap();
    // The sandbox answers an unknown serial's request with its certificate.
    let client = client_with(&sandbox, TrustStore::new().public_key("PUB_KEY_ID_OTHER", key));
    let error = client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).await.unwrap_err();
    match &error {
        Error::Verification(inner) => {
            assert!(
                matches!(inner.failure(), VerificationFailure::UnknownSerial { .. }),
                "{error:?}"
            );
        }
        // Or it refuses the request, signed with a key this client lacks as well.
        other => panic!("{other:?}"),
    }
    let text = error.to_string();
    assert!(text.contains("PUB_KEY_ID_OTHER"), "{text}");
}

#[tokio::test]
async fn a_wrong_merchant_is_told_why() {
    let (sandbox, _) = pair().await;
    let keys = sandbox.keys();
    let key = || PrivateKey::from_pem(keys.mch_key_pem().unwrap()).unwrap();
    let cases = [
        (Merchant::new("1900009999", key(), keys.mch_serial()), "mchid"),
        (Merchant::new(keys.mchid(), key(), "0123456789ABCDEF0123456789ABCDEF01234567"), "serial"),
    ];
    for (merchant, word) in cases {
        let config = Config::new(merchant, wechatpay_tests::trust(keys).unwrap());
        let client = Client::new(config.base_url(sandbox.url())).unwrap();
        let error = client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).await.unwrap_err();
        let Error::Api(api) = &error else { panic!("{error:?}") };
        assert_eq!((api.status().as_u16(), api.code()), (401, Some("SIGN_ERROR")));
        assert!(api.message().unwrap().contains(word), "{error}");
    }
}

#[tokio::test]
async fn the_merchants_certificate_in_the_platforms_place_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let keys = sandbox.keys();
    let trust = TrustStore::new().certificate(Certificate::from_pem(keys.mch_cert_pem()).unwrap());
    let merchant = wechatpay_tests::merchant(keys).unwrap();
    let error = Client::new(Config::new(merchant, trust)).unwrap_err();
    assert!(error.to_string().contains("merchant"), "{error}");

    let other = PrivateKey::from_pem(keys.mch_key_pem().unwrap()).unwrap();
    let certificate = Certificate::from_pem(keys.plat_cert_pem()).unwrap();
    Merchant::with_certificate(keys.mchid(), other, &certificate).unwrap_err();
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_told_by_both_sides() {
    let (sandbox, _) = pair().await;
    let ahead =
        || std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(4_000_000_000);
    let config = wechatpay_tests::config(&sandbox).unwrap().clock(ahead);
    let client = Client::new(config).unwrap();
    let error = client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).await.unwrap_err();
    assert!(error.to_string().contains("clock") || error.to_string().contains("time"), "{error}");
}
