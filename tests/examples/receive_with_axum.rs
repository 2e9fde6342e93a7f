//! Receives notifications with axum.
//!
//! `cargo run -p wechatpay-tests --example receive_with_axum -- KEYS`, where `KEYS` is a key folder of the sandbox;
//! then `cargo run -p wechatpay-sandbox -- --keys KEYS --notify TRANSACTION.SUCCESS --to http://127.0.0.1:3000/notify`.

use axum::{
    Router,
    extract::{FromRef, State},
    routing::post,
};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use wechatpay_client::webhooks::{Answer, Delivery, Notification, Webhooks};

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Shop {
    webhooks: Webhooks,
    /// Here goes what there is to do. Handlers only note it, for the platform waits five seconds.
    work: UnboundedSender<String>,
}

/// This lets axum extract a `Delivery`.
impl FromRef<Shop> for Webhooks {
    fn from_ref(shop: &Shop) -> Self {
        shop.webhooks.clone()
    }
}

/// Called for genuine notifications only; all others are answered by the extractor.
async fn notify(State(shop): State<Shop>, delivery: Delivery) -> Answer {
    let handled = delivery.handle(|event, notification| async move {
        let work = match &notification {
            Notification::TransactionSuccess(order) => {
                format!("TransactionSuccess: ship {}", order.out_trade_no.as_deref().unwrap_or("?"))
            }
            // Genuine, but of a type this version does not know. The JSON is there.
            Notification::Unparsed(kept) => format!("Unparsed: look at {}", kept.event_type()),
            other => format!("{}: see {}", other.name(), event.id()),
        };
        shop.work.send(work)
    });
    handled.await
}

pub(crate) fn app(webhooks: Webhooks, work: UnboundedSender<String>) -> Router {
    Router::new().route("/notify", post(notify)).with_state(Shop { webhooks, work })
}

#[expect(clippy::print_stdout, reason = "a program may speak")]
#[allow(dead_code, reason = "the tests take `app` alone")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("give a key folder of the sandbox")?;
    let (sender, mut work) = unbounded_channel();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}/notify", listener.local_addr()?);
    let app = app(wechatpay_tests::receiver(folder.as_ref())?, sender);
    tokio::spawn(async move {
        while let Some(task) = work.recv().await {
            println!("{task}");
        }
    });
    Ok(axum::serve(listener, app).await?)
}
