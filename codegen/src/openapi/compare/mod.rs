//! Holds facts against the schema: what the schema says otherwise, what it lacks, what it alone knows.
//!
//! Where the facts say nothing the schema may say more; where both speak they must agree.

mod object;
mod operation;
mod shape;

pub(super) use object::word;

use std::{collections::BTreeSet, fmt};

use super::surface::{Enumeration, Field, Notification, ObjectId, Operation, Origin, Surface};
use crate::model::Place;

/// What a comparison found.
#[derive(Debug, Default)]
pub(super) struct Findings<'f> {
    pub(super) differences: Vec<Difference<'f>>,
    /// What stands in the schema and not in the documents, as `file:line: name`.
    pub(super) only_in_schema: BTreeSet<String>,
}

/// One thing that facts and schema do not agree on.
#[derive(Debug)]
pub(super) enum Difference<'f> {
    /// Both speak, and say different things.
    Differs { at: Origin, what: String, schema: String, facts: String, source: Origin },
    /// A field the schema lacks.
    Field { list: List, path: String, field: &'f Field, received: bool, after: Option<Origin> },
    /// A value of an enumeration the schema lacks.
    Value { at: Origin, name: String, wire: String, title: String, source: Origin },
    /// An operation the schema lacks.
    Operation(&'f Operation),
    /// A notification the schema lacks.
    Notification(&'f Notification),
}

/// A list of fields in a schema file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum List {
    /// That of an object.
    Object(Origin),
    /// That of one place of an operation's request.
    Request(Origin, Place),
    /// One that cannot be written to without deciding something else first.
    ByHand(Origin),
}

impl List {
    pub(super) fn origin(&self) -> &Origin {
        match self {
            Self::Object(at) | Self::Request(at, _) | Self::ByHand(at) => at,
        }
    }
}

impl Difference<'_> {
    /// The line of the schema it is about, if it is about one.
    pub(super) fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Differs { at, .. } | Self::Value { at, .. } => Some(at),
            Self::Field { list, .. } => Some(list.origin()),
            Self::Operation(_) | Self::Notification(_) => None,
        }
    }
}

impl fmt::Display for Difference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs { at, what, schema, facts, source } => {
                write!(f, "{at}: {what}: schema says {schema}, facts say {facts} ({source})")
            }
            Self::Field { list, path, field, .. } => {
                write!(f, "{}: {path}: schema lacks it ({})", list.origin(), field.origin)
            }
            Self::Value { at, name, wire, source, .. } => {
                write!(f, "{at}: {name}: schema lacks the value {wire} ({source})")
            }
            Self::Operation(operation) => {
                write!(f, "{}: schema lacks {}", operation.origin, operation.route())
            }
            Self::Notification(notification) => {
                write!(f, "{}: schema lacks {}", notification.origin, notification.event)
            }
        }
    }
}

/// Compares everything.
pub(super) fn compare<'f>(facts: &'f Surface, schema: &Surface) -> Findings<'f> {
    let mut comparison =
        Comparison { facts, schema, findings: Findings::default(), done: BTreeSet::new() };
    for operation in &facts.operations {
        let same =
            |known: &&Operation| known.method == operation.method && known.path == operation.path;
        match schema.operations.iter().find(same) {
            Some(known) => comparison.operation(operation, known),
            None => comparison.findings.differences.push(Difference::Operation(operation)),
        }
    }
    for notification in &facts.notifications {
        let same = |known: &&Notification| known.event == notification.event;
        match schema.notifications.iter().find(same) {
            Some(known) => comparison.notification(notification, known),
            None => comparison.findings.differences.push(Difference::Notification(notification)),
        }
    }
    comparison.only_in_schema();
    comparison.findings
}

struct Comparison<'f, 's> {
    facts: &'f Surface,
    schema: &'s Surface,
    findings: Findings<'f>,
    /// Pairs of objects that were compared, or are being compared.
    done: BTreeSet<(ObjectId, ObjectId, Direction)>,
}

/// Which way a value goes, and whether its required flags can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    Sent,
    Received,
    /// Received, and several shapes were put into one.
    Merged,
}

impl Comparison<'_, '_> {
    fn differs(
        &mut self,
        at: &Origin,
        what: &str,
        schema: impl Into<String>,
        facts: impl Into<String>,
        source: &Origin,
    ) {
        self.findings.differences.push(Difference::Differs {
            at: at.clone(),
            what: what.to_owned(),
            schema: schema.into(),
            facts: facts.into(),
            source: source.clone(),
        });
    }

    fn only_in_schema(&mut self) {
        for known in &self.schema.operations {
            let same = |operation: &Operation| {
                known.method == operation.method && known.path == operation.path
            };
            // What documents do not speak of at all is no finding: an import may be given some of them.
            if !self.facts.operations.iter().any(same) && self.speak_of(&known.product) {
                self.only(&known.origin, &known.route());
            }
        }
    }

    fn speak_of(&self, product: &str) -> bool {
        self.schema.operations.iter().filter(|known| known.product == product).any(|known| {
            let mut operations = self.facts.operations.iter();
            operations.any(|facts| facts.method == known.method && facts.path == known.path)
        })
    }

    fn only(&mut self, at: &Origin, what: &str) {
        self.findings.only_in_schema.insert(format!("{at}: {what}"));
    }
}

/// Values as a person reads them.
fn values(enumeration: &Enumeration) -> String {
    let values: Vec<&str> = enumeration.values.iter().map(|(wire, _)| wire.as_str()).collect();
    match values.as_slice() {
        [first @ .., _] if values.len() > 8 => {
            format!("one of {}, ... ({} values)", first[..6].join(", "), values.len())
        }
        all => format!("one of {}", all.join(", ")),
    }
}
