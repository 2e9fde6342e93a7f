//! The client against raw sockets: exact bytes out, exact bytes in.

mod answers;
mod bytes;
mod config;
mod errors;
mod executors;
mod hosts;
mod keys;
mod leaks;
mod support;
mod uploads;
