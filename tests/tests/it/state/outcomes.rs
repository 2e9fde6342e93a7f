//! Refunds that do not simply succeed: held, abnormal, closed.

use serde_json::{Value, json};
use wechatpay_sandbox::{RefundOutcome, Sandbox};

use super::{Shop, control::Console, refused, storage::File};

const PATH: &str = "/v3/refund/domestic/refunds";

fn refund(number: &str, amount: i64) -> Value {
    json!({
        "out_trade_no": "ORDER-0001",
        "out_refund_no": number,
        "notify_url": "https://shop.example/notify",
        "amount": { "refund": amount, "total": 1_000, "currency": "CNY" },
    })
}

/// State of a refund, and whether it says when it succeeded.
async fn status(shop: &Shop, number: &str) -> (String, bool) {
    let refund = shop.get(&format!("{PATH}/{number}")).await.unwrap();
    (refund["status"].as_str().unwrap().to_owned(), refund.get("success_time").is_some())
}

fn of(status: &str, succeeded: bool) -> (String, bool) {
    (status.to_owned(), succeeded)
}

async fn told(shop: &Shop) -> Vec<(String, Value)> {
    let told = shop.notified().await.into_iter();
    told.map(|(event, refund)| (event, refund["refund_status"].clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_held_until_it_is_settled() {
    let shop = Shop::open().await;
    shop.sell("ORDER-0001", 1_000).await;
    shop.notified().await;
    shop.sandbox.refunds_become(RefundOutcome::Processing);
    for number in ["B1", "B2", "B3"] {
        shop.post(PATH, refund(number, 300)).await.unwrap();
        assert_eq!(status(&shop, number).await, of("PROCESSING", false));
    }
    assert!(shop.notified().await.is_empty());
    // What is under way cannot be refunded once more.
    assert_eq!(shop.post(PATH, refund("B4", 200)).await, refused(400, "INVALID_REQUEST"));

    let console = Console::of(&shop.sandbox);
    assert_eq!(console.post("/refunds/B1/succeed", "").await["status"], "SUCCESS");
    assert_eq!(console.post("/refunds/B2/close", "").await["status"], "CLOSED");
    assert_eq!(console.post("/refunds/B3/abnormal", "").await["status"], "ABNORMAL");
    for (number, expected) in
        [("B1", of("SUCCESS", true)), ("B2", of("CLOSED", false)), ("B3", of("ABNORMAL", false))]
    {
        assert_eq!(status(&shop, number).await, expected, "{number}");
    }
    let mut told = told(&shop).await;
    told.sort_by(|one, other| one.0.cmp(&other.0));
    let expected = [
        ("REFUND.ABNORMAL", "ABNORMAL"),
        ("REFUND.CLOSED", "CLOSED"),
        ("REFUND.SUCCESS", "SUCCESS"),
    ];
    assert_eq!(told, expected.map(|(event, status)| (event.to_owned(), json!(status))));

    // The money of the closed one is there again, and its number is not used for another.
    assert_eq!(shop.sandbox.order("ORDER-0001").unwrap().refunded, 600);
    assert_eq!(shop.post(PATH, refund("B2", 300)).await.unwrap()["out_refund_no"], "B2");
    shop.post(PATH, refund("B4", 400)).await.unwrap();
    for (path, found) in
        [("B1/close", 400), ("B2/succeed", 400), ("B3/abnormal", 400), ("B9/close", 404)]
    {
        assert_eq!(console.ask("POST", &format!("/refunds/{path}"), "").await.0, found, "{path}");
    }
    let listed = console.get("/refunds").await;
    assert_eq!(listed["refunds"][0]["out_refund_no"], "B4");
    assert_eq!(listed["refunds"].as_array().unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abnormal_refund_is_tried_again() {
    let shop = Shop::open().await;
    shop.sell("ORDER-0001", 1_000).await;
    shop.notified().await;
    shop.sandbox.refunds_become(RefundOutcome::Abnormal);
    let made = shop.post(PATH, refund("B1", 300)).await.unwrap();
    // The answer to the request never says more than that it was taken in.
    assert_eq!(made["status"], "PROCESSING");
    assert_eq!(status(&shop, "B1").await, of("ABNORMAL", false));
    assert_eq!(shop.sandbox.order("ORDER-0001").unwrap().refunded, 300);

    let again = format!("{PATH}/{}/apply-abnormal-refund", made["refund_id"].as_str().unwrap());
    let asked = json!({ "out_refund_no": "B1", "type": "MERCHANT_BANK_CARD" });
    shop.post(&again, asked.clone()).await.unwrap();
    assert_eq!(status(&shop, "B1").await, of("ABNORMAL", false));
    shop.sandbox.refunds_become(RefundOutcome::Success);
    assert_eq!(shop.post(&again, asked.clone()).await.unwrap()["status"], "PROCESSING");
    assert_eq!(status(&shop, "B1").await, of("SUCCESS", true));
    assert_eq!(shop.post(&again, asked).await, refused(400, "INVALID_REQUEST"));
    let unknown = json!({ "out_refund_no": "B2", "type": "MERCHANT_BANK_CARD" });
    assert_eq!(shop.post(&again, unknown).await, refused(404, "RESOURCE_NOT_EXISTS"));
    let events: Vec<_> = told(&shop).await.into_iter().map(|(event, _)| event).collect();
    assert_eq!(events, ["REFUND.ABNORMAL", "REFUND.ABNORMAL", "REFUND.SUCCESS"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn outcomes_are_set_from_outside_by_scenarios_and_forgotten_with_the_rest() {
    let file = File::new("outcomes.yaml");
    std::fs::write(&file.0, "outcomes:\n  refunds: closed\n").unwrap();
    let shop = Shop::with(Sandbox::builder().scenario(&file.0)).await;
    let console = Console::of(&shop.sandbox);
    shop.sell("ORDER-0001", 1_000).await;
    shop.post(PATH, refund("B1", 1_000)).await.unwrap();
    assert_eq!(status(&shop, "B1").await, of("CLOSED", false));
    assert_eq!(shop.sandbox.order("ORDER-0001").unwrap().refunded, 0);
    console.post("/scenario", "outcomes: {refunds: processing, transfers: accepted}\n").await;
    let outcomes = json!({ "refunds": "processing", "transfers": "accepted" });
    assert_eq!(console.get("/outcomes").await, outcomes);
    assert_eq!(console.get("/state").await["outcomes"], outcomes);
    // A scenario that says nothing of them leaves them; a wrong one changes nothing.
    console.post("/scenario", "faults:\n").await;
    let (code, answer) =
        console.ask("POST", "/outcomes", r#"{"refunds": "success", "transfers": 7}"#).await;
    assert_eq!((code, &answer["detail"]["field"]), (400, &json!("/transfers")));
    assert_eq!(console.get("/outcomes").await, outcomes);
    console.post("/reset", "").await;
    assert_eq!(console.get("/outcomes").await["refunds"], "success");
}
