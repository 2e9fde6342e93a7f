//! Operations: route, parameters, what comes back.

use super::{Reader, spot::Spot, text, texts};
use crate::{
    lower::OWN_HEADERS,
    model::Place,
    openapi::{
        json::Json,
        surface::{Body, Field, Lifecycle, Operation, Response, Shape},
    },
};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

impl<'d> Reader<'d> {
    pub(super) fn paths(&mut self, paths: &Spot<'d>, root: &Spot<'d>) {
        for (path, item) in paths.entries() {
            self.keys(&item, &[&METHODS[..], &["parameters", "summary"]].concat());
            for method in METHODS {
                let Some(spot) = item.get(method) else { continue };
                if spot.json.get("x-inbound").is_some_and(Json::is_true) {
                    self.treat("a call of the platform to the merchant is no operation", &spot);
                    continue;
                }
                let operation = self.operation(method, path, &spot, &item, root);
                self.surface.operations.extend(operation);
            }
        }
    }

    fn operation(
        &mut self,
        method: &str,
        path: &str,
        spot: &Spot<'d>,
        item: &Spot<'d>,
        root: &Spot<'d>,
    ) -> Option<Operation> {
        self.keys(
            spot,
            &[
                "operationId",
                "summary",
                "parameters",
                "requestBody",
                "responses",
                "servers",
                "deprecated",
                "x-roles",
                "x-docs",
                "x-docs-alt",
                "x-lifecycle",
                "x-error-codes",
            ],
        );
        let mut fields = Vec::new();
        for list in [item.get("parameters"), spot.get("parameters")].into_iter().flatten() {
            for parameter in list.items() {
                fields.extend(self.parameter(&parameter));
            }
        }
        let request = self.request(spot, method);
        fields.extend(request.fields);
        let mut pages = texts(spot, "x-docs");
        pages.extend(texts(spot, "x-docs-alt"));
        let server = |spot: &Spot<'_>| {
            let servers = spot.get("servers")?;
            let first = servers.items().next()?;
            Some(text(&first, "url").trim_end_matches('/').to_owned())
        };
        Some(Operation {
            origin: self.origin(spot),
            product: self.product(root),
            name: text(spot, "operationId"),
            title: text(spot, "summary"),
            method: method.to_uppercase(),
            path: path.to_owned(),
            host: server(spot).or_else(|| server(root)),
            roles: texts(spot, "x-roles"),
            pages,
            lifecycle: self.lifecycle(spot),
            deprecated: spot.json.get("deprecated").is_some_and(Json::is_true),
            errors: self.errors(spot),
            fields,
            has_body: request.has_body,
            file: request.file,
            response: self.response(spot)?,
        })
    }

    /// The name a document gives to its product, or the name of its file.
    fn product(&self, root: &Spot<'d>) -> String {
        let named = root.get("info").map(|info| text(&info, "x-product")).unwrap_or_default();
        if !named.is_empty() {
            return named;
        }
        let file = self.file.rsplit('/').next().unwrap_or_default();
        file.trim_end_matches(".json").to_owned()
    }

    fn parameter(&mut self, spot: &Spot<'d>) -> Option<Field> {
        let spot = &self.follow(spot)?;
        self.keys(
            spot,
            &["name", "in", "required", "schema", "example", "deprecated", "x-required-when"],
        );
        let name = text(spot, "name");
        let place = match text(spot, "in").as_str() {
            "path" => Place::Path,
            "query" => Place::Query,
            "header" if OWN_HEADERS.iter().any(|own| own.eq_ignore_ascii_case(&name)) => {
                self.treat(format!("the header `{name}` is the client's own"), spot);
                return None;
            }
            "header" => Place::Header,
            other => {
                let message = format!("a parameter in `{other}` cannot be expressed");
                self.refuse(spot, message, "parameters travel in: path, query, header");
                return None;
            }
        };
        let Some(schema) = spot.get("schema") else {
            self.refuse(spot, "this parameter has no `schema`", "give its type");
            return None;
        };
        let required = spot.json.get("required").is_some_and(Json::is_true);
        let mut field = self.field(&name, &schema, required, place)?;
        let plain = match &field.shape {
            Shape::Object(_) | Shape::Any => false,
            Shape::List(item, _) => {
                place == Place::Query && matches!(**item, Shape::Text(_) | Shape::Enum(_))
            }
            _ => true,
        };
        if !plain {
            self.refuse(&schema, "this type cannot travel outside the body", "give a plain type");
            return None;
        }
        field.example = field.example.or_else(|| spot.json.get("example").cloned());
        self.conditions(spot, std::slice::from_mut(&mut field));
        Some(field)
    }

    fn lifecycle(&mut self, spot: &Spot<'d>) -> Option<Lifecycle> {
        let spot = spot.get("x-lifecycle")?;
        self.keys(&spot, &["status", "date", "replaced_by"]);
        let since = text(&spot, "date");
        Some(Lifecycle {
            status: text(&spot, "status"),
            since: (!since.is_empty()).then_some(since),
            replaced_by: texts(&spot, "replaced_by"),
        })
    }

    fn errors(&mut self, spot: &Spot<'d>) -> Vec<(String, String)> {
        let mut errors: Vec<(String, String)> = Vec::new();
        for error in spot.get("x-error-codes").iter().flat_map(Spot::items) {
            self.keys(&error, &["status", "code", "reason"]);
            let status = error.json.get("status").and_then(Json::integer).unwrap_or_default();
            errors.push((format!("{status} {}", text(&error, "code")), text(&error, "reason")));
        }
        errors
    }

    fn response(&mut self, spot: &Spot<'d>) -> Option<Response> {
        let mut found = None;
        for (status, response) in spot.get("responses").iter().flat_map(Spot::entries) {
            match status.parse::<i64>() {
                Ok(status) if (200..300).contains(&status) && found.is_none() => {
                    found = Some((status, response));
                }
                Ok(status) if (200..300).contains(&status) => {
                    self.treat("a second response of success is not used", &response);
                }
                _ => {
                    self.treat("responses of failure are not used: they all look alike", &response)
                }
            }
        }
        let Some((status, response)) = found else {
            self.refuse(spot, "no response of success is given", "give one from 200 to 299");
            return None;
        };
        let response = self.follow(&response)?;
        self.keys(&response, &["description", "content", "x-unsigned"]);
        Some(Response { status, body: self.body(&response)? })
    }

    fn body(&mut self, response: &Spot<'d>) -> Option<Body> {
        let Some(content) = response.get("content") else { return Some(Body::Empty) };
        let mut kinds = content.entries();
        let Some((kind, media)) = kinds.next() else { return Some(Body::Empty) };
        if !is_json(kind) {
            return Some(Body::Binary);
        }
        for (_, other) in kinds {
            self.treat("a second kind of content is not used", &other);
        }
        let Some(schema) = media.get("schema") else {
            self.refuse(&media, "this content has no `schema`", "give its type");
            return None;
        };
        match self.shape(&schema)? {
            Shape::Object(id) => Some(Body::Object(id)),
            Shape::Any => {
                self.treat("a response without fields is read as empty", &schema);
                Some(Body::Empty)
            }
            _ => {
                self.refuse(&schema, "a response is an object", "put the value into an object");
                None
            }
        }
    }
}

pub(super) fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind == "application/json" || kind.ends_with("+json")
}
