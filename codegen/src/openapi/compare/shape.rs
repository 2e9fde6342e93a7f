//! Types and their limits.

use super::{Comparison, Difference, Direction, values};
use crate::{
    lower::notation::span_text,
    model::{Format, Span},
    openapi::surface::{EnumId, Field, Shape, Surface, Text},
};

impl<'f> Comparison<'f, '_> {
    /// Compares the types of a field, or what is inside of them.
    pub(super) fn shape(
        &mut self,
        facts: &'f Shape,
        schema: &Shape,
        fact: &Field,
        known: &Field,
        direction: Direction,
        path: &str,
    ) {
        match (facts, schema) {
            (Shape::Text(given), Shape::Text(text)) => self.text(given, text, fact, known, path),
            (Shape::Integer(given), Shape::Integer(span)) => {
                if !within(*given, *span) {
                    self.types(facts, schema, fact, known, path);
                }
            }
            (Shape::Enum(given), Shape::Enum(id)) => {
                self.enumeration(*given, *id, fact, known, path)
            }
            (Shape::Object(given), Shape::Object(id)) => self.object(*given, *id, direction, path),
            (Shape::List(item, given), Shape::List(known_item, count)) => {
                if within(*given, *count) {
                    let path = format!("{path}[]");
                    self.shape(item, known_item, fact, known, direction, &path);
                } else {
                    self.types(facts, schema, fact, known, path);
                }
            }
            (Shape::Encoded(value, given), Shape::Encoded(known_value, length)) => {
                if within(*given, *length) {
                    self.shape(value, known_value, fact, known, direction, path);
                } else {
                    self.types(facts, schema, fact, known, path);
                }
            }
            // Here the schema says more than the facts, or the same.
            (Shape::Text(_), Shape::Enum(_) | Shape::Encoded(..))
            | (Shape::Integer(_), Shape::Enum(_))
            | (Shape::Decimal, Shape::Decimal)
            | (Shape::Boolean, Shape::Boolean)
            | (Shape::Any, _) => {}
            (Shape::Decimal, Shape::Integer(_)) if fact.example.is_none() => {}
            _ => self.types(facts, schema, fact, known, path),
        }
    }

    fn types(&mut self, facts: &Shape, schema: &Shape, fact: &Field, known: &Field, path: &str) {
        let given = describe(schema, self.schema);
        let wanted = describe(facts, self.facts);
        self.differs(&known.origin, path, given, wanted, &fact.origin);
    }

    fn text(&mut self, facts: &Text, schema: &Text, fact: &Field, known: &Field, path: &str) {
        if !within(facts.length, schema.length) {
            let (given, wanted) = (Shape::Text(schema.clone()), Shape::Text(facts.clone()));
            self.types(&wanted, &given, fact, known, path);
        }
        if let Some(format) = facts.format.filter(|format| !refines(schema.format, *format)) {
            let given = schema.format.map_or("no format", Format::word);
            self.differs(&known.origin, path, given, format.word(), &fact.origin);
        }
        if let Some(pattern) = &facts.pattern {
            let same = schema.pattern.as_ref().is_some_and(|known| bare(known) == bare(pattern));
            if !same {
                let given = schema.pattern.clone().unwrap_or_else(|| "no pattern".to_owned());
                self.differs(&known.origin, path, given, pattern.clone(), &fact.origin);
            }
        }
        for (facts, schema, word) in [
            (facts.encrypted, schema.encrypted, "encrypted"),
            (facts.secret, schema.secret, "secret"),
        ] {
            if facts && !schema {
                self.differs(&known.origin, path, format!("not {word}"), word, &fact.origin);
            }
        }
    }

    fn enumeration(
        &mut self,
        facts: EnumId,
        schema: EnumId,
        fact: &Field,
        known: &Field,
        path: &str,
    ) {
        let (given, wanted) = (self.schema.enumeration(schema), self.facts.enumeration(facts));
        if given.integer != wanted.integer {
            let kind = |integer| if integer { "integers" } else { "texts" };
            let (given, wanted) = (kind(given.integer), kind(wanted.integer));
            return self.differs(&known.origin, path, given, wanted, &fact.origin);
        }
        for (wire, title) in &wanted.values {
            if !given.values.iter().any(|(known, _)| known == wire) {
                let name = given.name.clone().unwrap_or_else(|| path.to_owned());
                self.findings.differences.push(Difference::Value {
                    at: given.origin.clone(),
                    name,
                    wire: wire.clone(),
                    title: title.clone(),
                    source: fact.origin.clone(),
                });
            }
        }
    }
}

/// Whether a schema's limits say at least what the facts say.
fn within(facts: Span, schema: Span) -> bool {
    (facts.min.is_none() || facts.min == schema.min)
        && (facts.max.is_none() || facts.max == schema.max)
}

/// Whether the schema's format says at least what the facts' does.
fn refines(schema: Option<Format>, facts: Format) -> bool {
    // What takes notifications is an address, too.
    schema == Some(facts) || (schema, facts) == (Some(Format::NotifyUrl), Format::Url)
}

/// A pattern without what anchors it.
fn bare(pattern: &str) -> &str {
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    let inner = inner.strip_suffix('$').unwrap_or(inner);
    inner.strip_prefix("(?:").and_then(|inner| inner.strip_suffix(')')).unwrap_or(inner)
}

/// A type in the notation of the schema, objects and enumerations in words.
pub(in crate::openapi) fn describe(shape: &Shape, surface: &Surface) -> String {
    match shape {
        Shape::Text(text) => format!("string{}", span_text(text.length)),
        Shape::Integer(span) => format!("integer{}", span_text(*span)),
        Shape::Decimal => "decimal".to_owned(),
        Shape::Boolean => "boolean".to_owned(),
        Shape::Any => "any".to_owned(),
        Shape::Object(_) => "an object".to_owned(),
        Shape::Enum(id) => values(surface.enumeration(*id)),
        Shape::List(item, count) => {
            format!("array{}[{}]", span_text(*count), describe(item, surface))
        }
        Shape::Encoded(value, length) => {
            format!("json{}[{}]", span_text(*length), describe(value, surface))
        }
    }
}
