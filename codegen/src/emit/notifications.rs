//! The module of notifications: the enum of all of them, and how one is chosen.

use proc_macro2::TokenStream;
use quote::quote;

use super::{docs, ident, part::Part, part_modules};
use crate::{
    model::{Api, Event, Notifications, Payload},
    render::{Module, Modules},
};

/// All files below `src/webhooks/`; none if the schema has no notifications.
pub(super) fn modules(api: &Api) -> Modules {
    let webhooks = &api.webhooks;
    if webhooks.areas.is_empty() {
        return Modules::new();
    }
    let areas = Part::all(&webhooks.types).filter(|part| !part.is_head() && part.has_items());
    let mut modules: Modules = areas.flat_map(|part| part_modules(api, part)).collect();
    let (source, doc) = (webhooks.types.source.clone(), front_page(webhooks));
    let items = items(webhooks);
    modules.insert("src/webhooks/mod.rs".to_owned(), Module::Rust { source, doc, items });
    modules
}

fn front_page(webhooks: &Notifications) -> String {
    let mut text = "Notifications (回调通知): what the platform tells by calling the merchant.\n\n\
        [`Client::webhooks`](crate::Client::webhooks), or [`Webhooks::new`](Webhooks) without a client, makes a receiver. \
        It verifies a notification over its raw bytes, opens it, and parses it into a [`Notification`].\n\n\
        ```no_run\n\
        # use wechatpay_client::{HeaderMap, webhooks::{Answer, Notification, WebhookError, Webhooks}};\n\
        # async fn example(webhooks: Webhooks, headers: HeaderMap, body: Vec<u8>) -> Result<Answer, WebhookError> {\n\
        let delivery = webhooks.receive(&headers, body).await?;\n\
        let answer = delivery\n    \
            .handle(|event, notification| async move {\n        \
                match notification {\n            \
                    Notification::Unparsed(kept) => println!(\"{}: {:?}\", event.id(), kept.mismatch()),\n            \
                    other => println!(\"{}: {}\", event.id(), other.name()),\n        \
                }\n    \
            })\n    \
            .await;\n\
        # Ok(answer)\n\
        # }\n\
        ```\n"
        .to_owned();
    for (area, part) in webhooks.areas.iter().zip(Part::all(&webhooks.types).skip(1)) {
        text.push_str(&format!("\n## {}\n", docs::heading(part.texts())));
        text.push_str("\n| Event type | | Variant | Value |\n|---|---|---|---|\n");
        for (event, payload) in payloads(&area.events) {
            text.push_str(&format!(
                "| `{}` | {} | [`{variant}`](Notification::{variant}) | [`{object}`] |\n",
                event.event_type,
                docs::cell(event.texts.term()),
                variant = payload.variant,
                object = webhooks.types.object(payload.object).name,
            ));
        }
    }
    text
}

fn items(webhooks: &Notifications) -> TokenStream {
    let parts: Vec<Part<'_>> =
        Part::all(&webhooks.types).filter(|part| !part.is_head() && part.has_items()).collect();
    let modules = parts.iter().map(|part| ident(part.module()));
    let exports = parts.iter().map(|part| ident(part.module()));
    let notification = notification(webhooks);
    quote! {
        #(mod #modules;)*

        #(pub use #exports::types::*;)*
        #[doc(inline)]
        pub use wechatpay_runtime::webhooks::{
            Answer, Claim, Dispatch, MemoryReplays, ReplayStore, Resource, Unparsed, VerifiedEvent,
            WebhookError, WebhookFailure,
        };

        /// Receives notifications and parses them into a [`Notification`].
        pub type Webhooks = wechatpay_runtime::webhooks::Webhooks<Notification>;

        /// A notification that was received: handle and answer it.
        pub type Delivery = wechatpay_runtime::webhooks::Delivery<Notification>;

        /// A notification that was decrypted: parse it.
        pub type Opened = wechatpay_runtime::webhooks::Opened<Notification>;

        #notification
    }
}

fn notification(webhooks: &Notifications) -> TokenStream {
    let all: Vec<(&Event, &Payload)> =
        webhooks.areas.iter().flat_map(|area| payloads(&area.events)).collect();
    let variants = all.iter().map(|(event, payload)| {
        let (name, object) =
            (ident(&payload.variant), ident(&webhooks.types.object(payload.object).name));
        let doc = docs::attributes(&variant(event, payload));
        quote! { #doc #name(Box<#object>), }
    });
    let names = all.iter().map(|(_, payload)| {
        let (variant, name) = (ident(&payload.variant), &payload.variant);
        quote! { Self::#variant(_) => #name, }
    });
    let arms = all.iter().map(|(event, payload)| arm(event, payload));
    quote! {
        /// What the platform tells. What has no type here, and what does not fit the one it has, is
        /// [`Unparsed`](Self::Unparsed) and keeps its JSON.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum Notification {
            #(#variants)*
            /// A genuine notification that has no type here, or does not fit it. Nothing of it is lost.
            Unparsed(Unparsed),
        }

        impl Notification {
            /// The variant's name, for logs: it says nothing of what is in it.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    #(#names)*
                    Self::Unparsed(_) => "Unparsed",
                }
            }
        }

        impl Dispatch for Notification {
            fn dispatch(resource: &Resource<'_>) -> Self {
                match resource.event_type() {
                    #(#arms)*
                    _ => Self::Unparsed(resource.unknown()),
                }
            }
        }
    }
}

fn arm(event: &Event, payload: &Payload) -> TokenStream {
    let (variant, has) = (ident(&payload.variant), &payload.has);
    let spellings = event.spellings();
    let guard = (!has.is_empty()).then(|| quote! { if resource.has(&[#(#has),*]) });
    quote! { #(#spellings)|* #guard => resource.read(Self::#variant, Self::Unparsed), }
}

/// The documentation of a variant.
fn variant(event: &Event, payload: &Payload) -> String {
    let mut text = docs::named(&event.texts, &payload.variant);
    let types: Vec<String> = event.spellings().map(|name| format!("`{name}`")).collect();
    text.push_str(&format!("\n\n{}", types.join(", ")));
    if !payload.has.is_empty() {
        let keys: Vec<String> = payload.has.iter().map(|key| format!("`{key}`")).collect();
        text.push_str(&format!(" with {}", keys.join(" and ")));
    }
    let links = event.pages.iter().map(|page| format!("[official page]({page})"));
    let links: Vec<String> = links.collect();
    format!("{text} · {}", links.join(", "))
}

fn payloads(events: &[Event]) -> impl Iterator<Item = (&Event, &Payload)> {
    events.iter().flat_map(|event| event.payloads.iter().map(move |payload| (event, payload)))
}
