//! Applies a fault to an answer, to its signature, and to the way it is delivered.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{answer::Answer, fault::Fault, refusal::Refusal, scheme::Scheme, stamp::Stamp};

/// How the answer leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Whole,
    /// The connection closes in the middle of the body.
    Truncated,
    /// A wait before the headers.
    After(Duration),
    /// A wait in the middle of the body.
    Paused(Duration),
}

/// What is answered instead.
pub(crate) fn answer(fault: &Fault, answer: Answer) -> Answer {
    match fault {
        Fault::Status { status, code, message } => {
            Refusal::new(*status, code, message).into_answer()
        }
        Fault::RetryAfter(pause) => {
            let mut answer = Refusal::new(429, "FREQUENCY_LIMITED", "slower").into_answer();
            answer.headers.push(("Retry-After", pause.clone()));
            answer
        }
        Fault::UnsignedStatus { status, content_type, body } => {
            let content_type = Some(content_type.as_str()).filter(|text| !text.is_empty());
            Answer::new(*status, content_type, body.as_str()).unsigned()
        }
        Fault::Unsigned => answer.unsigned(),
        Fault::EmptyBody200 => json_text(""),
        Fault::GarbageJson => json_text("{\"half\":"),
        Fault::Body(body) => json_text(body),
        Fault::OversizedBody(bytes) => json_text(&oversized(*bytes)),
        Fault::ExtraJsonKeys => with_extra_keys(answer),
        Fault::Redirect(url) => {
            let mut answer =
                Answer::json(307, &json!({ "code": "REDIRECT", "message": "see Location" }));
            answer.headers.push(("Location", url.clone()));
            answer
        }
        _ => answer,
    }
}

/// What the signature headers say instead. `Stamp` is made over the answer's body, and given the means to sign anew.
pub(crate) fn stamp(fault: &Fault, stamp: &mut Stamp<'_>, body: &[u8]) {
    match fault {
        Fault::TamperedBody if body.is_empty() => stamp.sign(b"{}"),
        Fault::WrongSignature => stamp.sign(b"something else"),
        Fault::WrongSerial => {
            "5157F09EFDC096DE15EBE81A47057A7232F1B8E1".clone_into(&mut stamp.serial)
        }
        Fault::StaleTimestamp(seconds) => {
            stamp.shift(-i64::try_from(*seconds).unwrap_or(i64::MAX), body)
        }
        Fault::FutureTimestamp(seconds) => {
            stamp.shift(i64::try_from(*seconds).unwrap_or(i64::MAX), body)
        }
        Fault::SignatureProbe => "WECHATPAY/SIGNTEST/not~base64~".clone_into(&mut stamp.signature),
        Fault::WrongSignatureType => {
            let own = stamp.signature_type == Scheme::Shangmi.name();
            let other = if own { Scheme::Merchant } else { Scheme::Shangmi };
            stamp.signature_type = other.name();
        }
        _ => {}
    }
}

/// Whether the fault is one of the signature, or of a body that no longer fits it.
pub(crate) fn concerns_signature(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::TamperedBody
            | Fault::WrongSerial
            | Fault::WrongSignature
            | Fault::WrongSignatureType
            | Fault::StaleTimestamp(_)
            | Fault::FutureTimestamp(_)
            | Fault::MissingHeader(_)
            | Fault::Unsigned
            | Fault::SignatureProbe
    )
}

/// What is sent instead of the body that was signed.
pub(crate) fn sent_body(fault: &Fault, mut body: Vec<u8>) -> Vec<u8> {
    // White space is all the same to JSON, so that nothing but the signature can tell.
    if *fault == Fault::TamperedBody && !body.is_empty() {
        body.push(b' ');
    }
    body
}

pub(crate) fn delivery(fault: &Fault) -> Delivery {
    match fault {
        Fault::TruncatedBody => Delivery::Truncated,
        Fault::SlowHeaders(wait) => Delivery::After(*wait),
        Fault::SlowBody(wait) => Delivery::Paused(*wait),
        _ => Delivery::Whole,
    }
}

fn json_text(body: &str) -> Answer {
    Answer::new(200, Some("application/json; charset=utf-8"), body)
}

/// A JSON object of exactly so many bytes, or of two if that is more.
fn oversized(bytes: usize) -> String {
    let frame = r#"{"padding":""}"#.len();
    match bytes.checked_sub(frame) {
        Some(padding) => format!(r#"{{"padding":"{}"}}"#, "x".repeat(padding)),
        None => "{}".to_owned(),
    }
}

fn with_extra_keys(answer: Answer) -> Answer {
    match serde_json::from_slice::<Value>(&answer.body) {
        Ok(mut value) => {
            add_keys(&mut value);
            Answer { body: value.to_string().into_bytes(), ..answer }
        }
        Err(_) => answer,
    }
}

fn add_keys(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(add_keys),
        Value::Object(object) => {
            object.values_mut().for_each(add_keys);
            object.insert("sandbox_extra".to_owned(), json!({ "is": ["unknown", null, 1] }));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oversized_bodies_have_the_size_asked_for() {
        for bytes in [14, 15, 10_000] {
            let text = oversized(bytes);
            assert_eq!(text.len(), bytes);
            assert!(serde_json::from_str::<Value>(&text).is_ok());
        }
        assert_eq!(oversized(3), "{}");
    }

    #[test]
    fn extra_keys_are_at_every_depth_and_change_nothing_else() {
        let body = json!({ "a": [{ "b": 1 }], "c": {} });
        let mut changed: Value =
            serde_json::from_slice(&with_extra_keys(Answer::json(200, &body)).body).unwrap();
        for pointer in ["", "/a/0", "/c"] {
            let object = changed.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
            assert!(object.remove("sandbox_extra").is_some(), "{pointer}");
        }
        assert_eq!(changed, body);
    }
}
