//! The model becomes modules of Rust tokens. Nothing here can fail: whatever could has been refused before.

mod calls;
mod clients;
mod crate_root;
mod docs;
mod enumeration;
mod examples;
mod manifest;
mod notifications;
mod object;
mod part;
mod wire;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use part::Part;

use crate::{
    model::{Api, Field, Product, Type},
    render::{Module, Modules},
};

/// Emits the whole generated crate.
pub(crate) fn emit(api: &Api) -> Modules {
    let mut modules = Modules::new();
    modules.insert("Cargo.toml".to_owned(), Module::Text(manifest::manifest(api)));
    modules.insert("README.md".to_owned(), Module::Text(manifest::readme(api)));
    modules.insert("src/lib.rs".to_owned(), crate_root::lib(api));
    for profile in clients::profiles(api) {
        let path = format!("src/{}.rs", profile.module());
        modules.insert(path, clients::client(api, profile));
    }
    modules.insert("src/hosts.rs".to_owned(), crate_root::hosts(api));
    modules.insert("src/examples.rs".to_owned(), crate_root::examples(api));
    for product in &api.products {
        for part in Part::all(product) {
            modules.extend(part_modules(api, part));
        }
    }
    modules.extend(notifications::modules(api));
    modules
}

/// The modules of a product's own file or of one of its resources.
fn part_modules(api: &Api, part: Part<'_>) -> Vec<(String, Module)> {
    let source = part.product.source_of(part.resource).to_owned();
    let module = |file: &str, doc: String, items: TokenStream| {
        let path = format!("src/{}/{file}.rs", part.folder());
        (path, Module::Rust { source: source.clone(), doc, items })
    };
    let of = part.texts().term();
    let mut modules = vec![module("mod", docs::part(part), calls::items(api, part))];
    if part.has_items() {
        modules.extend([
            module("types", format!("Requests, responses and their parts ({of})."), types(part)),
            module(
                "wire",
                format!("How the types stand on the wire, and the rules they obey ({of})."),
                wire::items(api, part),
            ),
        ]);
    }
    if part.is_head() || part.operations().next().is_some() {
        let doc = format!("The schema's examples ({of}).");
        modules.push(module("examples", doc, examples::items(part)));
    }
    modules
}

/// All types of a part: requests with their responses, then named objects, then enumerations.
fn types(part: Part<'_>) -> TokenStream {
    let product = part.product;
    let requests = part.operations().map(|operation| object::request(product, operation));
    let objects = part.objects().map(|object| object::object(product, object));
    let structs = quote! { #(#requests)* #(#objects)* };
    let imports = part.imports(&structs, None);
    let enums = part.enums().map(enumeration::definition);
    with_wire(quote! { #imports #structs #(#enums)* })
}

/// Items, with the import of the runtime's `wire` module if they name it.
fn with_wire(items: TokenStream) -> TokenStream {
    if items.to_string().contains("wire ::") {
        quote! { use wechatpay_runtime::wire; #items }
    } else {
        items
    }
}

fn ident(name: &str) -> Ident {
    format_ident!("{name}")
}

/// The Rust type of a field's value, without the `Option` of an optional one.
fn value_type(product: &Product, field: &Field) -> TokenStream {
    let ty = rust_type(product, &field.ty);
    if field.boxed {
        quote! { Box<#ty> }
    } else {
        ty
    }
}

fn rust_type(product: &Product, ty: &Type) -> TokenStream {
    match ty {
        Type::Text { encrypted: true, .. } => quote! { wire::Sensitive<String> },
        Type::Text { secret: true, .. } => quote! { wire::Secret<String> },
        Type::Text { .. } => quote! { String },
        Type::Integer(_) => quote! { i64 },
        Type::Decimal => quote! { wire::Decimal },
        Type::Boolean => quote! { bool },
        Type::Object(id) => {
            let name = ident(&product.object(*id).name);
            quote! { #name }
        }
        Type::Enum(id) => {
            let name = ident(&product.enumeration(*id).name);
            quote! { #name }
        }
        Type::List { item, .. } => {
            let item = rust_type(product, item);
            quote! { Vec<#item> }
        }
        Type::Json { value, .. } => rust_type(product, value),
        Type::Any => quote! { wire::AnyJson },
    }
}

/// The attribute that lets generated code touch deprecated fields, if any of these is.
fn expect_deprecated<'f>(fields: impl IntoIterator<Item = &'f Field>) -> TokenStream {
    if fields.into_iter().any(|field| field.deprecated.is_some()) {
        quote! { #[expect(deprecated, reason = "deprecated fields travel until they are removed")] }
    } else {
        TokenStream::new()
    }
}

fn deprecated(reason: Option<&String>) -> TokenStream {
    reason.map_or_else(TokenStream::new, |note| quote! { #[deprecated(note = #note)] })
}
