//! `cargo xtask coverage`: how much of the API the schema describes.

use std::path::Path;

use wechatpay_codegen::coverage::coverage;

use crate::schema;

/// Prints a table, or JSON.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<(), String> {
    let found = coverage(&schema::load(root)?);
    match arguments {
        [] => println!("{found}"),
        ["--json"] => println!("{:#}", found.to_json()),
        other => return Err(format!("there is no option `{}`", other.join(" "))),
    }
    Ok(())
}
