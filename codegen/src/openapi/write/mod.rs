//! Adds to schema files what they lack: text is inserted, nothing that stands there is touched.

mod draft;
mod insert;
mod scalar;
mod target;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    compare::{Difference, List},
    surface::{Origin, Presence, Surface},
};
use draft::Drafts;
use insert::Insertions;

/// What was added.
pub(super) struct Written {
    /// Files that change, by their path below `schema/`.
    pub(super) files: BTreeMap<String, String>,
    /// How many differences that settles.
    pub(super) added: usize,
}

/// Writes what is missing. What a person has to decide is left alone: contradictions, required fields of requests,
/// notifications, operations no file is meant for.
pub(super) fn write(
    sources: &BTreeMap<String, String>,
    facts: &Surface,
    schema: &Surface,
    differences: &[Difference<'_>],
    product: Option<&str>,
) -> Written {
    let mut insertions = Insertions::new(sources);
    let mut drafts = Drafts::new(sources, facts, schema);
    let mut seen: BTreeSet<(Origin, String)> = BTreeSet::new();
    let mut added = 0;
    for difference in differences {
        let done = match difference {
            Difference::Value { at, wire, .. } if seen.contains(&(at.clone(), wire.clone())) => {
                true
            }
            Difference::Value { at, wire, title, .. } => {
                seen.insert((at.clone(), wire.clone()));
                insertions.value(at, &drafts.value(wire, title))
            }
            Difference::Field { list, field, .. }
                if seen.contains(&(list.origin().clone(), field.name.clone())) =>
            {
                true
            }
            // A new required field would refuse what was valid so far.
            Difference::Field { field, received: false, .. }
                if field.presence == Presence::Required =>
            {
                false
            }
            Difference::Field { list: List::ByHand(_), .. } => false,
            Difference::Field { list, field, received, after, .. } => {
                seen.insert((list.origin().clone(), field.name.clone()));
                let Origin::Schema(file, _) = list.origin() else { continue };
                let text = drafts.field(field, *received, &field.name, file);
                insertions.field(list, after.as_ref(), &text)
            }
            Difference::Operation(operation) => match target::file(operation, schema, product) {
                Some(file) => {
                    let head = drafts.head(operation, product);
                    let text = drafts.operation(operation, &file);
                    insertions.operation(&file, &head, &text);
                    true
                }
                None => false,
            },
            Difference::Differs { .. } | Difference::Notification(_) => false,
        };
        added += usize::from(done);
    }
    for (file, text) in drafts.types() {
        insertions.types(&file, &text);
    }
    Written { files: insertions.apply(), added }
}
