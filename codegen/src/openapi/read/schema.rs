//! Schemas: from JSON Schema's keywords to a shape.

use super::{Reader, spot::Spot, text};
use crate::{
    model::{Format, Span},
    openapi::{
        json::Json,
        surface::{EnumId, Enumeration, Shape, Text},
    },
};

/// Keys that say something about a value of any type.
const COMMON: [&str; 9] = [
    "$ref",
    "type",
    "title",
    "example",
    "deprecated",
    "const",
    "x-computed",
    "x-expected",
    "x-required-when",
];

impl<'d> Reader<'d> {
    /// The shape of a schema. `None` after refusing it.
    pub(super) fn shape(&mut self, spot: &Spot<'d>) -> Option<Shape> {
        if spot.get("$ref").is_some() {
            return self.referenced(spot);
        }
        if is_combined(spot) {
            return self.combined(spot).map(Shape::Object);
        }
        let ty = self.type_word(spot)?;
        match ty.as_str() {
            "string" if spot.get("enum").is_some() => self.listed(spot, false).map(Shape::Enum),
            "integer" | "number" if spot.get("enum").is_some() => {
                self.listed(spot, true).map(Shape::Enum)
            }
            "string" => self.string(spot),
            "integer" => {
                self.used(spot, &["format", "minimum", "maximum"]);
                self.format_left_out(spot);
                Some(Shape::Integer(span(spot, "minimum", "maximum")))
            }
            "number" => Some(self.number(spot)),
            "boolean" => {
                self.used(spot, &[]);
                Some(Shape::Boolean)
            }
            "array" => self.array(spot),
            "object"
                if spot.get("properties").is_none_or(|spot| spot.json.entries().is_empty()) =>
            {
                self.used(spot, &["properties", "required"]);
                self.treat("an object without properties is read as `any`", spot);
                Some(Shape::Any)
            }
            "object" => self.object(spot).map(Shape::Object),
            "" => {
                self.used(spot, &["x-any"]);
                Some(Shape::Any)
            }
            other => {
                let message = format!("the type `{other}` cannot be expressed");
                self.refuse(
                    spot,
                    message,
                    "types are: string, integer, number, boolean, array, object",
                );
                None
            }
        }
    }

    fn referenced(&mut self, spot: &Spot<'d>) -> Option<Shape> {
        self.used(spot, &[]);
        let target = self.follow(spot)?;
        let is_object = self.objects.contains_key(&target.pointer);
        if self.open.contains(&target.pointer) && !is_object {
            self.refuse(
                spot,
                "this type contains itself without an object",
                "put an object between",
            );
            return None;
        }
        self.open.push(target.pointer.clone());
        let shape = self.shape(&target);
        self.open.pop();
        shape
    }

    /// The word of `type`; empty if there is none. `null` beside another type is left out.
    fn type_word(&mut self, spot: &Spot<'d>) -> Option<String> {
        let Some(ty) = spot.get("type") else {
            let word = if spot.get("properties").is_some() { "object" } else { "" };
            return Some(word.to_owned());
        };
        match ty.json {
            Json::Text(word) => Some(word.clone()),
            Json::List(words) => {
                let words: Vec<&str> =
                    words.iter().filter_map(Json::text).filter(|word| *word != "null").collect();
                let [word] = words.as_slice() else {
                    self.refuse(
                        &ty,
                        "a value of several types cannot be expressed",
                        "give one type",
                    );
                    return None;
                };
                self.treat(
                    "`null` among the types is not used: what may be null may be left out",
                    &ty,
                );
                Some((*word).to_owned())
            }
            other => {
                let message = format!("`type` is {}", other.kind());
                self.refuse(&ty, message, "give the type as a text");
                None
            }
        }
    }

    fn string(&mut self, spot: &Spot<'d>) -> Option<Shape> {
        self.used(
            spot,
            &[
                "format",
                "minLength",
                "maxLength",
                "pattern",
                "contentEncoding",
                "contentMediaType",
                "contentSchema",
                "x-sensitive",
                "x-format",
                "x-secret",
            ],
        );
        let length = span(spot, "minLength", "maxLength");
        if let Some(content) = spot.get("contentSchema") {
            return Some(Shape::Encoded(Box::new(self.shape(&content)?), length));
        }
        let word = text(spot, "format");
        let sensitive = spot.json.get("x-sensitive").is_some_and(Json::is_true);
        let encrypted = sensitive && word == "base64";
        if sensitive && !encrypted {
            self.treat(
                "`x-sensitive` without `format: base64` is not used: nothing says it is encrypted",
                spot,
            );
        }
        let word = if encrypted { text(spot, "x-format") } else { word };
        let format = self.format(spot, &word);
        let pattern = spot.get("pattern").and_then(|spot| {
            let pattern = spot.json.text()?;
            let anchored = anchored(pattern);
            if anchored != pattern {
                self.treat("`pattern` is anchored", &spot);
            }
            Some(anchored)
        });
        let secret = spot.json.get("x-secret").is_some_and(Json::is_true);
        Some(Shape::Text(Text { length, format, pattern, encrypted, secret }))
    }

    fn format(&mut self, spot: &Spot<'_>, word: &str) -> Option<Format> {
        let word = match word {
            "" if text(spot, "contentEncoding") == "base64" => "base64",
            "" => return None,
            "uri" => "url",
            // Alone it is a hint at images and keys, not a rule the platform is known to check.
            "base64" => "",
            word => word,
        };
        let format =
            Format::ALL.iter().find(|(known, _)| *known == word).map(|(_, format)| *format);
        if format.is_none() {
            self.format_left_out(spot);
        }
        format
    }

    fn format_left_out(&mut self, spot: &Spot<'_>) {
        let word = text(spot, "format");
        // All integers have 64 bits.
        if !matches!(word.as_str(), "" | "int64") {
            self.treat(format!("the format `{word}` is not used"), spot);
        }
    }

    /// A `number` is whole if its example is.
    fn number(&mut self, spot: &Spot<'_>) -> Shape {
        self.used(spot, &["format", "minimum", "maximum"]);
        let word = text(spot, "format");
        if word == "decimal" {
            return Shape::Decimal;
        }
        self.format_left_out(spot);
        let example = spot.json.get("example");
        let whole = |json: &Json| {
            json.integer().is_some() || json.text().is_some_and(|text| text.parse::<i64>().is_ok())
        };
        let limits = span(spot, "minimum", "maximum");
        match example {
            Some(json) if whole(json) => {
                self.treat("`number` with a whole example is read as `integer`", spot);
                return Shape::Integer(limits);
            }
            Some(_) => self.treat("`number` with a fraction is read as `decimal`", spot),
            None => self.treat("`number` without an example is read as `decimal`", spot),
        }
        if limits != Span::default() {
            self.treat("limits of a `decimal` are not used", spot);
        }
        Shape::Decimal
    }

    fn array(&mut self, spot: &Spot<'d>) -> Option<Shape> {
        self.used(spot, &["items", "minItems", "maxItems"]);
        let count = span(spot, "minItems", "maxItems");
        let Some(items) = spot.get("items").filter(|items| !items.json.entries().is_empty()) else {
            self.treat("an array of unknown items is read as `array[string]`", spot);
            return Some(Shape::List(Box::new(Shape::Text(Text::default())), count));
        };
        match self.shape(&items)? {
            Shape::List(..) => {
                self.refuse(
                    &items,
                    "an array of arrays cannot be expressed",
                    "put an object between",
                );
                None
            }
            item => Some(Shape::List(Box::new(item), count)),
        }
    }

    fn listed(&mut self, spot: &Spot<'d>, integer: bool) -> Option<EnumId> {
        if let Some(id) = self.enums.get(&spot.pointer) {
            return Some(*id);
        }
        self.used(
            spot,
            &["enum", "x-enum-labels", "format", "minLength", "maxLength", "minimum", "maximum"],
        );
        if span(spot, "minLength", "maxLength") != Span::default()
            || span(spot, "minimum", "maximum") != Span::default()
        {
            self.treat("limits of an enumeration are not used: its values say it", spot);
        }
        self.format_left_out(spot);
        let labels = spot.json.get("x-enum-labels");
        let mut values: Vec<(String, String)> = Vec::new();
        for value in spot.get("enum")?.items() {
            let wire = match value.json {
                Json::Text(text) if !integer => text.clone(),
                json if integer && json.integer().is_some() => {
                    json.integer().unwrap_or_default().to_string()
                }
                Json::Text(text) if text.parse::<i64>().is_ok() => text.clone(),
                other => {
                    let message = format!("a value of this enumeration is {}", other.kind());
                    self.refuse(&value, message, "values are all texts, or all whole numbers");
                    return None;
                }
            };
            let label = labels.and_then(|labels| labels.get(&wire)).and_then(Json::text);
            values.push((wire, label.unwrap_or_default().to_owned()));
        }
        let enumeration = Enumeration {
            origin: self.origin(spot),
            name: component(&spot.pointer),
            title: text(spot, "title"),
            values,
            integer,
        };
        let id = self.surface.add_enum(enumeration);
        self.enums.insert(spot.pointer.clone(), id);
        Some(id)
    }

    /// Accounts for the keys of a schema: the common ones, and those of its type.
    pub(super) fn used(&mut self, spot: &Spot<'_>, keys: &[&str]) {
        self.keys(spot, &[&COMMON, keys].concat());
    }
}

/// Whether a schema is put together from others.
pub(super) fn is_combined(spot: &Spot<'_>) -> bool {
    ["oneOf", "anyOf", "allOf"].iter().any(|word| spot.json.get(word).is_some())
}

/// The name of a component, which may name a type.
pub(super) fn component(pointer: &str) -> Option<String> {
    let name = pointer.strip_prefix("/components/schemas/")?;
    (!name.contains('/')).then(|| name.to_owned())
}

fn span(spot: &Spot<'_>, min: &str, max: &str) -> Span {
    let bound = |key: &str| spot.json.get(key).and_then(Json::integer);
    let is_value = min == "minimum";
    // Nothing is shorter than nothing.
    Span { min: bound(min).filter(|min| is_value || *min > 0), max: bound(max) }
}

/// The pattern with `^` and `$` around it: the schema's match whole values.
fn anchored(pattern: &str) -> String {
    if pattern.starts_with('^') && pattern.ends_with('$') {
        return pattern.to_owned();
    }
    let inner = pattern.trim_start_matches('^').trim_end_matches('$');
    if inner.contains('|') { format!("^(?:{inner})$") } else { format!("^{inner}$") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_values() {
        for (pattern, expected) in [
            ("[0-9]{6}", "^[0-9]{6}$"),
            ("^[0-9]{6}$", "^[0-9]{6}$"),
            (r"\d{8}|\d{14}", r"^(?:\d{8}|\d{14})$"),
        ] {
            assert_eq!(anchored(pattern), expected);
        }
    }
}
