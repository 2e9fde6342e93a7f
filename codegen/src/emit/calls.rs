//! A product's module: its handle and one method per operation.

use proc_macro2::TokenStream;
use quote::quote;

use super::{deprecated, docs, examples, ident, part::Part};
use crate::model::{Api, Operation, Product, Repeat, Response};

/// The items of `mod.rs`.
pub(super) fn items(api: &Api, part: Part<'_>) -> TokenStream {
    let product = part.product;
    let (handle, client) = (ident(&product.handle), product.profile.client());
    let methods: Vec<_> = part.operations().map(|operation| method(product, operation)).collect();
    let statics = part.operations().map(|operation| description(api, product, operation));
    let (modules, runtime) = (modules(part), runtime(part));
    if part.is_head() {
        let doc = docs::attributes(&format!(
            "The operations of this product ({}), reached by [`{client}::{}`](crate::{client}::{}).",
            product.texts.term(),
            product.module,
            product.module
        ));
        return quote! {
            #modules
            #runtime

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
        };
    }
    if methods.is_empty() {
        return modules;
    }
    let implementation = quote! { impl #handle { #(#methods)* } };
    let imports = part.imports_of_module(&implementation);
    quote! {
        #modules
        use types::*;
        #runtime
        #imports
        #implementation
        #(#statics)*
    }
}

/// The modules below, and what of them the product shows. A resource's own module is private: its types are the product's.
fn modules(part: Part<'_>) -> TokenStream {
    let items = part.has_items().then(|| {
        if part.is_head() {
            quote! { mod types; mod wire; pub use types::*; }
        } else {
            quote! { pub(super) mod types; mod wire; }
        }
    });
    let examples = if part.is_head() {
        quote! { #[cfg(feature = "examples")] pub(crate) mod examples; }
    } else if part.operations().next().is_some() {
        quote! { #[cfg(feature = "examples")] pub(super) mod examples; }
    } else {
        TokenStream::new()
    };
    let resources: Vec<_> = Part::all(part.product).filter(|_| part.is_head()).skip(1).collect();
    let declared = resources.iter().map(|resource| {
        let name = ident(resource.module());
        quote! { mod #name; }
    });
    let shown = resources.iter().filter(|resource| resource.has_items()).map(|resource| {
        let name = ident(resource.module());
        quote! { pub use #name::types::*; }
    });
    quote! { #examples #(#declared)* #items #(#shown)* }
}

/// The import of what the runtime gives to the methods.
fn runtime(part: Part<'_>) -> TokenStream {
    let any = part.operations().next().is_some();
    let binary =
        part.operations().any(|operation| matches!(operation.response, Response::Binary { .. }));
    let repeat = part.operations().any(|operation| operation.repeat != Repeat::Never);
    let imports = [
        ("Binary", binary),
        ("Call", any),
        ("Core", part.is_head()),
        ("Method", any),
        ("Operation", any),
        ("Repeat", repeat),
    ];
    let imports = imports.into_iter().filter(|(_, used)| *used).map(|(name, _)| ident(name));
    quote! { use wechatpay_runtime::{#(#imports),*}; }
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
    let path = &operation.path;
    let page = operation.page.as_ref().map(|page| quote! { .page(#page) });
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
    let file = operation.upload.as_ref().map(|upload| upload.part.as_str());
    let file = file.filter(|part| *part != "file").map(|part| quote! { .file_part(#part) });
    quote! {
        static #name: Operation = Operation::new(#full_name, Method::#method, #path, &crate::hosts::#host)
            #repeat #body #file #unsigned #page;
    }
}
