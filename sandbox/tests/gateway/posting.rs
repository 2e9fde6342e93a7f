//! Where notifications of orders and refunds go, and when they are sent again.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread::JoinHandle,
};

use serde_json::{Value, json};
use wechatpay_sandbox::Sandbox;

use crate::client::{Client, NOW, Request};

/// A paid order of which nobody was told, and a client of its sandbox.
async fn paid() -> (Sandbox, Client) {
    let sandbox = Sandbox::builder().clock(|| NOW).start().await.unwrap();
    let client = Client::new(&sandbox);
    let order = json!({
        "appid": "wxd678efh567hg6787", "mchid": client.keys.mchid(), "description": "d",
        "out_trade_no": "ORDER-0001", "notify_url": "https://shop.example/notify",
        "amount": { "total": 1_000 },
    });
    let placed = client.call(Request::json("POST", "/v3/pay/transactions/native", &order)).await;
    assert_eq!(placed.status, 200, "{}", placed.text());
    sandbox.pay("ORDER-0001").unwrap();
    sandbox.notified().await;
    (sandbox, client)
}

/// Refunds a fen and tells `url` of it.
async fn refund(sandbox: &Sandbox, client: &Client, url: &str) {
    let asked = json!({ "amount": 1, "notify_url": url }).to_string();
    let path = ("POST", "/orders/ORDER-0001/refund");
    assert_eq!(client.control(sandbox, path, &asked).await.status, 200);
}

async fn log(sandbox: &Sandbox, client: &Client) -> Vec<Value> {
    let log = client.control(sandbox, ("GET", "/notifications"), "").await.json();
    log["notifications"].as_array().unwrap().clone()
}

/// Takes one request and answers it so.
fn answers(listener: TcpListener, answer: &'static str) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = Vec::new();
        // The summary is the last key of the body.
        while !seen.ends_with(b"\"summary\":\"wechatpay-sandbox\"}") {
            let mut piece = [0; 4_096];
            let count = stream.read(&mut piece).unwrap();
            assert!(count > 0, "it ended early");
            seen.extend_from_slice(&piece[..count]);
        }
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(seen).unwrap()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn another_machine_is_not_told_whatever_the_address_looks_like() {
    let (sandbox, client) = paid().await;
    let urls = [
        "http://10.0.0.1/notify",
        "http://127.0.0.1@10.0.0.1/notify",
        "http://[::ffff:10.0.0.1]/notify",
        "https://shop.example/notify",
    ];
    for url in urls {
        refund(&sandbox, &client, url).await;
    }
    sandbox.notified().await;
    let log = log(&sandbox, &client).await;
    assert_eq!(log.len(), 1 + urls.len());
    for notice in log {
        let attempt = &notice["attempts"][0];
        assert_eq!(
            (&notice["state"], attempt["received"].as_bool()),
            (&json!("refused"), Some(false)),
            "{notice}"
        );
        let complaint = attempt["complaint"].as_str().unwrap();
        assert!(
            complaint.contains("another machine") || complaint.contains("cannot be called"),
            "{notice}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed() {
    let (sandbox, client) = paid().await;
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://user:secret@{}/notify", listener.local_addr().unwrap());
    let port = elsewhere.local_addr().unwrap().port();
    let answer = format!(
        "HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n"
    );
    let receiver = answers(listener, answer.leak());
    refund(&sandbox, &client, &url).await;
    let seen = tokio::task::spawn_blocking(|| receiver.join().unwrap()).await.unwrap();
    assert!(!seen.contains("secret"), "{seen}");
    let attempt = first_attempt(&sandbox, &client).await;
    assert_eq!(attempt["status"], 307);
    assert_eq!(elsewhere.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

/// The first attempt of the refund's notification, once it is in the log.
async fn first_attempt(sandbox: &Sandbox, client: &Client) -> Value {
    loop {
        let notice = log(sandbox, client).await.remove(1);
        if !notice["attempts"][0].is_null() {
            return notice["attempts"][0].clone();
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_when_it_is_sent_again() {
    let (sandbox, client) = paid().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/notify", listener.local_addr().unwrap());
    let receiver = answers(listener, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    refund(&sandbox, &client, &url).await;
    tokio::task::spawn_blocking(|| receiver.join().unwrap()).await.unwrap();
    let attempt = first_attempt(&sandbox, &client).await;
    // The platform waits 15 s the first time.
    assert_eq!(
        (&attempt["time"], &attempt["next"]),
        (&json!("2023-11-15T06:13:20+08:00"), &json!("2023-11-15T06:13:35+08:00"))
    );
}
