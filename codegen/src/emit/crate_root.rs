//! The crate's root: documentation, re-exports, the gateways.

use proc_macro2::TokenStream;
use quote::quote;

use super::{clients, docs, ident, manifest};
use crate::{
    model::{Api, Padding, Profile},
    render::Module,
};

const SOURCE: &str = "api.yaml";

pub(super) fn rust(doc: String, items: TokenStream) -> Module {
    Module::Rust { source: SOURCE.to_owned(), doc, items }
}

/// `lib.rs`.
pub(super) fn lib(api: &Api) -> Module {
    let mut doc = format!("{}\n\n# Features\n\n{}\n", api.doc, manifest::purposes(api));
    doc.push_str(
        "Each product is a feature of its own:\n\n| Product | Feature | Method |\n|---|---|---|\n",
    );
    for product in &api.products {
        doc.push_str(&format!(
            "| {} | `{}` | `{}.{}()` |\n",
            product.texts.term(),
            product.feature,
            product.profile.module(),
            product.module
        ));
    }
    let products = api.products.iter().map(|product| {
        let (feature, module) = (&product.feature, ident(&product.module));
        quote! { #[cfg(feature = #feature)] #[rustfmt::skip] pub mod #module; }
    });
    // In the order of rustfmt, which formats this file.
    let mut profiles: Vec<_> = clients::profiles(api).collect();
    profiles.sort_by_key(|profile| profile.module());
    let modules = profiles.iter().map(|profile| ident(profile.module()));
    let clients = profiles.iter().map(|profile| (ident(profile.module()), ident(profile.client())));
    let clients = clients.map(|(module, client)| quote! { pub use #module::#client; });
    let webhooks = (!api.webhooks.areas.is_empty()).then(|| {
        doc.push_str("| notifications (回调通知) | `webhooks` | `client.webhooks()` |\n");
        quote! { #[cfg(feature = "webhooks")] #[rustfmt::skip] pub mod webhooks; }
    });
    rust(
        doc,
        quote! {
            #(#[rustfmt::skip] mod #modules;)*
            #[cfg(feature = "examples")]
            #[rustfmt::skip]
            pub mod examples;
            #[rustfmt::skip]
            pub mod hosts;
            #(#products)*
            #webhooks

            #(#clients)*
            #[doc(inline)]
            pub use wechatpay_runtime::*;
        },
    )
}

/// `hosts.rs`.
pub(super) fn hosts(api: &Api) -> Module {
    let hosts = api.hosts.iter().map(|host| {
        let (name, main) = (ident(&host.name.rust), &host.main);
        let backup =
            host.backup.as_ref().map_or_else(|| quote! { None }, |backup| quote! { Some(#backup) });
        let doc = docs::attributes(&format!("The gateway `{}`: <{main}>.", host.name.wire));
        let certificates = host.certificates.as_ref().map(|path| quote! { .certificates(#path) });
        let padding = (host.padding == Padding::Pkcs1).then(|| quote! { .padding(Padding::Pkcs1) });
        quote! { #doc pub static #name: Host = Host::new(#main, #backup) #certificates #padding; }
    });
    let padding =
        api.hosts.iter().any(|host| host.padding == Padding::Pkcs1).then(|| quote! { , Padding });
    rust(
        "The gateways of the platform.".to_owned(),
        quote! { use wechatpay_runtime::{Host #padding}; #(#hosts)* },
    )
}

/// `examples.rs`.
pub(super) fn examples(api: &Api) -> Module {
    let functions = clients::profiles(api).map(|profile| calls(api, profile));
    let clients = clients::profiles(api).map(|profile| ident(profile.client()));
    rust(
        "A call of every operation with the schema's example, for tests against a sandbox."
            .to_owned(),
        quote! { use crate::{Call, Reply, #(#clients),*}; #(#functions)* },
    )
}

fn calls(api: &Api, profile: Profile) -> TokenStream {
    let products: Vec<_> = api
        .products
        .iter()
        .filter(|product| product.profile == profile)
        .map(|product| {
            let (feature, module) = (&product.feature, ident(&product.module));
            quote! {
                #[cfg(feature = #feature)]
                calls.extend(crate::#module::examples::calls(&client.#module()));
            }
        })
        .collect();
    let client = ident(profile.client());
    let name = ident(match profile {
        Profile::Mainland => "calls",
        Profile::Overseas => "overseas_calls",
        Profile::Brand => "brand_calls",
    });
    let doc = docs::attributes(&format!(
        "One call per operation of the enabled products of [`{client}`], in schema order. Each decodes its response to\n\
         see that it fits, then gives it back as it came.",
    ));
    if products.is_empty() {
        return quote! {
            #doc
            #[must_use]
            pub fn #name(_client: &#client) -> Vec<Call<Reply>> {
                Vec::new()
            }
        };
    }
    quote! {
        #doc
        #[must_use]
        pub fn #name(client: &#client) -> Vec<Call<Reply>> {
            let mut calls = Vec::new();
            #(#products)*
            calls
        }
    }
}
