//! What an import does with facts that it does not copy as they are: nothing is dropped in silence.

use std::{
    collections::BTreeMap,
    fmt::{self, Write},
};

/// Every treatment that was applied, each with the places it was applied to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Treatments(BTreeMap<String, Vec<String>>);

impl Treatments {
    pub(super) fn add(&mut self, rule: impl Into<String>, place: impl Into<String>) {
        self.0.entry(rule.into()).or_default().push(place.into());
    }

    /// Treatments in words, each with its places: files and JSON pointers.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(rule, places)| (rule.as_str(), places.as_slice()))
    }

    /// Every treatment with every place.
    #[must_use]
    pub fn verbose(&self) -> String {
        let mut text = String::new();
        for (rule, places) in self.iter() {
            let _ = writeln!(text, "{:>7}  {rule}", places.len());
            for place in places {
                let _ = writeln!(text, "         {place}");
            }
        }
        text
    }
}

/// One line per treatment, with the number of places.
impl fmt::Display for Treatments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (rule, places) in self.iter() {
            writeln!(f, "{:>7}  {rule}", places.len())?;
        }
        Ok(())
    }
}
