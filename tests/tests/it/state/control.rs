//! The control API, as a console or a test in another language uses it.

use axum::body::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use wechatpay_client::{Client, Error};
use wechatpay_sandbox::{Fault, Sandbox};

use super::{Shop, refused};

/// Talks to the control API of a sandbox.
pub(super) struct Console<'s> {
    sandbox: &'s Sandbox,
    token: String,
}

impl<'s> Console<'s> {
    pub(super) fn of(sandbox: &'s Sandbox) -> Self {
        Self { sandbox, token: sandbox.control().1.to_owned() }
    }

    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        body: &str,
    ) -> hyper::Response<Incoming> {
        let stream = TcpStream::connect(self.sandbox.address()).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(format!("/sandbox{path}"))
            .header("Host", self.sandbox.address().to_string())
            .header("Authorization", format!("Bearer {}", self.token))
            .body(Full::new(Bytes::copy_from_slice(body.as_bytes())));
        sender.send_request(request.unwrap()).await.unwrap()
    }

    pub(super) async fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let response = self.send(method, path, body).await;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let (status, value) = self.ask("GET", path, "").await;
        assert_eq!(status, 200, "{path}: {value}");
        value
    }

    pub(super) async fn post(&self, path: &str, body: &str) -> Value {
        let (status, value) = self.ask("POST", path, body).await;
        assert_eq!(status, 200, "{path}: {value}");
        value
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_token_there_is_nothing_to_see() {
    let shop = Shop::open().await;
    let mut console = Console::of(&shop.sandbox);
    let short = console.token[1..].to_owned();
    for token in ["", "0123456789abcdef0123456789abcdef", &short] {
        console.token = token.to_owned();
        for (method, path) in
            [("GET", "/state"), ("POST", "/reset"), ("GET", "/events"), ("GET", "/nothing")]
        {
            let (status, answer) = console.ask(method, path, "").await;
            assert_eq!((status, &answer["code"]), (401, &json!("UNAUTHORIZED")), "{method} {path}");
        }
    }
    let console = Console::of(&shop.sandbox);
    assert_eq!(console.ask("GET", "/nothing", "").await.0, 404);
    assert_eq!(console.ask("DELETE", "/orders", "").await.0, 405);
    // It is no call of a merchant.
    assert!(shop.sandbox.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_paid_refunded_and_expired_from_outside() {
    let shop = Shop::open().await;
    shop.place("ORDER-0001", 1_000).await.unwrap();
    shop.place("ORDER-0002", 5).await.unwrap();
    let console = Console::of(&shop.sandbox);
    let orders = console.get("/orders").await;
    assert_eq!(orders["orders"][0]["out_trade_no"], "ORDER-0002");
    let id = orders["orders"][1]["id"].as_i64().unwrap();
    assert_eq!(console.post(&format!("/orders/{id}/pay"), "").await["trade_state"], "SUCCESS");
    let (status, answer) = console.ask("POST", &format!("/orders/{id}/pay"), "").await;
    assert_eq!((status, &answer["code"]), (400, &json!("ORDER_PAID")));
    let refund = r#"{"amount": 400, "notify_url": "https://shop.example/notify"}"#;
    assert_eq!(console.post("/orders/ORDER-0001/refund", refund).await["refunded"], 400);
    assert_eq!(console.post("/orders/ORDER-0001/refund", "").await["refunded"], 1_000);
    assert_eq!(console.post("/orders/ORDER-0002/expire", "").await["trade_state"], "CLOSED");
    assert_eq!(console.ask("POST", "/orders/ORDER-0009/pay", "").await.0, 404);
    assert_eq!(console.ask("POST", "/orders/ORDER-0001/refund", "[1]").await.0, 400);
    assert_eq!(shop.notified().await.len(), 2);
    let order = console.get("/orders/ORDER-0001").await;
    assert_eq!(order["refunds"].as_array().unwrap().len(), 2);
    assert_eq!(order["notifications"].as_array().unwrap().len(), 2);
    assert_eq!(order["request"]["description"], "QQ公仔");
    let state = console.get("/state").await;
    assert_eq!((&state["mode"], &state["counts"]["orders"]), (&json!("stateful"), &json!(2)));
    assert_eq!(state["counts"]["refunds"], 2);
    console.post("/reset", "").await;
    assert_eq!(shop.query("ORDER-0001").await, refused(404, "ORDER_NOT_EXIST"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_is_logged_and_sent_again_with_the_same_id() {
    let shop = Shop::open().await;
    shop.sell("ORDER-0001", 100).await;
    assert_eq!(shop.notified().await.len(), 1);
    let console = Console::of(&shop.sandbox);
    let log = console.get("/notifications").await["notifications"].clone();
    assert_eq!(
        (&log[0]["state"], &log[0]["attempts"][0]["status"]),
        (&json!("received"), &json!(204))
    );
    let id = log[0]["id"].as_i64().unwrap();
    let again = console.post(&format!("/notifications/{id}/resend"), "").await;
    assert_eq!(again["notice_id"], log[0]["notice_id"]);
    assert_eq!(shop.notified().await.len(), 1);
    let log = console.get("/notifications").await["notifications"].clone();
    assert_eq!(log[0]["attempts"].as_array().unwrap().len(), 2);
    assert_eq!(console.ask("POST", "/notifications/99/resend", "").await.0, 404);
    assert!(
        console.get(&format!("/notifications?after={id}")).await["notifications"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_shown_with_verdict_and_without_secrets() {
    let shop = Shop::open().await;
    shop.place("ORDER-0001", 100).await.unwrap();
    let mut add = json!({ "appid": "wx8888888888888888", "type": "PERSONAL_OPENID", "account": "o1",
        "relation_type": "STAFF" });
    add["name"] = "not encrypted at all".into();
    shop.post("/v3/profitsharing/receivers/add", add).await.unwrap_err();
    let console = Console::of(&shop.sandbox);
    let calls = console.get("/calls").await;
    let (first, second) = (&calls["calls"][0], &calls["calls"][1]);
    assert_eq!(
        (&first["operation"], &first["verdict"]),
        (&json!("pay.prepay_jsapi"), &json!("verified"))
    );
    assert_eq!(first["signature"]["mchid"], shop.mchid());
    assert!(first["request"]["body"].as_str().unwrap().contains("ORDER-0001"));
    assert!(first["answer"]["body"].as_str().unwrap().contains("prepay_id"));
    assert!(first["answer"]["headers"]["wechatpay-serial"].is_string());
    assert_eq!(second["violations"][0]["rule"], "encryption");
    let shown = calls.to_string();
    assert!(!shown.contains("not encrypted at all"), "{shown}");
    let after = format!("/calls?after={}", first["id"]);
    assert_eq!(console.get(&after).await["calls"].as_array().unwrap().len(), 1);
    assert_eq!(console.ask("GET", "/calls?after=x", "").await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_armed_listed_and_disarmed() {
    let shop = Shop::open().await;
    let console = Console::of(&shop.sandbox);
    let armed = r#"{"fault": "status", "status": 429, "code": "FREQUENCY_LIMITED", "operation": "pay.prepay_jsapi", "skip": 1}"#;
    let id = console.post("/faults", armed).await["id"].as_u64().unwrap();
    let list = console.get("/faults").await;
    assert_eq!((&list["armed"][0]["id"], &list["armed"][0]["skip"]), (&json!(id), &json!(1)));
    assert!(list["known"].as_array().unwrap().len() > 20);
    shop.place("ORDER-0001", 100).await.unwrap();
    assert_eq!(shop.place("ORDER-0002", 100).await, refused(429, "FREQUENCY_LIMITED"));
    shop.place("ORDER-0002", 100).await.unwrap();

    shop.sandbox.on("pay.prepay_jsapi").fault(Fault::Unsigned).after(1).times(2).unwrap();
    assert!(shop.sandbox.on("pay.prepay").fault(Fault::Unsigned).once().is_err());
    let id = console.get("/faults").await["armed"][0]["id"].clone();
    assert_eq!(console.ask("DELETE", &format!("/faults/{id}"), "").await.0, 200);
    assert_eq!(console.ask("DELETE", &format!("/faults/{id}"), "").await.0, 404);
    let (status, answer) = console.ask("POST", "/faults", r#"{"fault": "unsingned"}"#).await;
    assert_eq!((status, &answer["detail"]["field"]), (400, &json!("/fault")));
    assert!(answer["message"].as_str().unwrap().contains("faults are: tampered_body"), "{answer}");
    console.post("/faults", r#"{"fault": "garbage_json"}"#).await;
    assert_eq!(console.ask("DELETE", "/faults", "").await.0, 200);
    shop.place("ORDER-0003", 100).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_is_played_and_a_wrong_one_says_where() {
    let shop = Shop::open().await;
    let console = Console::of(&shop.sandbox);
    let scenario = "faults:\n  - fault: bad_gateway\n    operation: pay.prepay_jsapi\n  - fault: signature_probe\ncertificate: announce\n";
    assert_eq!(console.post("/scenario", scenario).await["armed"], 2);
    assert_eq!(shop.place("ORDER-0001", 100).await.unwrap_err().0, 502);
    let error =
        shop.client.request(wechatpay_client::Method::GET, "/v3/certificates").await.unwrap_err();
    assert!(matches!(error, Error::Verification(_)), "{error}");
    assert_eq!(console.get("/state").await["certificates"].as_array().unwrap().len(), 2);
    let (status, answer) =
        console.ask("POST", "/scenario", "faults:\n  - fault: bad_gateway\n    time: 2\n").await;
    let message = answer["message"].as_str().unwrap();
    assert!(
        status == 400
            && message.starts_with("scenario:3:5: time: `bad_gateway` has no such field; it takes"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_changes_in_stages_and_clients_follow() {
    let sandbox = Sandbox::start().await.unwrap();
    let console = Console::of(&sandbox);
    let config = wechatpay_tests::config(&sandbox).unwrap();
    let client = Client::new(config.retry(wechatpay_client::RetryPolicy::none())).unwrap();
    let serials = |state: &Value| -> Vec<(String, bool)> {
        let listed = state["certificates"].as_array().unwrap().iter();
        listed
            .map(|one| (one["serial"].as_str().unwrap().to_owned(), one["signing"] == true))
            .collect()
    };
    assert_eq!(console.ask("POST", "/certificate/switch", "").await.0, 409);
    let announced = serials(&console.post("/certificate/announce", "").await);
    assert_eq!(announced.iter().map(|(_, signing)| *signing).collect::<Vec<_>>(), [true, false]);
    let switched = serials(&console.post("/certificate/switch", "").await);
    assert_eq!(switched.iter().map(|(_, signing)| *signing).collect::<Vec<_>>(), [false, true]);
    let retired = serials(&console.post("/certificate/retire", "").await);
    assert_eq!(retired, [(announced[1].0.clone(), true)]);
    // It asks for the public key, which stays.
    let found =
        client.request(wechatpay_client::Method::GET, "/v3/pay/transactions/id/1?mchid=1").await;
    assert_eq!(found.unwrap_err().code(), Some("PARAM_ERROR"));
}

#[tokio::test(flavor = "multi_thread")]
async fn news_come_as_they_happen_and_end_with_the_sandbox() {
    let shop = Shop::open().await;
    let console = Console::of(&shop.sandbox);
    let mut news = console.send("GET", "/events", "").await.into_body();
    shop.sell("ORDER-0001", 100).await;
    shop.notified().await;
    let mut text = String::new();
    while !text.contains("event: notification") {
        let frame = news.frame().await.unwrap().unwrap();
        text.push_str(&String::from_utf8_lossy(frame.data_ref().unwrap()));
    }
    for expected in
        ["event: call", "event: order", "\"trade_state\":\"NOTPAY\"", "\"trade_state\":\"SUCCESS\""]
    {
        assert!(text.contains(expected), "{text}");
    }
    // A watcher does not keep it from stopping.
    shop.sandbox.stop().await;
    while let Some(frame) = news.frame().await {
        drop(frame);
    }
}
