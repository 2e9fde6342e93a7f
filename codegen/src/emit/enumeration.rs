//! Open enumerations.

use proc_macro2::TokenStream;
use quote::quote;

use super::{deprecated, docs, ident};
use crate::model::Enumeration;

/// The enum itself.
pub(super) fn definition(enumeration: &Enumeration) -> TokenStream {
    let name = ident(&enumeration.name);
    let mut text = docs::named(&enumeration.texts, &enumeration.name);
    if enumeration.partial {
        text.push_str("\n\nThe official list is not known in full: make other values with `from`.");
    }
    let doc = docs::attributes(&text);
    let variants = enumeration.values.iter().map(|value| {
        let (name, doc) = (ident(&value.name.rust), docs::attributes(&docs::value(value)));
        let deprecated = deprecated(value.deprecated.as_ref());
        quote! { #doc #deprecated #name, }
    });
    quote! {
        #doc
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants)*
            /// A value this version does not list; it is kept as it came. Made by `from`.
            Unrecognized(wire::Unrecognized),
        }
    }
}

/// Its way to and from the wire.
pub(super) fn wire(enumeration: &Enumeration) -> TokenStream {
    let name = ident(&enumeration.name);
    let wires: Vec<&str> =
        enumeration.values.iter().map(|value| value.name.wire.as_str()).collect();
    let variants: Vec<_> = enumeration.values.iter().map(|value| ident(&value.name.rust)).collect();
    let expect = if enumeration.values.iter().any(|value| value.deprecated.is_some()) {
        quote! { #[expect(deprecated, reason = "deprecated values travel until they are removed")] }
    } else {
        TokenStream::new()
    };
    let (shape, read) = if enumeration.integer {
        (quote! { wire::Shape::Number(self.as_str()) }, quote! { Self::from(json.number()?) })
    } else {
        (quote! { wire::Shape::Text(self.as_str()) }, quote! { Self::from(json.text()?.as_ref()) })
    };
    quote! {
        impl #name {
            /// The value as it stands on the wire.
            #[must_use]
            #expect
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#variants => #wires,)*
                    Self::Unrecognized(value) => value.as_str(),
                }
            }
        }
        impl From<&str> for #name {
            #expect
            fn from(wire: &str) -> Self {
                match wire {
                    #(#wires => Self::#variants,)*
                    other => Self::Unrecognized(wire::Unrecognized::new(other)),
                }
            }
        }
        impl std::fmt::Display for #name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl wire::Value for #name {
            fn shape(&self) -> wire::Shape<'_> {
                #shape
            }
        }
        impl wire::Decode for #name {
            fn decode(json: wire::Json<'_>) -> Result<Self, wire::Mismatch> {
                Ok(#read)
            }
        }
    }
}
