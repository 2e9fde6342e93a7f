//! The clients, one per profile: each has its own products only.

use proc_macro2::TokenStream;
use quote::quote;

use super::{crate_root::rust, docs, ident};
use crate::{
    model::{Api, Profile},
    render::Module,
};

/// The profiles that have a gateway, and so a client.
pub(super) fn profiles(api: &Api) -> impl Iterator<Item = Profile> {
    let has_host = |profile| api.hosts.iter().any(|host| host.profile == profile);
    Profile::ALL.into_iter().filter(move |profile| has_host(*profile))
}

/// `client.rs`, `overseas_client.rs`, `brand_client.rs`.
pub(super) fn client(api: &Api, profile: Profile) -> Module {
    let (client, words) = (ident(profile.client()), Words::of(profile));
    let (imports, caller) = (words.imports, words.caller);
    let doc = docs::attributes(words.doc);
    let accessors =
        api.products.iter().filter(|product| product.profile == profile).map(|product| {
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
    // A profile without hosts has no client; the name then only has to be one.
    let host = api.hosts.iter().find(|host| host.profile == profile);
    let host = ident(host.map_or("NONE", |host| &host.name.rust));
    let hosts = api.hosts.iter().filter(|host| host.profile == profile);
    let hosts = hosts.map(|host| ident(&host.name.rust));
    let example = docs::attributes(&format!(
        "```no_run\n\
         # async fn example(client: wechatpay_client::{client}, download_url: &str, hash_value: &str) -> Result<(), wechatpay_client::Error> {{\n\
         client.download(download_url).sha1(hash_value).gzip().to_file(\"bill.csv\").await?;\n\
         # Ok(())\n\
         # }}\n\
         ```"
    ));
    let path_doc = docs::attributes(&format!(
        "`path` starts with `{}` and may hold a query, percent-encoded. The call goes to the\n\
         [gateway](crate::hosts::{host}) unless [`Call::host`] says otherwise.",
        words.path,
    ));
    let own = own_methods(profile);
    let receiver = (profile != Profile::Brand && !api.webhooks.areas.is_empty()).then(|| {
        quote! {
            /// A receiver of notifications that believes whom this client believes and opens with its keys.
            ///
            /// A trust store that may download certificates does so for a notification by a new one, too.
            #[cfg(feature = "webhooks")]
            #[must_use]
            pub fn webhooks(&self) -> crate::webhooks::Webhooks {
                crate::webhooks::Webhooks::of(self.core.clone(), &crate::hosts::#host)
            }
        }
    });
    rust(
        words.module.to_owned(),
        quote! {
            use wechatpay_runtime::{#imports};

            #doc
            ///
            /// Cheap to clone; clones share connections and keys. `Send` and `Sync`.
            #[derive(Clone, Debug)]
            pub struct #client {
                core: Core,
            }

            impl #client {
                /// A client with this configuration.
                ///
                /// # Errors
                /// What is wrong with the configuration; nothing is sent.
                pub fn new(config: #caller) -> Result<Self, Error> {
                    Core::new(config).map(|core| Self { core })
                }

                /// A call of any endpoint, typed here or not: signed, verified, and given back as it came.
                ///
                #path_doc
                pub fn request(&self, method: Method, path: impl Into<String>) -> Call<Reply> {
                    Call::untyped(&self.core, &crate::hosts::#host, method, path.into())
                }

                /// Downloads the file that an earlier response gave the address of: a bill, a receipt, a report.
                ///
                /// `.sha1(..)`, `.gzip()` and others say what it should be, `.to_file(path)` or `.stream()` where it goes;
                /// awaited as it is, it gives the bytes. Only this client's [gateways](crate::hosts) are signed for, and
                /// what [`Config::download_host`] adds.
                ///
                #example
                pub fn download(&self, download_url: impl Into<String>) -> Call<Binary> {
                    Call::download(&self.core, &crate::hosts::#host, [#(&crate::hosts::#hosts),*], download_url)
                }

                /// Replaces the platform's keys, for all clones of this client. Calls in flight are not dropped.
                ///
                /// # Errors
                /// What is wrong with the keys; the old ones stay.
                pub fn replace_trust(&self, trust: TrustStore) -> Result<(), Error> {
                    self.core.replace_trust(trust)
                }

                #own

                #receiver

                #(#accessors)*
            }
        },
    )
}

/// What a profile's client is called in words and tokens.
struct Words {
    module: &'static str,
    doc: &'static str,
    path: &'static str,
    imports: TokenStream,
    caller: TokenStream,
}

impl Words {
    fn of(profile: Profile) -> Self {
        match profile {
            Profile::Mainland => Self {
                module: "The client.",
                doc: "A client of WeChat Pay APIv3 for one merchant.",
                path: "/v3/",
                imports: quote! { Binary, Call, Config, Core, Error, Merchant, Method, PayParams, Reply, TrustStore },
                caller: quote! { Config },
            },
            Profile::Overseas => Self {
                module: "The client of the overseas gateway.",
                doc: "A client of WeChat Pay's overseas gateway, for one merchant or institution. It has the products of \
                      that gateway\nonly: what belongs to the mainland does not compile against it.",
                path: "/v3/",
                imports: quote! { Binary, Call, Config, Core, Error, Merchant, Method, PayParams, Reply, TrustStore },
                caller: quote! { Config },
            },
            Profile::Brand => Self {
                module: "The client of brands.",
                doc: "A client of WeChat Pay's brand operations, for one brand. It signs in the brand's name and knows \
                      WeChat Pay by its\npublic key only.",
                path: "/brand/",
                imports: quote! { Binary, Brand, Call, Config, Core, Error, Method, Reply, TrustStore },
                caller: quote! { Config<Brand> },
            },
        }
    }
}

fn own_methods(profile: Profile) -> TokenStream {
    if profile == Profile::Brand {
        return quote! {
            /// Replaces the brand's key and serial, for all clones of this client. Calls in flight are not dropped.
            ///
            /// # Errors
            /// What is wrong with them, or that they are another brand's; the old ones stay.
            pub fn replace_brand(&self, brand: Brand) -> Result<(), Error> {
                self.core.replace_brand(brand)
            }
        };
    }
    quote! {
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
    }
}
