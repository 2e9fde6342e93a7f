//! A merchant with SM2 keys is told in its own suite.

use serde_json::json;
use wechatpay_client::{
    ApiV3Key, Certificate, Config, Merchant, PrivateKey, PublicKey, TrustStore,
};
use wechatpay_sandbox::{Sandbox, ShangmiKeys};

use super::{Shop, control::Console};

fn config(sandbox: &Sandbox) -> Config {
    let keys = ShangmiKeys::throwaway().unwrap();
    let key = PrivateKey::from_pem(keys.mch_key_pem()).unwrap();
    let certificate = Certificate::from_pem(keys.mch_cert_pem()).unwrap();
    let merchant = Merchant::with_certificate(keys.mchid(), key, &certificate).unwrap();
    let platform = PublicKey::from_pem(keys.wxp_pub_pem()).unwrap();
    Config::new(merchant, TrustStore::new().public_key(keys.wxp_key_id(), platform))
        .api_v3_key(ApiV3Key::new(sandbox.keys().apiv3_key()).unwrap())
        .base_url(sandbox.url())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_with_sm2_is_told_with_sm2() {
    let shop = Shop::of(Sandbox::builder(), config).await;
    shop.sell("ORDER-0001", 1_000).await;
    // The receiver verifies with SM2 and opens with SM4, or it would not be told at all.
    let told = shop.notified().await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].0.as_str(), &told[0].1["out_trade_no"]),
        ("TRANSACTION.SUCCESS", &json!("ORDER-0001"))
    );
    let console = Console::of(&shop.sandbox);
    let refund = r#"{"notify_url": "https://shop.example/notify"}"#;
    console.post("/orders/ORDER-0001/refund", refund).await;
    assert_eq!(shop.notified().await[0].0, "REFUND.SUCCESS");
    let log = console.get("/notifications").await;
    let id = log["notifications"][0]["id"].as_i64().unwrap();
    console.post(&format!("/notifications/{id}/resend"), "").await;
    assert_eq!(shop.notified().await.len(), 1);
}
