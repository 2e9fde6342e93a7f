//! Bodies of requests: JSON, or an upload.

use super::{Reader, operation::is_json, spot::Spot, text};
use crate::{
    model::Place,
    openapi::surface::{Field, Presence, Shape},
};

/// What a request carries besides its parameters.
#[derive(Default)]
pub(super) struct Request {
    pub(super) fields: Vec<Field>,
    pub(super) has_body: bool,
    /// Name of the part that holds an uploaded file.
    pub(super) file: Option<String>,
}

impl<'d> Reader<'d> {
    pub(super) fn request(&mut self, operation: &Spot<'d>, method: &str) -> Request {
        let Some(body) = operation.get("requestBody").and_then(|body| self.follow(&body)) else {
            return Request::default();
        };
        self.keys(&body, &["required", "content"]);
        if body.json.get("required").is_none() {
            self.treat("a body that may be left out is sent, with what is given of it", &body);
        }
        let content = body.get("content");
        let kinds: Vec<_> = content.iter().flat_map(Spot::entries).collect();
        let known = |(kind, _): &&(&str, Spot<'d>)| is_json(kind) || *kind == "multipart/form-data";
        let Some((kind, media)) = kinds.iter().find(known) else {
            let help = "bodies are `application/json` or `multipart/form-data`";
            self.refuse(&body, "this kind of body cannot be expressed", help);
            return Request::default();
        };
        if method == "get" {
            self.refuse(&body, "a GET request has no body", "make its fields parameters");
        }
        for (_, other) in kinds.iter().filter(|(other, _)| other != kind) {
            self.treat("a second kind of content is not used", other);
        }
        self.keys(media, &["schema", "example", "examples"]);
        let Some(schema) = media.get("schema").and_then(|schema| self.follow(&schema)) else {
            return Request { has_body: true, ..Request::default() };
        };
        if is_json(kind) {
            Request { fields: self.json_body(&schema), has_body: true, file: None }
        } else {
            self.upload(&schema)
        }
    }

    fn json_body(&mut self, schema: &Spot<'d>) -> Vec<Field> {
        match self.shape(schema) {
            // The object is the surface's already; its fields are the operation's own.
            Some(Shape::Object(id)) => self.surface.object(id).fields.clone(),
            Some(Shape::Any) | None => Vec::new(),
            Some(_) => {
                self.refuse(schema, "a body is an object", "put the value into an object");
                Vec::new()
            }
        }
    }

    fn upload(&mut self, schema: &Spot<'d>) -> Request {
        self.used(schema, &["properties", "required"]);
        let mut request = Request { has_body: true, ..Request::default() };
        for mut field in self.fields(schema, Place::Form) {
            let place = schema.get("properties").and_then(|spot| spot.get(&field.name));
            let Some(spot) = place.and_then(|spot| self.follow(&spot)) else { continue };
            let is_file =
                text(&spot, "format") == "binary" || spot.get("contentMediaType").is_some();
            match (&field.shape, field.name.as_str()) {
                (Shape::Text(_), _) if is_file && request.file.is_none() => {
                    request.file = Some(field.name);
                }
                (Shape::Object(id), "meta") => self.meta(*id, &mut request),
                (Shape::Encoded(value, _), "meta") => {
                    if let Shape::Object(id) = **value {
                        self.meta(id, &mut request);
                    }
                }
                (Shape::Object(_) | Shape::List(..) | Shape::Any, _) => self.refuse(
                    &spot,
                    "a part of an upload is a file, `meta` or a plain value",
                    "give it as a text",
                ),
                _ => {
                    field.place = Place::Form;
                    request.fields.push(field);
                }
            }
        }
        if request.file.is_none() {
            self.refuse(schema, "this upload has no file", "mark its part with `format: binary`");
        }
        request
    }

    fn meta(&mut self, id: crate::openapi::surface::ObjectId, request: &mut Request) {
        let fields = self.surface.object(id).fields.iter().cloned();
        request.fields.extend(fields.map(|mut field| {
            field.place = Place::Meta;
            // Which are computed is said where the documents say it: by their names.
            field.computed |= computed(&field.name).is_some();
            if field.computed && field.presence == Presence::Optional {
                field.presence = Presence::Required;
            }
            field
        }));
    }
}

/// What the client computes of a file for a field of this name.
pub(in crate::openapi) fn computed(name: &str) -> Option<&'static str> {
    match name {
        "filename" | "file_name" => Some("filename"),
        "sha256" => Some("sha256"),
        _ => None,
    }
}
