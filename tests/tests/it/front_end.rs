//! What the generated client hands to front ends, and clients that share one transport.

use serde_json::{Value, to_value};
use wechatpay_client::{
    Client, HttpOptions, HttpTransport,
    taxi_invoice::{GetTaxiRequest, PunchRequest},
};
use wechatpay_sandbox::Sandbox;

use crate::pair;

fn names(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn item_43_the_client_signs_for_every_front_end() {
    let (sandbox, client) = pair().await;
    let params = client.pay_params();
    let (appid, prepay_id) = ("wx2421b1c4370ec43b", "wx201410272009395522657a690389285100");
    let jsapi = to_value(params.jsapi(appid, prepay_id).await.unwrap()).unwrap();
    assert_eq!(names(&jsapi), ["appId", "nonceStr", "package", "paySign", "signType", "timeStamp"]);
    assert!(jsapi["timeStamp"].is_string());
    let mini_program = to_value(params.mini_program(appid, prepay_id).await.unwrap()).unwrap();
    assert_eq!(names(&mini_program), ["nonceStr", "package", "paySign", "signType", "timeStamp"]);
    let app = to_value(params.app(appid, prepay_id).await.unwrap()).unwrap();
    assert_eq!(
        names(&app),
        ["appid", "noncestr", "package", "partnerid", "prepayid", "sign", "timestamp"]
    );
    assert_eq!(app["partnerid"], sandbox.keys().mchid());
    assert!(sandbox.calls().is_empty(), "nothing is sent");
}

#[tokio::test]
async fn clients_of_different_merchants_share_one_transport() {
    let (first, second) = (Sandbox::start().await.unwrap(), Sandbox::start().await.unwrap());
    let transport = HttpTransport::new(HttpOptions::new().no_proxy()).unwrap();
    for sandbox in [&first, &second, &first] {
        let config = wechatpay_tests::config(sandbox).unwrap();
        let client = Client::new(config.transport(transport.clone())).unwrap();
        client.taxi_invoice().punch(&PunchRequest::example()).await.unwrap();
        client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).await.unwrap();
    }
    assert_eq!((first.calls().len(), second.calls().len()), (4, 2));
}
