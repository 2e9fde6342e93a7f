//! Notifications: their payloads, which may be several.

use std::{
    collections::BTreeSet,
    mem::{Discriminant, discriminant},
};

use super::{Comparison, Difference, Direction, List};
use crate::openapi::surface::{Field, Notification, ObjectId, Origin, Payload, Shape};

impl<'f> Comparison<'f, '_> {
    pub(super) fn notification(&mut self, facts: &'f Notification, known: &Notification) {
        let set = |words: &[String]| words.iter().cloned().collect::<BTreeSet<_>>();
        for (what, wanted, given) in [
            ("aliases", &facts.aliases, &known.aliases),
            ("original_type", &facts.original_type, &known.original_type),
        ] {
            if !set(wanted).is_subset(&set(given)) {
                let given = if given.is_empty() { "nothing".to_owned() } else { given.join(", ") };
                self.differs(&known.origin, what, given, wanted.join(", "), &facts.origin);
            }
        }
        match (facts.payloads.as_slice(), known.payloads.as_slice()) {
            (_, []) => {
                let what = format!("{} shapes", facts.payloads.len());
                self.differs(&known.origin, "payload", "none", what, &facts.origin);
            }
            ([wanted], [given]) => {
                let direction = if facts.merged { Direction::Merged } else { Direction::Received };
                self.object(wanted.object, given.object, direction, "");
            }
            ([wanted], several) => {
                let shapes: Vec<ObjectId> = several.iter().map(|payload| payload.object).collect();
                self.union(wanted.object, &shapes, &known.origin, "");
            }
            (several, _) => {
                for wanted in several {
                    let given = self.chosen(wanted.object, &known.payloads);
                    self.object(wanted.object, given, Direction::Received, "");
                }
            }
        }
    }

    /// The schema's payload that a shape of the facts is: the one of its name, or the one its keys choose.
    fn chosen(&self, facts: ObjectId, payloads: &[Payload]) -> ObjectId {
        let wanted = self.facts.object(facts);
        let named = |payload: &&Payload| {
            wanted.name.is_some() && self.schema.object(payload.object).name == wanted.name
        };
        let has = |key: &String| wanted.fields.iter().any(|field| field.name == *key);
        let keyed = |payload: &&Payload| payload.has.iter().all(has);
        let mut found = payloads.iter().filter(named).chain(payloads.iter().filter(keyed));
        found.next().unwrap_or(&payloads[0]).object
    }

    /// Holds each field of what the documents describe as one against every shape that has it. One shape that agrees
    /// is enough: the documents do not say which of them they speak of.
    fn union(&mut self, facts: ObjectId, schema: &[ObjectId], at: &Origin, path: &str) {
        let mut fresh = false;
        for id in schema {
            fresh |= self.done.insert((facts, *id, Direction::Merged));
        }
        if !fresh {
            return;
        }
        let (surface, known) = (self.facts, self.schema);
        let existing: Vec<&Field> =
            schema.iter().flat_map(|id| &known.object(*id).fields).collect();
        for field in &surface.object(facts).fields {
            let same = || existing.iter().copied().filter(|known| known.name == field.name);
            let inner: Vec<ObjectId> = same().filter_map(|known| inner(&known.shape)).collect();
            let list = List::ByHand(at.clone());
            if same().next().is_none() {
                self.fields(&[field], &[], &list, Direction::Merged, path);
            } else if let (Some(wanted), false) = (self::inner(&field.shape), inner.is_empty()) {
                let path = [path, &field.name].join(".");
                self.union(wanted, &inner, at, path.trim_start_matches('.'));
            } else {
                self.any(field, same(), &list, path);
            }
        }
    }

    /// Keeps the differences that a field has from all of some fields.
    fn any<'k>(
        &mut self,
        field: &'f Field,
        known: impl Iterator<Item = &'k Field>,
        list: &List,
        path: &str,
    ) {
        let start = self.findings.differences.len();
        let mut kept: Option<Vec<Difference<'f>>> = None;
        for known in known {
            self.fields(&[field], &[known], list, Direction::Merged, path);
            let found = self.findings.differences.split_off(start);
            kept = Some(match kept {
                None => found,
                Some(mut kept) => {
                    kept.retain(|kept| found.iter().any(|other| kind(kept) == kind(other)));
                    kept
                }
            });
        }
        self.findings.differences.extend(kept.into_iter().flatten());
    }
}

/// What makes two differences of one field the same, whichever shape they are about.
fn kind<'d>(difference: &'d Difference<'_>) -> (Discriminant<Difference<'d>>, &'d str) {
    let what = match difference {
        Difference::Value { wire, .. } => wire,
        Difference::Differs { facts, .. } => facts,
        _ => "",
    };
    (discriminant(difference), what)
}

/// The object inside of a type, if there is one.
fn inner(shape: &Shape) -> Option<ObjectId> {
    match shape {
        Shape::Object(id) => Some(*id),
        Shape::List(item, _) | Shape::Encoded(item, _) => inner(item),
        _ => None,
    }
}
