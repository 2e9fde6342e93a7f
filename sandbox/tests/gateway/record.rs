//! The record of calls under load.

use serde_json::json;

use crate::client::{Client, Request, sandbox};

/// More of them than the record has bytes for.
const UPLOADS: usize = 60;
const SIZE: usize = 5 << 20;

#[tokio::test]
async fn large_uploads_push_no_other_call_out() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    client.call(Request::new("GET", "/v3/certificates")).await;
    for _ in 0..UPLOADS {
        let upload = Request::new("POST", "/v3/merchant/media/upload")
            .header("Content-Type", "application/octet-stream");
        let reply = client.send(Request { body: vec![b'x'; SIZE], ..upload }).await.unwrap();
        assert_eq!(reply.status, 401);
    }
    let calls = sandbox.calls();
    assert_eq!((calls.len(), calls[0].operation.as_deref()), (UPLOADS + 1, Some("certificates")));
    let kept: usize = calls.iter().map(|call| call.body.len() + call.answer.len()).sum();
    assert!(kept < UPLOADS * SIZE / 10, "{kept} bytes are kept");
    assert!(calls[1..].iter().all(|call| call.body_length == SIZE));

    let shown = client.control(&sandbox, ("GET", "/calls?after=1&limit=1"), "").await.json();
    let request = &shown["calls"][0]["request"];
    assert_eq!(request["body"], "(5242880 bytes, too many to be kept whole)");
    assert_eq!(request["body_length"], SIZE);
}

#[tokio::test]
async fn a_million_mistakes_are_told_by_the_first_thousand() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let unknown: serde_json::Map<_, _> =
        (0..100_000).map(|number| (format!("f{number}"), json!(1))).collect();
    let request = Request::json("POST", "/v3/taxi-invoice/attendance/punch", &json!(unknown));
    let reply = client.call(request).await;
    let violations = &reply.json()["detail"]["violations"];
    assert_eq!((reply.status, violations.as_array().unwrap().len()), (400, 1_000));
    assert!(client.verifies(&reply));
    assert_eq!(sandbox.calls()[0].violations.len(), 1_000);
}
