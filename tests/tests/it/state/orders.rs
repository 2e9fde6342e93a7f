//! Orders of one merchant: placed, paid, closed, expired, looked up.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::SystemTime,
};

use serde_json::{Value, json};
use wechatpay_client::pay::{
    GetOrderByOutTradeNoRequest, JsapiPayer, OrderAmount, PrepayJsapiRequest, TradeState, TradeType,
};
use wechatpay_sandbox::{Error, Sandbox};

use super::{Shop, refused};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_placed_paid_told_and_looked_up() {
    let shop = Shop::open().await;
    let request = PrepayJsapiRequest {
        mchid: shop.mchid().to_owned(),
        out_trade_no: "ORDER-0001".into(),
        amount: OrderAmount { total: 1_250, optional: Default::default() },
        notify_url: "https://shop.example/notify".into(),
        payer: JsapiPayer { openid: "o-payer".into(), optional: Default::default() },
        optional: Default::default(),
        ..PrepayJsapiRequest::example()
    };
    let placed = shop.client.pay().prepay_jsapi(&request).await.unwrap();
    assert!(placed.prepay_id.starts_with("wx") && placed.prepay_id.len() == 36);
    let query = GetOrderByOutTradeNoRequest {
        out_trade_no: "ORDER-0001".into(),
        mchid: shop.mchid().to_owned(),
        optional: Default::default(),
    };
    let open = shop.client.pay().get_order_by_out_trade_no(&query).await.unwrap();
    assert_eq!(open.trade_state, Some(TradeState::NotPaid));
    assert_eq!((open.transaction_id, open.success_time, open.payer.is_none()), (None, None, true));

    shop.sandbox.pay("ORDER-0001").unwrap();
    let paid = shop.client.pay().get_order_by_out_trade_no(&query).await.unwrap();
    assert_eq!(paid.trade_state, Some(TradeState::Success));
    assert_eq!(paid.trade_type, Some(TradeType::Jsapi));
    assert_eq!(paid.amount.unwrap().total, Some(1_250));
    assert_eq!(paid.payer.unwrap().openid, "o-payer");
    let number = paid.transaction_id.unwrap();
    let path = format!("/v3/pay/transactions/id/{number}?mchid={}", shop.mchid());
    assert_eq!(shop.get(&path).await.unwrap()["out_trade_no"], "ORDER-0001");

    let told = shop.notified().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, "TRANSACTION.SUCCESS");
    assert_eq!(told[0].1["transaction_id"], number);
    assert_eq!(told[0].1["amount"]["payer_total"], 1_250);
    assert_eq!(told[0].1["trade_state"], "SUCCESS");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_number_again_needs_the_same_parameters() {
    let shop = Shop::open().await;
    let first = shop.place("ORDER-0001", 100).await.unwrap();
    assert_eq!(shop.place("ORDER-0001", 100).await.unwrap(), first);
    assert_eq!(shop.place("ORDER-0001", 101).await, refused(400, "INVALID_REQUEST"));
    // Another way to pay is another use of the number.
    let mut native = shop.order("ORDER-0001", 100);
    native.as_object_mut().unwrap().remove("payer");
    let answer = shop.post("/v3/pay/transactions/native", native).await;
    assert_eq!(answer, refused(400, "OUT_TRADE_NO_USED"));
    shop.sandbox.pay("ORDER-0001").unwrap();
    assert_eq!(shop.place("ORDER-0001", 100).await, refused(400, "ORDER_PAID"));
    assert_eq!(shop.sandbox.orders().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_order_is_not_paid_and_a_paid_one_not_closed() {
    let shop = Shop::open().await;
    let close = |number: &str| format!("/v3/pay/transactions/out-trade-no/{number}/close");
    let body = json!({ "mchid": shop.mchid() });
    shop.place("ORDER-OPEN", 100).await.unwrap();
    shop.sell("ORDER-PAID", 100).await;
    shop.place("ORDER-LATE", 100).await.unwrap();
    for _ in 0..2 {
        assert_eq!(shop.post(&close("ORDER-OPEN"), body.clone()).await, Ok(Value::Null));
    }
    assert_eq!(shop.post(&close("ORDER-PAID"), body.clone()).await, refused(400, "ORDER_PAID"));
    assert_eq!(shop.post(&close("ORDER-NONE"), body).await, refused(404, "ORDER_NOT_EXIST"));
    shop.sandbox.expire("ORDER-LATE").unwrap();
    for (number, state) in
        [("ORDER-OPEN", "CLOSED"), ("ORDER-LATE", "CLOSED"), ("ORDER-PAID", "SUCCESS")]
    {
        assert_eq!(shop.query(number).await.unwrap()["trade_state"], state);
        let code = if state == "CLOSED" { "ORDER_CLOSED" } else { "ORDER_PAID" };
        assert_eq!(shop.place(number, 100).await, refused(400, code));
        let refusal = shop.sandbox.pay(number).unwrap_err();
        assert!(
            matches!(&refusal, Error::Refused { code: found, .. } if found == code),
            "{refusal}"
        );
    }
    assert_eq!(shop.notified().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_nobody_is_unknown_and_one_of_another_merchant_refused() {
    let shop = Shop::open().await;
    assert_eq!(shop.query("ORDER-NONE").await, refused(404, "ORDER_NOT_EXIST"));
    let path = "/v3/pay/transactions/out-trade-no/ORDER-NONE?mchid=1230000109";
    assert_eq!(shop.get(path).await, refused(400, "PARAM_ERROR"));
    let order =
        shop.place("ORDER-0001", 100).await.map(|_| shop.sandbox.order("ORDER-0001").unwrap());
    // The platform's number is nobody's business before the order is paid.
    let path =
        format!("/v3/pay/transactions/id/{}?mchid={}", order.unwrap().transaction_id, shop.mchid());
    assert_eq!(shop.get(&path).await, refused(404, "ORDER_NOT_EXIST"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_can_be_paid_until_its_time_is_up() {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let later = Arc::new(AtomicI64::new(0));
    let clock = Arc::clone(&later);
    let start = i64::try_from(now).unwrap();
    let builder = Sandbox::builder().clock(move || start + clock.load(Ordering::Relaxed));
    let shop = Shop::with(builder).await;
    let mut order = shop.order("ORDER-0001", 100);
    order["time_expire"] = "2015-05-20T13:29:35+08:00".into();
    assert_eq!(shop.post("/v3/pay/transactions/jsapi", order).await, refused(400, "PARAM_ERROR"));
    shop.place("ORDER-0001", 100).await.unwrap();
    later.store(8 * 86_400, Ordering::Relaxed);
    assert!(shop.sandbox.pay("ORDER-0001").is_err());
    assert_eq!(shop.sandbox.order("ORDER-0001").unwrap().trade_state, "CLOSED");
    // The clocks of client and sandbox must agree when they talk.
    later.store(0, Ordering::Relaxed);
    assert_eq!(shop.query("ORDER-0001").await.unwrap()["trade_state"], "CLOSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_code_is_charged_at_once_or_after_the_user_agreed() {
    let shop = Shop::open().await;
    let charge = |number: &str, code: &str| {
        json!({
            "appid": "wxd678efh567hg6787",
            "mchid": shop.mchid(),
            "description": "QQ公仔",
            "out_trade_no": number,
            "payer": { "auth_code": code },
            "amount": { "total": 100 },
            "scene_info": { "store_info": { "out_id": "A1111" } },
        })
    };
    let (now, later) =
        (charge("CODE-0001", "130061098828009406"), charge("CODE-0002", "130061098828009400"));
    let path = "/v3/pay/transactions/codepay";
    let paid = shop.post(path, now.clone()).await.unwrap();
    assert_eq!(
        (&paid["trade_state"], &paid["trade_type"]),
        (&json!("SUCCESS"), &json!("MICROPAY"))
    );
    assert_eq!(shop.post(path, now).await.unwrap()["transaction_id"], paid["transaction_id"]);
    assert_eq!(shop.post(path, later).await.unwrap()["trade_state"], "USERPAYING");
    shop.sandbox.pay("CODE-0002").unwrap();
    assert_eq!(shop.query("CODE-0002").await.unwrap()["trade_state"], "SUCCESS");
    let reverse = json!({ "appid": "wxd678efh567hg6787", "mchid": shop.mchid() });
    let path = "/v3/pay/transactions/out-trade-no/CODE-0002/reverse";
    assert_eq!(shop.post(path, reverse).await.unwrap()["out_trade_no"], "CODE-0002");
    assert_eq!(shop.query("CODE-0002").await.unwrap()["trade_state"], "REVOKED");
    assert_eq!(shop.sandbox.order("CODE-0002").unwrap().refunded, 100);
    assert!(shop.notified().await.is_empty(), "an order without notify_url is told to nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn service_providers_have_numbers_of_their_own_for_each_merchant() {
    let shop = Shop::open().await;
    let order = |sub_mchid: &str| {
        json!({
            "sp_appid": "wx8888888888888888",
            "sp_mchid": shop.mchid(),
            "sub_mchid": sub_mchid,
            "description": "QQ公仔",
            "out_trade_no": "ORDER-0001",
            "notify_url": "https://shop.example/notify",
            "amount": { "total": 100 },
        })
    };
    let path = "/v3/pay/partner/transactions/native";
    let (first, second) = (order("1900000109"), order("1900000110"));
    let first = shop.post(path, first).await.unwrap();
    let second = shop.post(path, second).await.unwrap();
    assert!(first["code_url"].as_str().unwrap().starts_with("weixin://"));
    assert_ne!(first, second);
    shop.place("ORDER-0001", 100).await.unwrap();
    assert_eq!(shop.sandbox.orders().unwrap().len(), 3);
    let id = shop.sandbox.orders().unwrap()[1].id.to_string();
    shop.sandbox.pay(&id).unwrap();
    let query = format!(
        "/v3/pay/partner/transactions/out-trade-no/ORDER-0001?sp_mchid={}&sub_mchid=1900000110",
        shop.mchid()
    );
    assert_eq!(shop.get(&query).await.unwrap()["trade_state"], "SUCCESS");
    let told = shop.notified().await;
    assert_eq!((told.len(), &told[0].1["sub_mchid"]), (1, &json!("1900000110")));
}
