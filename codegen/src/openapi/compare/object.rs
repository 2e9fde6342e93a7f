//! Objects and fields.

use super::{Comparison, Difference, Direction, List};
use crate::openapi::surface::{Field, ObjectId, Presence};

impl<'f> Comparison<'f, '_> {
    /// Compares two objects, once.
    pub(super) fn object(
        &mut self,
        facts: ObjectId,
        schema: ObjectId,
        direction: Direction,
        path: &str,
    ) {
        if !self.done.insert((facts, schema, direction)) {
            return;
        }
        let (known, facts) = (self.schema.object(schema), self.facts.object(facts));
        let list = List::Object(known.origin.clone());
        let (facts, known): (Vec<_>, Vec<_>) =
            (facts.fields.iter().collect(), known.fields.iter().collect());
        self.fields(&facts, &known, &list, direction, path);
    }

    /// Compares lists of fields by wire name.
    pub(super) fn fields(
        &mut self,
        facts: &[&'f Field],
        schema: &[&Field],
        list: &List,
        direction: Direction,
        path: &str,
    ) {
        let mut after = None;
        for &field in facts {
            let path = join(path, &field.name);
            match schema.iter().find(|known| known.name == field.name) {
                Some(known) => {
                    self.field(field, known, direction, &path);
                    after = Some(known.origin.clone());
                }
                None => self.findings.differences.push(Difference::Field {
                    list: list.clone(),
                    path,
                    field,
                    received: direction != Direction::Sent,
                    after: after
                        .clone()
                        .or_else(|| schema.last().map(|field| field.origin.clone())),
                }),
            }
        }
        for known in schema {
            if !facts.iter().any(|field| field.name == known.name) {
                self.only(&known.origin, &join(path, &known.name));
            }
        }
    }

    fn field(&mut self, facts: &'f Field, schema: &Field, direction: Direction, path: &str) {
        self.presence(facts, schema, direction, path);
        if facts.required_when.is_some() && schema.required_when != facts.required_when {
            let said = |condition: &Option<(String, Vec<String>)>| match condition {
                Some((sibling, values)) => {
                    format!("required_when {sibling} is {}", values.join(" or "))
                }
                None => "nothing of `required_when`".to_owned(),
            };
            let (given, wanted) = (said(&schema.required_when), said(&facts.required_when));
            self.differs(&schema.origin, path, given, wanted, &facts.origin);
        }
        // What the client fills in is written as the client writes it.
        if !schema.computed {
            self.shape(&facts.shape, &schema.shape, facts, schema, direction, path);
        }
    }

    fn presence(&mut self, facts: &Field, schema: &Field, direction: Direction, path: &str) {
        if schema.computed || direction == Direction::Merged {
            return;
        }
        let agree = match (facts.presence, schema.presence) {
            // The page marks it required; the schema says whether that was ever checked.
            (Presence::Required, Presence::Expected) => direction == Direction::Received,
            (facts, schema) => facts == schema,
        };
        if !agree {
            let (given, wanted) = (word(schema.presence), word(facts.presence));
            self.differs(&schema.origin, path, given, wanted, &facts.origin);
        }
    }
}

pub(in crate::openapi) fn word(presence: Presence) -> &'static str {
    match presence {
        Presence::Required => "required",
        Presence::Expected => "expected",
        Presence::Optional => "optional",
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
