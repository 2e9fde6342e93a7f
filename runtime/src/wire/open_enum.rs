//! Enumerations that keep values they do not know.

/// A wire value that the schema does not list: the platform may add values at any time.
///
/// Only `From<&str>` of an enumeration makes one, so a listed value can never hide in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unrecognized(Box<str>);

impl Unrecognized {
    /// For generated code: keeps a value that matched no variant.
    #[doc(hidden)]
    #[must_use]
    pub fn new(wire: &str) -> Self {
        Self(wire.into())
    }

    /// The value as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
