//! What the caller learns when it goes wrong.

use std::{error::Error as _, sync::mpsc, time::Duration};

use wechatpay_runtime::{
    ApiError, Call, Core, Error, Method, Operation, Reply, TransportError, TransportFailure,
    wire::Request,
};

use crate::support::{
    Act, Answer, Driver, GET_DRIVER, Gateway, HOST, PUNCH, Punch, UPDATE, config, core, unsigned,
};

fn fail(gateway: &Gateway, operation: &'static Operation, request: impl Request) -> Error {
    Call::<()>::new(&core(gateway), operation, request).blocking().unwrap_err()
}

fn punch(bytes: Vec<u8>) -> Error {
    fail(&Gateway::always(bytes), &PUNCH, Punch::named("a"))
}

fn api(error: &Error) -> &ApiError {
    match error {
        Error::Api(error) => error,
        other => panic!("{other}"),
    }
}

fn transport(error: &Error) -> &TransportError {
    match error {
        Error::Transport(error) => error,
        other => panic!("{other}"),
    }
}

fn driver() -> Driver {
    Driver { license: "粤B12345".into(), ..Driver::default() }
}

#[test]
fn item_44_an_error_keeps_status_code_message_detail_and_request_id() {
    let body = r#"{"code":"PARAM_ERROR","message":"参数错误","detail":{"field":"/amount/currency",
        "value":"XYZ-secret","issue":"not CNY","location":"body","more":[1]}}"#;
    let error = punch(Answer::new(400, body).bytes());
    let api = api(&error);
    assert_eq!(api.status().as_u16(), 400);
    assert_eq!((api.code(), api.message()), (Some("PARAM_ERROR"), Some("参数错误")));
    let detail = api.detail().unwrap();
    assert_eq!(detail.field(), Some("/amount/currency"));
    assert_eq!(detail.value(), Some("XYZ-secret"));
    assert_eq!(detail.issue(), Some("not CNY"));
    assert_eq!(detail.location(), Some("body"));
    assert!(detail.json().contains("\"more\":[1]"));
    assert_eq!(api.request_id(), Some("08F5B8C2B506-268435456"));
    assert_eq!(api.internal_number(), Some(268_435_456));
    assert!(api.is_authenticated() && error.is_authenticated());
    assert_eq!(api.body().as_ref(), body.as_bytes());
    assert_eq!(error.operation(), Some("taxi.punch"));
    assert!(!error.is_retryable() && !error.is_outcome_unknown());
    assert_eq!(
        error.to_string(),
        "taxi.punch (POST /v3/taxi/punch): 400 PARAM_ERROR: 参数错误 [field /amount/currency] \
         (request id 08F5B8C2B506-268435456)"
    );
}

#[test]
fn item_19_the_request_id_is_found_in_any_case_and_ends_in_the_internal_number() {
    for (header, id, number) in [
        ("REQUEST-ID", "08F5B8C2B506-0", Some(0)),
        ("request-id", "08-F5-268435457", Some(268_435_457)),
        ("Request-Id", "08F5B8C2B506", None),
        ("rEQUEST-iD", "08F5B8C2B506-", None),
        ("Request-ID", "08F5B8C2B506-99999999999999999999", None),
    ] {
        let answer =
            |status| Answer::new(status, "{}").without("Request-ID").with(header, id).bytes();
        let error = punch(answer(400));
        assert_eq!((error.request_id(), api(&error).internal_number()), (Some(id), number), "{id}");
        assert!(error.to_string().contains(&format!("(request id {id})")), "{error}");
        let gateway = Gateway::always(answer(200));
        let call = Call::<Reply>::new(&core(&gateway), &PUNCH, Punch::named("a"));
        assert_eq!(call.blocking().unwrap().request_id(), Some(id));
    }
}

#[test]
fn item_44_the_status_is_never_hidden_behind_the_body() {
    let bodies = [
        ("text/html", "<html>502 Bad Gateway</html>"),
        ("text/plain", ""),
        ("application/json", "{\"code\":\"SYSTEM_ER"),
        ("application/json", "[]"),
        ("application/json", "null"),
        ("application/json", "\"text\""),
        ("application/json", "{\"detail\":null}"),
    ];
    for (kind, body) in bodies {
        let error = punch(unsigned(502, kind, body));
        assert_eq!(error.status().unwrap().as_u16(), 502, "{body}");
        assert_eq!(error.code(), None, "{body}");
        assert!(!error.is_authenticated() && error.is_outcome_unknown(), "{body}");
        assert!(api(&error).detail().is_none() && api(&error).internal_number().is_none());
        let line = error.to_string();
        assert!(line.contains("502 Bad Gateway") && line.contains("not authenticated"), "{line}");
        assert!(line.contains(kind), "{line}");
    }
}

#[test]
fn item_44_details_of_any_shape_are_kept() {
    for detail in ["\"text\"", "[{\"field\":\"x\"}]", "7", "{}", "{\"field\":{\"a\":1}}"] {
        let body = format!("{{\"code\":\"E\",\"message\":null,\"detail\":{detail}}}");
        let error = punch(Answer::new(403, body).bytes());
        assert_eq!(api(&error).detail().unwrap().json(), detail);
        assert_eq!((error.code(), api(&error).message()), (Some("E"), None));
    }
}

#[test]
fn item_45_codes_are_open_and_decide_only_what_they_must() {
    let cases = [
        (429, "FREQUENCY_LIMITED", true, false),
        (429, "A_CODE_OF_TOMORROW", true, false),
        (403, "FREQUENCY_LIMITED", true, false),
        (403, "RATELIMIT_EXCEED", true, false),
        (400, "RATELIMIT_EXCEEDED", true, false),
        (400, "NOTENOUGH", false, false),
        (403, "NOT_ENOUGH", false, false),
        (404, "ORDERNOTEXIST", false, false),
        (500, "SYSTEM_ERROR", false, true),
        (503, "", false, true),
        (400, "SYSTEMERROR", false, true),
        (500, "FREQUENCY_LIMITED", false, true),
    ];
    for (status, code, again, unknown) in cases {
        let error = punch(Answer::new(status, format!("{{\"code\":\"{code}\"}}")).bytes());
        assert_eq!(error.code(), Some(code));
        assert!(error.is_code(code) && !error.is_code("A_CODE_OF_YESTERDAY"));
        assert_eq!(error.is_retryable(), again, "{status} {code}");
        assert_eq!(error.is_outcome_unknown(), unknown, "{status} {code}");
    }
    let broken = Gateway::always(Answer::new(500, "{\"code\":\"SYSTEM_ERROR\"}").bytes());
    let overwrite = fail(&broken, &UPDATE, Punch::named("a"));
    assert!(overwrite.is_retryable() && overwrite.is_outcome_unknown());
    let read = fail(&broken, &GET_DRIVER, driver());
    assert!(read.is_retryable() && !read.is_outcome_unknown());
    for (method, reads) in [(Method::GET, true), (Method::POST, false), (Method::DELETE, false)] {
        let untyped = Call::untyped(&core(&broken), &HOST, method, "/v3/x").blocking().unwrap_err();
        assert_eq!((untyped.is_retryable(), untyped.is_outcome_unknown()), (reads, !reads));
    }
}

#[test]
fn item_25_an_unsigned_error_is_delivered_and_a_wrongly_signed_one_is_not() {
    let error = punch(unsigned(401, "application/json", "{\"code\":\"SIGN_ERROR\"}"));
    assert_eq!(error.code(), Some("SIGN_ERROR"));
    assert!(!error.is_authenticated());
    let error = punch(Answer::new(401, "{}").altered("{\"code\":\"X\"}").bytes());
    assert!(matches!(error, Error::Verification(_)));
    assert_eq!(error.status().unwrap().as_u16(), 401);
    assert_eq!(error.code(), None);
}

#[test]
fn a_redirect_is_not_followed() {
    let gateway = Gateway::start(|_| {
        b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n".to_vec()
    });
    let error = fail(&gateway, &GET_DRIVER, driver());
    assert_eq!(error.status().unwrap().as_u16(), 302);
    assert_eq!(gateway.seen().len(), 1);
}

#[test]
fn a_broken_connection_after_the_request_leaves_the_outcome_unknown() {
    let gateway = Gateway::start(|_| Act::Close(Vec::new()));
    for (operation, again) in [(&PUNCH, false), (&UPDATE, true)] {
        let error = fail(&gateway, operation, Punch::named("a"));
        assert_eq!(transport(&error).failure(), TransportFailure::Interrupted);
        assert!(error.is_outcome_unknown() && error.status().is_none());
        assert_eq!(error.is_retryable(), again);
        assert!(error.to_string().contains("query before you repeat"), "{error}");
    }
    let error = fail(&gateway, &GET_DRIVER, driver());
    assert!(error.is_retryable() && !error.is_outcome_unknown());
    assert!(error.source().is_some());
}

#[test]
fn a_truncated_answer_is_no_answer_but_its_status_is_known() {
    let gateway = Gateway::start(|_| Act::Close(Answer::new(200, "{}").announcing(100)));
    let error = fail(&gateway, &PUNCH, Punch::named("a"));
    assert_eq!(transport(&error).failure(), TransportFailure::Interrupted);
    assert_eq!(error.status().unwrap().as_u16(), 200);
    assert!(error.is_outcome_unknown());
}

#[test]
fn an_answer_over_the_limit_is_not_read() {
    let limit = 1000;
    // Refused by what it announces, before the rest would come; by one piece; by the sum of its pieces.
    let announced = Answer::new(200, "x").announcing(limit + 1);
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let piece = |length| format!("{length:x}\r\n{}\r\n", "x".repeat(length)).into_bytes();
    let one = [&chunked[..], &piece(limit + 1), b"0\r\n\r\n"].concat();
    let two = [&chunked[..], &piece(limit), &piece(1), b"0\r\n\r\n"].concat();
    for bytes in [announced, one, two] {
        let gateway = Gateway::start(move |_| Act::Close(bytes.clone()));
        let core = Core::new(config(&gateway).max_response_bytes(limit)).unwrap();
        let error = Call::<()>::new(&core, &PUNCH, Punch::named("a")).blocking().unwrap_err();
        assert_eq!(transport(&error).failure(), TransportFailure::TooLarge { limit });
        assert_eq!(error.status().unwrap().as_u16(), 200);
        assert!(error.is_outcome_unknown() && !error.is_retryable());
    }
    let gateway = Gateway::always(Answer::new(200, "x".repeat(limit)).bytes());
    let core = Core::new(config(&gateway).max_response_bytes(limit)).unwrap();
    Call::<()>::new(&core, &PUNCH, Punch::named("a")).blocking().unwrap();
}

#[test]
fn a_silent_gateway_ends_in_a_timeout_of_unknown_outcome() {
    let gateway = Gateway::start(|_| Act::Hang(mpsc::channel().0));
    let core = core(&gateway);
    let call = Call::<()>::new(&core, &PUNCH, Punch::named("a"));
    let error = call.timeout(Duration::from_millis(50)).blocking().unwrap_err();
    assert_eq!(transport(&error).failure(), TransportFailure::Timeout);
    assert!(error.is_outcome_unknown());
    let lasting = Core::new(config(&gateway).timeout(Duration::from_millis(50))).unwrap();
    let error = Call::<()>::new(&lasting, &GET_DRIVER, driver()).blocking().unwrap_err();
    assert!(error.is_retryable() && !error.is_outcome_unknown());
}

#[test]
fn a_body_that_never_ends_runs_into_the_same_limit() {
    let head = Answer::new(200, "{}").announcing(100);
    let gateway = Gateway::start(move |_| Act::Answer(head.clone()));
    let call = Call::<()>::new(&core(&gateway), &PUNCH, Punch::named("a"));
    let error = call.timeout(Duration::from_millis(500)).blocking().unwrap_err();
    assert_eq!(transport(&error).failure(), TransportFailure::Timeout);
    assert_eq!(error.status().unwrap().as_u16(), 200);
}

#[test]
fn the_calls_limit_wins_over_the_clients_and_one_beyond_all_time_is_no_panic() {
    let gateway = Gateway::always(Answer::new(204, "").bytes());
    let hasty = Core::new(config(&gateway).timeout(Duration::from_nanos(1))).unwrap();
    let call = || Call::<()>::new(&hasty, &PUNCH, Punch::named("a"));
    let error = call().blocking().unwrap_err();
    assert_eq!(transport(&error).failure(), TransportFailure::Timeout);
    call().timeout(Duration::MAX).blocking().unwrap();
}

#[test]
fn control_characters_and_length_of_foreign_text_are_tamed() {
    let body = format!("{{\"code\":\"A\\nB\",\"message\":\"{}\\r\\u001b[31m\"}}", "长".repeat(500));
    let error = punch(Answer::new(400, body).bytes());
    assert_eq!(error.code(), Some("A\nB"));
    let line = error.to_string();
    assert!(!line.contains(char::is_control) && line.chars().count() < 500, "{line}");
}
