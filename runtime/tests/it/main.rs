//! The client against raw sockets: exact bytes out, exact bytes in.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail their test")]

mod answers;
mod bytes;
mod certificates;
mod config;
mod custody;
mod downloads;
mod errors;
mod executors;
mod failover;
mod hosts;
mod keys;
mod leaks;
mod patience;
mod replacement;
mod retry;
mod spans;
mod support;
#[cfg(feature = "reqwest")]
mod transports;
mod uploads;
#[cfg(feature = "webhooks")]
mod webhooks;
