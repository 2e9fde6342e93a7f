//! Structs: requests and named objects.
//!
//! What is sent is written as a struct literal, so a missing required field is a compile error; everything that can be
//! left out lies in one field `optional` behind the others, so a new optional field breaks nobody. What is only received
//! cannot be built by users, so it can grow freely.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{format_ident, quote};

use super::{deprecated, docs, expect_deprecated, ident, value_type};
use crate::model::{Field, Object, Operation, Presence, Product, Type};

/// How an object's struct is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Required fields, then `optional` with the rest.
    Split,
    /// Only optional fields: `Default` and setters.
    Setters,
    /// Required fields only.
    Literal,
    /// Only received: closed to users.
    Received,
}

/// The layout of a named object.
pub(super) fn layout(object: &Object) -> Layout {
    let required = object.fields.iter().any(is_required);
    let optional = object.fields.iter().any(|field| !is_required(field));
    match (object.sent, required, optional) {
        (false, _, _) => Layout::Received,
        (true, true, true) => Layout::Split,
        (true, false, _) => Layout::Setters,
        (true, true, false) => Layout::Literal,
    }
}

pub(super) fn is_required(field: &Field) -> bool {
    field.presence == Presence::Required
}

/// Fields that the caller gives: those the client computes are not in the struct.
pub(super) fn given(operation: &Operation) -> impl Iterator<Item = &Field> {
    operation.fields.iter().filter(|field| field.computed.is_none())
}

/// The request struct of an operation, and its optional part.
pub(super) fn request(product: &Product, operation: &Operation) -> TokenStream {
    let name = ident(&operation.request);
    let optional = ident(&operation.optional);
    let doc = docs::attributes(&format!(
        "Request of [`{}`](super::{}::{}).{}",
        operation.name.rust,
        product.handle,
        operation.name.rust,
        docs::table(product, &operation.fields),
    ));
    let file = operation.upload.as_ref().map(|upload| {
        let doc = docs::attributes(&docs::named(&upload.texts, "The file."));
        quote! { #doc pub file: wire::UploadFile, }
    });
    let required = given(operation)
        .filter(|field| is_required(field))
        .map(|field| plain_field(product, field));
    let rest: Vec<&Field> = given(operation).filter(|field| !is_required(field)).collect();
    let part = optional_part(product, &optional, &operation.request, &rest);
    quote! {
        #doc
        #[derive(Clone, Debug)]
        pub struct #name {
            #file
            #(#required)*
            /// What may be left out.
            pub optional: #optional,
        }
        #part
    }
}

/// The struct of a named object, and its optional part if it has one.
pub(super) fn object(product: &Product, object: &Object) -> TokenStream {
    let name = ident(&object.name);
    let intro = match object.name.strip_suffix("Response") {
        Some(_) if object.texts.term().is_empty() => response_intro(product, object),
        _ => docs::named(&object.texts, &object.name),
    };
    let doc = docs::attributes(&format!("{intro}{}", docs::table(product, &object.fields)));
    let required = object
        .fields
        .iter()
        .filter(|field| is_required(field))
        .map(|field| plain_field(product, field));
    let rest: Vec<&Field> = object.fields.iter().filter(|field| !is_required(field)).collect();
    match layout(object) {
        Layout::Split => {
            let optional = format_ident!("{name}Optional");
            let part = optional_part(product, &optional, &object.name, &rest);
            quote! {
                #doc
                #[derive(Clone, Debug)]
                pub struct #name {
                    #(#required)*
                    /// What may be left out.
                    pub optional: #optional,
                }
                #part
            }
        }
        Layout::Literal => {
            quote! { #doc #[derive(Clone, Debug)] pub struct #name { #(#required)* } }
        }
        Layout::Setters => setters_struct(product, &name, &doc, &rest),
        Layout::Received => {
            let fields = object.fields.iter().map(|field| {
                if is_required(field) {
                    plain_field(product, field)
                } else {
                    option_field(product, field)
                }
            });
            let fields = fields.map(|field| with_self(field, &name));
            quote! { #doc #[derive(Clone, Debug)] #[non_exhaustive] pub struct #name { #(#fields)* } }
        }
    }
}

/// A response written in place is described by its operation.
fn response_intro(product: &Product, object: &Object) -> String {
    let by = |operation: &&Operation| {
        operation.request.strip_suffix("Request") == object.name.strip_suffix("Response")
    };
    product.operations.iter().find(by).map_or_else(String::new, |operation| {
        format!(
            "Response of [`{}`](super::{}::{}).",
            operation.name.rust, product.handle, operation.name.rust
        )
    })
}

fn optional_part(
    product: &Product,
    name: &proc_macro2::Ident,
    of: &str,
    fields: &[&Field],
) -> TokenStream {
    let doc = docs::attributes(&format!("What may be left out of [`{of}`]."));
    setters_struct(product, name, &doc, fields)
}

fn setters_struct(
    product: &Product,
    name: &proc_macro2::Ident,
    doc: &TokenStream,
    fields: &[&Field],
) -> TokenStream {
    let members = fields.iter().map(|field| with_self(option_field(product, field), name));
    let setters = fields.iter().map(|field| with_self(setter(product, field), name));
    let implementation = (!fields.is_empty()).then(|| quote! { impl #name { #(#setters)* } });
    quote! {
        #doc
        #[derive(Clone, Debug, Default)]
        #[non_exhaustive]
        pub struct #name { #(#members)* }
        #implementation
    }
}

/// Says `Self` where a struct contains its own kind.
fn with_self(tokens: TokenStream, name: &proc_macro2::Ident) -> TokenStream {
    let replace = |token| match token {
        TokenTree::Ident(ident) if ident == *name => TokenTree::Ident(super::ident("Self")),
        TokenTree::Group(group) => {
            TokenTree::Group(Group::new(group.delimiter(), with_self(group.stream(), name)))
        }
        token => token,
    };
    tokens.into_iter().map(replace).collect()
}

fn plain_field(product: &Product, field: &Field) -> TokenStream {
    let (name, ty) = (ident(&field.name.rust), value_type(product, field));
    let (doc, deprecated) =
        (docs::attributes(&docs::field(product, field)), deprecated(field.deprecated.as_ref()));
    quote! { #doc #deprecated pub #name: #ty, }
}

fn option_field(product: &Product, field: &Field) -> TokenStream {
    let (name, ty) = (ident(&field.name.rust), value_type(product, field));
    let (doc, deprecated) =
        (docs::attributes(&docs::field(product, field)), deprecated(field.deprecated.as_ref()));
    quote! { #doc #deprecated pub #name: Option<#ty>, }
}

fn setter(product: &Product, field: &Field) -> TokenStream {
    let (name, ty) = (ident(&field.name.rust), super::rust_type(product, &field.ty));
    let doc =
        docs::attributes(&format!("Sets [`{}`](Self::{}).", field.name.wire, field.name.rust));
    let deprecated = deprecated(field.deprecated.as_ref());
    let expect = expect_deprecated(std::iter::once(field));
    let (parameter, value) = if is_only_itself(&field.ty) {
        (quote! { #ty }, quote! { #name })
    } else {
        (quote! { impl Into<#ty> }, quote! { #name.into() })
    };
    let value = if field.boxed {
        quote! { Box::new(#value) }
    } else {
        value
    };
    quote! {
        #doc
        #deprecated
        #expect
        #[must_use]
        pub fn #name(mut self, #name: #parameter) -> Self {
            self.#name = Some(#value);
            self
        }
    }
}

/// Whether nothing else turns into a value of this type.
fn is_only_itself(ty: &Type) -> bool {
    match ty {
        Type::Boolean | Type::Object(_) => true,
        Type::Json { value, .. } => is_only_itself(value),
        _ => false,
    }
}
