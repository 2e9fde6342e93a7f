//! `cargo xtask regenerate`: from `schema/` to `generated/`.

use std::{path::Path, time::Instant};

use wechatpay_codegen::{generate, output::FileSet};

use crate::schema;

/// Makes `generated/` what the schema says.
pub(crate) fn write(root: &Path) -> Result<(), String> {
    let start = Instant::now();
    let files = file_set(root)?;
    let changes = files.apply(&root.join("generated")).map_err(|error| error.to_string())?;
    print!("{changes}");
    println!(
        "{} files, {} changed, in {:.0?}",
        files.files().len(),
        changes.len(),
        start.elapsed()
    );
    Ok(())
}

/// Compares `generated/` with what the schema says.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let files = file_set(root)?;
    let changes = files.compare(&root.join("generated")).map_err(|error| error.to_string())?;
    if changes.is_empty() {
        println!("{} generated files are what the schema says", files.files().len());
        return Ok(());
    }
    Err(format!("{changes}generated/ is not what the schema says; run `cargo xtask regenerate`"))
}

fn file_set(root: &Path) -> Result<FileSet, String> {
    Ok(generate(&schema::load(root)?))
}
