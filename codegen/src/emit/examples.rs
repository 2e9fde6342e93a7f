//! The schema's examples as Rust: in each method's documentation, and as values for tests.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::{
    ident,
    object::{self, Layout, is_required},
};
use crate::model::{Field, Object, Operation, Product, Type};

/// The items of `examples.rs`: an example of every request, and a call of every operation.
pub(super) fn items(product: &Product) -> TokenStream {
    let handle = ident(&product.handle);
    let requests = product.operations.iter().map(|operation| {
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
    let calls = product.operations.iter().map(|operation| {
        let (name, request) = (ident(&operation.name.rust), ident(&operation.request));
        quote! { handle.#name(&#request::example()).into_reply() }
    });
    let expect = if product.operations.iter().any(|operation| operation.deprecated.is_some()) {
        quote! { #[expect(deprecated, reason = "deprecated operations are tested until they are removed")] }
    } else {
        TokenStream::new()
    };
    let items = quote! {
        use wechatpay_runtime::{Call, Reply};
        use super::{#handle, types::*};
        #(#requests)*

        #expect
        pub(crate) fn calls(handle: &#handle) -> Vec<Call<Reply>> {
            Vec::from([#(#calls),*])
        }
    };
    super::with_wire(items)
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
    let fields: Vec<&Field> = object::given(operation).collect();
    let required = required_members(product, &fields);
    let optional = optional_value(product, &ident(&operation.optional), &fields);
    quote! { #name { #file #(#required,)* optional: #optional } }
}

fn object_literal(product: &Product, object: &Object) -> TokenStream {
    let name = ident(&object.name);
    let fields: Vec<&Field> = object.fields.iter().collect();
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

fn required_members(product: &Product, fields: &[&Field]) -> Vec<TokenStream> {
    fields
        .iter()
        .filter(|field| is_required(field))
        .filter_map(|field| {
            let (name, value) = (
                ident(&field.name.rust),
                literal(product, &field.ty, &product.example(field)?, Conversion::Needed),
            );
            Some(if field.boxed {
                quote! { #name: Box::new(#value) }
            } else {
                quote! { #name: #value }
            })
        })
        .collect()
}

fn optional_value(product: &Product, name: &proc_macro2::Ident, fields: &[&Field]) -> TokenStream {
    let setters = fields.iter().filter(|field| !is_required(field)).filter_map(|field| {
        let (name, value) = (
            ident(&field.name.rust),
            literal(product, &field.ty, &product.example(field)?, Conversion::Done),
        );
        Some(quote! { .#name(#value) })
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
            let number = Literal::i64_unsuffixed(value.as_i64().unwrap_or_default());
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
        Type::Object(id) => object_literal(product, product.object(*id)),
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
