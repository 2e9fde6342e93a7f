//! Calls as they are shown: whatever the schema calls a secret, or encrypted, is masked.

use std::collections::BTreeSet;

use http::HeaderMap;
use serde_json::{Map, Value, json};
use wechatpay_codegen::model::{Field, ObjectId, Product, Response, Type};

use crate::{
    check::Violation,
    clock, encoding, notation,
    record::{Call, Verdict},
    routes::{Found, Routes},
};

/// What stands in the place of a secret.
const MASK: &str = "***";

/// How much of a body is shown, in characters.
const SHOWN: usize = 16 << 10;

/// How much of a signature is shown, in characters.
const SIGNATURE: usize = 16;

/// A call in a line: for those who watch.
pub(crate) fn summary(call: &Call) -> Value {
    let (verdict, reason) = match &call.signature {
        Verdict::Verified => ("verified", None),
        Verdict::Refused(reason) => ("refused", Some(reason)),
        Verdict::Unchecked(reason) => ("unchecked", Some(reason)),
    };
    json!({
        "id": call.id,
        "time": clock::rfc3339(call.time),
        "operation": call.operation,
        "method": call.method,
        "path": call.path,
        "status": call.status,
        "verdict": verdict,
        "reason": reason,
        "violations": call.violations.iter().map(Violation::to_json).collect::<Vec<_>>(),
        "warnings": call.warnings,
        "fault": call.fault.as_ref().map(|fault| notation::name_and_fields(fault).0),
    })
}

/// A call with all that was said.
pub(crate) fn detail(routes: &Routes, call: &Call) -> Value {
    let found = call.operation.as_deref().and_then(|name| routes.named(name));
    let secrets = found.map(Secrets::of).unwrap_or_default();
    let mut shown = summary(call);
    shown["query"] = call.query.as_deref().map(|query| secrets.query(query)).into();
    shown["request"] =
        told(&call.headers, &secrets.body(&call.body, call.body_length), call.body_length);
    shown["answer"] = told(
        &call.answer_headers,
        &secrets.body(&call.answer, call.answer_length),
        call.answer_length,
    );
    shown["signature"] = authorization(&call.headers);
    shown
}

fn told(all: &HeaderMap, body: &str, length: usize) -> Value {
    json!({ "headers": headers(all), "body": body, "body_length": length })
}

/// The items of the `Authorization` header, as far as it has such.
fn authorization(headers: &HeaderMap) -> Value {
    let header =
        headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, items) = header.split_once(' ').unwrap_or((header, ""));
    let mut shown = Map::new();
    shown.insert("scheme".to_owned(), encoding::clip(scheme, 40).into());
    for item in items.split(',') {
        let Some((name, value)) = item.trim().split_once('=') else { continue };
        let limit = if name == "signature" { SIGNATURE } else { 100 };
        let value = encoding::clip(value.trim_matches('"'), limit);
        if ["mchid", "nonce_str", "timestamp", "serial_no", "signature"].contains(&name) {
            shown.insert(name.to_owned(), value.into());
        }
    }
    shown.into()
}

fn headers(headers: &HeaderMap) -> Value {
    let shown = headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        let limit = match name.as_str() {
            "wechatpay-signature" => SIGNATURE,
            _ => 1_000,
        };
        // Its items are shown one by one.
        let value =
            if name == "authorization" { MASK.to_owned() } else { encoding::clip(&value, limit) };
        (name.as_str().to_owned(), Value::from(value))
    });
    Value::Object(shown.collect())
}

/// The names of the fields that are not shown.
#[derive(Debug, Default)]
struct Secrets(BTreeSet<String>);

impl Secrets {
    fn of(found: Found<'_>) -> Self {
        let mut names = Self::default();
        let mut seen = BTreeSet::new();
        names.gather(found.product, &found.operation.fields, &mut seen);
        if let Response::Json { object, .. } = found.operation.response {
            names.gather(found.product, &found.product.object(object).fields, &mut seen);
        }
        names
    }

    fn gather(&mut self, product: &Product, fields: &[Field], seen: &mut BTreeSet<ObjectId>) {
        for field in fields {
            match field.ty.leaf() {
                Type::Text { encrypted: true, .. } | Type::Text { secret: true, .. } => {
                    self.0.insert(field.name.wire.clone());
                }
                Type::Object(id) if seen.insert(*id) => {
                    self.gather(product, &product.object(*id).fields, seen);
                }
                _ => {}
            }
        }
    }

    fn query(&self, query: &str) -> String {
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if self.0.contains(name) => format!("{name}={MASK}"),
            _ => pair.to_owned(),
        });
        pairs.collect::<Vec<_>>().join("&")
    }

    /// What is kept of a body that had `length` bytes.
    fn body(&self, body: &[u8], length: usize) -> String {
        if body.len() < length {
            return format!("({length} bytes, too many to be kept whole)");
        }
        match serde_json::from_slice::<Value>(body) {
            Ok(mut value) => {
                self.mask(&mut value);
                encoding::clip(&value.to_string(), SHOWN)
            }
            // What is no JSON cannot be masked: an upload, or JSON that is broken.
            Err(_) if body.is_empty() => String::new(),
            Err(_) => format!("({} bytes that are no JSON)", body.len()),
        }
    }

    fn mask(&self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    if self.0.contains(name) && !value.is_null() {
                        *value = MASK.into();
                    } else {
                        self.mask(value);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask(item)),
            // JSON in a string may hold anything under any name, but nothing encrypted.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    #[test]
    fn secret_and_encrypted_fields_are_masked_wherever_they_stand() {
        let routes = Routes::new(schema::embedded().unwrap());
        let secrets = Secrets::of(routes.named("taxi_invoice.update_driver").unwrap());
        let body =
            json!({ "driver_name": "cipher", "list": [{ "driver_name": "x" }], "region_id": 1 });
        let shown = secrets.body(body.to_string().as_bytes(), body.to_string().len());
        assert_eq!(shown, r#"{"driver_name":"***","list":[{"driver_name":"***"}],"region_id":1}"#);
        assert_eq!(secrets.query("a=1&driver_name=2"), "a=1&driver_name=***");
        assert_eq!(secrets.body(b"driver_name=secret", 18), "(18 bytes that are no JSON)");
        // What is cut is no JSON any more, so nothing in it could be masked.
        assert_eq!(secrets.body(b"{\"a\":", 9), "(9 bytes, too many to be kept whole)");
    }

    #[test]
    fn a_signature_is_shown_by_its_items_and_its_beginning() {
        let mut headers = HeaderMap::new();
        let value =
            format!("S mchid=\"19\",nonce_str=\"n\",x=\"y\",signature=\"{}\"", "A".repeat(40));
        headers.insert("authorization", value.parse().unwrap());
        let shown = authorization(&headers);
        assert_eq!(shown["mchid"], "19");
        assert_eq!(shown["signature"], format!("{}…", "A".repeat(16)));
        assert!(shown.get("x").is_none());
        assert_eq!(super::headers(&headers)["authorization"], MASK);
    }
}
