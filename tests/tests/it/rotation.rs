//! A client that fetches the platform's certificates by itself, from its first call to their rotation.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use wechatpay_client::{
    ApiV3Key, Client, Config, Error, Merchant, PrivateKey, PublicKey, TrustFailure, TrustStore,
    taxi_invoice::*,
};
use wechatpay_sandbox::{Fault, Sandbox};

use crate::pair;

const CONCURRENT: usize = 64;

fn config(sandbox: &Sandbox, trust: TrustStore) -> Config {
    let merchant = wechatpay_tests::merchant(sandbox.keys()).unwrap();
    let key = ApiV3Key::new(sandbox.keys().apiv3_key()).unwrap();
    // So many signatures at once take long on a machine that has other things to do.
    let timeout = Duration::from_secs(120);
    Config::new(merchant, trust).api_v3_key(key).base_url(sandbox.url()).timeout(timeout)
}

/// A client that knows nothing of the platform yet.
fn newcomer(sandbox: &Sandbox) -> Client {
    Client::new(config(sandbox, TrustStore::new().download())).unwrap()
}

fn downloads(sandbox: &Sandbox) -> usize {
    let calls = sandbox.calls();
    calls.iter().filter(|call| call.operation.as_deref() == Some("certificates")).count()
}

async fn read(client: &Client) -> Result<GetTaxiResponse, Error> {
    client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).await
}

#[tokio::test]
async fn items_30_37_the_first_call_of_a_client_without_keys_succeeds() {
    let sandbox = Sandbox::start().await.unwrap();
    // Encrypted to the certificate that was just fetched.
    let request = UpdateDriverRequest::example();
    let client = newcomer(&sandbox);
    let driver = client.taxi_invoice().update_driver(&request).await.unwrap();
    assert_eq!(driver.driver_name.expose(), "张三");
    let calls = sandbox.calls();
    assert_eq!(calls.len(), 2);
    assert!(calls.iter().all(|call| call.signature.is_verified()));
    assert_eq!(calls[1].headers["wechatpay-serial"], sandbox.keys().plat_serial());
    newcomer(&sandbox).taxi_invoice().update_driver(&request).blocking().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn item_30_many_first_calls_share_one_download_and_none_is_lost() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = newcomer(&sandbox);
    let calls: Vec<_> = (0..CONCURRENT)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { read(&client).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(downloads(&sandbox), 1);
    assert_eq!(sandbox.calls().len(), CONCURRENT + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn item_31_certificates_rotate_under_concurrent_calls_and_not_one_is_lost() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = newcomer(&sandbox);
    read(&client).await.unwrap();
    let (rotated, made) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let callers: Vec<_> = (0..CONCURRENT)
        .map(|_| {
            let (client, rotated, made) = (client.clone(), Arc::clone(&rotated), Arc::clone(&made));
            tokio::spawn(async move {
                // At least two calls begin when the new certificate signs already.
                let mut after = 0;
                while after < 2 {
                    after += usize::from(rotated.load(Ordering::SeqCst));
                    let request = UpdateDriverRequest::example();
                    client.taxi_invoice().update_driver(&request).await.unwrap();
                    made.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    while made.load(Ordering::SeqCst) < CONCURRENT {
        tokio::task::yield_now().await;
    }
    let serial = sandbox.rotate_certificate().unwrap();
    rotated.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(downloads(&sandbox), 2);
    let last = sandbox.calls().pop().unwrap();
    assert_eq!(last.headers["wechatpay-serial"], serial);
}

#[tokio::test]
async fn item_31_the_call_that_meets_the_new_certificate_first_is_not_thrown_away() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = newcomer(&sandbox);
    read(&client).await.unwrap();
    sandbox.rotate_certificate().unwrap();
    client.taxi_invoice().punch(&PunchRequest::example()).await.unwrap();
    let calls = sandbox.calls();
    let names: Vec<_> = calls.iter().filter_map(|call| call.operation.as_deref()).collect();
    let expected = ["certificates", "taxi_invoice.get_taxi", "taxi_invoice.punch", "certificates"];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn item_33_a_public_key_is_preferred_until_a_downloaded_certificate_is() {
    let sandbox = Sandbox::start().await.unwrap();
    let keys = sandbox.keys();
    let public_key = PublicKey::from_pem(keys.wxp_pub_pem()).unwrap();
    let both = TrustStore::new().public_key(keys.wxp_key_id(), public_key).download();
    let client = Client::new(config(&sandbox, both.clone())).unwrap();
    read(&client).await.unwrap();
    let used = |operation: &str| {
        let calls = sandbox.calls();
        let call = calls.iter().rfind(|call| call.operation.as_deref() == Some(operation));
        call.unwrap().headers["wechatpay-serial"].clone()
    };
    assert_eq!(used("taxi_invoice.get_taxi"), keys.wxp_key_id());
    let client = Client::new(config(&sandbox, both.prefer(keys.plat_serial()))).unwrap();
    // Whichever comes first, download or call, the preference holds in the end.
    for _ in 0..1000 {
        read(&client).await.unwrap();
        if used("taxi_invoice.get_taxi") == keys.plat_serial() {
            return;
        }
    }
    panic!("the certificate is never preferred");
}

#[tokio::test]
async fn item_30_an_answer_that_is_not_believed_is_told_and_nothing_else_is_sent() {
    let faults = [Fault::TamperedBody, Fault::WrongSignature, Fault::Unsigned, Fault::GarbageJson];
    for fault in faults {
        let sandbox = Sandbox::start().await.unwrap();
        sandbox.inject_on("certificates", fault.clone(), 1).unwrap();
        let error = read(&newcomer(&sandbox)).await.unwrap_err();
        let Error::Trust(trust) = &error else { panic!("{fault:?}: {error}") };
        assert!(matches!(trust.failure(), TrustFailure::Refused(_)), "{fault:?}: {error}");
        assert_eq!(sandbox.calls().len(), 1);
    }
    let sandbox = Sandbox::start().await.unwrap();
    let wrong = config(&sandbox, TrustStore::new().download())
        .api_v3_key(ApiV3Key::new("another key, of 32 letters, too.").unwrap());
    let error = read(&Client::new(wrong).unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("another APIv3 key"), "{error}");
}

#[tokio::test]
async fn item_32_a_merchant_with_a_public_key_only_is_told_to_use_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let fault = Fault::Status {
        status: 404,
        code: "RESOURCE_NOT_EXISTS".into(),
        message: "无可用的平台证书".into(),
    };
    sandbox.inject_on("certificates", fault, 2).unwrap();
    let client = newcomer(&sandbox);
    for _ in 0..3 {
        let text = read(&client).await.unwrap_err().to_string();
        let sentence = "this merchant has no platform certificates; use the WeChat Pay public key";
        assert!(text.contains(sentence), "{text}");
    }
    assert_eq!(sandbox.calls().len(), 1);
}

#[tokio::test]
async fn keys_are_replaced_through_the_client_for_all_its_clones() {
    let (sandbox, client) = pair().await;
    let clone = client.clone();
    client.replace_trust(TrustStore::new()).unwrap_err();
    client.replace_trust(TrustStore::new().download()).unwrap();
    read(&clone).await.unwrap();
    assert_eq!(downloads(&sandbox), 1);
    let merchant = wechatpay_tests::merchant(sandbox.keys()).unwrap();
    client.replace_merchant(merchant).unwrap();
    read(&clone).await.unwrap();
    let key = || PrivateKey::from_pem(sandbox.keys().mch_key_pem().unwrap()).unwrap();
    let serial = "0123456789ABCDEF0123456789ABCDEF01234567";
    let renewed = Merchant::new(sandbox.keys().mchid(), key(), serial);
    client.replace_merchant(renewed).unwrap();
    let error = read(&clone).await.unwrap_err();
    assert_eq!(error.code(), Some("SIGN_ERROR"), "{error}");
    let other = Merchant::with_signer("1900009999", serial, Arc::new(key()));
    client.replace_merchant(other).unwrap_err();
}
