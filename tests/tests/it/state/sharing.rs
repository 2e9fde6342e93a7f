//! Profit sharing: receivers, shares, what is left, what comes back.

use serde_json::{Value, json};

use super::{Shop, refused};

const ORDERS: &str = "/v3/profitsharing/orders";

async fn add_receiver(shop: &Shop) {
    let receiver = json!({
        "appid": "wx8888888888888888",
        "type": "MERCHANT_ID",
        "account": "86693852",
        "relation_type": "STORE",
    });
    shop.post("/v3/profitsharing/receivers/add", receiver).await.unwrap();
}

fn share(transaction: &str, number: &str, account: &str, amount: i64) -> Value {
    json!({
        "appid": "wx8888888888888888",
        "transaction_id": transaction,
        "out_order_no": number,
        "receivers": [
            { "type": "MERCHANT_ID", "account": account, "amount": amount, "description": "分给商户" },
        ],
        "unfreeze_unsplit": false,
    })
}

async fn left(shop: &Shop, transaction: &str) -> i64 {
    let path = format!("/v3/profitsharing/transactions/{transaction}/amounts");
    shop.get(&path).await.unwrap()["unsplit_amount"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_shared_returned_and_released() {
    let shop = Shop::open().await;
    let transaction = shop.sell("ORDER-0001", 1_000).await.transaction_id;
    add_receiver(&shop).await;
    let shared = shop.post(ORDERS, share(&transaction, "P1", "86693852", 300)).await.unwrap();
    assert_eq!(shared["receivers"][0]["result"], "SUCCESS");
    assert_eq!(
        shop.post(ORDERS, share(&transaction, "P1", "86693852", 300)).await.unwrap(),
        shared
    );
    assert_eq!(left(&shop, &transaction).await, 700);
    assert_eq!(
        shop.post(ORDERS, share(&transaction, "P1", "86693852", 301)).await,
        refused(400, "INVALID_REQUEST")
    );
    assert_eq!(
        shop.post(ORDERS, share(&transaction, "P2", "86693852", 701)).await,
        refused(403, "NOT_ENOUGH")
    );
    let path = format!("{ORDERS}/P1?transaction_id={transaction}");
    assert_eq!(shop.get(&path).await.unwrap()["order_id"], shared["order_id"]);

    let back = |number: &str, amount: i64| {
        json!({
            "out_order_no": "P1",
            "out_return_no": number,
            "return_mchid": "86693852",
            "amount": amount,
            "description": "用户退款",
        })
    };
    let path = "/v3/profitsharing/return-orders";
    assert_eq!(shop.post(path, back("R1", 301)).await, refused(403, "NOT_ENOUGH"));
    assert_eq!(shop.post(path, back("R1", 100)).await.unwrap()["result"], "SUCCESS");
    assert_eq!(shop.post(path, back("R2", 201)).await, refused(403, "NOT_ENOUGH"));
    assert_eq!(left(&shop, &transaction).await, 800);
    let found = shop.get(&format!("{path}/R1?out_order_no=P1")).await.unwrap();
    assert_eq!((&found["amount"], &found["order_id"]), (&json!(100), &shared["order_id"]));

    let date = &found["create_time"].as_str().unwrap()[..10];
    let bill = shop.get(&format!("/v3/profitsharing/bills?bill_date={date}")).await.unwrap();
    let call = shop.client.download(bill["download_url"].as_str().unwrap());
    let file = call.sha1(bill["hash_value"].as_str().unwrap()).await.unwrap();
    let text = String::from_utf8(file.bytes.to_vec()).unwrap();
    assert!(text.contains("`86693852,`3.00,`分账,`成功"), "{text}");
    assert!(text.contains("`86693852,`1.00,`分账回退,`成功"), "{text}");
    assert_eq!(text.lines().count(), 5, "head, two lines, head of the sum, sum: {text}");
    let answer = shop.get("/v3/profitsharing/bills?bill_date=2020-01-01").await;
    assert_eq!(answer, refused(400, "NO_STATEMENT_EXIST"));

    let release =
        json!({ "transaction_id": transaction, "out_order_no": "P9", "description": "解冻" });
    let released = shop.post(&format!("{ORDERS}/unfreeze"), release).await.unwrap();
    assert_eq!(released["receivers"][0]["amount"], 800);
    assert_eq!(left(&shop, &transaction).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_not_added_gets_nothing_and_what_was_not_marked_is_not_shared() {
    let shop = Shop::open().await;
    let transaction = shop.sell("ORDER-0001", 1_000).await.transaction_id;
    let shared = shop.post(ORDERS, share(&transaction, "P1", "86693852", 300)).await.unwrap();
    assert_eq!(shared["receivers"][0]["result"], "CLOSED");
    assert_eq!(shared["receivers"][0]["fail_reason"], "NO_RELATION");
    assert_eq!(left(&shop, &transaction).await, 1_000);
    let mut plain = shop.order("ORDER-0002", 1_000);
    plain["settle_info"]["profit_sharing"] = false.into();
    shop.post("/v3/pay/transactions/jsapi", plain).await.unwrap();
    let transaction = shop.sandbox.pay("ORDER-0002").unwrap().transaction_id;
    let answer = shop.post(ORDERS, share(&transaction, "P2", "86693852", 1)).await;
    assert_eq!(answer, refused(400, "INVALID_REQUEST"));
    let answer = shop.post(ORDERS, share("4200000000", "P3", "86693852", 1)).await;
    assert_eq!(answer, refused(404, "RESOURCE_NOT_EXISTS"));
}
