//! A client that cannot be made.

use std::fmt;

/// Everything that is wrong with the given keys and settings, each with its remedy. Never holds a secret.
#[derive(Clone)]
pub struct ConfigError(Box<[String]>);

impl ConfigError {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self(Box::new([problem.into()]))
    }

    /// `None` if there is no problem.
    pub(crate) fn all(problems: Vec<String>) -> Option<Self> {
        if problems.is_empty() { None } else { Some(Self(problems.into())) }
    }

    /// The same problems, said of `place`.
    pub(crate) fn within(self, place: &str) -> Self {
        Self(self.0.iter().map(|problem| format!("{place}: {problem}")).collect())
    }

    /// The problems, one sentence each.
    pub fn problems(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConfigError({self})")
    }
}

impl std::error::Error for ConfigError {}
