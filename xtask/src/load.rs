//! `cargo xtask load`: many clients at once against the sandbox.

use std::{ffi::OsString, path::Path, process::Command};

/// As many orders and clients as a machine that tests has time for, when they are not optimised.
const QUICK: [&str; 4] = ["--orders", "200", "--clients", "8"];

/// Builds the sandbox and the program that loads it, and starts the latter; `--quick` does not optimise them, and places
/// fewer orders. Other arguments are the program's.
///
/// It is a program of its own, because this one must build even when the generated crate does not.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<(), String> {
    let (quick, rest) = match arguments {
        ["--quick", rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    // Both at once, so that what they share is built once.
    let mut build = cargo(root);
    build.args([
        "build",
        "--quiet",
        "--package",
        "wechatpay-sandbox",
        "--package",
        "wechatpay-load",
    ]);
    build.args(if quick { [].as_slice() } else { &["--release"] });
    succeed(&mut build, "the load run could not be built")?;
    let mut load = Command::new(program(if quick { "debug" } else { "release" })?);
    load.args(if quick { QUICK.as_slice() } else { &[] }).args(rest).current_dir(root);
    succeed(&mut load, "the load run failed")
}

fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    cargo
}

/// Where cargo puts the program: this one lies in a folder beside.
fn program(profile: &str) -> Result<OsString, String> {
    let this =
        std::env::current_exe().map_err(|error| format!("cannot find cargo's target: {error}"))?;
    let target = this.parent().and_then(Path::parent).ok_or("cannot find cargo's target folder")?;
    let name = format!("wechatpay-load{}", std::env::consts::EXE_SUFFIX);
    Ok(target.join(profile).join(name).into_os_string())
}

fn succeed(command: &mut Command, otherwise: &str) -> Result<(), String> {
    let status = command
        .status()
        .map_err(|error| format!("cannot run {}: {error}", command.get_program().display()))?;
    if status.success() { Ok(()) } else { Err(otherwise.to_owned()) }
}
