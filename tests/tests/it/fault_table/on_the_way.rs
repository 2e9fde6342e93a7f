//! Faults of the network and of the platform: the sandbox brings them about, for a call that reads and one that writes.

use std::time::Duration;

use wechatpay_client::{
    code,
    taxi_invoice::{CreateCompanyRequest, GetTaxiRequest},
};
use wechatpay_sandbox::Fault;

use super::bench::{Bench, Seen};

pub(super) async fn seen() -> Vec<Seen> {
    let mut seen = Vec::new();
    let bench = Bench::new().await;
    for (name, fault) in faults() {
        bench.sandbox.clear_faults();
        bench.sandbox.inject_times(fault, 9);
        both(&bench, name, &mut seen).await;
    }
    for fault in refusals() {
        // A client of its own: a refused pace would have the next call wait.
        let bench = Bench::new().await;
        bench.sandbox.inject_times(fault, 9);
        both(&bench, "429, or a code of the rate limits", &mut seen).await;
    }
    bench.unplug();
    both(&bench, "no connection to main and backup host", &mut seen).await;
    seen
}

async fn both(bench: &Bench, name: &'static str, seen: &mut Vec<Seen>) {
    let taxi = bench.client.taxi_invoice();
    let read = taxi.get_taxi(&GetTaxiRequest::example()).timeout(LIMIT);
    seen.push(bench.see(name, false, read).await);
    let write = taxi.create_company(&CreateCompanyRequest::example()).timeout(LIMIT);
    seen.push(bench.see(name, true, write).await);
}

/// Long enough for three attempts at a silent host, of which none is too short to begin.
const LIMIT: Duration = Duration::from_secs(3);

fn faults() -> Vec<(&'static str, Fault)> {
    let html = Fault::UnsignedStatus {
        status: 502,
        content_type: "text/html".into(),
        body: "<html>".into(),
    };
    vec![
        ("connection lost after the request, truncated body", Fault::ResetAfterRead),
        ("connection lost after the request, truncated body", Fault::ResetBeforeRead),
        ("connection lost after the request, truncated body", Fault::TruncatedBody),
        ("no complete response in time", Fault::SlowHeaders(Duration::from_secs(60))),
        ("response over the limit", Fault::OversizedBody(100_001)),
        ("success without a signature", Fault::Unsigned),
        (
            "some signature headers missing, repeated or malformed",
            Fault::MissingHeader("Wechatpay-Nonce".into()),
        ),
        ("altered body, other signature", Fault::TamperedBody),
        ("altered body, other signature", Fault::WrongSignature),
        ("response more than 300 s off the clock", Fault::StaleTimestamp(310)),
        ("response more than 300 s off the clock", Fault::FutureTimestamp(310)),
        ("serial not in the trust store, even after a download if it may", Fault::WrongSerial),
        ("signature probe, `WECHATPAY/SIGNTEST/`", Fault::SignatureProbe),
        ("signature of another scheme", Fault::WrongSignatureType),
        ("4xx", status(400, code::PARAM_ERROR)),
        ("4xx", status(404, code::NOT_FOUND)),
        ("5xx, signed or not; HTML; empty or broken JSON", status(500, code::SYSTEM_ERROR)),
        ("5xx, signed or not; HTML; empty or broken JSON", html),
        ("3xx", Fault::Redirect("https://elsewhere.example/".into())),
        ("success that does not fit its type", Fault::GarbageJson),
    ]
}

fn refusals() -> [Fault; 2] {
    [Fault::RetryAfter("0".into()), status(403, code::FREQUENCY_LIMITED)]
}

pub(super) fn status(status: u16, code: &str) -> Fault {
    Fault::Status { status, code: code.into(), message: "as asked for".into() }
}
