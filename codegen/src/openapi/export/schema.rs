//! Types as JSON Schema.

use super::plain;
use crate::{
    model::{Computed, Digest, Enumeration, Field, Format, Presence, Product, Span, Texts, Type},
    openapi::json::Json,
};

/// The named types of a product.
pub(super) fn components(product: &Product) -> Json {
    let mut components = Json::map::<&str>([]);
    for described in &product.objects {
        let received = described.received && !described.sent;
        let mut json = object(product, described.fields.iter(), received);
        title(&mut json, &described.texts);
        components.put(described.name.as_str(), json);
    }
    for described in &product.enums {
        components.put(described.name.as_str(), enumeration(described));
    }
    components
}

/// The name of a component.
pub(super) fn reference(name: &str) -> Json {
    Json::map([("$ref", Json::from(format!("#/components/schemas/{name}")))])
}

/// An object of the given fields.
pub(super) fn object<'f>(
    product: &Product,
    fields: impl Iterator<Item = &'f Field> + Clone,
    received: bool,
) -> Json {
    let mut json = Json::map([("type", Json::from("object"))]);
    let required: Vec<&str> = fields
        .clone()
        .filter(|field| matches!(field.presence, Presence::Required | Presence::Expected))
        .map(|field| field.name.wire.as_str())
        .collect();
    if !required.is_empty() {
        json.put("required", Json::texts(required));
    }
    let mut properties = Json::map::<&str>([]);
    for field in fields.clone() {
        properties.put(field.name.wire.as_str(), self::field(product, field, received));
    }
    json.put("properties", properties);
    if let Some(conditions) = conditions(fields) {
        json.put("x-required-when", conditions);
    }
    json
}

/// Which fields a sibling's value makes required.
pub(super) fn conditions<'f>(fields: impl Iterator<Item = &'f Field>) -> Option<Json> {
    let conditions: Vec<Json> = fields
        .filter_map(|field| match &field.presence {
            Presence::RequiredWhen { field: sibling, values } => Some(Json::map([
                ("field", Json::from(field.name.wire.as_str())),
                ("when", Json::map([(sibling.as_str(), Json::texts(values))])),
            ])),
            _ => None,
        })
        .collect();
    (!conditions.is_empty()).then_some(Json::List(conditions))
}

/// A field's type, with all that is said about the field.
pub(super) fn field(product: &Product, field: &Field, received: bool) -> Json {
    let mut json = schema(product, &field.ty, received);
    title(&mut json, &field.texts);
    match &field.computed {
        Some(Computed::Constant(text)) => json.put("const", text.as_str()),
        Some(Computed::FileName) => json.put("x-computed", "filename"),
        Some(Computed::Digest(Digest::Sha256)) => json.put("x-computed", "sha256"),
        Some(Computed::Digest(Digest::Sm3)) => json.put("x-computed", "sm3"),
        None => {}
    }
    if field.presence == Presence::Expected {
        json.put("x-expected", true);
    }
    if let Some(unit) = &field.unit {
        json.put("x-unit", unit.as_str());
    }
    if let Some(why) = &field.deprecated {
        json.put("deprecated", true);
        json.put("x-deprecated", plain(why));
    }
    if let Some(example) = &field.example {
        json.put("example", example);
    }
    json
}

/// Term and description.
pub(super) fn title(json: &mut Json, texts: &Texts) {
    if !texts.title.is_empty() {
        json.put("title", plain(&texts.title));
    }
    super::describe(json, texts);
}

fn schema(product: &Product, ty: &Type, received: bool) -> Json {
    match ty {
        Type::Text { .. } => text(ty, received),
        Type::Integer(span) => {
            let mut json = Json::map([("type", Json::from("integer")), ("format", "int64".into())]);
            limits(&mut json, *span, "minimum", "maximum");
            json
        }
        Type::Decimal => Json::map([("type", Json::from("number")), ("format", "decimal".into())]),
        Type::Boolean => Json::map([("type", Json::from("boolean"))]),
        Type::Object(id) => reference(&product.object(*id).name),
        Type::Enum(id) => reference(&product.enumeration(*id).name),
        Type::List { item, count } => {
            let mut json = Json::map([("type", Json::from("array"))]);
            limits(&mut json, *count, "minItems", "maxItems");
            json.put("items", schema(product, item, received));
            json
        }
        Type::Json { value, length } => {
            let mut json = Json::map([
                ("type", Json::from("string")),
                ("contentMediaType", "application/json".into()),
                ("contentSchema", schema(product, value, received)),
            ]);
            limits(&mut json, *length, "minLength", "maxLength");
            json
        }
        Type::Any => Json::map([("x-any", Json::from(true))]),
    }
}

fn text(ty: &Type, received: bool) -> Json {
    let mut json = Json::map([("type", Json::from("string"))]);
    let Type::Text { length, format, pattern, encrypted, secret } = ty else { return json };
    if *encrypted {
        json.put("format", "base64");
        let key = if received { "merchant_certificate" } else { "wechatpay_public_key" };
        json.put("x-sensitive", true);
        json.put("x-encrypted-with", key);
        if *length != Span::default() {
            json.put("x-limit-of", "plaintext");
        }
    }
    match format {
        Some(format) if *encrypted => json.put("x-format", format.word()),
        Some(Format::Base64) => json.put("contentEncoding", "base64"),
        Some(Format::Url) => json.put("format", "uri"),
        Some(format) => json.put("format", format.word()),
        None => {}
    }
    limits(&mut json, *length, "minLength", "maxLength");
    if let Some(pattern) = pattern {
        json.put("pattern", pattern.as_str());
    }
    if *secret {
        json.put("x-secret", true);
    }
    json
}

fn enumeration(described: &Enumeration) -> Json {
    let kind = if described.integer { "integer" } else { "string" };
    let mut json = Json::map([("type", Json::from(kind))]);
    title(&mut json, &described.texts);
    let value = |wire: &str| match wire.parse::<i64>() {
        Ok(number) if described.integer => Json::from(number),
        _ => Json::from(wire),
    };
    let values = &described.values;
    json.put("enum", Json::List(values.iter().map(|known| value(&known.name.wire)).collect()));
    json.put("x-enum-varnames", Json::texts(values.iter().map(|known| known.name.rust.as_str())));
    let labels: Vec<(&str, Json)> = values
        .iter()
        .filter(|known| !known.texts.title.is_empty())
        .map(|known| (known.name.wire.as_str(), plain(&known.texts.title).into()))
        .collect();
    if !labels.is_empty() {
        json.put("x-enum-labels", Json::map(labels));
    }
    let deprecated: Vec<(&str, Json)> = values
        .iter()
        .filter_map(|known| {
            Some((known.name.wire.as_str(), plain(known.deprecated.as_ref()?).into()))
        })
        .collect();
    if !deprecated.is_empty() {
        json.put("x-enum-deprecated", Json::map(deprecated));
    }
    if described.partial {
        json.put("x-partial", true);
    }
    json
}

fn limits(json: &mut Json, span: Span, min: &str, max: &str) {
    for (bound, key) in [(span.min, min), (span.max, max)] {
        if let Some(bound) = bound {
            json.put(key, bound);
        }
    }
}
