//! A local WeChat Pay APIv3 gateway for tests.
//!
//! WeChat Pay has no APIv3 test environment. This gateway stands in for it: it verifies the merchant's signature and
//! says precisely why it does not hold, checks every field by the rules of the schema, and signs its answers with a
//! platform certificate or a WeChat Pay public key, as the request asks. It is driven by the same schema as the client,
//! but shares none of its code for signing, so that one mistake cannot hide in both.
//!
//! The binary serves clients in any language; the library serves tests in Rust:
//!
//! ```no_run
//! use wechatpay_sandbox::{Fault, Sandbox};
//!
//! # async fn example() -> Result<(), wechatpay_sandbox::Error> {
//! let sandbox = Sandbox::start().await?;
//! sandbox.inject(Fault::TamperedBody);
//! // Point a client at `sandbox.url()` with `sandbox.keys()`, and call: its verification must fail.
//! for call in sandbox.calls() {
//!     assert!(call.signature.is_verified());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! It remembers what is asked of it: orders are placed, paid by the test in the user's place, queried, refunded, closed, and
//! told by notification. Operations without a state of their own are answered by the examples of the schema.

mod answer;
mod authorization;
mod builder;
mod business;
mod callers;
mod certificates;
mod check;
mod cipher;
mod clock;
mod console;
mod control;
mod disturb;
mod encoding;
mod error;
mod fault;
mod fit;
mod gateway;
mod keys;
mod live;
mod masking;
mod multipart;
mod notation;
mod notes;
mod notify;
mod office;
mod on;
mod payload;
mod people;
mod record;
mod refusal;
mod request;
mod respond;
mod rotation;
mod routes;
mod sandbox;
mod scenario;
mod schema;
mod scheme;
mod server;
mod shangmi;
mod signature;
mod stamp;
mod store;
mod tls;
mod transport;

pub use builder::Builder;
pub use business::{Authorization, Order, Refund, RefundOutcome, Transfer, TransferStart};
pub use check::{File, Parts, Payload, Rule, Secrets, Violation, check};
pub use error::Error;
pub use fault::Fault;
pub use keys::{BrandKeys, KeyError, Keys, ShangmiKeys};
pub use notify::{Attempt, Notice, Report, Schedule, Sent};
pub use on::{Aimed, On};
pub use record::{Call, Verdict};
pub use sandbox::Sandbox;
pub use store::StoreError;

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
