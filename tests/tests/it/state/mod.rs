//! What the sandbox remembers, seen by the client: orders and what becomes of them.

mod bills;
mod combined;
mod complaints;
mod console;
mod control;
mod orders;
mod outcomes;
mod refunds;
mod shangmi;
mod sharing;
mod storage;
mod tls;
mod transfers;

use std::sync::Mutex;

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};
use wechatpay_client::{Client, Config, Error, Method, RetryPolicy, webhooks::Webhooks};
use wechatpay_sandbox::{Builder, Sandbox};

/// A merchant with its sandbox, and a server for notifications.
struct Shop {
    sandbox: Sandbox,
    client: Client,
    /// Event type and content of each notification that was genuine.
    received: Mutex<UnboundedReceiver<(String, Value)>>,
}

impl Shop {
    async fn open() -> Self {
        Self::with(Sandbox::builder()).await
    }

    async fn with(builder: Builder) -> Self {
        Self::of(builder, |sandbox| wechatpay_tests::config(sandbox).unwrap()).await
    }

    /// A merchant of its own kind.
    async fn of(builder: Builder, config: impl FnOnce(&Sandbox) -> Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let sandbox = builder.notify_to(base).notify_speed(100_000).start().await.unwrap();
        let config = config(&sandbox).retry(RetryPolicy::none());
        let config = config.download_host(sandbox.url());
        let client = Client::new(config).unwrap();
        let (sender, received) = unbounded_channel();
        let app = Router::new().route("/notify", post(notify));
        let app = app.with_state((client.webhooks(), sender));
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { sandbox, client, received: Mutex::new(received) }
    }

    /// Asks without types; tells the answer, or status and code of the refusal.
    async fn ask(&self, method: Method, path: &str, body: Value) -> Result<Value, (u16, String)> {
        let call = self.client.request(method, path);
        let call = if body.is_null() { call } else { call.json(&body) };
        match call.await {
            Ok(reply) if reply.body().is_empty() => Ok(Value::Null),
            Ok(reply) => Ok(reply.json().unwrap()),
            Err(error) => Err(refusal(&error)),
        }
    }

    async fn get(&self, path: &str) -> Result<Value, (u16, String)> {
        self.ask(Method::GET, path, Value::Null).await
    }

    async fn post(&self, path: &str, body: Value) -> Result<Value, (u16, String)> {
        self.ask(Method::POST, path, body).await
    }

    fn mchid(&self) -> &str {
        self.sandbox.keys().mchid()
    }

    /// Places an order of so many fen.
    async fn place(&self, number: &str, total: i64) -> Result<Value, (u16, String)> {
        self.post("/v3/pay/transactions/jsapi", self.order(number, total)).await
    }

    fn order(&self, number: &str, total: i64) -> Value {
        json!({
            "appid": "wxd678efh567hg6787",
            "mchid": self.mchid(),
            "description": "QQ公仔",
            "out_trade_no": number,
            "notify_url": "https://shop.example/notify",
            "amount": { "total": total, "currency": "CNY" },
            "payer": { "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
            "settle_info": { "profit_sharing": true },
        })
    }

    /// Places an order and pays it.
    async fn sell(&self, number: &str, total: i64) -> wechatpay_sandbox::Order {
        self.place(number, total).await.unwrap();
        self.sandbox.pay(number).unwrap()
    }

    async fn query(&self, number: &str) -> Result<Value, (u16, String)> {
        self.get(&format!("/v3/pay/transactions/out-trade-no/{number}?mchid={}", self.mchid()))
            .await
    }

    /// The notifications that came so far, each when it was received or given up.
    async fn notified(&self) -> Vec<(String, Value)> {
        self.sandbox.notified().await;
        std::iter::from_fn(|| self.received.lock().unwrap().try_recv().ok()).collect()
    }
}

/// Status and code of a refusal by the platform.
fn refusal(error: &Error) -> (u16, String) {
    let status = error.status().unwrap_or_else(|| panic!("{error}")).as_u16();
    (status, error.code().unwrap_or_default().to_owned())
}

fn refused(status: u16, code: &str) -> Result<Value, (u16, String)> {
    Err((status, code.to_owned()))
}

/// Verifies, decrypts, notes, answers.
async fn notify(
    State((webhooks, sender)): State<(Webhooks, UnboundedSender<(String, Value)>)>,
    headers: HeaderMap,
    body: Bytes,
) -> axum::http::StatusCode {
    let opened = match webhooks.verify(&headers, body).await {
        Ok(event) => webhooks.decrypt(&event).await,
        Err(error) => Err(error),
    };
    match opened {
        Ok(opened) => {
            let content = serde_json::from_slice(opened.json()).unwrap();
            sender.send((opened.event().event_type().to_owned(), content)).unwrap();
            axum::http::StatusCode::NO_CONTENT
        }
        Err(_) => axum::http::StatusCode::UNAUTHORIZED,
    }
}
