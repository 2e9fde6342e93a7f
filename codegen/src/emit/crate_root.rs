//! The crate's root: documentation, re-exports, the client, the gateways.

use proc_macro2::TokenStream;
use quote::quote;

use super::{docs, ident, manifest};
use crate::{model::Api, render::Module};

const SOURCE: &str = "api.yaml";

fn rust(doc: String, items: TokenStream) -> Module {
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
            "| {} | `{}` | `client.{}()` |\n",
            product.texts.term(),
            product.feature,
            product.module
        ));
    }
    let products = api.products.iter().map(|product| {
        let (feature, module) = (&product.feature, ident(&product.module));
        quote! { #[cfg(feature = #feature)] #[rustfmt::skip] pub mod #module; }
    });
    let webhooks = (!api.webhooks.areas.is_empty()).then(|| {
        doc.push_str("| notifications (回调通知) | `webhooks` | `client.webhooks()` |\n");
        quote! { #[cfg(feature = "webhooks")] #[rustfmt::skip] pub mod webhooks; }
    });
    rust(
        doc,
        quote! {
            #[rustfmt::skip]
            mod client;
            #[cfg(feature = "examples")]
            #[rustfmt::skip]
            pub mod examples;
            #[rustfmt::skip]
            pub mod hosts;
            #(#products)*
            #webhooks

            pub use client::Client;
            #[doc(inline)]
            pub use wechatpay_runtime::*;
        },
    )
}

/// `client.rs`.
pub(super) fn client(api: &Api) -> Module {
    let accessors = api.products.iter().map(|product| {
        let (feature, module, handle) =
            (&product.feature, ident(&product.module), ident(&product.handle));
        let summary = match (product.texts.title.as_str(), product.texts.summary()) {
            ("", summary) => summary.to_owned(),
            (title, summary) if title == summary => format!("{title}."),
            (title, summary) => format!("{title}: {summary}"),
        };
        let doc = docs::attributes(&summary);
        quote! {
            #doc
            #[cfg(feature = #feature)]
            #[must_use]
            pub fn #module(&self) -> crate::#module::#handle {
                crate::#module::#handle::new(self.core.clone())
            }
        }
    });
    // A model without hosts is refused before it gets here; the name then only has to be one.
    let default = ident(api.hosts.first().map_or("NONE", |host| &host.name.rust));
    let webhooks = (!api.webhooks.areas.is_empty()).then(|| {
        quote! {
            /// A receiver of notifications that believes whom this client believes and opens with its keys.
            ///
            /// A trust store that may download certificates does so for a notification by a new one, too.
            #[cfg(feature = "webhooks")]
            #[must_use]
            pub fn webhooks(&self) -> crate::webhooks::Webhooks {
                crate::webhooks::Webhooks::of(self.core.clone(), &crate::hosts::#default)
            }
        }
    });
    rust(
        "The client.".to_owned(),
        quote! {
            use wechatpay_runtime::{
                Call, Config, Core, Error, Merchant, Method, PayParams, Reply, TrustStore,
            };

            /// A client of WeChat Pay APIv3 for one merchant.
            ///
            /// Cheap to clone; clones share connections and keys. `Send` and `Sync`.
            #[derive(Clone, Debug)]
            pub struct Client {
                core: Core,
            }

            impl Client {
                /// A client with this configuration.
                ///
                /// # Errors
                /// What is wrong with the configuration; nothing is sent.
                pub fn new(config: Config) -> Result<Self, Error> {
                    Core::new(config).map(|core| Self { core })
                }

                /// A call of any endpoint, typed here or not: signed, verified, and given back as it came.
                ///
                /// `path` starts with `/v3/` and may hold a query, percent-encoded. The call goes to the first of the
                /// [gateways](crate::hosts) unless [`Call::host`] says otherwise.
                pub fn request(&self, method: Method, path: impl Into<String>) -> Call<Reply> {
                    Call::untyped(&self.core, &crate::hosts::#default, method, path.into())
                }

                /// Replaces the platform's keys, for all clones of this client. Calls in flight are not dropped.
                ///
                /// # Errors
                /// What is wrong with the keys; the old ones stay.
                pub fn replace_trust(&self, trust: TrustStore) -> Result<(), Error> {
                    self.core.replace_trust(trust)
                }

                /// Replaces the merchant's key and serial, for all clones of this client. Calls in flight are not
                /// dropped.
                ///
                /// # Errors
                /// What is wrong with them, or that they are another merchant's; the old ones stay.
                pub fn replace_merchant(&self, merchant: Merchant) -> Result<(), Error> {
                    self.core.replace_merchant(merchant)
                }

                /// Parameters that let the front end open the payment of an order, signed by the merchant.
                #[must_use]
                pub fn pay_params(&self) -> PayParams {
                    self.core.pay_params()
                }

                #webhooks

                #(#accessors)*
            }
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
        quote! { #doc pub static #name: Host = Host::new(#main, #backup); }
    });
    rust(
        "The gateways of the platform.".to_owned(),
        quote! { use wechatpay_runtime::Host; #(#hosts)* },
    )
}

/// `examples.rs`.
pub(super) fn examples(api: &Api) -> Module {
    let products = api.products.iter().map(|product| {
        let (feature, module) = (&product.feature, ident(&product.module));
        quote! {
            #[cfg(feature = #feature)]
            calls.extend(crate::#module::examples::calls(&client.#module()));
        }
    });
    rust(
        "A call of every operation with the schema's example, for tests against a sandbox."
            .to_owned(),
        quote! {
            use crate::{Call, Client, Reply};

            /// One call per operation of the enabled products, in schema order. Each decodes its response to see that it
            /// fits, then gives it back as it came.
            #[must_use]
            pub fn calls(client: &Client) -> Vec<Call<Reply>> {
                let mut calls = Vec::new();
                #(#products)*
                calls
            }
        },
    )
}
