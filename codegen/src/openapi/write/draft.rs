//! Drafts of what the schema lacks: facts in the schema's notation, under names that wait for a person.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;

use super::scalar;
use crate::{
    lower::{DRAFT, notation::span_text},
    model::{Format, Place, Span},
    openapi::{
        compare::word,
        json::Json,
        read::computed,
        surface::{Body, EnumId, Field, ObjectId, Operation, Presence, Shape, Surface},
    },
};

/// Writes drafts, and collects the types they name.
pub(super) struct Drafts<'f> {
    facts: &'f Surface,
    schema: &'f Surface,
    /// Names of types that are taken, by folder of the product.
    taken: BTreeSet<(String, String)>,
    objects: BTreeMap<(String, ObjectId), String>,
    enums: BTreeMap<(String, EnumId), String>,
    /// Texts of types, by file.
    types: Vec<(String, String)>,
}

impl<'f> Drafts<'f> {
    pub(super) fn new(
        sources: &BTreeMap<String, String>,
        facts: &'f Surface,
        schema: &'f Surface,
    ) -> Self {
        let mut taken = BTreeSet::new();
        for (file, text) in sources {
            for line in text.lines() {
                let named =
                    ["- object: ", "- enum: "].iter().find_map(|key| line.trim().strip_prefix(key));
                taken.extend(named.map(|name| (product(file), name.trim().to_owned())));
            }
        }
        Self {
            facts,
            schema,
            taken,
            objects: BTreeMap::new(),
            enums: BTreeMap::new(),
            types: Vec::new(),
        }
    }

    /// The types that drafts named, by file.
    pub(super) fn types(self) -> Vec<(String, String)> {
        self.types
    }

    /// The head of a new product's file.
    pub(super) fn head(&self, operation: &Operation, product: Option<&str>) -> String {
        let product = product.unwrap_or(&operation.product);
        format!("product: {product}\ntitle: {DRAFT}\ndoc: {DRAFT}\n")
    }

    pub(super) fn value(&self, wire: &str, title: &str) -> String {
        let mut text = format!("- value: {}\n", scalar::text(wire));
        push(&mut text, "  title", title);
        text
    }

    pub(super) fn operation(&mut self, operation: &Operation, file: &str) -> String {
        let name = operation_name(operation);
        let mut text = format!("- operation: {DRAFT}_{name}\n");
        text.push_str(&format!("  {}: {}\n", operation.method.to_lowercase(), operation.path));
        let title = if operation.title.is_empty() { DRAFT } else { &operation.title };
        push(&mut text, "  title", title);
        if operation.pages.is_empty() {
            push(&mut text, "  page", DRAFT);
        }
        list(&mut text, "page", &operation.pages);
        if !operation.roles.is_empty() {
            text.push_str(&format!("  roles: [{}]\n", operation.roles.join(", ")));
        }
        if let Some(host) = self.host(operation, file) {
            push(&mut text, "  host", &host);
        }
        if operation.deprecated && operation.lifecycle.is_none() {
            push(&mut text, "  deprecated", DRAFT);
        }
        if let Some(lifecycle) = &operation.lifecycle {
            push(&mut text, "  lifecycle", &lifecycle.status);
            push(&mut text, "  since", lifecycle.since.as_deref().unwrap_or_default());
            list(&mut text, "replaced_by", &lifecycle.replaced_by);
        }
        if operation.method != "GET" {
            text.push_str("  repeat: never\n");
        }
        for (place, key) in
            [(Place::Path, "path"), (Place::Query, "query"), (Place::Header, "header")]
        {
            self.place(operation, place, key, file, &name, 2, &mut text);
        }
        if let Some(part) = &operation.file {
            text.push_str("  upload:\n");
            if part != "file" {
                push(&mut text, "    file", part);
            }
            text.push_str(&format!("    title: {DRAFT}\n"));
            self.place(operation, Place::Meta, "meta", file, &name, 4, &mut text);
            self.place(operation, Place::Form, "form", file, &name, 4, &mut text);
        } else if operation.has_body {
            let before = text.len();
            self.place(operation, Place::Body, "body", file, &name, 2, &mut text);
            if text.len() == before {
                text.push_str("  body: []\n");
            }
        }
        text.push_str(&format!("  response:\n    status: {}\n", operation.response.status));
        match operation.response.body {
            Body::Empty => {}
            Body::Binary => text.push_str("    binary: true\n    unsigned: true\n"),
            Body::Object(id) => {
                text.push_str("    fields:\n");
                let facts = self.facts;
                for field in &facts.object(id).fields {
                    let path = format!("{name}_{}", field.name);
                    text.push_str(&shifted(&self.field(field, true, &path, file), 6));
                }
            }
        }
        if !operation.errors.is_empty() {
            text.push_str("  errors:\n");
        }
        for (code, reason) in &operation.errors {
            let reason = if reason.is_empty() { DRAFT } else { reason };
            text.push_str(&format!("    - error: {code}\n      doc: {}\n", scalar::text(reason)));
        }
        text
    }

    /// The gateway's name, unless it is the default and the product has no other.
    fn host(&self, operation: &Operation, file: &str) -> Option<String> {
        let main = operation.host.as_ref()?;
        let index = self.schema.hosts.iter().position(|(_, known)| known == main)?;
        let mut neighbours =
            self.schema.operations.iter().filter(|known| known.product == product(file));
        let is_plain = index == 0 && neighbours.all(|known| known.host.as_ref() == Some(main));
        (!is_plain).then(|| self.schema.hosts[index].0.clone())
    }

    #[expect(clippy::too_many_arguments, reason = "where it comes from, where it goes to")]
    fn place(
        &mut self,
        operation: &Operation,
        place: Place,
        key: &str,
        file: &str,
        name: &str,
        indent: usize,
        text: &mut String,
    ) {
        let mut fields = operation.fields.iter().filter(|field| field.place == place).peekable();
        if fields.peek().is_none() {
            return;
        }
        text.push_str(&format!("{}{key}:\n", " ".repeat(indent)));
        for field in fields {
            let path = format!("{name}_{}", field.name);
            text.push_str(&shifted(&self.field(field, false, &path, file), indent + 2));
        }
    }

    /// A field, whose types are named after `path` and go to `file`.
    pub(super) fn field(
        &mut self,
        field: &Field,
        received: bool,
        path: &str,
        file: &str,
    ) -> String {
        let presence = match field.presence {
            Presence::Required if received => Presence::Expected,
            presence => presence,
        };
        let notation = self.notation(&field.shape, received, path, file);
        let mut text = format!("- field: {} {} {notation}\n", field.name, word(presence));
        push(&mut text, "  title", &field.title);
        if let Some((sibling, values)) = &field.required_when {
            let values: Vec<String> = values.iter().map(|value| scalar::text(value)).collect();
            text.push_str(&format!("  required_when: {{{sibling}: [{}]}}\n", values.join(", ")));
        }
        if let Shape::Text(rules) = leaf(&field.shape) {
            push(&mut text, "  format", rules.format.map_or("", Format::word));
            push(&mut text, "  pattern", rules.pattern.as_deref().unwrap_or_default());
            for (flag, key) in [(rules.encrypted, "encrypted"), (rules.secret, "secret")] {
                if flag {
                    text.push_str(&format!("  {key}: true\n"));
                }
            }
        }
        if field.place == Place::Meta && field.computed {
            push(&mut text, "  computed", computed(&field.name).unwrap_or_default());
        } else if let Some(example) =
            field.example.as_ref().and_then(|json| self.example(json, &field.shape))
        {
            text.push_str(&format!("  example: {example}\n"));
        }
        text
    }

    /// An example, if it fits the rules of its field: those of pages are often of something else.
    fn example(&self, json: &Json, shape: &Shape) -> Option<String> {
        match (json, shape) {
            (Json::Text(text), Shape::Text(rules)) => {
                let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
                let fits = rules.length.contains(length)
                    && !text.is_empty()
                    && !rules.encrypted
                    && rules.format.is_none_or(|format| format.accepts(text))
                    && rules.pattern.as_ref().is_none_or(|pattern| {
                        regex_lite::Regex::new(pattern).is_ok_and(|regex| regex.is_match(text))
                    })
                    && text.chars().all(|c| c.len_utf8() < 4);
                fits.then(|| scalar::text(text))
            }
            (Json::Text(wire), Shape::Enum(id)) => {
                let known = self.facts.enumeration(*id);
                let listed = known.values.iter().any(|(value, _)| value == wire);
                (listed && !known.integer).then(|| scalar::text(wire))
            }
            (Json::Number(_), Shape::Enum(id)) => {
                let (wire, known) = (json.integer()?.to_string(), self.facts.enumeration(*id));
                let listed = known.values.iter().any(|(value, _)| *value == wire);
                (listed && known.integer).then_some(wire)
            }
            (Json::Number(_), Shape::Integer(span)) => json
                .integer()
                .filter(|number| span.contains(*number))
                .map(|number| number.to_string()),
            (Json::Number(number), Shape::Decimal) => Some(number.to_string()),
            (Json::Boolean(flag), Shape::Boolean) => Some(flag.to_string()),
            _ => None,
        }
    }

    fn notation(&mut self, shape: &Shape, received: bool, path: &str, file: &str) -> String {
        match shape {
            Shape::Text(text) => format!("string{}", span_text(text.length)),
            Shape::Integer(span) => format!("integer{}", span_text(*span)),
            Shape::Decimal => "decimal".to_owned(),
            Shape::Boolean => "boolean".to_owned(),
            Shape::Any => "any".to_owned(),
            Shape::Enum(id) => self.enumeration(*id, path, file),
            Shape::Object(id) => self.object(*id, received, path, file),
            Shape::List(item, count) => self.wrapped("array", *count, item, received, path, file),
            Shape::Encoded(value, length) => {
                self.wrapped("json", *length, value, received, path, file)
            }
        }
    }

    fn wrapped(
        &mut self,
        word: &str,
        span: Span,
        inner: &Shape,
        received: bool,
        path: &str,
        file: &str,
    ) -> String {
        let inner = self.notation(inner, received, path, file);
        format!("{word}{}[{inner}]", span_text(span))
    }

    fn object(&mut self, id: ObjectId, received: bool, path: &str, file: &str) -> String {
        if let Some(name) = self.objects.get(&(product(file), id)) {
            return name.clone();
        }
        let facts = self.facts;
        let object = facts.object(id);
        let name = self.name(object.name.as_deref(), path, file);
        self.objects.insert((product(file), id), name.clone());
        let mut text = format!("- object: {name}\n");
        push(&mut text, "  title", if object.title.is_empty() { DRAFT } else { &object.title });
        text.push_str("  fields:\n");
        let base = name.trim_start_matches(DRAFT).to_owned();
        for field in &object.fields {
            let path = format!("{base}_{}", field.name);
            text.push_str(&shifted(&self.field(field, received, &path, file), 4));
        }
        self.types.push((file.to_owned(), text));
        name
    }

    fn enumeration(&mut self, id: EnumId, path: &str, file: &str) -> String {
        if let Some(name) = self.enums.get(&(product(file), id)) {
            return name.clone();
        }
        let enumeration = self.facts.enumeration(id);
        let name = self.name(enumeration.name.as_deref(), path, file);
        self.enums.insert((product(file), id), name.clone());
        let mut text = format!("- enum: {name}\n");
        let title = if enumeration.title.is_empty() { DRAFT } else { &enumeration.title };
        push(&mut text, "  title", title);
        if enumeration.integer {
            text.push_str("  integer: true\n");
        }
        text.push_str("  values:\n");
        for (wire, title) in &enumeration.values {
            text.push_str(&shifted(&self.value(wire, title), 4));
        }
        self.types.push((file.to_owned(), text));
        name
    }

    /// A name for a type that nobody takes for a real one.
    fn name(&mut self, component: Option<&str>, path: &str, file: &str) -> String {
        let base = format!("{DRAFT}{}", component.unwrap_or(path).to_upper_camel_case());
        let mut name = base.clone();
        let mut number = 1;
        while !self.taken.insert((product(file), name.clone())) {
            number += 1;
            name = format!("{base}{number}");
        }
        name
    }
}

/// The name a document gives an operation, or its route in words.
fn operation_name(operation: &Operation) -> String {
    let route = format!("{}_{}", operation.method, operation.path).to_lowercase();
    let name = if operation.name.is_empty() { route } else { operation.name.clone() };
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

/// The product a file belongs to: types are named once in it.
fn product(file: &str) -> String {
    let below = file.strip_prefix("products/").unwrap_or(file);
    below.split(['/', '.']).next().unwrap_or_default().to_owned()
}

fn leaf(shape: &Shape) -> &Shape {
    match shape {
        Shape::List(item, _) | Shape::Encoded(item, _) => leaf(item),
        shape => shape,
    }
}

fn push(text: &mut String, key: &str, value: &str) {
    if !value.is_empty() {
        text.push_str(&format!("{key}: {}\n", scalar::text(value)));
    }
}

fn list(text: &mut String, key: &str, values: &[String]) {
    match values {
        [] => {}
        [value] => push(text, &format!("  {key}"), value),
        values => {
            text.push_str(&format!("  {key}:\n"));
            for value in values {
                text.push_str(&format!("    - {}\n", scalar::text(value)));
            }
        }
    }
}

fn shifted(text: &str, by: usize) -> String {
    let indent = " ".repeat(by);
    text.lines().map(|line| format!("{indent}{line}\n")).collect()
}
