//! A request that has no form on the wire.

use std::{borrow::Cow, fmt};

use crate::label::Label;

/// The request could not be written: an empty path value, a header of the client's own, a value with no JSON form.
/// Nothing was signed or sent.
pub struct BuildError(Box<Inner>);

struct Inner {
    label: Label,
    problem: Cow<'static, str>,
}

impl BuildError {
    /// `problem` names fields and headers, never their values.
    pub(crate) fn new(label: &Label, problem: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { label: label.clone(), problem: problem.into() }))
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

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.0.label {
            Label::Local(_) => "",
            _ => "the request cannot be written: ",
        };
        write!(f, "{}: {what}{}", self.0.label, self.0.problem)
    }
}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BuildError({self})")
    }
}

impl std::error::Error for BuildError {}
