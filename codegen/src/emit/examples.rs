//! The schema's examples as Rust: in each method's documentation, and as values for tests.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::{
    ident,
    object::{self, Layout, is_required},
    part::Part,
};
use crate::model::{Field, Object, Operation, Product, Type};

/// The items of `examples.rs`: an example of every request, and a call of every operation.
pub(super) fn items(part: Part<'_>) -> TokenStream {
    let product = part.product;
    let requests = part.operations().map(|operation| {
        let name = ident(&operation.request);
        let literal = request(product, operation, &quote! { Self });
        quote! {
            impl #name {
                /// The schema's example.
                #[must_use]
                pub fn example() -> Self {
                    #literal
                }
            }
        }
    });
    let requests = quote! { #(#requests)* };
    let imports = part.imports(&requests, Some(&product.handle));
    let types = part.operations().next().map(|_| quote! { use super::types::*; });
    let calls = calls(part);
    let items = quote! {
        use wechatpay_runtime::{Call, Reply};
        #types
        #imports
        #requests
        #calls
    };
    super::with_wire(items)
}

/// A call of every operation; the product's own file has those of its resources too.
fn calls(part: Part<'_>) -> TokenStream {
    let handle = ident(&part.product.handle);
    let calls = part.operations().map(|operation| {
        let (name, request) = (ident(&operation.name.rust), ident(&operation.request));
        quote! { handle.#name(&#request::example()).into_reply() }
    });
    let expect = if part.operations().any(|operation| operation.deprecated.is_some()) {
        quote! { #[expect(deprecated, reason = "deprecated operations are tested until they are removed")] }
    } else {
        TokenStream::new()
    };
    let resources: Vec<_> = Part::all(part.product)
        .filter(|other| part.is_head() && !other.is_head() && other.operations().next().is_some())
        .map(|resource| ident(resource.module()))
        .collect();
    let body = if resources.is_empty() {
        quote! { Vec::from([#(#calls),*]) }
    } else {
        quote! {
            let mut calls = Vec::from([#(#calls),*]);
            #(calls.extend(super::#resources::examples::calls(handle));)*
            calls
        }
    };
    quote! {
        #expect
        pub(crate) fn calls(handle: &#handle) -> Vec<Call<Reply>> {
            #body
        }
    }
}

/// The statements of a method's documentation: build the request, call.
pub(super) fn call(product: &Product, operation: &Operation) -> TokenStream {
    let (module, name) = (ident(&product.module), ident(&operation.name.rust));
    let name_of_request = ident(&operation.request);
    let literal = request(product, operation, &quote! { #name_of_request });
    let imports =
        literal.to_string().contains("wire ::").then(|| quote! { use wechatpay_client::wire; });
    let bind = match operation.response {
        crate::model::Response::Empty { .. } => TokenStream::new(),
        _ => quote! { let response = },
    };
    quote! {
        #imports
        let request = #literal;
        #bind client.#module().#name(&request).await?;
    }
}

/// The literal of a request, under the name by which the place calls its type.
fn request(product: &Product, operation: &Operation, name: &TokenStream) -> TokenStream {
    let file = operation.upload.as_ref().map(|_| {
        quote! { file: wire::UploadFile::new("example.pdf", "the file's bytes"), }
    });
    let fields: Vec<(&Field, Value)> = object::given(operation)
        .filter_map(|field| Some((field, product.example(field)?)))
        .collect();
    let required = required_members(product, &fields);
    let optional = optional_value(product, &ident(&operation.optional), &fields);
    quote! { #name { #file #(#required,)* optional: #optional } }
}

/// The literal of an object with the members that its example has.
fn object_literal(product: &Product, object: &Object, value: &Value) -> TokenStream {
    let name = ident(&object.name);
    let fields: Vec<(&Field, Value)> = object
        .fields
        .iter()
        .filter_map(|field| Some((field, value.get(&field.name.wire)?.clone())))
        .collect();
    let required = required_members(product, &fields);
    match object::layout(object) {
        Layout::Split => {
            let optional = optional_value(product, &format_ident!("{name}Optional"), &fields);
            quote! { #name { #(#required,)* optional: #optional } }
        }
        Layout::Literal => quote! { #name { #(#required,)* } },
        Layout::Setters | Layout::Received => optional_value(product, &name, &fields),
    }
}

fn required_members(product: &Product, fields: &[(&Field, Value)]) -> Vec<TokenStream> {
    fields
        .iter()
        .filter(|(field, _)| is_required(field))
        .map(|(field, value)| {
            let name = ident(&field.name.rust);
            let value = literal(product, &field.ty, value, Conversion::Needed);
            if field.boxed {
                quote! { #name: Box::new(#value) }
            } else {
                quote! { #name: #value }
            }
        })
        .collect()
}

fn optional_value(
    product: &Product,
    name: &proc_macro2::Ident,
    fields: &[(&Field, Value)],
) -> TokenStream {
    let setters = fields.iter().filter(|(field, _)| !is_required(field)).map(|(field, value)| {
        let name = ident(&field.name.rust);
        let value = literal(product, &field.ty, value, Conversion::Done);
        quote! { .#name(#value) }
    });
    quote! { #name::default() #(#setters)* }
}

/// Whether a string literal must be turned into the field's type here, or a setter does that.
#[derive(Clone, Copy, PartialEq)]
enum Conversion {
    Needed,
    Done,
}

fn literal(product: &Product, ty: &Type, value: &Value, into: Conversion) -> TokenStream {
    match ty {
        Type::Text { .. } => {
            let text = value.as_str().unwrap_or_default();
            if into == Conversion::Needed {
                quote! { #text.into() }
            } else {
                quote! { #text }
            }
        }
        Type::Integer(_) => {
            let number = value.as_i64().unwrap_or_default();
            // Setters take anything that becomes an i64, so a bare literal would be an i32.
            let number = match i32::try_from(number) {
                Ok(_) => Literal::i64_unsuffixed(number),
                Err(_) => Literal::i64_suffixed(number),
            };
            quote! { #number }
        }
        Type::Decimal => decimal(value),
        Type::Boolean => {
            let flag = value.as_bool().unwrap_or_default();
            quote! { #flag }
        }
        Type::Enum(id) => {
            let enumeration = product.enumeration(*id);
            let wire = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            let known = enumeration.values.iter().find(|known| known.name.wire == wire);
            let (name, variant) = (
                ident(&enumeration.name),
                ident(known.map_or("Unrecognized", |known| &known.name.rust)),
            );
            quote! { #name::#variant }
        }
        Type::Object(id) => object_literal(product, product.object(*id), value),
        Type::List { item, .. } => {
            let items = value.as_array().map_or(&[][..], Vec::as_slice);
            let items = items.iter().map(|value| literal(product, item, value, Conversion::Needed));
            // A macro's inside is not formatted; an array is.
            if into == Conversion::Needed {
                quote! { Vec::from([#(#items),*]) }
            } else {
                quote! { [#(#items),*] }
            }
        }
        // The example is the text that travels; the caller gives what it says.
        Type::Json { value: ty, .. } => {
            let text = value.as_str().unwrap_or_default();
            literal(product, ty, &serde_json::from_str(text).unwrap_or_default(), into)
        }
        Type::Any => any(value),
    }
}

/// Any JSON.
fn any(value: &Value) -> TokenStream {
    match value {
        Value::Null => quote! { wire::AnyJson::null() },
        Value::Bool(flag) => quote! { wire::AnyJson::from(#flag) },
        Value::String(text) => quote! { wire::AnyJson::from(#text) },
        Value::Number(_) => {
            let number = decimal(value);
            quote! { wire::AnyJson::from(#number) }
        }
        Value::Array(items) => {
            let items = items.iter().map(any);
            quote! { wire::AnyJson::list([#(#items),*]) }
        }
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| {
                let value = any(value);
                quote! { (#key, #value) }
            });
            quote! { wire::AnyJson::object([#(#members),*]) }
        }
    }
}

/// A decimal from its digits: `1.50` is 150 with two digits behind the point.
fn decimal(value: &Value) -> TokenStream {
    let text = value.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let unscaled =
        Literal::i64_unsuffixed(format!("{whole}{fraction}").parse().unwrap_or_default());
    let scale = Literal::usize_unsuffixed(fraction.len());
    quote! { wire::Decimal::new(#unscaled, #scale) }
}
