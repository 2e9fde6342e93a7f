//! One type of the schema may stand for several of the documents, which need not agree: then it says the laxest of
//! what they say, and no difference is made of those that say more.

use std::mem;

use super::{Comparison, Difference};
use crate::{
    model::Span,
    openapi::surface::{Field, Origin},
};

/// What can be said of a field more or less strictly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::openapi) enum Aspect {
    Presence,
    Least,
    Most,
    FewestItems,
    MostItems,
    Format,
    Pattern,
    /// Whether values are listed at all.
    Values,
}

/// The bounds of a number, or of a text's length.
pub(super) const VALUES: [Aspect; 2] = [Aspect::Least, Aspect::Most];

/// The bounds of a list.
pub(super) const ITEMS: [Aspect; 2] = [Aspect::FewestItems, Aspect::MostItems];

impl Comparison<'_, '_> {
    /// The schema says of this aspect exactly what a document says.
    pub(super) fn agrees(&mut self, at: &Origin, aspect: Aspect) {
        self.agreed.insert((at.clone(), aspect));
    }

    /// The latest difference is only that the schema is laxer, in these aspects.
    pub(super) fn laxer(&mut self, aspects: Vec<Aspect>) {
        if let Some(Difference::Differs { laxer, .. }) = self.findings.differences.last_mut() {
            *laxer = aspects;
        }
    }

    /// Compares limits; where the facts have none, the schema may have one.
    ///
    /// # Errors
    /// They differ: in what the schema is laxer, nothing if it is stricter somewhere.
    pub(super) fn limits(
        &mut self,
        facts: Span,
        schema: Span,
        [least, most]: [Aspect; 2],
        known: &Field,
    ) -> Result<(), Vec<Aspect>> {
        let mut laxer = Vec::new();
        let mut is_stricter = false;
        // Below zero the laxer of two maxima is the lower one, as it is of two minima.
        let above = |limit: Option<i64>| limit.map(i128::from);
        let below = |limit: Option<i64>| limit.map(|limit| -i128::from(limit));
        for (aspect, wanted, given) in [
            (least, above(facts.min), above(schema.min)),
            (most, below(facts.max), below(schema.max)),
        ] {
            if wanted == given {
                self.agrees(&known.origin, aspect);
            } else if let Some(wanted) = wanted {
                if given.is_none_or(|given| given < wanted) {
                    laxer.push(aspect);
                } else {
                    is_stricter = true;
                }
            }
        }
        match (is_stricter, laxer.is_empty()) {
            (false, true) => Ok(()),
            (true, _) => Err(Vec::new()),
            (false, false) => Err(laxer),
        }
    }

    /// What another document says in so many words is no difference.
    pub(super) fn set_shared_aside(&mut self) {
        let agreed = &self.agreed;
        let is_shared = |difference: &Difference<'_>| match difference {
            Difference::Differs { at, laxer, .. } => {
                let mut aspects = laxer.iter();
                !laxer.is_empty() && aspects.all(|aspect| agreed.contains(&(at.clone(), *aspect)))
            }
            _ => false,
        };
        (self.findings.shared, self.findings.differences) =
            mem::take(&mut self.findings.differences).into_iter().partition(is_shared);
    }
}
