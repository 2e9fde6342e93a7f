//! Client and sandbox, talking over sockets. One binary, so that dependencies are linked once.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod cores;
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

use std::path::PathBuf;

use wechatpay_client::{Client, RetryPolicy};
use wechatpay_codegen::{model::Api, source};
use wechatpay_sandbox::Sandbox;

/// A sandbox of one's own, and a client of it that tries once: a test sees each fault as it is.
async fn pair() -> (Sandbox, Client) {
    let sandbox = Sandbox::start().await.unwrap();
    let config = wechatpay_tests::config(&sandbox).unwrap().retry(RetryPolicy::none());
    (sandbox, Client::new(config).unwrap())
}

/// The model of a schema, by the path of its folder from the workspace.
fn model(folder: &str) -> Api {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    wechatpay_codegen::load(&source::read(&folder).unwrap()).unwrap()
}
