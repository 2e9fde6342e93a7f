//! The database file, the seed, and a sandbox that remembers nothing.

use std::{fs, path::PathBuf};

use wechatpay_sandbox::{Error, Keys, Sandbox};

use super::{Shop, refused};

/// A file that no other test has.
pub(super) struct File(pub(super) PathBuf);

impl File {
    pub(super) fn new(name: &str) -> Self {
        let file = Self(
            std::env::temp_dir().join(format!("wechatpay-state-{}-{name}", std::process::id())),
        );
        file.remove();
        file
    }

    fn remove(&self) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{suffix}", self.0.display()));
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.remove();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_file_outlives_its_sandbox() {
    let file = File::new("outlives.db");
    let builder = || Sandbox::builder().keys(Keys::throwaway().unwrap()).database(&file.0);
    let shop = Shop::with(builder()).await;
    shop.place("ORDER-0001", 100).await.unwrap();
    shop.sandbox.stop().await;

    let shop = Shop::with(builder()).await;
    assert_eq!(shop.query("ORDER-0001").await.unwrap()["trade_state"], "NOTPAY");
    shop.sandbox.pay("ORDER-0001").unwrap();
    assert_eq!(shop.notified().await.len(), 1);
    shop.sandbox.stop().await;

    let shop = Shop::with(builder().reset()).await;
    assert_eq!(shop.query("ORDER-0001").await, refused(404, "ORDER_NOT_EXIST"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_numbers() {
    let numbers = async |seed| {
        let shop = Shop::with(Sandbox::builder().seed(seed).clock(now())).await;
        let placed = shop.place("ORDER-0001", 100).await.unwrap();
        (placed["prepay_id"].clone(), shop.sandbox.pay("ORDER-0001").unwrap().transaction_id)
    };
    assert_eq!(numbers(7).await, numbers(7).await);
    assert_ne!(numbers(7).await, numbers(8).await);
}

/// A clock that stands still at the present second of the first call.
fn now() -> impl Fn() -> i64 + Send + Sync + 'static {
    static START: std::sync::OnceLock<i64> = std::sync::OnceLock::new();
    let read = || std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64;
    move || *START.get_or_init(read)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_state_everything_is_answered_by_examples() {
    let shop = Shop::with(Sandbox::builder().examples_only()).await;
    assert_eq!(shop.query("ORDER-NONE").await.unwrap()["mchid"], shop.mchid());
    assert!(shop.sandbox.orders().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_opened_or_played_is_named() {
    let scenario = File::new("wrong.yaml");
    fs::write(&scenario.0, "faults:\n  - fault: slow_body\n    operation: pay.prepay\n").unwrap();
    let error = Sandbox::builder().scenario(&scenario.0).start().await.unwrap_err();
    let expected = "wrong.yaml:3:5: operation: no operation is called `pay.prepay`";
    assert!(matches!(&error, Error::Scenario(text) if text.contains(expected)), "{error}");
    let error = Sandbox::builder().scenario("/nowhere.yaml").start().await.unwrap_err();
    assert!(error.to_string().contains("/nowhere.yaml: cannot be read"), "{error}");
    let error = Sandbox::builder().database(std::env::temp_dir()).start().await.unwrap_err();
    assert!(matches!(error, Error::Store(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_cannot_be_sent_is_logged_and_not_tried_elsewhere() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = wechatpay_tests::client(&sandbox).unwrap();
    let mut order = serde_json::json!({
        "appid": "wx1", "mchid": sandbox.keys().mchid(), "description": "x", "out_trade_no": "ORDER-0001",
        "amount": { "total": 1 }, "payer": { "openid": "o1" },
    });
    // An address of the documentation range: nothing is there.
    order["notify_url"] = "http://192.0.2.1/notify".into();
    let call =
        client.request(wechatpay_client::Method::POST, "/v3/pay/transactions/jsapi").json(&order);
    call.await.unwrap();
    sandbox.pay("ORDER-0001").unwrap();
    sandbox.notified().await;
    let sent = sandbox.sent().unwrap();
    assert_eq!((sent.len(), sent[0].state.as_str()), (1, "refused"));
    assert!(sent[0].complaint.as_deref().unwrap().contains("another machine"), "{sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_on_this_machine_is_taken_with_a_warning() {
    let shop = Shop::open().await;
    let mut order = shop.order("ORDER-0001", 100);
    order["notify_url"] = "http://127.0.0.1:1/notify".into();
    shop.post("/v3/pay/transactions/jsapi", order.clone()).await.unwrap();
    let warnings = shop.sandbox.calls().pop().unwrap().warnings;
    assert!(warnings[0].contains("the real platform cannot call"), "{warnings:?}");
    order["out_trade_no"] = "ORDER-0002".into();
    order["notify_url"] = "http://10.0.0.1/notify".into();
    assert_eq!(shop.post("/v3/pay/transactions/jsapi", order).await, refused(400, "PARAM_ERROR"));
}
