//! `cargo xtask demo`: the whole way, from the schema to answered calls.

use std::{path::Path, process::Command};

use crate::regenerate;

/// Checks that the generated crate is fresh, then builds and runs the demo with it.
///
/// The demo is a program of its own, because this one must build even when the generated crate does not.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<(), String> {
    regenerate::check(root)?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["run", "--quiet", "--package", "wechatpay-tests", "--bin", "demo", "--"])
        .args(arguments)
        .current_dir(root)
        .status()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err("the demo failed".to_owned()) }
}
