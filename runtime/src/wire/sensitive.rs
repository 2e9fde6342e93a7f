//! Values that travel encrypted and are never shown.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

/// A personal value: encrypted on the wire, in plain text in the program, absent from `Debug`, wiped when dropped.
///
/// In a request it is encrypted to WeChat Pay's key while the request is written, so sending twice encrypts the plain
/// text twice, each time anew. In a response it has been decrypted with the merchant's private key.
#[derive(Clone, PartialEq, Eq)]
pub struct Sensitive<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Sensitive<T> {
    /// Wraps a plain value.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The plain value. Take care where it goes from here.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sensitive(***)")
    }
}

impl From<&str> for Sensitive<String> {
    fn from(value: &str) -> Self {
        Self::new(value.to_owned())
    }
}

impl From<String> for Sensitive<String> {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}
