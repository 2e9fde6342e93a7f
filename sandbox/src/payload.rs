//! From the bytes of a body to what the field checks read.

use bytes::Bytes;
use wechatpay_codegen::model::{Operation, Place};

use crate::{
    check::{self, File, Payload, Rule, Violation},
    multipart::Upload,
    refusal::Refusal,
    request::Head,
};

/// Reads the body in the form that the operation wants.
///
/// The outer error is a request that is no such call at all; the inner one a body that cannot be read.
pub(crate) fn read(
    operation: &Operation,
    head: &Head,
    body: &Bytes,
    upload: Option<Upload>,
) -> Result<Result<Payload, Violation>, Refusal> {
    if operation.upload.is_some() {
        let upload =
            upload.ok_or_else(|| Refusal::invalid("Content-Type must be multipart/form-data"))?;
        return Ok(read_upload(upload));
    }
    if !operation.has_body {
        return Ok(read_nothing(body));
    }
    if !head.is_json() {
        return Err(Refusal::invalid("Content-Type must be application/json"));
    }
    Ok(read_json(Place::Body, "", body).map(Payload::Json))
}

/// An operation without a body. Some clients send an empty object all the same.
fn read_nothing(body: &Bytes) -> Result<Payload, Violation> {
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

fn read_json(place: Place, path: &str, text: &[u8]) -> Result<serde_json::Value, Violation> {
    if text.is_empty() {
        return Err(broken(place, path, Rule::Body, "a JSON object", "empty"));
    }
    check::parse_json(text)
        .map_err(|error| broken(place, path, Rule::Body, "JSON", &format!("broken: {error}")))
}

fn read_upload(upload: Upload) -> Result<Payload, Violation> {
    let Some(meta) = upload.meta else {
        return Err(broken(Place::Meta, "meta", Rule::Required, "a part of the body", "missing"));
    };
    Ok(Payload::Upload {
        meta: read_json(Place::Meta, "meta", &meta.content)?,
        meta_file_name: meta.file_name,
        file: upload.file.map(|part| File { name: part.file_name, content: part.content }),
        others: upload.others,
    })
}

fn broken(place: Place, path: &str, rule: Rule, limit: &str, actual: &str) -> Violation {
    Violation {
        path: path.to_owned(),
        pointer: if path.is_empty() { String::new() } else { format!("/{path}") },
        place,
        rule,
        limit: limit.to_owned(),
        actual: actual.to_owned(),
        value: None,
    }
}
