//! Whatever is sent, the sandbox answers, and never with a server error.

use proptest::{prelude::*, test_runner::TestRunner};
use tokio::runtime::Runtime;
use wechatpay_sandbox::Sandbox;

use crate::client::{Client, Request, sandbox};

/// Sends what `strategy` makes of a client, and checks that the answer is a refusal or a success.
fn never_a_server_error(strategy: impl Strategy<Value = Request>, sign: bool) {
    let runtime = Runtime::new().unwrap();
    let sandbox: Sandbox = runtime.block_on(sandbox());
    let client = Client::new(&sandbox);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let result = runner.run(&strategy, |request| {
        let reply = if sign {
            runtime.block_on(client.try_call(request))
        } else {
            runtime.block_on(client.send(request))
        };
        let reply = reply.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!((200..500).contains(&reply.status), "{}", reply.status);
        Ok(())
    });
    result.unwrap();
    assert_eq!(runtime.block_on(client.call(Request::new("GET", "/v3/certificates"))).status, 200);
}

#[test]
fn any_authorization_is_answered() {
    let header = prop_oneof![
        "[ -~]{0,200}",
        "WECHATPAY2-SHA256-RSA2048 ([a-z_]{1,9}=\"[ -!#-~]{0,20}\",?){0,7}",
    ];
    never_a_server_error(
        header.prop_map(|header| {
            Request::new("GET", "/v3/taxi-invoice/drivers/1?region_id=1")
                .header("Authorization", header.trim())
        }),
        false,
    );
}

#[test]
fn any_target_is_answered() {
    let target = prop_oneof![
        "/[!-\"$-~]{0,80}",
        "/v3/taxi-invoice/drivers/[%0-9a-fA-F]{0,12}\\?[a-z_=&%0-9]{0,30}",
    ];
    never_a_server_error(target.prop_map(|target| Request::new("GET", &target)), true);
}

#[test]
fn any_body_is_answered() {
    let body = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300),
        "[\\[\\]{}:,\"a-z0-9.\\\\u-]{0,120}".prop_map(String::into_bytes),
        "--sep\r\n(Content-Disposition: form-data; name=\"(meta|file|x)\"\r\n)?\r\n[a-z{}\"]{0,9}\r\n(--sep--)?".prop_map(String::into_bytes),
    ];
    let path = prop_oneof![
        Just("/v3/taxi-invoice/attendance/punch"),
        Just("/v3/taxi-invoice/cards/upload-file"),
        Just("/v3/taxi-invoice/driver/update-driver"),
    ];
    let media = prop_oneof![
        Just("application/json"),
        Just("multipart/form-data"),
        Just("multipart/form-data; boundary=sep"),
    ];
    let request = (path, media, body).prop_map(|(path, media, body)| {
        let request = Request::new("POST", path).header("Content-Type", media);
        Request { body, ..request }
    });
    never_a_server_error(request, true);
}
