//! Refunds: in part, whole, too much, twice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::SystemTime,
};

use serde_json::{Value, json};
use wechatpay_sandbox::Sandbox;

use super::{Shop, refused};

const PATH: &str = "/v3/refund/domestic/refunds";

fn refund(number: &str, amount: i64, total: i64) -> Value {
    json!({
        "out_trade_no": "ORDER-0001",
        "out_refund_no": number,
        "notify_url": "https://shop.example/notify",
        "amount": { "refund": amount, "total": total, "currency": "CNY" },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_refunded_until_nothing_is_left() {
    let shop = Shop::open().await;
    let order = shop.sell("ORDER-0001", 1_000).await;
    assert_eq!(shop.notified().await.len(), 1);
    let part = shop.post(PATH, refund("BACK-1", 400, 1_000)).await.unwrap();
    assert_eq!((&part["status"], &part["amount"]["refund"]), (&json!("PROCESSING"), &json!(400)));
    assert_eq!(part["transaction_id"], order.transaction_id);
    assert_eq!(shop.query("ORDER-0001").await.unwrap()["trade_state"], "REFUND");
    let too_much = refused(400, "INVALID_REQUEST");
    assert_eq!(shop.post(PATH, refund("BACK-2", 601, 1_000)).await, too_much);
    shop.post(PATH, refund("BACK-2", 600, 1_000)).await.unwrap();
    assert_eq!(shop.post(PATH, refund("BACK-3", 1, 1_000)).await, too_much);

    let done = shop.get(&format!("{PATH}/BACK-1")).await.unwrap();
    assert_eq!((&done["status"], &done["refund_id"]), (&json!("SUCCESS"), &part["refund_id"]));
    let told = shop.notified().await;
    let numbers: Vec<_> =
        told.iter().map(|(_, refund)| refund["out_refund_no"].as_str().unwrap()).collect();
    assert_eq!((told[0].0.as_str(), numbers), ("REFUND.SUCCESS", vec!["BACK-1", "BACK-2"]));
    assert_eq!(told[1].1["amount"]["payer_refund"], 600);
    assert_eq!(told[1].1["refund_status"], "SUCCESS");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_number_again_is_the_same_refund() {
    let shop = Shop::open().await;
    shop.sell("ORDER-0001", 1_000).await;
    let first = shop.post(PATH, refund("BACK-1", 400, 1_000)).await.unwrap();
    let again = shop.post(PATH, refund("BACK-1", 400, 1_000)).await.unwrap();
    assert_eq!(again["refund_id"], first["refund_id"]);
    assert_eq!(
        shop.post(PATH, refund("BACK-1", 401, 1_000)).await,
        refused(400, "INVALID_REQUEST")
    );
    assert_eq!(shop.sandbox.order("ORDER-0001").unwrap().refunded, 400);
    assert_eq!(shop.sandbox.refunds("ORDER-0001").unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_refunded_is_refused() {
    let shop = Shop::open().await;
    assert_eq!(shop.post(PATH, refund("BACK-1", 1, 1)).await, refused(404, "RESOURCE_NOT_EXISTS"));
    shop.place("ORDER-0001", 1_000).await.unwrap();
    assert_eq!(shop.post(PATH, refund("BACK-1", 1, 1_000)).await, refused(400, "INVALID_REQUEST"));
    shop.sandbox.pay("ORDER-0001").unwrap();
    assert_eq!(shop.post(PATH, refund("BACK-1", 1, 999)).await, refused(400, "INVALID_REQUEST"));
    assert_eq!(shop.post(PATH, refund("BACK-1", 0, 1_000)).await, refused(400, "PARAM_ERROR"));
    let mut nameless = refund("BACK-1", 1, 1_000);
    nameless.as_object_mut().unwrap().remove("out_trade_no");
    assert_eq!(shop.post(PATH, nameless).await, refused(400, "PARAM_ERROR"));
    assert_eq!(shop.get(&format!("{PATH}/BACK-1")).await, refused(404, "RESOURCE_NOT_EXISTS"));
    assert_eq!(shop.sandbox.order("ORDER-0001").unwrap().refunded, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_was_closed_is_not_refunded() {
    let shop = Shop::open().await;
    shop.place("ORDER-0001", 1_000).await.unwrap();
    shop.sandbox.expire("ORDER-0001").unwrap();
    assert_eq!(shop.post(PATH, refund("BACK-1", 1, 1_000)).await, refused(400, "ORDER_CLOSED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_refunded_in_fifty_parts_at_most() {
    let shop = Shop::open().await;
    shop.sell("ORDER-0001", 1_000).await;
    for number in 1..=50 {
        shop.post(PATH, refund(&format!("BACK-{number}"), 1, 1_000)).await.unwrap();
    }
    let one_more = || shop.post(PATH, refund("BACK-51", 1, 1_000));
    assert_eq!(one_more().await, refused(400, "INVALID_REQUEST"));
    assert_eq!(shop.sandbox.order("ORDER-0001").unwrap().refunded, 50);
    // The same again is no other refund.
    shop.post(PATH, refund("BACK-50", 1, 1_000)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_can_be_refunded_for_a_year() {
    let start = i64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    let earlier = Arc::new(AtomicI64::new(366 * 86_400));
    let clock = Arc::clone(&earlier);
    let now = move || start - clock.load(Ordering::Relaxed);
    let config = |sandbox: &Sandbox| wechatpay_tests::config(sandbox).unwrap();
    let shop = Shop::of(Sandbox::builder().clock(now), config).await;
    // The clocks of client and sandbox must agree when they talk.
    earlier.store(0, Ordering::Relaxed);
    shop.place("ORDER-0001", 1_000).await.unwrap();
    shop.place("ORDER-0002", 1_000).await.unwrap();
    earlier.store(366 * 86_400, Ordering::Relaxed);
    shop.sandbox.pay("ORDER-0001").unwrap();
    earlier.store(0, Ordering::Relaxed);
    assert_eq!(shop.post(PATH, refund("BACK-1", 1, 1_000)).await, refused(400, "INVALID_REQUEST"));
    shop.sandbox.pay("ORDER-0002").unwrap();
    let mut other = refund("BACK-1", 1, 1_000);
    other["out_trade_no"] = "ORDER-0002".into();
    shop.post(PATH, other).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_refunds_at_once_never_give_back_too_much() {
    let shop = Arc::new(Shop::open().await);
    shop.sell("ORDER-0001", 1_000).await;
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let shop = Arc::clone(&shop);
            tokio::spawn(async move {
                shop.post(PATH, refund(&format!("BACK-{number}"), 300, 1_000)).await
            })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => made += 1,
            refusal => assert_eq!(refusal, refused(400, "INVALID_REQUEST")),
        }
    }
    assert_eq!((made, shop.sandbox.order("ORDER-0001").unwrap().refunded), (3, 900));
}
