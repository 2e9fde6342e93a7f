//! A request as handlers read it: its fields in plain text, whatever place they travelled in.

use serde_json::{Map, Value};
use wechatpay_codegen::model::Place;

use crate::{
    answer,
    check::{File, Given, Payload, Secrets},
    routes::Found,
};

/// A request that breaks no rule of the schema.
pub(crate) struct Asked<'a> {
    /// `pay.prepay_jsapi`.
    pub(crate) operation: String,
    /// All fields but headers. Of two with one name, the path's.
    pub(crate) fields: Map<String, Value>,
    /// The file of an upload.
    pub(crate) file: Option<&'a File>,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(
        found: Found<'_>,
        given: &Given,
        payload: &'a Payload,
        secrets: &Secrets,
    ) -> Self {
        let open = |sealed: &str| secrets.open(sealed);
        let mut fields = Map::new();
        // Path fields come first in a model; whoever comes later does not replace them.
        for field in found.operation.fields.iter().filter(|field| field.place != Place::Header) {
            if let Some(value) = given.get(field) {
                let plain = || answer::translate(found.product, &field.ty, value.clone(), &open);
                fields.entry(field.name.wire.clone()).or_insert_with(plain);
            }
        }
        let file = match payload {
            Payload::Upload { file, .. } => file.as_ref(),
            _ => None,
        };
        Self { operation: found.name(), fields, file }
    }

    /// A text; empty if it was left out.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A number at the end of a path of names; 0 if it was left out.
    pub(crate) fn integer(&self, path: &[&str]) -> i64 {
        self.at(path).and_then(Value::as_i64).unwrap_or_default()
    }

    /// A flag; false if it was left out.
    pub(crate) fn flag(&self, path: &[&str]) -> bool {
        self.at(path).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The objects of a list.
    pub(crate) fn objects(&self, name: &str) -> Vec<Map<String, Value>> {
        let items = self.fields.get(name).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(|item| item.as_object().cloned()).collect()
    }

    fn at(&self, path: &[&str]) -> Option<&Value> {
        let (last, outer) = path.split_last()?;
        outer
            .iter()
            .try_fold(&self.fields, |object, name| object.get(*name)?.as_object())?
            .get(*last)
    }
}

/// The text at the end of a path of names.
pub(super) fn text_at<'v>(object: &'v Map<String, Value>, path: &[&str]) -> Option<&'v str> {
    let (last, outer) = path.split_last()?;
    let inner = outer.iter().try_fold(object, |object, name| object.get(*name)?.as_object())?;
    inner.get(*last)?.as_str()
}

/// The number at the end of a path of names; 0 if there is none.
pub(super) fn integer_at(object: &Map<String, Value>, path: &[&str]) -> i64 {
    let Some((last, outer)) = path.split_last() else { return 0 };
    let inner = outer.iter().try_fold(object, |object, name| object.get(*name)?.as_object());
    inner.and_then(|inner| inner.get(*last)?.as_i64()).unwrap_or_default()
}

/// The members of a JSON object written as one.
pub(super) fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
