//! Notifications: what is believed, what is refused, what is kept.

#[cfg(any(feature = "actix-web", feature = "axum"))]
mod adapters;
mod forgeries;
mod handling;
mod logs;
mod notice;
mod opening;
mod requests;
mod shown;
mod storing;
mod trust;
