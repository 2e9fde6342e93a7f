//! Runtime.
pub mod operation;
pub mod wire;
