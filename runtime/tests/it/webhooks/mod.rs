//! Notifications: what is believed, what is refused, what is kept.

mod forgeries;
mod handling;
mod notice;
mod opening;
mod requests;
mod storing;
mod trust;
