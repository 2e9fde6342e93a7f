//! The generator's tests on whole schemas, in one binary.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod cards_page;
mod diagnostics;
mod golden;
mod notifications;
mod openapi;
mod openapi_shared;
mod project;
