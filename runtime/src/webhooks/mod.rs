//! Notifications: what the platform tells a merchant by calling its `notify_url`.
//!
//! Three steps that can be taken apart. [`Webhooks::verify`] checks the signature over the raw bytes and gives a
//! [`VerifiedEvent`], which can be stored and queued. [`Webhooks::decrypt`] opens what is sealed in it. [`Opened::parse`]
//! reads that into a typed value, and keeps the JSON where no type fits, so that no notification is lost.
//! [`Webhooks::receive`] does all three.
//!
//! What is not shown to be the platform's gets one and the same [`Answer`], whatever is wrong with it. A [`Delivery`] is
//! answered in the platform's form and time, and handled once if there is a [`ReplayStore`].
//!
//! ```no_run
//! use wechatpay_runtime::webhooks::{Delivery, Dispatch, VerifiedEvent, WebhookError, Webhooks};
//!
//! # async fn example<N: Dispatch>(webhooks: Webhooks<N>, headers: http::HeaderMap, body: Vec<u8>) -> Result<(), WebhookError> {
//! let event: VerifiedEvent = webhooks.verify(&headers, body).await?;
//! println!("{} {}", event.id(), event.event_type());
//! let notification: N = webhooks.decrypt(&event).await?.parse();
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "actix-web")]
mod actix;
mod answer;
#[cfg(feature = "axum")]
mod axum;
mod delivery;
mod error;
mod event;
#[cfg(feature = "test-util")]
mod inspect;
mod keys;
mod opened;
mod receive;
mod replay;
mod request;

pub use self::{
    answer::Answer,
    delivery::Delivery,
    error::{WebhookError, WebhookFailure},
    event::VerifiedEvent,
    opened::{Dispatch, Opened, Resource, Unparsed},
    receive::Webhooks,
    replay::{Claim, MemoryReplays, ReplayStore},
};
