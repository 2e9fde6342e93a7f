//! Operations and notifications.

use std::collections::BTreeSet;

use super::{Comparison, Direction, List};
use crate::{
    model::Place,
    openapi::surface::{Body, Field, Lifecycle, Notification, ObjectId, Operation, Origin, Shape},
};

const PLACES: [Place; 6] =
    [Place::Path, Place::Query, Place::Header, Place::Body, Place::Meta, Place::Form];

impl<'f> Comparison<'f, '_> {
    pub(super) fn operation(&mut self, facts: &'f Operation, known: &Operation) {
        self.head(facts, known);
        for place in PLACES {
            let here = |field: &&Field| field.place == place;
            let given: Vec<&'f Field> = facts.fields.iter().filter(here).collect();
            let existing: Vec<&Field> = known.fields.iter().filter(here).collect();
            let list = match place {
                Place::Path => List::ByHand(known.origin.clone()),
                Place::Meta | Place::Form if existing.is_empty() => {
                    List::ByHand(known.origin.clone())
                }
                _ => List::Request(known.origin.clone(), place),
            };
            self.fields(&given, &existing, &list, Direction::Sent, "");
        }
        self.response(facts, known);
    }

    fn head(&mut self, facts: &Operation, known: &Operation) {
        let (at, source) = (&known.origin, &facts.origin);
        if let (Some(wanted), Some(given)) = (&facts.host, &known.host)
            && wanted != given
        {
            self.differs(at, "host", given.clone(), wanted.clone(), source);
        }
        let set = |roles: &[String]| roles.iter().cloned().collect::<BTreeSet<_>>();
        if !facts.roles.is_empty() && set(&facts.roles) != set(&known.roles) {
            self.differs(at, "roles", known.roles.join(", "), facts.roles.join(", "), source);
        }
        if let Some(wanted) = &facts.lifecycle {
            let same = known.lifecycle.as_ref().is_some_and(|given| agrees(wanted, given));
            if !same {
                let said = |lifecycle: Option<&Lifecycle>| match lifecycle {
                    Some(lifecycle) => {
                        let since = lifecycle.since.as_deref().unwrap_or("an unknown day");
                        let by = lifecycle.replaced_by.join(", ");
                        format!("{} since {since} for [{by}]", lifecycle.status)
                    }
                    None => "nothing".to_owned(),
                };
                let given = said(known.lifecycle.as_ref());
                self.differs(at, "lifecycle", given, said(Some(wanted)), source);
            }
        } else if facts.deprecated && !known.deprecated && known.lifecycle.is_none() {
            self.differs(at, "deprecated", "nothing", "it is", source);
        }
        let missing: BTreeSet<&str> = facts
            .errors
            .iter()
            .map(|(code, _)| code.as_str())
            .filter(|code| !known.errors.iter().any(|(known, _)| known == code))
            .collect();
        if !missing.is_empty() {
            let codes: Vec<&str> = missing.into_iter().collect();
            self.differs(at, "errors", "less", format!("also {}", codes.join(", ")), source);
        }
        if facts.file != known.file {
            let part = |file: &Option<String>| match file {
                Some(part) => format!("an upload with the part `{part}`"),
                None => "no upload".to_owned(),
            };
            self.differs(at, "upload", part(&known.file), part(&facts.file), source);
        }
        if facts.has_body != known.has_body {
            let body = |has: bool| if has { "a body" } else { "no body" };
            self.differs(at, "body", body(known.has_body), body(facts.has_body), source);
        }
    }

    fn response(&mut self, facts: &'f Operation, known: &Operation) {
        let (wanted, given) = (&facts.response, &known.response);
        if wanted.status != given.status {
            let (given, wanted) = (given.status.to_string(), wanted.status.to_string());
            self.differs(&known.origin, "response", given, wanted, &facts.origin);
        }
        match (&wanted.body, &given.body) {
            (Body::Object(wanted), Body::Object(given)) => {
                self.object(*wanted, *given, Direction::Received, "");
            }
            (Body::Empty, Body::Empty) | (Body::Binary, Body::Binary) => {}
            (wanted, given) => {
                let kind = |body: &Body| match body {
                    Body::Empty => "no body",
                    Body::Binary => "a file",
                    Body::Object(_) => "an object",
                };
                self.differs(&known.origin, "response", kind(given), kind(wanted), &facts.origin);
            }
        }
    }

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
            ([wanted], [given]) => {
                let direction = if facts.merged { Direction::Merged } else { Direction::Received };
                self.object(*wanted, *given, direction, "");
            }
            (wanted, given) => self.shapes(wanted, given, known, facts),
        }
    }

    /// Several shapes on either side: each field of the facts is held against every shape that has it.
    fn shapes(
        &mut self,
        facts: &[ObjectId],
        schema: &[ObjectId],
        known: &Notification,
        notification: &'f Notification,
    ) {
        if schema.is_empty() {
            let what = format!("{} shapes", facts.len());
            return self.differs(&known.origin, "payload", "none", what, &notification.origin);
        }
        // Shapes of one name are the same shape.
        let named = |facts: &ObjectId| {
            let name = self.facts.object(*facts).name.as_ref()?;
            let same = |id: &&ObjectId| self.schema.object(**id).name.as_ref() == Some(name);
            Some((*facts, *schema.iter().find(same)?))
        };
        if let Some(pairs) = facts.iter().map(named).collect::<Option<Vec<_>>>() {
            for (wanted, given) in pairs {
                self.object(wanted, given, Direction::Received, "");
            }
            return;
        }
        for id in facts {
            self.union(*id, schema, &known.origin, "");
        }
    }

    /// Holds each field of an object against every shape that has it; one that none has is missing.
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
            if same().next().is_none() {
                self.fields(&[field], &[], &List::ByHand(at.clone()), Direction::Merged, path);
            } else if let (Some(wanted), false) = (self::inner(&field.shape), inner.is_empty()) {
                let path = [path, &field.name].join(".");
                self.union(wanted, &inner, at, path.trim_start_matches('.'));
            } else {
                for known in same() {
                    let list = List::ByHand(at.clone());
                    self.fields(&[field], &[known], &list, Direction::Merged, path);
                }
            }
        }
    }
}

/// The object inside of a type, if there is one.
fn inner(shape: &Shape) -> Option<ObjectId> {
    match shape {
        Shape::Object(id) => Some(*id),
        Shape::List(item, _) | Shape::Encoded(item, _) => inner(item),
        _ => None,
    }
}

/// Whether a schema's lifecycle says at least what the facts say.
fn agrees(facts: &Lifecycle, schema: &Lifecycle) -> bool {
    // Facts may name the path alone.
    let named = |wanted: &String| {
        schema.replaced_by.iter().any(|given| {
            given == wanted || given.split_once(' ').is_some_and(|(_, path)| path == wanted)
        })
    };
    facts.status == schema.status
        && (facts.since.is_none() || facts.since == schema.since)
        && facts.replaced_by.iter().all(named)
}
