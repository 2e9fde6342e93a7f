//! The sandbox from outside: over real sockets, with real keys, through a client that shares no code with it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail like tests")]

mod answers;
mod at_once;
mod client;
mod faults;
mod fuzz;
mod on_demand;
mod posting;
mod program;
mod record;
mod refusals;
mod surface;
mod uploads;
