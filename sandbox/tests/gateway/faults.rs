//! Each fault does what it says, and nothing else.

use std::{io, time::Duration};

use serde_json::{Value, json};
use wechatpay_sandbox::{Error, Fault, Sandbox};

use crate::client::{Client, NOW, Reply, Request, last_call, sandbox};

const PUNCH: &str = "/v3/taxi-invoice/attendance/punch";

fn get() -> Request {
    Request::new("GET", "/v3/taxi-invoice/drivers/1?region_id=1")
}

fn punch() -> Request {
    let body = json!({
        "plate_number": "粤B1", "driver_license": "1", "event_time": "2020-07-01T12:00:00+08:00",
        "event_type": "SIGN_IN", "region_id": 1,
    });
    Request::json("POST", PUNCH, &body)
}

async fn faulty(sandbox: &Sandbox, fault: Fault) -> io::Result<Reply> {
    sandbox.inject(fault.clone());
    let reply = Client::new(sandbox).try_call(get()).await;
    let call = last_call(sandbox);
    assert!(call.signature.is_verified() || fault == Fault::ResetBeforeRead);
    assert_eq!(call.fault, Some(fault));
    reply
}

#[tokio::test]
async fn signatures_can_be_spoilt_in_many_ways() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    for fault in [
        Fault::TamperedBody,
        Fault::WrongSerial,
        Fault::WrongSignature,
        Fault::SignatureProbe,
        Fault::Unsigned,
    ] {
        let reply = faulty(&sandbox, fault.clone()).await.unwrap();
        assert_eq!(reply.status, 200, "{fault:?}");
        assert!(!client.verifies(&reply), "{fault:?}");
        // But for the signature the answer is good.
        assert_eq!(reply.json()["driver_license"], "1", "{fault:?}");
    }
    let probe = faulty(&sandbox, Fault::SignatureProbe).await.unwrap();
    assert!(probe.header("wechatpay-signature").unwrap().starts_with("WECHATPAY/SIGNTEST/"));
    let unsigned = faulty(&sandbox, Fault::Unsigned).await.unwrap();
    assert!(
        unsigned.headers.iter().all(|(name, _)| !name.starts_with("wechatpay-")),
        "{unsigned:?}"
    );
    let other = faulty(&sandbox, Fault::WrongSignatureType).await.unwrap();
    assert_eq!(other.header("wechatpay-signature-type"), Some("WECHATPAY2-SM2-WITH-SM3"));
    assert!(client.verifies(&faulty(&sandbox, Fault::ExtraJsonKeys).await.unwrap()));
    assert!(client.verifies(&client.call(get()).await));
}

#[tokio::test]
async fn an_empty_answer_can_be_tampered_with_too() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    sandbox.inject(Fault::TamperedBody);
    let reply = client.call(punch()).await;
    assert_eq!((reply.status, client.verifies(&reply)), (204, false));
}

#[tokio::test]
async fn times_are_shifted_under_a_good_signature() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    for (fault, expected) in
        [(Fault::StaleTimestamp(301), NOW - 301), (Fault::FutureTimestamp(301), NOW + 301)]
    {
        let reply = faulty(&sandbox, fault).await.unwrap();
        assert_eq!(reply.header("wechatpay-timestamp"), Some(expected.to_string().as_str()));
        assert!(client.verifies(&reply));
    }
    assert_eq!(faulty(&sandbox, Fault::StaleTimestamp(u64::MAX)).await.unwrap().status, 200);
}

#[tokio::test]
async fn single_headers_can_be_missing() {
    let sandbox = sandbox().await;
    for name in [
        "Wechatpay-Timestamp",
        "wechatpay-nonce",
        "Wechatpay-Signature",
        "Wechatpay-Serial",
        "Request-ID",
    ] {
        let reply = faulty(&sandbox, Fault::MissingHeader(name.into())).await.unwrap();
        assert_eq!(reply.header(&name.to_lowercase()), None);
        assert!(
            reply.headers.iter().filter(|(header, _)| header.starts_with("wechatpay-")).count()
                >= 4
        );
    }
}

#[tokio::test]
async fn errors_come_signed_or_not() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let fault =
        Fault::Status { status: 429, code: "FREQUENCY_LIMITED".into(), message: "slower".into() };
    let reply = faulty(&sandbox, fault).await.unwrap();
    assert_eq!(
        (reply.status, reply.json()),
        (429, json!({ "code": "FREQUENCY_LIMITED", "message": "slower" }))
    );
    assert!(client.verifies(&reply));

    let reply = faulty(&sandbox, Fault::RetryAfter("7".into())).await.unwrap();
    assert_eq!((reply.status, reply.header("retry-after")), (429, Some("7")));
    assert_eq!(reply.json()["code"], "FREQUENCY_LIMITED");
    assert!(client.verifies(&reply));

    let html = "<html>Bad Gateway</html>";
    let fault =
        Fault::UnsignedStatus { status: 502, content_type: "text/html".into(), body: html.into() };
    let reply = faulty(&sandbox, fault).await.unwrap();
    assert_eq!(
        (reply.status, reply.header("content-type"), reply.text()),
        (502, Some("text/html"), html.into())
    );
    assert_eq!(reply.header("wechatpay-signature"), None);

    for status in [0, 99, 100, 1000] {
        let fault =
            Fault::UnsignedStatus { status, content_type: String::new(), body: String::new() };
        assert_eq!(
            faulty(&sandbox, fault).await.unwrap().status,
            500,
            "no final answer has {status}"
        );
    }
}

#[tokio::test]
async fn bodies_can_be_anything() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let cases = [
        (Fault::EmptyBody200, String::new()),
        (Fault::GarbageJson, "{\"half\":".to_owned()),
        (Fault::Body("[1]".into()), "[1]".to_owned()),
    ];
    for (fault, body) in cases {
        let reply = faulty(&sandbox, fault).await.unwrap();
        assert_eq!((reply.status, reply.text()), (200, body));
        assert!(client.verifies(&reply));
    }
    let big = faulty(&sandbox, Fault::OversizedBody(3 << 20)).await.unwrap();
    assert_eq!(big.body.len(), 3 << 20);
    assert!(client.verifies(&big) && big.json().is_object());
    let extra = faulty(&sandbox, Fault::ExtraJsonKeys).await.unwrap().json();
    assert!(
        extra["sandbox_extra"].is_object() && extra["driver_photo"]["sandbox_extra"].is_object()
    );
    let redirect =
        faulty(&sandbox, Fault::Redirect("https://elsewhere.example/".into())).await.unwrap();
    assert_eq!(
        (redirect.status, redirect.header("location")),
        (307, Some("https://elsewhere.example/"))
    );
    let bad = faulty(&sandbox, Fault::Redirect("no\nheader".into())).await.unwrap();
    assert_eq!((bad.status, bad.header("location")), (307, None));
}

#[tokio::test]
async fn connections_break_where_they_should() {
    let sandbox = sandbox().await;
    for (fault, kind) in [
        (Fault::ResetBeforeRead, io::ErrorKind::ConnectionReset),
        (Fault::ResetAfterRead, io::ErrorKind::ConnectionReset),
        (Fault::TruncatedBody, io::ErrorKind::UnexpectedEof),
    ] {
        assert_eq!(faulty(&sandbox, fault.clone()).await.unwrap_err().kind(), kind, "{fault:?}");
    }
    let statuses: Vec<_> = sandbox.calls().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [None, None, Some(200)]);
}

#[tokio::test]
async fn a_reset_before_reading_leaves_the_body_unread_and_one_after_does_not() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    for (fault, read) in [(Fault::ResetBeforeRead, false), (Fault::ResetAfterRead, true)] {
        sandbox.inject(fault);
        assert!(client.try_call(punch()).await.is_err());
        let call = last_call(&sandbox);
        assert_eq!((call.body.is_empty(), call.signature.is_verified()), (!read, read));
    }
}

#[tokio::test]
async fn a_truncated_answer_begins_like_the_whole() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    sandbox.inject(Fault::TruncatedBody);
    let request = get();
    let authorization = client.authorization(&request);
    let head = format!(
        "GET {} HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nUser-Agent: a\r\nAuthorization: {authorization}\r\n\r\n",
        request.target
    );
    let reply = String::from_utf8(client.exchange(head.as_bytes()).await.unwrap()).unwrap();
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
    assert!(!body.is_empty() && body.len() < length.parse().unwrap(), "{reply}");
}

#[tokio::test]
async fn slow_answers_are_still_good() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    for fault in
        [Fault::SlowHeaders(Duration::from_millis(5)), Fault::SlowBody(Duration::from_millis(5))]
    {
        assert!(client.verifies(&faulty(&sandbox, fault.clone()).await.unwrap()), "{fault:?}");
        sandbox.inject(fault);
        assert_eq!(client.call(punch()).await.status, 204);
    }
}

#[tokio::test]
async fn an_answer_waits_as_long_as_it_is_told_to() {
    for fault in [Fault::SlowHeaders(Duration::MAX), Fault::SlowBody(Duration::from_secs(86_400))] {
        let sandbox = sandbox().await;
        sandbox.inject(fault.clone());
        let client = Client::new(&sandbox);
        let mut call = tokio::spawn(async move { client.try_call(get()).await });
        // It is recorded before it leaves: from then on it is under way, and must still be after a while.
        while sandbox.calls().is_empty() {
            tokio::task::yield_now().await;
        }
        assert!(
            tokio::time::timeout(Duration::from_millis(50), &mut call).await.is_err(),
            "{fault:?}"
        );
        call.abort();
    }
}

#[tokio::test]
async fn faults_are_armed_for_one_operation_and_count() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    sandbox.inject_on("taxi_invoice.punch", Fault::EmptyBody200, 2).unwrap();
    assert_eq!(client.call(get()).await.status, 200);
    assert_eq!(client.call(punch()).await.status, 200);
    assert_eq!(client.call(punch()).await.status, 200);
    assert_eq!(client.call(punch()).await.status, 204);
    sandbox.inject_times(Fault::EmptyBody200, 9);
    sandbox.clear_faults();
    assert_ne!(client.call(get()).await.json(), Value::Null);
    let error = sandbox.inject_on("taxi_invoice.punsch", Fault::Unsigned, 1).unwrap_err();
    assert!(matches!(error, Error::UnknownOperation(_)));
}
