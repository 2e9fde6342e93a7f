//! Many at once: the same number, paying and closing, refunds beyond the amount. Nothing happens twice.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use wechatpay_sandbox::Sandbox;

use crate::client::{Client, NOW, Request};

const TASKS: usize = 16;

async fn stateful() -> (Arc<Sandbox>, Client) {
    let sandbox = Sandbox::builder().clock(|| NOW).start().await.unwrap();
    let client = Client::new(&sandbox);
    (Arc::new(sandbox), client)
}

fn prepay(mchid: &str, number: &str, total: i64) -> Request {
    let order = json!({
        "appid": "wxd678efh567hg6787", "mchid": mchid, "description": "d", "out_trade_no": number,
        "notify_url": "https://shop.example/notify", "amount": { "total": total },
    });
    Request::json("POST", "/v3/pay/transactions/native", &order)
}

fn close(mchid: &str, number: &str) -> Request {
    let path = format!("/v3/pay/transactions/out-trade-no/{number}/close");
    Request::json("POST", &path, &json!({ "mchid": mchid }))
}

/// Status and code of each answer to requests that are sent all at once.
async fn all(client: &Client, requests: Vec<Request>) -> Vec<(u16, Value)> {
    let mut tasks = JoinSet::new();
    for request in requests {
        let client = client.clone();
        tasks.spawn(async move {
            let reply = client.call(request).await;
            let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            (reply.status, body)
        });
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_number_is_one_order() {
    let (sandbox, client) = stateful().await;
    let mchid = client.keys.mchid().to_owned();
    let answers =
        all(&client, vec![prepay(&mchid, "ORDER-0001", 5); TASKS].into_iter().map(anew).collect())
            .await;
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == 200), "{answers:?}");
    // With other parameters one wins, whichever it is.
    let others = (1..=TASKS).map(|total| prepay(&mchid, "ORDER-0002", total as i64)).collect();
    let answers = all(&client, others).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1);
    let refused =
        |(status, body): &(u16, Value)| *status == 400 && body["code"] == "INVALID_REQUEST";
    assert_eq!(answers.iter().filter(|answer| refused(answer)).count(), TASKS - 1);
    assert_eq!(sandbox.orders().unwrap().len(), 2);
}

/// The same request with a nonce of its own.
fn anew(request: Request) -> Request {
    Request { nonce: Request::new("GET", "/").nonce, ..request }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_order_is_paid_or_closed_and_never_both() {
    let (sandbox, client) = stateful().await;
    let mchid = client.keys.mchid().to_owned();
    let (mut paid, mut closed) = (0, 0);
    for round in 0..TASKS {
        let number = format!("ORDER-{round:04}");
        assert_eq!(client.call(prepay(&mchid, &number, 5)).await.status, 200);
        let mut payers = JoinSet::new();
        for _ in 0..4 {
            let (sandbox, number) = (Arc::clone(&sandbox), number.clone());
            payers.spawn(async move {
                let client = Client::new(&sandbox);
                client
                    .control(&sandbox, ("POST", &format!("/orders/{number}/pay")), "")
                    .await
                    .status
            });
        }
        let closings = all(
            &client,
            vec![close(&mchid, &number), close(&mchid, &number)].into_iter().map(anew).collect(),
        )
        .await;
        let payments = payers.join_all().await;
        let is_paid = payments.iter().filter(|status| **status == 200).count();
        let is_closed = closings.iter().filter(|(status, _)| *status == 204).count();
        match sandbox.order(&number).unwrap().trade_state.as_str() {
            "SUCCESS" => {
                paid += 1;
                assert_eq!((is_paid, is_closed), (1, 0), "{number}");
            }
            // Closing once more is no mistake.
            "CLOSED" => {
                closed += 1;
                assert_eq!((is_paid, is_closed), (0, 2), "{number}");
            }
            other => panic!("{number} is {other}"),
        }
    }
    assert_eq!(paid + closed, TASKS);
    // One notification for each that is paid, and none for others.
    assert_eq!(sandbox.sent().unwrap().len(), paid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_more_is_refunded_than_was_paid() {
    let (sandbox, client) = stateful().await;
    let mchid = client.keys.mchid().to_owned();
    client.call(prepay(&mchid, "ORDER-0001", 1_000)).await;
    sandbox.pay("ORDER-0001").unwrap();
    let refund = |number: usize| {
        let refund = json!({
            "out_trade_no": "ORDER-0001", "out_refund_no": format!("BACK-{}", number / 2),
            "amount": { "refund": 300, "total": 1_000, "currency": "CNY" },
        });
        Request::json("POST", "/v3/refund/domestic/refunds", &refund)
    };
    // Each number twice: what is the same is one refund.
    let answers = all(&client, (0..2 * TASKS).map(refund).collect()).await;
    let mut made: Vec<_> = answers
        .iter()
        .filter(|(status, _)| *status == 200)
        .map(|(_, body)| &body["refund_id"])
        .collect();
    made.sort_by_key(|id| id.to_string());
    made.dedup();
    assert_eq!((made.len(), sandbox.refunds("ORDER-0001").unwrap().len()), (3, 3));
    assert_eq!(sandbox.order("ORDER-0001").unwrap().refunded, 900);
    for (status, body) in &answers {
        assert!(*status == 200 || body["code"] == "INVALID_REQUEST", "{status} {body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_sandboxes_on_one_database_place_an_order_once() {
    let file = std::env::temp_dir().join(format!("wechatpay-at-once-{}.db", std::process::id()));
    let remove = || {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
        }
    };
    remove();
    let open = || Sandbox::builder().clock(|| NOW).database(&file).start();
    let (one, other) = (open().await.unwrap(), open().await.unwrap());
    let clients = [Client::new(&one), Client::new(&other)];
    let mchid = clients[0].keys.mchid().to_owned();
    for round in 0..TASKS {
        let request = || vec![prepay(&mchid, &format!("ORDER-{round:04}"), 5)];
        let (first, second) =
            tokio::join!(all(&clients[0], request()), all(&clients[1], request()));
        assert_eq!((first[0].0, &first[0].1), (200, &second[0].1), "{second:?}");
    }
    assert_eq!(one.orders().unwrap().len(), TASKS);
    assert_eq!(one.orders().unwrap(), other.orders().unwrap());
    drop((one, other));
    remove();
}
