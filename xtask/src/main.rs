//! The project's own commands: `cargo xtask COMMAND`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool talks to its user"
)]

mod coverage;
mod demo;
mod export;
mod import;
mod load;
mod regenerate;
mod schema;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  regenerate          make generated/ what the schema says; only files that differ are written
  regenerate --check  write nothing; name the files that differ and exit 1 if there are any
  import openapi [--write] [--check] [--product NAME] [--report FILE] [--verbose] FILE...
                      show what OpenAPI documents say otherwise than the schema; --write adds what it lacks,
                      new operations to the file of their neighbours or to NAME
  export openapi [--product NAME]... --out FOLDER
                      write the schema as OpenAPI 3.1, one document per product
  coverage [--json]   count what the schema describes, by product
  demo [--all]        call every operation of an embedded sandbox over HTTP; print one product, or all
  load [--quick] [--orders N] [--clients N]
                      many clients at once against the sandbox; prints figures and compares all accounts;
                      --quick does not optimise, and places few orders";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["regenerate"] => regenerate::write(&root()),
        ["regenerate", "--check"] => regenerate::check(&root()),
        ["import", "openapi", rest @ ..] => import::run(&root(), rest),
        ["export", "openapi", rest @ ..] => export::run(&root(), rest),
        ["coverage", rest @ ..] => coverage::run(&root(), rest),
        ["demo"] => demo::run(&root(), &[]),
        ["demo", "--all"] => demo::run(&root(), &["--all"]),
        ["load", rest @ ..] => load::run(&root(), rest),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        [] => Err(USAGE.to_owned()),
        other => Err(format!("there is no command `{}`\n\n{USAGE}", other.join(" "))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace's folder: cargo tells where this package lies.
fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    package.parent().map_or_else(PathBuf::new, Path::to_owned)
}
