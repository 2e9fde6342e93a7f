//! Faults on demand: each by the control API and by a scenario file, for one operation, in order and number.

use std::{io, path::PathBuf};

use wechatpay_sandbox::Sandbox;

use crate::client::{Client, NOW, Reply, Request, last_call, sandbox};

type Seen = fn(&Client, io::Result<Reply>) -> bool;

/// Each fault, written so that it is JSON for the control API and YAML for a scenario, and how a client sees it.
const FAULTS: &[(&str, Seen)] = &[
    (r#"{"fault": "wrong_signature"}"#, |client, reply| {
        reply.is_ok_and(|reply| is_good(&reply) && !client.verifies(&reply))
    }),
    (r#"{"fault": "tampered_body"}"#, |client, reply| {
        reply.is_ok_and(|reply| is_good(&reply) && !client.verifies(&reply))
    }),
    (r#"{"fault": "wrong_serial"}"#, |client, reply| {
        reply.is_ok_and(|reply| {
            let serial = reply.header("wechatpay-serial").unwrap();
            is_good(&reply)
                && ![client.keys.wxp_key_id(), client.keys.plat_serial()].contains(&serial)
        })
    }),
    (r#"{"fault": "stale_timestamp", "seconds": 301}"#, |client, reply| {
        reply.is_ok_and(|reply| timestamp(&reply) == NOW - 301 && client.verifies(&reply))
    }),
    (r#"{"fault": "future_timestamp", "seconds": 301}"#, |client, reply| {
        reply.is_ok_and(|reply| timestamp(&reply) == NOW + 301 && client.verifies(&reply))
    }),
    (r#"{"fault": "missing_header", "header": "Wechatpay-Nonce"}"#, |_, reply| {
        reply.is_ok_and(|reply| {
            reply.header("wechatpay-nonce").is_none() && reply.header("wechatpay-serial").is_some()
        })
    }),
    (r#"{"fault": "unsigned"}"#, |_, reply| {
        reply.is_ok_and(|reply| is_good(&reply) && !is_signed(&reply))
    }),
    (r#"{"fault": "signature_probe"}"#, |_, reply| {
        reply.is_ok_and(|reply| {
            reply.header("wechatpay-signature").unwrap().starts_with("WECHATPAY/SIGNTEST/")
        })
    }),
    (r#"{"fault": "too_many_requests", "retry_after": "3"}"#, |client, reply| {
        reply.is_ok_and(|reply| {
            let is_limit = reply.status == 429 && reply.json()["code"] == "FREQUENCY_LIMITED";
            is_limit && reply.header("retry-after") == Some("3") && client.verifies(&reply)
        })
    }),
    (r#"{"fault": "internal_error"}"#, |client, reply| {
        reply.is_ok_and(|reply| {
            let is_error = reply.status == 500 && reply.json()["code"] == "SYSTEM_ERROR";
            is_error && client.verifies(&reply)
        })
    }),
    (r#"{"fault": "bad_gateway"}"#, |_, reply| {
        reply.is_ok_and(|reply| {
            let is_html = reply.header("content-type") == Some("text/html");
            reply.status == 502 && is_html && reply.text().contains("<html>") && !is_signed(&reply)
        })
    }),
    (r#"{"fault": "reset_before_read"}"#, |_, reply| is(reply, io::ErrorKind::ConnectionReset)),
    (r#"{"fault": "reset_after_read"}"#, |_, reply| is(reply, io::ErrorKind::ConnectionReset)),
    (r#"{"fault": "truncated_body"}"#, |_, reply| is(reply, io::ErrorKind::UnexpectedEof)),
    (r#"{"fault": "slow_headers", "milliseconds": 5}"#, |client, reply| {
        reply.is_ok_and(|reply| is_good(&reply) && client.verifies(&reply))
    }),
    (r#"{"fault": "slow_body", "milliseconds": 5}"#, |client, reply| {
        reply.is_ok_and(|reply| is_good(&reply) && client.verifies(&reply))
    }),
    (r#"{"fault": "empty_body"}"#, |client, reply| {
        reply.is_ok_and(|reply| {
            (reply.status, reply.body.len()) == (200, 0) && client.verifies(&reply)
        })
    }),
    (r#"{"fault": "garbage_json"}"#, |client, reply| {
        reply.is_ok_and(|reply| {
            let is_json = serde_json::from_slice::<serde_json::Value>(&reply.body).is_ok();
            reply.status == 200 && !is_json && client.verifies(&reply)
        })
    }),
];

fn is_good(reply: &Reply) -> bool {
    reply.status == 200 && reply.json()["driver_license"] == "1"
}

fn is_signed(reply: &Reply) -> bool {
    reply.headers.iter().any(|(name, _)| name.starts_with("wechatpay-"))
}

fn is(reply: io::Result<Reply>, kind: io::ErrorKind) -> bool {
    reply.is_err_and(|error| error.kind() == kind)
}

fn timestamp(reply: &Reply) -> i64 {
    reply.header("wechatpay-timestamp").unwrap().parse().unwrap()
}

fn get() -> Request {
    Request::new("GET", "/v3/taxi-invoice/drivers/1?region_id=1")
}

/// A scenario file that goes with the test.
struct Scenario(PathBuf);

impl Scenario {
    fn new(name: &str, text: &str) -> Self {
        let name = format!("wechatpay-scenario-{}-{name}.yaml", std::process::id());
        let file = std::env::temp_dir().join(name);
        std::fs::write(&file, text).unwrap();
        Self(file)
    }

    async fn play(&self) -> Sandbox {
        let builder = Sandbox::builder().clock(|| NOW).examples_only();
        builder.scenario(&self.0).start().await.unwrap()
    }
}

impl Drop for Scenario {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The fault comes with the next call, and is gone with the one after.
async fn comes_once(sandbox: &Sandbox, written: &str, seen: Seen) {
    let client = Client::new(sandbox);
    let reply = client.try_call(get()).await;
    assert!(last_call(sandbox).fault.is_some(), "{written}");
    let shown = format!("{reply:?}");
    assert!(seen(&client, reply), "{written}: {shown}");
    let after = client.call(get()).await;
    assert!(is_good(&after) && client.verifies(&after), "{written}");
}

#[tokio::test]
async fn each_fault_is_armed_by_the_control_api() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    for (written, seen) in FAULTS {
        let armed = client.control(&sandbox, ("POST", "/faults"), written).await;
        assert_eq!(armed.status, 200, "{written}: {}", armed.text());
        comes_once(&sandbox, written, *seen).await;
    }
}

#[tokio::test]
async fn each_fault_is_armed_by_a_scenario_file() {
    for (number, (written, seen)) in FAULTS.iter().enumerate() {
        let file = Scenario::new(&number.to_string(), &format!("faults:\n  - {written}\n"));
        comes_once(&file.play().await, written, *seen).await;
    }
}

#[tokio::test]
async fn a_scenario_says_for_which_operation_in_which_order_and_how_often() {
    let text = "\
faults:
  - fault: internal_error
    operation: taxi_invoice.get_driver
    skip: 1
    times: 2
  - fault: too_many_requests
    operation: taxi_invoice.get_driver
  - fault: bad_gateway
    operation: taxi_invoice.get_taxi
  - fault: bad_gateway
    operation: certificates
";
    let file = Scenario::new("order", text);
    let sandbox = file.play().await;
    let client = Client::new(&sandbox);
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(client.call(get()).await.status);
    }
    // The first is let through by the first fault, which gives the second its turn.
    assert_eq!(statuses, [429, 500, 500, 200, 200]);
    assert_eq!(client.call(Request::new("GET", "/v3/certificates")).await.status, 502);
    assert_eq!(client.call(Request::new("GET", "/v3/certificates")).await.status, 200);
}

#[tokio::test]
async fn a_scenario_begins_at_any_stage_of_the_certificate() {
    // Stages, number of certificates listed, whether the first still signs and is listed.
    for (stages, listed, first_signs, first_listed) in [
        ("announce", 2, true, true),
        ("[announce, switch]", 2, false, true),
        ("[announce, switch, retire]", 1, false, false),
    ] {
        let file =
            Scenario::new(&format!("stage-{}", stages.len()), &format!("certificate: {stages}\n"));
        let sandbox = file.play().await;
        let reply = Client::new(&sandbox).call(Request::new("GET", "/v3/certificates")).await;
        let first = sandbox.keys().plat_serial();
        let body = reply.json();
        let serials: Vec<_> =
            body["data"].as_array().unwrap().iter().map(|one| &one["serial_no"]).collect();
        assert_eq!(serials.len(), listed, "{stages}");
        assert_eq!(serials.iter().any(|serial| *serial == first), first_listed, "{stages}");
        assert_eq!(reply.header("wechatpay-serial") == Some(first), first_signs, "{stages}");
    }
}

#[tokio::test]
async fn a_scenario_with_a_mistake_keeps_it_from_starting_and_says_where() {
    let cases = [
        (
            "faults:\n  - fault: unsinged\n",
            ":2:5: fault: there is no fault `unsinged`; faults are:",
        ),
        (
            "faults:\n  - fault: unsigned\n    operation: pay.prepay\n",
            ":3:5: operation: no operation is called `pay.prepay`; names are like",
        ),
        ("faults:\n  - fault: unsigned\n    times: none\n", ":3:5: times: is no such number; give"),
        (
            "certificate: [announce, sign]\n",
            ":1:25: certificate: there is no such stage; stages are:",
        ),
        ("certificate: switch\n", "no certificate is announced; announce one first"),
        ("refunds: closed\n", ":1:1: refunds: there is no key `refunds`; keys are:"),
        ("faults: [\n", ":"),
    ];
    for (number, (text, expected)) in cases.into_iter().enumerate() {
        let file = Scenario::new(&format!("wrong-{number}"), text);
        let error = Sandbox::builder().scenario(&file.0).start().await.unwrap_err().to_string();
        let named = error.starts_with(&file.0.display().to_string());
        assert!(named || !expected.starts_with(':'), "{text}: {error}");
        assert!(error.contains(expected), "{text}: {error}");
    }
    let missing = Sandbox::builder().scenario("/nonexistent/s.yaml").start().await.unwrap_err();
    assert!(missing.to_string().contains("/nonexistent/s.yaml: cannot be read"), "{missing}");
}
