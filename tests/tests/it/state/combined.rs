//! Combined orders: paid at once, told at once, refunded by their parts.

use serde_json::{Value, json};
use wechatpay_sandbox::RefundOutcome;

use super::{Shop, refused};

fn combined(shop: &Shop, number: &str, parts: &[(&str, i64)]) -> Value {
    let part = |(number, amount): &(&str, i64)| {
        json!({
            "mchid": shop.mchid(),
            "attach": "深圳分店",
            "amount": { "total_amount": amount, "currency": "CNY" },
            "out_trade_no": number,
            "description": "QQ公仔",
        })
    };
    json!({
        "combine_appid": "wxd678efh567hg6787",
        "combine_mchid": shop.mchid(),
        "combine_out_trade_no": number,
        "sub_orders": parts.iter().map(part).collect::<Vec<_>>(),
        "notify_url": "https://shop.example/notify",
    })
}

const PATH: &str = "/v3/combine-transactions/app";

#[tokio::test(flavor = "multi_thread")]
async fn all_parts_are_paid_at_once_and_refunded_each() {
    let shop = Shop::open().await;
    let order = combined(&shop, "WHOLE-0001", &[("PART-0001", 100), ("PART-0002", 250)]);
    let placed = shop.post(PATH, order.clone()).await.unwrap();
    assert_eq!(shop.post(PATH, order).await.unwrap(), placed);
    // Paying a part is paying the whole.
    assert_eq!(shop.sandbox.pay("PART-0002").unwrap().total, 350);
    let path = "/v3/combine-transactions/out-trade-no/WHOLE-0001";
    let paid = shop.get(path).await.unwrap();
    for (index, amount) in [(0, 100), (1, 250)] {
        assert_eq!(paid["sub_orders"][index]["trade_state"], "SUCCESS");
        assert_eq!(paid["sub_orders"][index]["amount"]["total_amount"], amount);
    }
    let told = shop.notified().await;
    assert_eq!((told.len(), told[0].1["sub_orders"].as_array().unwrap().len()), (1, 2));

    let refund = |number: &str, total: i64| {
        json!({
            "out_trade_no": number,
            "out_refund_no": format!("BACK-{number}"),
            "amount": { "refund": total, "total": total, "currency": "CNY" },
        })
    };
    let path = "/v3/refund/domestic/refunds";
    assert_eq!(
        shop.post(path, refund("WHOLE-0001", 350)).await,
        refused(404, "RESOURCE_NOT_EXISTS")
    );
    shop.post(path, refund("PART-0001", 100)).await.unwrap();
    let paid = shop.get("/v3/combine-transactions/out-trade-no/WHOLE-0001").await.unwrap();
    assert_eq!(paid["sub_orders"][0]["trade_state"], "REFUND");
    assert_eq!(paid["sub_orders"][1]["trade_state"], "SUCCESS");
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_of_the_whole_that_are_closed_leave_every_part_its_money() {
    let shop = Shop::open().await;
    let order = combined(&shop, "WHOLE-0001", &[("PART-0001", 100), ("PART-0002", 250)]);
    shop.post(PATH, order).await.unwrap();
    shop.sandbox.pay("WHOLE-0001").unwrap();
    shop.sandbox.refunds_become(RefundOutcome::Closed);
    shop.sandbox.refund("WHOLE-0001").unwrap();
    let refunded = |number: &str| shop.sandbox.order(number).unwrap().refunded;
    assert_eq!((refunded("PART-0001"), refunded("PART-0002")), (0, 0));
    shop.sandbox.refunds_become(RefundOutcome::Success);
    shop.sandbox.refund("WHOLE-0001").unwrap();
    assert_eq!((refunded("PART-0001"), refunded("PART-0002")), (100, 250));
    assert!(shop.sandbox.refund("WHOLE-0001").is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_serves_once_whether_alone_or_as_a_part() {
    let shop = Shop::open().await;
    shop.place("PART-0001", 100).await.unwrap();
    let taken = combined(&shop, "WHOLE-0001", &[("PART-0002", 1), ("PART-0001", 1)]);
    assert_eq!(shop.post(PATH, taken).await, refused(400, "OUT_TRADE_NO_USED"));
    // What was refused left nothing behind.
    assert_eq!(shop.sandbox.orders().unwrap().len(), 1);
    let free = combined(&shop, "WHOLE-0001", &[("PART-0002", 1)]);
    shop.post(PATH, free).await.unwrap();
    assert_eq!(shop.place("PART-0002", 1).await, refused(400, "OUT_TRADE_NO_USED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_names_all_parts() {
    let shop = Shop::open().await;
    let order = combined(&shop, "WHOLE-0001", &[("PART-0001", 1), ("PART-0002", 1)]);
    shop.post(PATH, order).await.unwrap();
    let close = |numbers: &[&str]| {
        let parts: Vec<_> = numbers
            .iter()
            .map(|number| json!({ "mchid": shop.mchid(), "out_trade_no": number }))
            .collect();
        json!({ "combine_appid": "wxd678efh567hg6787", "sub_orders": parts })
    };
    let path = "/v3/combine-transactions/out-trade-no/WHOLE-0001/close";
    assert_eq!(shop.post(path, close(&["PART-0001"])).await, refused(400, "INVALID_REQUEST"));
    assert_eq!(shop.post(path, close(&["PART-0002", "PART-0001"])).await, Ok(Value::Null));
    assert!(shop.sandbox.orders().unwrap().iter().all(|order| order.trade_state == "CLOSED"));
}
