//! Faults as the control API and scenario files write them: `{"fault": "stale_timestamp", "seconds": 600, "times": 2}`.

use std::{fmt, time::Duration};

use serde_json::{Map, Value, json};

use crate::{
    RefundOutcome, TransferStart,
    business::Outcomes,
    fault::{Arming, Fault},
};

/// The names of the faults, and the fields that each takes.
pub(crate) const FAULTS: &[(&str, &[&str])] = &[
    ("tampered_body", &[]),
    ("wrong_signature", &[]),
    ("wrong_serial", &[]),
    ("wrong_signature_type", &[]),
    ("stale_timestamp", &["seconds"]),
    ("future_timestamp", &["seconds"]),
    ("missing_header", &["header"]),
    ("unsigned", &[]),
    ("signature_probe", &[]),
    ("status", &["status", "code", "message"]),
    ("too_many_requests", &["retry_after"]),
    ("internal_error", &[]),
    ("bad_gateway", &[]),
    ("unsigned_status", &["status", "content_type", "body"]),
    ("empty_body", &[]),
    ("garbage_json", &[]),
    ("body", &["body"]),
    ("oversized_body", &["bytes"]),
    ("extra_keys", &[]),
    ("redirect", &["url"]),
    ("truncated_body", &[]),
    ("reset_before_read", &[]),
    ("reset_after_read", &[]),
    ("slow_headers", &["milliseconds"]),
    ("slow_body", &["milliseconds"]),
];

/// The fields that every fault takes.
const COMMON: &[&str] = &["fault", "operation", "times", "skip"];

/// The longest wait, and the largest body: more is a slip of the pen.
const LONGEST: u64 = 600_000;
const LARGEST: u64 = 256 << 20;

/// What is wrong with a fault as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The field; it may be missing.
    pub(crate) field: String,
    pub(crate) message: String,
    pub(crate) remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.field, self.message, self.remedy)
    }
}

/// Reads a fault. `knows` tells whether there is an operation of a name.
pub(crate) fn read(
    written: &Map<String, Value>,
    knows: &dyn Fn(&str) -> bool,
) -> Result<Arming, Problem> {
    let fields = Fields(written);
    let name = fields.text("fault")?.ok_or_else(|| {
        problem(
            "fault",
            "is missing",
            "name one, such as `tampered_body`; sandbox/README.md lists them",
        )
    })?;
    let known = FAULTS.iter().find(|(known, _)| *known == name);
    let (_, own) = known.ok_or_else(|| {
        let names: Vec<_> = FAULTS.iter().map(|(known, _)| *known).collect();
        problem(
            "fault",
            format!("there is no fault `{name}`"),
            format!("faults are: {}", names.join(", ")),
        )
    })?;
    for field in written.keys() {
        if !COMMON.contains(&field.as_str()) && !own.contains(&field.as_str()) {
            let takes = [COMMON, own].concat().join(", ");
            let message = format!("`{name}` has no such field");
            return Err(problem(field, message, format!("it takes: {takes}")));
        }
    }
    let operation = fields.text("operation")?.map(str::to_owned);
    if let Some(name) = operation.as_deref().filter(|name| !knows(name)) {
        let message = format!("no operation is called `{name}`");
        return Err(problem("operation", message, "names are like `pay.prepay_jsapi`"));
    }
    let times = fields.number("times", 1, 1_000_000)?;
    let skip = fields.number("skip", 0, 1_000_000)?;
    if times == 0 {
        return Err(problem("times", "is 0, so it would never come", "give at least 1"));
    }
    let size = |number| usize::try_from(number).unwrap_or(usize::MAX);
    Ok(Arming {
        times: size(times),
        skip: size(skip),
        ..Arming::new(fault(name, &fields)?, operation)
    })
}

/// Reads one of the outcomes, as `refunds: abnormal`.
pub(crate) fn read_outcome(
    name: &str,
    value: &Value,
    outcomes: &mut Outcomes,
) -> Result<(), Problem> {
    let word = value.as_str().unwrap_or_default();
    let unknown = |words: &[&str]| {
        let found = if word.is_empty() { value.to_string() } else { format!("`{word}`") };
        problem(
            name,
            format!("there is no outcome {found}"),
            format!("give one of: {}", words.join(", ")),
        )
    };
    match name {
        "refunds" => {
            let read = RefundOutcome::read(word);
            outcomes.refunds = read.ok_or_else(|| unknown(&RefundOutcome::WORDS))?;
        }
        "transfers" => {
            let read = TransferStart::read(word);
            outcomes.transfers = read.ok_or_else(|| unknown(&TransferStart::WORDS))?;
        }
        _ => {
            let message = format!("there are no outcomes of `{name}`");
            return Err(problem(name, message, "there are those of: refunds, transfers"));
        }
    }
    Ok(())
}

fn fault(name: &str, fields: &Fields<'_>) -> Result<Fault, Problem> {
    let text = |name: &str, usual: &str| Ok(fields.text(name)?.unwrap_or(usual).to_owned());
    let wait = || fields.number("milliseconds", 2_000, LONGEST).map(Duration::from_millis);
    Ok(match name {
        "tampered_body" => Fault::TamperedBody,
        "wrong_signature" => Fault::WrongSignature,
        "wrong_serial" => Fault::WrongSerial,
        "wrong_signature_type" => Fault::WrongSignatureType,
        "stale_timestamp" => Fault::StaleTimestamp(fields.number("seconds", 600, LONGEST)?),
        "future_timestamp" => Fault::FutureTimestamp(fields.number("seconds", 600, LONGEST)?),
        "missing_header" => Fault::MissingHeader(text("header", "Wechatpay-Signature")?),
        "unsigned" => Fault::Unsigned,
        "signature_probe" => Fault::SignatureProbe,
        "status" => Fault::Status {
            status: fields.status("status", 500)?,
            code: text("code", "SYSTEM_ERROR")?,
            message: text("message", "asked for by a fault")?,
        },
        "too_many_requests" => Fault::RetryAfter(text("retry_after", "1")?),
        "internal_error" => Fault::Status {
            status: 500,
            code: "SYSTEM_ERROR".to_owned(),
            message: "asked for by a fault".to_owned(),
        },
        "bad_gateway" => Fault::UnsignedStatus {
            status: 502,
            content_type: "text/html".to_owned(),
            body: "<html><body><h1>502 Bad Gateway</h1></body></html>".to_owned(),
        },
        "unsigned_status" => Fault::UnsignedStatus {
            status: fields.status("status", 502)?,
            content_type: text("content_type", "text/html")?,
            body: text("body", "")?,
        },
        "empty_body" => Fault::EmptyBody200,
        "garbage_json" => Fault::GarbageJson,
        "body" => Fault::Body(text("body", "{}")?),
        "oversized_body" => {
            let bytes = fields.number("bytes", 1 << 20, LARGEST)?;
            Fault::OversizedBody(usize::try_from(bytes).unwrap_or(usize::MAX))
        }
        "extra_keys" => Fault::ExtraJsonKeys,
        "redirect" => Fault::Redirect(text("url", "https://example.com/")?),
        "truncated_body" => Fault::TruncatedBody,
        "reset_before_read" => Fault::ResetBeforeRead,
        "reset_after_read" => Fault::ResetAfterRead,
        "slow_headers" => Fault::SlowHeaders(wait()?),
        // `FAULTS` has no other name.
        _ => Fault::SlowBody(wait()?),
    })
}

/// A fault as it is written.
pub(crate) fn write(arming: &Arming) -> Value {
    let mut written = json!({
        "id": arming.id,
        "operation": arming.operation,
        "times": arming.times,
        "skip": arming.skip,
    });
    let (name, own) = name_and_fields(&arming.fault);
    written["fault"] = name.into();
    if let (Value::Object(written), Value::Object(own)) = (&mut written, own) {
        written.extend(own);
    }
    written
}

/// The name of a fault and its own fields.
pub(crate) fn name_and_fields(fault: &Fault) -> (&'static str, Value) {
    let milliseconds = |wait: &Duration| json!({ "milliseconds": u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) });
    match fault {
        Fault::TamperedBody => ("tampered_body", json!({})),
        Fault::WrongSerial => ("wrong_serial", json!({})),
        Fault::WrongSignature => ("wrong_signature", json!({})),
        Fault::WrongSignatureType => ("wrong_signature_type", json!({})),
        Fault::StaleTimestamp(seconds) => ("stale_timestamp", json!({ "seconds": seconds })),
        Fault::FutureTimestamp(seconds) => ("future_timestamp", json!({ "seconds": seconds })),
        Fault::MissingHeader(header) => ("missing_header", json!({ "header": header })),
        Fault::Unsigned => ("unsigned", json!({})),
        Fault::SignatureProbe => ("signature_probe", json!({})),
        Fault::Status { status, code, message } => {
            ("status", json!({ "status": status, "code": code, "message": message }))
        }
        Fault::RetryAfter(pause) => ("too_many_requests", json!({ "retry_after": pause })),
        Fault::UnsignedStatus { status, content_type, body } => (
            "unsigned_status",
            json!({ "status": status, "content_type": content_type, "body": body }),
        ),
        Fault::EmptyBody200 => ("empty_body", json!({})),
        Fault::GarbageJson => ("garbage_json", json!({})),
        Fault::Body(body) => ("body", json!({ "body": body })),
        Fault::OversizedBody(bytes) => ("oversized_body", json!({ "bytes": bytes })),
        Fault::ExtraJsonKeys => ("extra_keys", json!({})),
        Fault::Redirect(url) => ("redirect", json!({ "url": url })),
        Fault::TruncatedBody => ("truncated_body", json!({})),
        Fault::ResetBeforeRead => ("reset_before_read", json!({})),
        Fault::ResetAfterRead => ("reset_after_read", json!({})),
        Fault::SlowHeaders(wait) => ("slow_headers", milliseconds(wait)),
        Fault::SlowBody(wait) => ("slow_body", milliseconds(wait)),
    }
}

/// The fields of a fault, read by their types.
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn text(&self, name: &str) -> Result<Option<&'a str>, Problem> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(problem(name, "is no text", "put it in quotes")),
        }
    }

    fn number(&self, name: &str, usual: u64, most: u64) -> Result<u64, Problem> {
        let value = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(usual),
            Some(value) => value.as_u64(),
        };
        let remedy = format!("give a whole number from 0 to {most}");
        value
            .filter(|value| *value <= most)
            .ok_or_else(|| problem(name, "is no such number", remedy))
    }

    fn status(&self, name: &str, usual: u16) -> Result<u16, Problem> {
        let status = u16::try_from(self.number(name, u64::from(usual), 599)?).unwrap_or_default();
        let wrong = || {
            problem(name, format!("no answer has the status {status}"), "give one from 200 to 599")
        };
        Some(status).filter(|status| *status >= 200).ok_or_else(wrong)
    }
}

fn problem(field: &str, message: impl Into<String>, remedy: impl Into<String>) -> Problem {
    Problem { field: field.to_owned(), message: message.into(), remedy: remedy.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_json(written: &Value) -> Result<Arming, Problem> {
        read(written.as_object().unwrap(), &|name| name == "pay.prepay_jsapi")
    }

    #[test]
    fn every_fault_is_read_as_it_is_written() {
        for (name, own) in FAULTS {
            let arming = read_json(&json!({ "fault": name })).unwrap();
            let written = write(&arming);
            let mut again = written.clone();
            again.as_object_mut().unwrap().remove("id");
            assert_eq!(read_json(&again).unwrap(), arming, "{name}");
            assert!(own.iter().all(|field| written.get(field).is_some()), "{name}: {written}");
        }
    }

    #[test]
    fn counts_and_operations_are_read() {
        let written = json!({
            "fault": "stale_timestamp", "seconds": 900, "operation": "pay.prepay_jsapi", "times": 2, "skip": 1,
        });
        let arming = read_json(&written).unwrap();
        assert_eq!(arming.fault, Fault::StaleTimestamp(900));
        assert_eq!((arming.times, arming.skip), (2, 1));
        assert_eq!(arming.operation.as_deref(), Some("pay.prepay_jsapi"));
    }

    #[test]
    fn what_is_wrong_is_said_with_field_and_remedy() {
        let cases = [
            (json!({}), "fault: is missing; name one"),
            (json!({ "fault": 7 }), "fault: is no text"),
            (
                json!({ "fault": "tempered_body" }),
                "fault: there is no fault `tempered_body`; faults are: tampered",
            ),
            (
                json!({ "fault": "unsigned", "seconds": 1 }),
                "seconds: `unsigned` has no such field; it takes: fault",
            ),
            (
                json!({ "fault": "unsigned", "operation": "pay.x" }),
                "operation: no operation is called `pay.x`",
            ),
            (json!({ "fault": "unsigned", "times": 0 }), "times: is 0"),
            (
                json!({ "fault": "unsigned", "times": -1 }),
                "times: is no such number; give a whole number",
            ),
            (json!({ "fault": "status", "status": 99 }), "status: no answer has the status 99"),
            (
                json!({ "fault": "slow_body", "milliseconds": 1e9 }),
                "milliseconds: is no such number",
            ),
        ];
        for (written, expected) in cases {
            let problem = read_json(&written).unwrap_err().to_string();
            assert!(problem.starts_with(expected), "{written}: {problem}");
        }
    }
}
