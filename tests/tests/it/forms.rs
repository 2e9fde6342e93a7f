//! The forms of a call: async, blocking, untyped; and its options.

use std::time::Duration;

use serde_json::{Value, json};
use wechatpay_client::{Error, Method, taxi_invoice::*};
use wechatpay_sandbox::Fault;

use crate::pair;

#[tokio::test]
async fn typed_async_blocking_and_untyped_send_the_same_request() {
    let (sandbox, client) = pair().await;
    let request = PunchRequest::example();
    client.taxi_invoice().punch(&request).await.unwrap();
    client.taxi_invoice().punch(&request).blocking().unwrap();
    let value = json!({
        "plate_number": "粤B12345",
        "driver_license": "6298416",
        "event_time": "2019-12-01T12:00:00.000+08:00",
        "event_type": "SIGN_IN",
        "region_id": 510100,
    });
    let reply = client
        .request(Method::POST, "/v3/taxi-invoice/attendance/punch")
        .json(&value)
        .await
        .unwrap();
    assert_eq!((reply.status().as_u16(), reply.body().len()), (204, 0));
    assert!(reply.is_authenticated());

    let calls = sandbox.calls();
    let sent: Vec<Value> =
        calls.iter().map(|call| serde_json::from_slice(&call.body).unwrap()).collect();
    assert_eq!(sent, [value.clone(), value.clone(), value]);
    for header in ["accept", "content-type", "user-agent", "wechatpay-serial"] {
        assert_eq!(calls[0].headers.get(header), calls[2].headers.get(header), "{header}");
    }
}

#[test]
fn a_program_without_a_runtime_makes_calls() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (_sandbox, client) = runtime.block_on(pair());
    // Outside of any runtime from here on.
    let taxi = client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).blocking().unwrap();
    assert_eq!(taxi.plate_number, "粤B12345");
}

#[tokio::test]
async fn an_untyped_query_is_signed_as_it_is_sent() {
    let (sandbox, client) = pair().await;
    let reply = client
        .request(Method::GET, "/v3/taxi-invoice/user-taxi-order/find-by-token?token=a%2Fb")
        .query(&[("openid", "o 中&="), ("appid", "wx")])
        .await
        .unwrap();
    let order: Value = reply.json().unwrap();
    assert_eq!(order["plate_number"], "川ADT9716");
    let seen = sandbox.calls().pop().unwrap();
    assert_eq!(seen.query.as_deref(), Some("token=a%2Fb&openid=o%20%E4%B8%AD%26%3D&appid=wx"));
}

#[tokio::test]
async fn meta_tells_status_request_id_and_bytes() {
    let (_sandbox, client) = pair().await;
    let with_meta =
        client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).with_meta().await.unwrap();
    assert_eq!(with_meta.reply.status().as_u16(), 200);
    assert!(with_meta.reply.request_id().unwrap().ends_with("-0"));
    let raw: Value = with_meta.reply.json().unwrap();
    assert_eq!(raw["company_name"], with_meta.value.company_name.as_str());
}

#[tokio::test]
async fn options_stand_on_the_call() {
    let (sandbox, client) = pair().await;
    let taxi = GetTaxiRequest::example();
    client.taxi_invoice().get_taxi(&taxi).header("X-Trace", "abc").await.unwrap();
    assert_eq!(sandbox.calls().pop().unwrap().headers["x-trace"], "abc");

    for (name, value) in [("Authorization", "x"), ("bad name", "x"), ("X-Trace", "line\nbreak")] {
        let error = client.taxi_invoice().get_taxi(&taxi).header(name, value).await.unwrap_err();
        assert!(matches!(error, Error::Build(_)), "{name}: {error}");
    }

    sandbox.inject(Fault::SlowHeaders(Duration::from_secs(20)));
    let error = client
        .taxi_invoice()
        .punch(&PunchRequest::example())
        .timeout(Duration::from_millis(300))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Transport(_)) && error.is_outcome_unknown(), "{error}");

    let (other, _) = pair().await;
    let before = sandbox.calls().len();
    client.taxi_invoice().get_taxi(&taxi).host(other.url()).await.unwrap();
    assert_eq!((sandbox.calls().len(), other.calls().len()), (before, 1));
}
