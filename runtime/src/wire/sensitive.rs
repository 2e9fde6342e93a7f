//! Values that are never shown, and of which some travel encrypted.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

/// A value in plain text in the program, absent from `Debug`, wiped when dropped.
macro_rules! unshown {
    ($(#[$doc:meta])* $name:ident, $shown:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name<T: Zeroize>(Zeroizing<T>);

        impl<T: Zeroize> $name<T> {
            /// Wraps a plain value.
            pub fn new(value: T) -> Self {
                Self(Zeroizing::new(value))
            }

            /// The plain value. Take care where it goes from here.
            pub fn expose(&self) -> &T {
                &self.0
            }
        }

        impl<T: Zeroize> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($shown)
            }
        }

        impl From<&str> for $name<String> {
            fn from(value: &str) -> Self {
                Self::new(value.to_owned())
            }
        }

        impl From<String> for $name<String> {
            fn from(value: String) -> Self {
                Self::new(value)
            }
        }
    };
}

unshown! {
    /// A personal value: encrypted on the wire, in plain text in the program, absent from `Debug`, wiped when dropped.
    ///
    /// In a request it is encrypted to WeChat Pay's key while the request is written, so sending twice encrypts the plain
    /// text twice, each time anew. In a response it has been decrypted with the merchant's private key.
    Sensitive, "Sensitive(***)"
}

unshown! {
    /// A credential, such as a token: it travels as it is, but is absent from `Debug` and wiped when dropped.
    Secret, "Secret(***)"
}
