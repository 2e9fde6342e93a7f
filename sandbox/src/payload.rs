//! From the bytes of a body to what the field checks read.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;
use wechatpay_codegen::model::{Field, Operation, Place};

use crate::{
    check::{self, File, Payload, Rule, Violation},
    encoding,
    multipart::Upload,
    request::Head,
};

/// Reads the body in the form that the operation wants; the error is what makes it unreadable.
pub(crate) fn read(
    operation: &Operation,
    head: &Head,
    body: &Bytes,
    upload: Option<Upload>,
) -> Result<Payload, Box<Violation>> {
    if operation.upload.is_some() {
        return read_upload(
            operation,
            upload.ok_or_else(|| wrong_type("multipart/form-data", head))?,
        );
    }
    if !operation.has_body {
        return read_nothing(body);
    }
    if !head.is_json() {
        return Err(wrong_type("application/json", head));
    }
    read_json(Place::Body, "", body).map(Payload::Json)
}

/// An operation without a body. Some clients send an empty object all the same.
fn read_nothing(body: &Bytes) -> Result<Payload, Box<Violation>> {
    match body.trim_ascii() {
        b"" | b"{}" => Ok(Payload::Empty),
        _ => Err(broken(
            Place::Body,
            "",
            Rule::UnknownField,
            "left out, for the operation has none",
            "given",
        )),
    }
}

fn read_json(place: Place, path: &str, text: &[u8]) -> Result<Value, Box<Violation>> {
    if text.is_empty() {
        return Err(broken(place, path, Rule::Body, "a JSON object", "empty"));
    }
    check::parse_json(text)
        .map_err(|error| broken(place, path, Rule::Body, "JSON", &format!("broken: {error}")))
}

fn read_upload(operation: &Operation, upload: Upload) -> Result<Payload, Box<Violation>> {
    let has = |place| operation.fields.iter().any(|field| field.place == place);
    let (meta, meta_file_name) = match upload.meta {
        Some(meta) if has(Place::Meta) => {
            (read_json(Place::Meta, "meta", &meta.content)?, meta.file_name)
        }
        None if has(Place::Meta) => {
            let limit = "a part of the body";
            return Err(broken(Place::Meta, "meta", Rule::Required, limit, "missing"));
        }
        _ => (Value::Null, None),
    };
    let file_part = operation.upload.as_ref().map_or("file", |upload| upload.part.as_str());
    let (mut file, mut form, mut others) = (None, BTreeMap::new(), Vec::new());
    for (name, part) in upload.parts {
        let known = |field: &Field| field.place == Place::Form && field.name.wire == name;
        if name == file_part {
            file = Some(File { name: part.file_name, content: part.content });
        } else if operation.fields.iter().any(known) {
            form.insert(name, String::from_utf8_lossy(&part.content).into_owned());
        } else {
            others.push(encoding::clip(&name, 64));
        }
    }
    Ok(Payload::Upload { meta, meta_file_name, file, form, others })
}

fn wrong_type(wanted: &str, head: &Head) -> Box<Violation> {
    let found = head
        .header("content-type")
        .map_or_else(|| "missing".to_owned(), |text| format!("`{text}`"));
    broken(Place::Header, "Content-Type", Rule::Format, wanted, &crate::encoding::clip(&found, 80))
}

fn broken(place: Place, path: &str, rule: Rule, limit: &str, actual: &str) -> Box<Violation> {
    Box::new(Violation {
        path: path.to_owned(),
        pointer: if path.is_empty() { String::new() } else { format!("/{path}") },
        place,
        rule,
        limit: limit.to_owned(),
        actual: actual.to_owned(),
        value: None,
    })
}
