//! Walks the fields of a request, at every depth.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use wechatpay_codegen::model::{
    Enumeration, Field, ObjectId, Operation, Place, Product, Span, Type,
};

use super::{
    Inner, Payload, Rule, SERIAL_HEADER, Secrets, Violation,
    need::Need,
    text::{TextRules, charset},
};
use crate::encoding;

/// How many characters of a value a violation shows.
const SHOWN: usize = 64;

/// What RSA-OAEP with SHA-1 and a 2048-bit key can take.
const MAX_ENCRYPTED_BYTES: usize = 214;

/// How many violations are collected. Nobody reads more, and a hostile body could hold a million.
const MOST: usize = 1000;

/// Looks up the value of a field.
pub(super) type Lookup<'a> = &'a dyn Fn(&Field) -> Option<&'a Value>;

/// Collects violations; knows at every moment which field it looks at.
pub(super) struct Walk<'a> {
    product: &'a Product,
    secrets: &'a Secrets,
    found: Vec<Violation>,
    path: String,
    pointer: String,
    place: Place,
    /// `Wechatpay-Serial` is reported once, however many fields want it.
    serial_reported: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(product: &'a Product, secrets: &'a Secrets) -> Self {
        let (path, pointer) = (String::new(), String::new());
        Self {
            product,
            secrets,
            found: Vec::new(),
            path,
            pointer,
            place: Place::Body,
            serial_reported: false,
        }
    }

    pub(super) fn finish(self) -> Vec<Violation> {
        self.found
    }

    /// The fields of a request or an object.
    pub(super) fn fields(&mut self, fields: &[Field], lookup: Lookup<'_>) {
        for field in fields {
            if self.path.is_empty() {
                self.place = field.place;
            }
            let need = Need::of(field, fields, lookup);
            self.within(&field.name.wire, |walk| match lookup(field) {
                None if need.required => walk.missing(&need),
                None => {}
                Some(value) => walk.value(value, &field.ty, &need),
            });
        }
    }

    /// Query keys that stand twice or that the operation does not know.
    pub(super) fn unknown_query(&mut self, operation: &Operation, query: &[(String, String)]) {
        self.place = Place::Query;
        let mut seen = BTreeSet::new();
        for (key, _) in query {
            if !seen.insert(key) {
                self.within(&encoding::clip(key, SHOWN), |walk| {
                    walk.report(Rule::Duplicate, "given once", "given twice", None);
                });
            } else if !has(&operation.fields, Place::Query, key) {
                self.unknown(key);
            }
        }
    }

    /// The body as a whole, and fields in it that the operation does not know.
    pub(super) fn body(&mut self, operation: &Operation, body: &Payload) {
        let (place, value) = match body {
            Payload::Empty => return,
            Payload::Json(value) => (Place::Body, value),
            Payload::Upload { meta: Value::Null, .. } => return,
            Payload::Upload { meta, .. } => (Place::Meta, meta),
        };
        self.place = place;
        let Some(object) = value.as_object() else {
            return self.report(Rule::Type, "a JSON object", kind(value), None);
        };
        self.unknown_members(&operation.fields, place, object);
    }

    fn value(&mut self, value: &Value, ty: &Type, need: &Need) {
        if value.is_null() {
            return self.report(Rule::Null, "left out instead of null", "null", None);
        }
        match ty {
            Type::Text { encrypted: true, .. } => self.encrypted(value, ty, need),
            Type::Text { secret, .. } => {
                self.text(value, ty, need, Some(value).filter(|_| !secret));
            }
            Type::Integer(span) => self.integer(value, *span),
            Type::Decimal if value.is_number() => {}
            Type::Decimal => self.wrong_type("a number", value),
            Type::Boolean if value.is_boolean() => {}
            Type::Boolean => self.wrong_type("true or false", value),
            Type::Enum(id) => self.enumeration(value, self.product.enumeration(*id), need),
            Type::List { item, count } => self.list(value, item, *count, need),
            Type::Object(id) => self.object(value, *id),
            Type::Json { value: ty, length } => self.json(value, ty, *length, need),
            Type::Any => {
                if let Some((rule, limit, actual)) = charset(&value.to_string()) {
                    self.report(rule, &limit, &actual, None);
                }
            }
        }
    }

    /// `shown` is the value to report; `None` for credentials and for plain texts of encrypted fields.
    fn text(&mut self, value: &Value, ty: &Type, need: &Need, shown: Option<&Value>) {
        let Type::Text { length, format, pattern, .. } = ty else { return };
        let Some(text) = value.as_str() else {
            return self.report(Rule::Type, "a string", kind(value), shown);
        };
        if text.is_empty() && self.must_not_be_empty(need) {
            return self.missing(need);
        }
        let rules = TextRules { length: *length, format: *format, pattern: pattern.as_deref() };
        for (rule, limit, actual) in rules.broken_by(text) {
            self.report(rule, &limit, &actual, shown);
        }
    }

    fn encrypted(&mut self, value: &Value, ty: &Type, need: &Need) {
        let Some(text) = value.as_str() else {
            return self.report(Rule::Type, "a string", kind(value), None);
        };
        match &self.secrets.0 {
            Inner::Missing => self.blame_serial(
                Rule::Required,
                "given, for there are encrypted fields",
                "missing",
            ),
            Inner::Unknown(serial) => {
                let serial = encoding::clip(serial, SHOWN);
                self.blame_serial(
                    Rule::Encryption,
                    "the name of a key of the platform",
                    &format!("`{serial}`"),
                );
            }
            Inner::Plain => {
                self.text(value, ty, need, None);
                self.encrypted_length(text.len());
            }
            Inner::Key(..) => match self.secrets.open(text) {
                Some(plain) => self.text(&plain.into(), ty, need, None),
                None => {
                    let form = self.secrets.form();
                    let limit = format!(
                        "Base64 of {form} ciphertext, made with the key that Wechatpay-Serial names"
                    );
                    self.report(Rule::Encryption, &limit, "something else", None);
                }
            },
        }
    }

    fn encrypted_length(&mut self, bytes: usize) {
        if bytes > MAX_ENCRYPTED_BYTES {
            let limit = format!("at most {MAX_ENCRYPTED_BYTES} bytes, for it is encrypted");
            self.report(Rule::EncryptedLength, &limit, &format!("{bytes} bytes"), None);
        }
    }

    fn blame_serial(&mut self, rule: Rule, limit: &str, actual: &str) {
        if std::mem::replace(&mut self.serial_reported, true) {
            return;
        }
        let (name, place) = SERIAL_HEADER;
        self.push(Violation {
            path: name.to_owned(),
            pointer: format!("/{name}"),
            place,
            rule,
            limit: limit.to_owned(),
            actual: actual.to_owned(),
            value: None,
        });
    }

    fn integer(&mut self, value: &Value, span: Span) {
        let Some(number) = value.as_i64() else {
            return self.wrong_type("a 64-bit integer", value);
        };
        if !inside(number, span) {
            self.report(Rule::Range, &limits(span, ""), &number.to_string(), Some(value));
        }
    }

    fn enumeration(&mut self, value: &Value, known: &Enumeration, need: &Need) {
        let text = match value {
            Value::String(text) if !known.integer => text.clone(),
            Value::Number(number) if known.integer && number.is_i64() => number.to_string(),
            _ => {
                return self
                    .wrong_type(if known.integer { "an integer" } else { "a string" }, value);
            }
        };
        if text.is_empty() && self.must_not_be_empty(need) {
            return self.missing(need);
        }
        if let Some((rule, limit, actual)) = charset(&text) {
            self.report(rule, &limit, &actual, Some(value));
        }
        if !known.partial && known.values.iter().all(|item| item.name.wire != text) {
            let names: Vec<_> = known.values.iter().map(|item| item.name.wire.as_str()).collect();
            self.report(
                Rule::Enum,
                &format!("one of {}", names.join(", ")),
                &shown(value),
                Some(value),
            );
        }
    }

    fn list(&mut self, value: &Value, item: &Type, count: Span, need: &Need) {
        let Some(items) = value.as_array() else { return self.wrong_type("a list", value) };
        if items.is_empty() && need.required && count.min.is_none() {
            self.missing(need);
        } else if !inside(i64::try_from(items.len()).unwrap_or(i64::MAX), count) {
            self.report(
                Rule::ItemCount,
                &limits(count, " items"),
                &format!("{} items", items.len()),
                None,
            );
        }
        for (index, value) in items.iter().enumerate() {
            self.at(&format!("[{index}]"), &format!("/{index}"), |walk| {
                walk.value(value, item, need)
            });
        }
    }

    fn object(&mut self, value: &Value, id: ObjectId) {
        let Some(object) = value.as_object() else { return self.wrong_type("an object", value) };
        let fields = &self.product.object(id).fields;
        self.fields(fields, &|field| object.get(&field.name.wire));
        self.unknown_members(fields, Place::Body, object);
    }

    /// A string that holds JSON. It is not shown: what is in it may be personal.
    fn json(&mut self, value: &Value, ty: &Type, length: Span, need: &Need) {
        let Some(text) = value.as_str() else {
            return self.report(Rule::Type, "JSON in a string", kind(value), None);
        };
        if text.is_empty() && self.must_not_be_empty(need) {
            return self.missing(need);
        }
        let rules = TextRules { length, format: None, pattern: None };
        if let Some((rule, limit, actual)) = rules.length(text) {
            self.report(rule, &limit, &actual, None);
        }
        match super::parse_json(text.as_bytes()) {
            Ok(value) => self.value(&value, ty, need),
            Err(_) => self.report(Rule::Format, "JSON", "not", None),
        }
    }

    fn unknown_members(&mut self, fields: &[Field], place: Place, object: &Map<String, Value>) {
        for key in object.keys() {
            if !has(fields, place, key) {
                self.unknown(key);
            }
        }
    }

    /// Its value is not shown: it may be a personal one under a misspelt name.
    fn unknown(&mut self, key: &str) {
        self.within(&encoding::clip(key, SHOWN), |walk| {
            walk.report(Rule::UnknownField, "a field of the operation", "unknown", None);
        });
    }

    fn missing(&mut self, need: &Need) {
        let limit = match &need.because {
            Some(condition) => format!("given and not empty when {condition}"),
            None => "given and not empty".to_owned(),
        };
        self.report(Rule::Required, &limit, "missing or empty", None);
    }

    fn must_not_be_empty(&self, need: &Need) -> bool {
        need.required || self.place == Place::Path
    }

    fn wrong_type(&mut self, wanted: &str, value: &Value) {
        self.report(Rule::Type, wanted, kind(value), Some(value));
    }

    fn report(&mut self, rule: Rule, limit: &str, actual: &str, value: Option<&Value>) {
        let value = value.filter(|value| !value.is_array() && !value.is_object()).map(shown);
        self.push(Violation {
            path: self.path.clone(),
            pointer: self.pointer.clone(),
            place: self.place,
            rule,
            limit: limit.to_owned(),
            actual: actual.to_owned(),
            value,
        });
    }

    fn push(&mut self, violation: Violation) {
        if self.found.len() < MOST {
            self.found.push(violation);
        }
    }

    /// Steps into a member.
    fn within(&mut self, name: &str, look: impl FnOnce(&mut Self)) {
        let dot = if self.path.is_empty() { "" } else { "." };
        let escaped = name.replace('~', "~0").replace('/', "~1");
        self.at(&format!("{dot}{name}"), &format!("/{escaped}"), look);
    }

    fn at(&mut self, step: &str, pointer: &str, look: impl FnOnce(&mut Self)) {
        let lengths = (self.path.len(), self.pointer.len());
        self.path.push_str(step);
        self.pointer.push_str(pointer);
        look(self);
        self.path.truncate(lengths.0);
        self.pointer.truncate(lengths.1);
    }
}

fn has(fields: &[Field], place: Place, name: &str) -> bool {
    fields.iter().any(|field| field.place == place && field.name.wire == name)
}

fn inside(number: i64, span: Span) -> bool {
    span.min.is_none_or(|min| number >= min) && span.max.is_none_or(|max| number <= max)
}

fn limits(span: Span, unit: &str) -> String {
    match (span.min, span.max) {
        (Some(min), Some(max)) => format!("{min} to {max}{unit}"),
        (Some(min), None) => format!("at least {min}{unit}"),
        (None, Some(max)) => format!("at most {max}{unit}"),
        (None, None) => "anything".to_owned(),
    }
}

/// A scalar as text, without quotes.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn shown(value: &Value) -> String {
    encoding::clip(&plain(value), SHOWN)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_i64() => "an integer",
        Value::Number(_) => "a number that is no 64-bit integer",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
