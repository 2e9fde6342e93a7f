//! Operations.

use super::{describe, plain, schema};
use crate::{
    model::{Field, Lifecycle, Operation, Place, Presence, Product, Repeat, Response},
    openapi::json::Json,
};

pub(super) fn operation(product: &Product, operation: &Operation) -> Json {
    let mut json = Json::map([
        ("operationId", Json::from(operation.name.wire.as_str())),
        ("summary", plain(operation.texts.term()).into()),
    ]);
    describe(&mut json, &operation.texts);
    if let Some(why) = &operation.deprecated {
        json.put("deprecated", true);
        json.put("x-deprecated", plain(why));
    }
    if let Some(described) = &operation.lifecycle {
        json.put("x-lifecycle", lifecycle(described));
    }
    json.put("x-roles", Json::texts(&operation.roles));
    json.put("x-docs", Json::texts(pages(operation)));
    json.put("x-repeat", repeat(&operation.repeat));
    if !operation.errors.is_empty() {
        let errors = operation.errors.iter().map(|error| {
            Json::map([
                ("status", Json::from(i64::from(error.status))),
                ("code", error.code.as_str().into()),
                ("reason", plain(&error.doc).into()),
            ])
        });
        json.put("x-error-codes", Json::List(errors.collect()));
    }
    let parameters: Vec<Json> =
        operation.fields.iter().filter_map(|field| parameter(product, field)).collect();
    if !parameters.is_empty() {
        json.put("parameters", Json::List(parameters));
    }
    if operation.has_body {
        json.put("requestBody", body(product, operation));
    }
    json.put("responses", responses(&operation.response, product));
    json
}

fn pages(operation: &Operation) -> impl Iterator<Item = &str> {
    let others = operation.other_pages.iter().map(String::as_str);
    operation.page.as_deref().into_iter().chain(others)
}

/// `{status, date, replaced_by: [ROUTE]}`
fn lifecycle(lifecycle: &Lifecycle) -> Json {
    let mut json = Json::map([("status", Json::from(lifecycle.stage.word()))]);
    if let Some(since) = &lifecycle.since {
        json.put("date", since.as_str());
    }
    if !lifecycle.replaced_by.is_empty() {
        let routes = lifecycle.replaced_by.iter();
        let routes = routes.map(|(method, path)| format!("{} {path}", method.as_str()));
        json.put("replaced_by", Json::texts(routes));
    }
    json
}

fn repeat(repeat: &Repeat) -> String {
    match repeat {
        Repeat::Read => "read".to_owned(),
        Repeat::Overwrite => "overwrite".to_owned(),
        Repeat::Number(field) => format!("number {field}"),
        Repeat::IdempotencyKey => "idempotency-key".to_owned(),
        Repeat::Never => "never".to_owned(),
    }
}

fn parameter(product: &Product, field: &Field) -> Option<Json> {
    let place = match field.place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "header",
        Place::Body | Place::Meta | Place::Form => return None,
    };
    let mut json =
        Json::map([("name", Json::from(field.name.wire.as_str())), ("in", place.into())]);
    if field.presence == Presence::Required {
        json.put("required", true);
    }
    if matches!(field.ty, crate::model::Type::List { .. }) {
        json.put("style", "form");
        json.put("explode", false);
    }
    json.put("schema", schema::field(product, field, false));
    if let Some(conditions) = schema::conditions(std::iter::once(field)) {
        json.put("x-required-when", conditions);
    }
    Some(json)
}

fn body(product: &Product, operation: &Operation) -> Json {
    let here = |place| operation.fields.iter().filter(move |field: &&Field| field.place == place);
    let (kind, media) = match &operation.upload {
        None => {
            let schema = schema::object(product, here(Place::Body), false);
            ("application/json", Json::map([("schema", schema)]))
        }
        Some(upload) => {
            let mut file = Json::map([("type", "string"), ("format", "binary")].map(text));
            schema::title(&mut file, &upload.texts);
            let mut required = vec![upload.part.as_str()];
            let mut properties = Json::map([(upload.part.as_str(), file)]);
            if here(Place::Meta).next().is_some() {
                required.push("meta");
                properties.put("meta", schema::object(product, here(Place::Meta), false));
            }
            for part in here(Place::Form) {
                if part.presence == Presence::Required {
                    required.push(&part.name.wire);
                }
                properties.put(part.name.wire.as_str(), schema::field(product, part, false));
            }
            let mut schema = Json::map([
                ("type", "object".into()),
                ("required", Json::texts(required)),
                ("properties", properties),
            ]);
            if let Some(conditions) = schema::conditions(here(Place::Form)) {
                schema.put("x-required-when", conditions);
            }
            ("multipart/form-data", Json::map([("schema", schema)]))
        }
    };
    Json::map([("required", true.into()), ("content", Json::map([(kind, media)]))])
}

fn text((key, value): (&'static str, &'static str)) -> (&'static str, Json) {
    (key, value.into())
}

fn responses(response: &Response, product: &Product) -> Json {
    let content =
        |kind: &str, schema: Json| Json::map([(kind.to_owned(), Json::map([("schema", schema)]))]);
    let mut json = Json::map([("description", Json::from("Success"))]);
    let status = match response {
        Response::Empty { status } => status,
        Response::Json { status, object } => {
            let reference = schema::reference(&product.object(*object).name);
            json.put("content", content("application/json", reference));
            status
        }
        Response::Binary { status, signed } => {
            let bytes = Json::map([("type", "string"), ("format", "binary")].map(text));
            json.put("content", content("application/octet-stream", bytes));
            if !signed {
                json.put("x-unsigned", true);
            }
            status
        }
    };
    Json::map([(status.to_string(), json)])
}
