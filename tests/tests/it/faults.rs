//! What goes wrong on the way back, and what the caller sees of it.

use serde_json::Value;
use wechatpay_client::{
    ApiError, Error, TransportFailure, VerificationFailure,
    taxi_invoice::{GetTaxiRequest, InsertCardRequest, PunchRequest},
};
use wechatpay_sandbox::Fault;

use crate::pair;

/// The error of a call that only reads, when the sandbox answers with this fault.
async fn read(fault: Fault) -> Error {
    let (sandbox, client) = pair().await;
    sandbox.inject(fault.clone());
    match client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).await {
        Err(error) => check(error),
        Ok(_) => panic!("{fault:?} was taken for a success"),
    }
}

/// The error of a call that writes and answers 204.
async fn write(fault: Fault) -> Error {
    let (sandbox, client) = pair().await;
    sandbox.inject(fault.clone());
    match client.taxi_invoice().punch(&PunchRequest::example()).await {
        Err(error) => check(error),
        Ok(()) => panic!("{fault:?} was taken for a success"),
    }
}

/// What holds for every error: one line, which names the operation and no value of the request.
fn check(error: Error) -> Error {
    let text = error.to_string();
    assert!(!text.contains('\n') && text.len() < 500, "{text}");
    assert!(text.contains(error.operation().unwrap()), "{text}");
    assert!(!text.contains("6298416") && !text.contains('粤'), "{text}");
    error
}

fn failure(error: &Error) -> &VerificationFailure {
    match error {
        Error::Verification(error) => error.failure(),
        other => panic!("expected a verification error, got {other:?}"),
    }
}

fn api(error: &Error) -> &ApiError {
    match error {
        Error::Api(error) => error,
        other => panic!("expected an API error, got {other:?}"),
    }
}

fn transport(error: &Error) -> TransportFailure {
    match error {
        Error::Transport(error) => error.failure(),
        other => panic!("expected a transport error, got {other:?}"),
    }
}

#[tokio::test]
async fn a_response_that_is_not_proven_is_withheld() {
    use VerificationFailure as F;
    type Expected = fn(&VerificationFailure) -> bool;
    let cases: [(Fault, Expected); 9] = [
        (Fault::TamperedBody, |f| matches!(f, F::Mismatch)),
        (Fault::WrongSignature, |f| matches!(f, F::Mismatch)),
        (Fault::WrongSerial, |f| matches!(f, F::UnknownSerial { .. })),
        (Fault::StaleTimestamp(301), |f| matches!(f, F::Stale { .. })),
        (Fault::FutureTimestamp(310), |f| matches!(f, F::Stale { .. })),
        (Fault::Unsigned, |f| matches!(f, F::Unsigned)),
        (Fault::MissingHeader("Wechatpay-Nonce".into()), |f| matches!(f, F::Missing(_))),
        (Fault::WrongSignatureType, |f| matches!(f, F::SignatureType(_))),
        (Fault::SignatureProbe, |f| matches!(f, F::Probe)),
    ];
    for (fault, expected) in cases {
        let (reading, writing) = (read(fault.clone()).await, write(fault.clone()).await);
        for error in [&reading, &writing] {
            assert!(expected(failure(error)), "{fault:?}: {error:?}");
            assert!(!error.is_authenticated());
        }
        // The platform may have carried it out: nobody knows.
        assert!(!reading.is_outcome_unknown() && writing.is_outcome_unknown(), "{fault:?}");
        assert!(!writing.is_retryable(), "{fault:?}");
    }
    assert!(matches!(&read(Fault::SignatureProbe).await, Error::Verification(e) if e.is_probe()));
}

#[tokio::test]
async fn every_signature_header_is_needed() {
    for name in
        ["Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial"]
    {
        let error = read(Fault::MissingHeader(name.into())).await;
        assert!(matches!(failure(&error), VerificationFailure::Missing(_)), "{name}: {error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[tokio::test]
async fn an_error_keeps_status_code_message_and_whether_it_was_signed() {
    let signed = Fault::Status { status: 404, code: "NOT_FOUND".into(), message: "没有".into() };
    let error = read(signed).await;
    let details = api(&error);
    assert_eq!((details.status().as_u16(), details.code()), (404, Some("NOT_FOUND")));
    assert_eq!(details.message(), Some("没有"));
    assert!(details.is_authenticated() && error.is_authenticated());
    assert!(details.request_id().is_some());
    assert!(!error.is_retryable() && !error.is_outcome_unknown());

    let busy =
        Fault::Status { status: 429, code: "FREQUENCY_LIMITED".into(), message: "slow".into() };
    assert!(write(busy).await.is_retryable(), "surely not carried out, even a write");

    let broken = Fault::Status { status: 500, code: "SYSTEM_ERROR".into(), message: "oops".into() };
    assert!(read(broken.clone()).await.is_retryable());
    let error = write(broken).await;
    assert!(!error.is_retryable() && error.is_outcome_unknown());
}

#[tokio::test]
async fn the_body_of_an_error_may_be_anything() {
    let cases = [
        (502, "text/html", "<html><body>Bad Gateway</body></html>"),
        (502, "", ""),
        (429, "application/json", r#"{"code":"RATELIMIT_EXCEED"}"#),
        (503, "application/json", "[1,"),
        (400, "application/json", r#"{"code":7,"message":null,"detail":"text"}"#),
    ];
    for (status, content_type, body) in cases {
        let fault =
            Fault::UnsignedStatus { status, content_type: content_type.into(), body: body.into() };
        let error = read(fault).await;
        let details = api(&error);
        assert_eq!(details.status().as_u16(), status);
        assert_eq!(details.body().as_ref(), body.as_bytes());
        assert!(!details.is_authenticated());
        assert!(error.to_string().contains(&status.to_string()), "{error}");
    }
}

#[tokio::test]
async fn an_authentic_response_that_does_not_fit_is_not_lost() {
    let bodies = [
        (Fault::EmptyBody200, ""),
        (Fault::Body(r#"{"plate_number":"粤B12345"}"#.into()), "company_name"),
        (Fault::Body(r#"{"plate_number":7}"#.into()), "plate_number"),
        (Fault::Body("[]".into()), ""),
    ];
    for (fault, path) in bodies {
        let error = read(fault.clone()).await;
        let Error::Decode(decode) = &error else { panic!("{fault:?}: {error:?}") };
        assert_eq!(decode.mismatch().unwrap().path(), path, "{fault:?}");
        if let Fault::Body(body) = &fault {
            assert_eq!(decode.body().as_ref(), body.as_bytes());
        }
        assert!(error.is_authenticated() && !error.is_outcome_unknown() && !error.is_retryable());
        assert!(error.to_string().contains("succeeded"), "{error}");
    }
    let error = read(Fault::GarbageJson).await;
    assert!(matches!(error, Error::Decode(_)), "{error:?}");
}

#[tokio::test]
async fn unknown_keys_are_passed_over() {
    let (sandbox, client) = pair().await;
    sandbox.inject(Fault::ExtraJsonKeys);
    client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).await.unwrap();
}

#[tokio::test]
async fn a_body_nobody_asked_for_is_a_success_all_the_same() {
    let (sandbox, client) = pair().await;
    sandbox.inject(Fault::Body(r#"{"card_code":"379550244162"}"#.into()));
    let insert = client.taxi_invoice().insert_card(&InsertCardRequest::example()).with_meta();
    let body: Value = insert.await.unwrap().reply.json().unwrap();
    assert_eq!(body["card_code"], "379550244162");
}

#[tokio::test]
async fn a_broken_connection_leaves_a_write_unknown_and_a_read_repeatable() {
    for fault in [Fault::ResetBeforeRead, Fault::ResetAfterRead, Fault::TruncatedBody] {
        let reading = read(fault.clone()).await;
        assert_eq!(transport(&reading), TransportFailure::Interrupted, "{fault:?}");
        assert!(reading.is_retryable() && !reading.is_outcome_unknown(), "{fault:?}");
    }
    for fault in [Fault::ResetBeforeRead, Fault::ResetAfterRead] {
        let writing = write(fault.clone()).await;
        assert_eq!(transport(&writing), TransportFailure::Interrupted, "{fault:?}");
        assert!(!writing.is_retryable() && writing.is_outcome_unknown(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_response_is_not_read_beyond_the_limit() {
    let (sandbox, _) = pair().await;
    let config = wechatpay_tests::config(&sandbox).unwrap().max_response_bytes(100_000);
    let client = wechatpay_client::Client::new(config).unwrap();
    sandbox.inject(Fault::OversizedBody(100_001));
    let error = client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).await.unwrap_err();
    assert_eq!(transport(&error), TransportFailure::TooLarge { limit: 100_000 });
    sandbox.inject(Fault::OversizedBody(100_000));
    let error = client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "a body of just the limit arrives: {error:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (sandbox, _) = pair().await;
    let (other, _) = pair().await;
    let client = wechatpay_tests::client(&sandbox).unwrap();
    sandbox.inject(Fault::Redirect(other.url()));
    let error = client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 307);
    assert!(other.calls().is_empty(), "the Authorization header went elsewhere");
}

#[tokio::test]
async fn a_client_goes_on_after_any_fault() {
    let (sandbox, client) = pair().await;
    for fault in
        [Fault::ResetAfterRead, Fault::TruncatedBody, Fault::TamperedBody, Fault::GarbageJson]
    {
        sandbox.inject(fault);
        client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).await.unwrap_err();
        client.taxi_invoice().get_taxi(&GetTaxiRequest::example()).await.unwrap();
    }
}

#[tokio::test]
async fn nobody_listens() {
    let (sandbox, client) = pair().await;
    sandbox.stop().await;
    let error = client.taxi_invoice().punch(&PunchRequest::example()).await.unwrap_err();
    assert_eq!(transport(&error), TransportFailure::Connect);
    assert!(error.is_retryable() && !error.is_outcome_unknown(), "surely not sent");
}
