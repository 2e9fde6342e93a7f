//! What the gateway answers, before it is signed.

use serde_json::{Map, Value};
use wechatpay_codegen::model::{Field, ObjectId, Place, Product, Response, Type};

use crate::{
    business::Told,
    check::{Given, Secrets},
    cipher, fit,
    keys::PublicKey,
    routes::Found,
};

/// Stands in for every file to download.
const FILE: &[u8] = b"a file from wechatpay-sandbox\n";

/// An answer: status, body, and whether it is to be signed.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    /// Further headers.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) signed: bool,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: Option<&str>, body: impl Into<Vec<u8>>) -> Self {
        let content_type = content_type.map(str::to_owned);
        Self { status, content_type, headers: Vec::new(), body: body.into(), signed: true }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, Some("application/json; charset=utf-8"), body.to_string())
    }

    pub(crate) fn unsigned(mut self) -> Self {
        self.signed = false;
        self
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The successful answer to a request without violations.
///
/// A field that the request has too, under the same name and with the same type, gets the request's value; the others
/// get their examples. Encrypted fields are encrypted to the caller.
pub(crate) fn compose(
    found: Found<'_>,
    given: &Given,
    secrets: &Secrets,
    caller: &PublicKey,
) -> Answer {
    match &found.operation.response {
        Response::Empty { status } => Answer::new(*status, None, ""),
        Response::Binary { status, signed } => {
            let answer = Answer::new(*status, Some("application/octet-stream"), FILE);
            if *signed { answer } else { answer.unsigned() }
        }
        Response::Json { status, object } => {
            let fields = &found.product.object(*object).fields;
            let mut body = found.product.example_object(*object);
            echo(found, fields, given, secrets, &mut body);
            let seal = |plain: &str| cipher::seal_field(caller, found.host.padding, plain);
            Answer::json(*status, &Value::Object(seal_object(found.product, *object, body, &seal)))
        }
    }
}

/// The successful answer with what a handler has to say.
pub(crate) fn tell(found: Found<'_>, told: Told, caller: &PublicKey) -> Answer {
    match (&found.operation.response, told) {
        (Response::Json { status, object }, Told::Fields(told)) => {
            let body = fit::object(found.product, *object, &told);
            let seal = |plain: &str| cipher::seal_field(caller, found.host.padding, plain);
            Answer::json(*status, &Value::Object(seal_object(found.product, *object, body, &seal)))
        }
        (Response::Binary { status, signed }, Told::File(content)) => {
            let answer = Answer::new(*status, Some("application/octet-stream"), content);
            if *signed { answer } else { answer.unsigned() }
        }
        (
            Response::Empty { status }
            | Response::Json { status, .. }
            | Response::Binary { status, .. },
            _,
        ) => Answer::new(*status, None, ""),
    }
}

/// Puts the request's values, in plain text, in the place of the examples.
fn echo(
    found: Found<'_>,
    fields: &[Field],
    given: &Given,
    secrets: &Secrets,
    body: &mut Map<String, Value>,
) {
    let open = |sealed: &str| secrets.open(sealed);
    for field in fields {
        let same = |asked: &&Field| {
            asked.name.wire == field.name.wire
                && asked.ty == field.ty
                && asked.place != Place::Header
        };
        let asked = found.operation.fields.iter().find(same);
        if let Some(value) = asked.and_then(|asked| given.get(asked)) {
            body.insert(
                field.name.wire.clone(),
                translate(found.product, &field.ty, value.clone(), &open),
            );
        }
    }
}

type Cipher<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The object `id`, its encrypted fields in the form they travel in.
pub(crate) fn seal_object(
    product: &Product,
    id: ObjectId,
    object: Map<String, Value>,
    cipher: Cipher<'_>,
) -> Map<String, Value> {
    translate_object(product, &product.object(id).fields, object, cipher)
}

/// Applies `cipher` to all encrypted texts in a value. One it cannot be applied to becomes empty.
pub(crate) fn translate(product: &Product, ty: &Type, value: Value, cipher: Cipher<'_>) -> Value {
    match (ty, value) {
        (Type::Text { encrypted: true, .. }, Value::String(text)) => {
            cipher(&text).unwrap_or_default().into()
        }
        (Type::List { item, .. }, Value::Array(items)) => {
            items.into_iter().map(|value| translate(product, item, value, cipher)).collect()
        }
        (Type::Object(id), Value::Object(object)) => {
            translate_object(product, &product.object(*id).fields, object, cipher).into()
        }
        (_, value) => value,
    }
}

fn translate_object(
    product: &Product,
    fields: &[Field],
    object: Map<String, Value>,
    cipher: Cipher<'_>,
) -> Map<String, Value> {
    let member = |(name, value): (String, Value)| match fields
        .iter()
        .find(|field| field.name.wire == name)
    {
        Some(field) => (name, translate(product, &field.ty, value, cipher)),
        None => (name, value),
    };
    object.into_iter().map(member).collect()
}
