//! A product's module: its handle and one method per operation.

use proc_macro2::TokenStream;
use quote::quote;

use super::{deprecated, docs, examples, ident};
use crate::model::{Api, Operation, Product, Repeat, Response};

/// The items of `mod.rs`.
pub(super) fn items(api: &Api, product: &Product) -> TokenStream {
    let (handle, client) = (ident(&product.handle), product.profile.client());
    let doc = docs::attributes(&format!(
        "The operations of this product ({}), reached by [`{client}::{}`](crate::{client}::{}).",
        product.texts.title, product.module, product.module
    ));
    let methods = product.operations.iter().map(|operation| method(product, operation));
    let statics = product.operations.iter().map(|operation| description(api, product, operation));
    let binary = product
        .operations
        .iter()
        .any(|operation| matches!(operation.response, Response::Binary { .. }));
    let repeat = product.operations.iter().any(|operation| operation.repeat != Repeat::Never);
    let imports = [
        ("Binary", binary),
        ("Call", true),
        ("Core", true),
        ("Method", true),
        ("Operation", true),
        ("Repeat", repeat),
    ];
    let imports = imports.into_iter().filter(|(_, used)| *used).map(|(name, _)| ident(name));
    quote! {
        #[cfg(feature = "examples")]
        pub(crate) mod examples;
        mod types;
        mod wire;

        pub use types::*;

        use wechatpay_runtime::{#(#imports),*};

        #doc
        #[derive(Clone, Debug)]
        pub struct #handle {
            core: Core,
        }

        impl #handle {
            pub(crate) fn new(core: Core) -> Self {
                Self { core }
            }
            #(#methods)*
        }

        #(#statics)*
    }
}

fn method(product: &Product, operation: &Operation) -> TokenStream {
    let name = ident(&operation.name.rust);
    let request = ident(&operation.request);
    let example = examples::call(product, operation);
    let doc = docs::attributes(&docs::operation(product, operation, &example));
    let deprecated = deprecated(operation.deprecated.as_ref());
    let output = output(product, operation);
    let description = constant(operation);
    quote! {
        #doc
        #deprecated
        pub fn #name(&self, request: &#request) -> Call<#output> {
            Call::new(&self.core, &#description, request.clone())
        }
    }
}

fn output(product: &Product, operation: &Operation) -> TokenStream {
    match &operation.response {
        Response::Empty { .. } => quote! { () },
        Response::Binary { .. } => quote! { Binary },
        Response::Json { object, .. } => {
            let name = ident(&product.object(*object).name);
            quote! { #name }
        }
    }
}

fn constant(operation: &Operation) -> proc_macro2::Ident {
    ident(&operation.name.wire.to_ascii_uppercase())
}

/// What the runtime knows of an operation.
fn description(api: &Api, product: &Product, operation: &Operation) -> TokenStream {
    let name = constant(operation);
    let full_name = format!("{}.{}", product.module, operation.name.wire);
    let method = ident(operation.method.as_str());
    let (path, page) = (&operation.path, &operation.page);
    let host = ident(&api.hosts[operation.host].name.rust);
    let repeat = match &operation.repeat {
        Repeat::Read => quote! { .repeat(Repeat::Read) },
        Repeat::Overwrite => quote! { .repeat(Repeat::Overwrite) },
        Repeat::Number(field) => quote! { .repeat(Repeat::Number(#field)) },
        Repeat::IdempotencyKey => quote! { .repeat(Repeat::IdempotencyKey) },
        Repeat::Never => TokenStream::new(),
    };
    let body = operation.has_body.then(|| quote! { .with_body() });
    let unsigned = matches!(operation.response, Response::Binary { signed: false, .. })
        .then(|| quote! { .unsigned() });
    quote! {
        static #name: Operation = Operation::new(#full_name, Method::#method, #path, &crate::hosts::#host)
            #repeat #body #unsigned .page(#page);
    }
}
