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
mod file_streams;
mod files;
mod hosts;
#[cfg(feature = "reqwest")]
mod idle;
mod keys;
mod leaks;
#[cfg(target_os = "linux")]
mod memory;
mod pace;
mod patience;
mod replacement;
mod retry;
mod spans;
mod statements;
mod support;
#[cfg(feature = "reqwest")]
mod transports;
mod upload_files;
mod uploads;
#[cfg(feature = "webhooks")]
mod webhooks;
