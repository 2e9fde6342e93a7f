//! Checks the fields of a request against the rules of the schema.
//!
//! Takes an operation and the [`Parts`] of a request, decoded but not interpreted; gives every [`Violation`], in schema
//! order, unknown fields last in each object, a thousand at most. It is pure: no clock, no IO, no state. What it refuses is what the
//! official pages forbid; where they are silent (values of an enumeration that is not known in full), it accepts.

mod given;
mod json;
mod need;
#[cfg(test)]
mod tests;
mod text;
mod upload;
mod violation;
mod walk;

use std::collections::BTreeMap;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;
use wechatpay_codegen::model::{Operation, Padding, Place, Product};

pub(crate) use given::Given;
pub(crate) use json::parse as parse_json;
pub use violation::{Rule, Violation};
use walk::Walk;

use crate::keys::PrivateKey;

/// What a request carries, place by place.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// Percent-decoded values of the path's fields, by wire name.
    pub path: BTreeMap<String, String>,
    /// Decoded pairs of the query string, in the order sent.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Payload,
    /// How encrypted fields can be read.
    pub secrets: Secrets,
}

/// The body of a request.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Payload {
    /// None.
    #[default]
    Empty,
    /// JSON.
    Json(Value),
    /// An upload.
    Upload {
        /// The `meta` part, parsed; `null` if the operation has none.
        meta: Value,
        /// A file name that the `meta` part carries but must not.
        meta_file_name: Option<String>,
        /// The part that holds the file, if it is there.
        file: Option<File>,
        /// The other parts of the operation, by name.
        form: BTreeMap<String, String>,
        /// Names of parts that do not belong there.
        others: Vec<String>,
    },
}

/// The file of an upload.
#[derive(Clone, Debug)]
pub struct File {
    /// The name it was sent with.
    pub name: Option<String>,
    /// Its bytes.
    pub content: Bytes,
}

/// How the values of encrypted fields can be read.
#[derive(Clone, Default)]
pub struct Secrets(Inner);

#[derive(Clone, Default)]
enum Inner {
    #[default]
    Plain,
    Missing,
    Unknown(String),
    Key(Box<PrivateKey>, Padding),
}

impl Secrets {
    /// They are in plain text: the request is checked as a client holds it, before encryption.
    #[must_use]
    pub fn plain() -> Self {
        Self(Inner::Plain)
    }

    /// They cannot be, for the request has no `Wechatpay-Serial`.
    pub(crate) fn missing() -> Self {
        Self(Inner::Missing)
    }

    /// They cannot be, for no key has the name in `Wechatpay-Serial`.
    pub(crate) fn unknown(serial: String) -> Self {
        Self(Inner::Unknown(serial))
    }

    /// They were encrypted to this key.
    pub(crate) fn key(key: PrivateKey, padding: Padding) -> Self {
        Self(Inner::Key(Box::new(key), padding))
    }

    /// How fields are sealed, in words.
    fn form(&self) -> &'static str {
        match &self.0 {
            Inner::Key(key, padding) => match (&**key, padding) {
                (PrivateKey::Rsa(_), Padding::Oaep) => "RSA-OAEP (SHA-1)",
                (PrivateKey::Rsa(_), Padding::Pkcs1) => "RSA PKCS#1 v1.5",
                (PrivateKey::Sm2(_), _) => "SM2 (DER, C1 C3 C2)",
            },
            _ => "no",
        }
    }

    /// The plain text, if it can be had.
    pub(crate) fn open(&self, text: &str) -> Option<String> {
        match &self.0 {
            Inner::Plain => Some(text.to_owned()),
            Inner::Missing | Inner::Unknown(_) => None,
            Inner::Key(key, padding) => crate::cipher::open_field(key, *padding, text),
        }
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Inner::Plain => "Plain",
            Inner::Missing => "Missing",
            Inner::Unknown(_) => "Unknown",
            Inner::Key(..) => "Key",
        })
    }
}

/// Checks a request to `operation` of `product`.
#[must_use]
pub fn check(product: &Product, operation: &Operation, parts: &Parts) -> Vec<Violation> {
    check_given(product, operation, parts, &Given::new(product, operation, parts))
}

pub(crate) fn check_given(
    product: &Product,
    operation: &Operation,
    parts: &Parts,
    given: &Given,
) -> Vec<Violation> {
    let mut walk = Walk::new(product, &parts.secrets);
    walk.fields(&operation.fields, &|field| given.get(field));
    walk.unknown_query(operation, &parts.query);
    walk.body(operation, &parts.body);
    let mut found = walk.finish();
    if operation.upload.is_some() {
        upload::check(operation, &parts.body, &mut found);
    }
    found
}

/// The `Wechatpay-Serial` header, blamed when an encrypted field cannot be read for want of it.
const SERIAL_HEADER: (&str, Place) = ("Wechatpay-Serial", Place::Header);
