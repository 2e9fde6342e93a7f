//! A request that breaks the schema's rules.

use std::fmt;

use crate::{label::Label, wire::Violations};

/// The request breaks rules of the schema; nothing was signed or sent.
///
/// If the platform has moved a limit before this client did, [`Call::unchecked`](crate::Call::unchecked) or
/// [`Config::validation`](crate::Config::validation) switches the check off.
pub struct InvalidError(Box<Inner>);

struct Inner {
    label: Label,
    violations: Violations,
}

impl InvalidError {
    pub(crate) fn new(label: &Label, violations: Violations) -> Self {
        Self(Box::new(Inner { label: label.clone(), violations }))
    }

    /// Every broken rule, with the path of its field.
    #[must_use]
    pub fn violations(&self) -> &Violations {
        &self.0.violations
    }

    /// The operation that was called.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.label().name()
    }

    pub(crate) fn label(&self) -> &Label {
        &self.0.label
    }
}

impl fmt::Display for InvalidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the request breaks its rules: {}", self.0.label, self.0.violations)
    }
}

impl fmt::Debug for InvalidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvalidError({self})")
    }
}

impl std::error::Error for InvalidError {}
