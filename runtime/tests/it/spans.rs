//! The spans of calls: what they tell, whose children they are, and what they never tell.

use std::{future::poll_fn, net::TcpListener, pin::pin, sync::mpsc, task::Poll};

use tracing::{Instrument as _, info_span, subscriber::with_default};
use wechatpay_runtime::{Call, Core, Host, Method, Operation};

use crate::support::{
    Act, Answer, Capture, Driver, GET_DRIVER, Gateway, HOST, PUNCH, Punch, REFUND, Refund,
    bare_config, clock, config, core, platform_certificate, trust, unsigned,
};

fn ok() -> Gateway {
    Gateway::always(Answer::new(204, "").bytes())
}

fn punch(core: &Core) -> Call<()> {
    Call::new(core, &PUNCH, Punch::named("a"))
}

#[test]
fn a_call_and_its_attempt_are_spans_inside_the_callers() {
    let gateway = ok();
    let core = core(&gateway);
    let expected = format!(
        "attempt=1 host={} key=public_key outcome=success request_id=08F5B8C2B506-268435456 status=204",
        gateway.url()
    );
    let blocking = || info_span!("order").in_scope(|| punch(&core).blocking().unwrap());
    let awaiting = || {
        let call = async { punch(&core).await.unwrap() };
        pollster::block_on(call.instrument(info_span!("order")));
    };
    for make in [&blocking as &dyn Fn(), &awaiting] {
        let capture = Capture::default();
        with_default(capture.clone(), make);
        let ((order, _), (id, call)) = (capture.only("order"), capture.only("wechatpay.call"));
        assert_eq!(call.line(), "operation=taxi.punch outcome=success");
        assert_eq!(call.parent, Some(order));
        let (_, attempt) = capture.only("wechatpay.attempt");
        assert_eq!(attempt.line(), expected);
        assert_eq!(attempt.parent, Some(id));
    }
}

#[test]
fn the_kind_of_key_that_verified_is_told() {
    let certificate = platform_certificate();
    let answer = Answer::by_certificate("{}", certificate.serial()).bytes();
    let gateway = Gateway::always(answer);
    let config = config(&gateway);
    let trust = trust().certificate(certificate);
    let core = Core::new(config).unwrap();
    core.replace_trust(trust).unwrap();
    let capture = Capture::default();
    with_default(capture.clone(), || punch(&core).blocking().unwrap());
    assert_eq!(capture.only("wechatpay.attempt").1.fields["key"], "certificate");
}

#[test]
fn every_attempt_has_a_span_of_its_own() {
    let backup = ok();
    let nowhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let main = format!("http://{nowhere}");
    let host = Box::leak(Box::new(Host::new(main.clone().leak(), Some(backup.url().leak()))));
    let operation: &'static Operation =
        Box::leak(Box::new(Operation::new("taxi.punch", Method::POST, "/v3/x", host)));
    let core = Core::new(bare_config().clock(clock)).unwrap();
    let capture = Capture::default();
    with_default(capture.clone(), || {
        Call::<()>::new(&core, operation, Punch::named("a")).blocking().unwrap();
    });
    let (id, _) = capture.only("wechatpay.call");
    let [(_, first), (_, second)] = &capture.spans("wechatpay.attempt")[..] else { panic!() };
    assert_eq!(first.line(), format!("attempt=1 host={main} outcome=no_connection"));
    let second_line = second.line();
    assert!(second_line.starts_with(&format!("attempt=2 host={} ", backup.url())), "{second_line}");
    assert_eq!((first.parent, second.parent), (Some(id), Some(id)));
}

#[test]
fn outcomes_are_one_word_each() {
    let stale = Answer::aged("{}", 301).bytes();
    let probe = Answer::new(200, "{}").without("Wechatpay-Signature");
    let probe = probe.with("Wechatpay-Signature", "WECHATPAY/SIGNTEST/AAAA").bytes();
    let cases = [
        (Answer::new(200, "{}").bytes(), "decode", "success"),
        (Answer::new(404, "{}").bytes(), "api_error", "api_error"),
        (unsigned(502, "text/html", "<html>"), "api_error", "api_error"),
        (unsigned(200, "application/json", "{}"), "unsigned", "unsigned"),
        (Answer::new(200, "{}").altered("[]").bytes(), "signature_mismatch", "signature_mismatch"),
        (Answer::by_certificate("{}", "AB").bytes(), "unknown_serial", "unknown_serial"),
        (
            Answer::new(200, "").without("Wechatpay-Nonce").bytes(),
            "bad_signature_header",
            "bad_signature_header",
        ),
        (stale, "stale", "stale"),
        (probe, "probe", "probe"),
        (b"nonsense\r\n\r\n".to_vec(), "interrupted", "interrupted"),
    ];
    let documentation = include_str!("../../README.md");
    for (answer, of_call, of_attempt) in cases {
        assert!(documentation.contains(&format!("`{of_call}`")), "{of_call} is not documented");
        let gateway = Gateway::start(move |_| Act::Close(answer.clone()));
        let core = core(&gateway);
        let capture = Capture::default();
        with_default(capture.clone(), || {
            Call::<Refund>::new(&core, &REFUND, Punch::named("a")).blocking().unwrap_err();
        });
        assert_eq!(capture.only("wechatpay.call").1.fields["outcome"], of_call);
        assert_eq!(capture.only("wechatpay.attempt").1.fields["outcome"], of_attempt);
    }
}

#[test]
fn a_call_that_never_left_has_no_attempt() {
    let gateway = ok();
    let capture = Capture::default();
    with_default(capture.clone(), || {
        Call::<()>::new(&core(&gateway), &PUNCH, Punch::named("")).blocking().unwrap_err();
    });
    assert_eq!(capture.only("wechatpay.call").1.line(), "operation=taxi.punch outcome=invalid");
    assert!(capture.spans("wechatpay.attempt").is_empty());
}

#[test]
fn a_call_that_is_given_up_says_so() {
    let (given_up, closed) = mpsc::channel();
    let gateway = Gateway::start(move |_| Act::Hang(given_up.clone()));
    let core = core(&gateway);
    let capture = Capture::default();
    with_default(capture.clone(), || {
        drop(punch(&core).into_future());
        assert!(capture.spans("wechatpay.call").is_empty(), "it had not started");
        let mut call = Box::pin(punch(&core).into_future());
        pollster::block_on(poll_fn(|context| {
            assert!(pin!(&mut call).poll(context).is_pending());
            Poll::Ready(())
        }));
        while gateway.seen().is_empty() {
            std::thread::yield_now();
        }
        drop(call);
    });
    closed.recv().unwrap();
    assert_eq!(capture.only("wechatpay.call").1.fields["outcome"], "cancelled");
}

#[test]
fn no_span_or_event_of_any_crate_shows_a_value_of_the_call() {
    let secrets = [
        "license-value",
        "13800138000",
        "query-value",
        "header-value",
        "answer-value",
        "note-value",
    ];
    let answer = format!("{{\"id\":\"answer-value\",\"phone\":\"{}\"}}", secrets[1]);
    let gateway = Gateway::always(Answer::new(200, answer).bytes());
    let core = core(&gateway);
    let capture = Capture::default();
    with_default(capture.clone(), || {
        let driver = Driver {
            license: "license-value".into(),
            phone: Some("13800138000".into()),
            tags: vec!["query-value".into()],
            ..Driver::default()
        };
        let get = Call::<()>::new(&core, &GET_DRIVER, driver).header("X-Own", "header-value");
        get.blocking().unwrap();
        let note = Punch { note: Some("note-value".into()), ..Punch::named("a") };
        Call::<Refund>::new(&core, &REFUND, note).blocking().unwrap_err();
        let path = "/v3/license-value/openid?q=query-value";
        Call::untyped(&core, &HOST, Method::GET, path).blocking().unwrap();
        let path = "/v3/license-value/openid";
        let call = Call::untyped(&core, &HOST, Method::GET, path).host("http://127.0.0.1:1");
        call.blocking().unwrap_err();
    });
    assert_eq!(capture.spans("wechatpay.attempt").len(), 4);
    let text = capture.text();
    for secret in secrets.into_iter().chain(["WECHATPAY2", "/v3", "openid", "signature="]) {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
