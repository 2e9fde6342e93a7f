//! Client and sandbox, talking over sockets. One binary, so that dependencies are linked once.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod fault_table;
mod faults;
mod files;
mod forms;
mod front_end;
mod notifications;
mod operations;
mod profiles;
mod retry;
mod rotation;
mod rules;
mod secrets;
mod state;
mod tidy;
mod trust;
mod validation;

use wechatpay_client::{Client, RetryPolicy};
use wechatpay_sandbox::Sandbox;

/// A sandbox of one's own, and a client of it that tries once: a test sees each fault as it is.
async fn pair() -> (Sandbox, Client) {
    let sandbox = Sandbox::start().await.unwrap();
    let config = wechatpay_tests::config(&sandbox).unwrap().retry(RetryPolicy::none());
    (sandbox, Client::new(config).unwrap())
}
