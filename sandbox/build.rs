//! Embeds the schema: writes a table of (path below `schema/`, text) for `src/schema.rs`.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let root = Path::new("../schema");
    let mut files = Vec::new();
    collect(root, &mut files)?;
    files.sort();
    let rows: String = files.iter().filter_map(|file| row(root, file)).collect();
    let out = env::var_os("OUT_DIR")
        .map(PathBuf::from)
        .ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(
        out.join("schema.rs"),
        format!("pub(super) static FILES: &[(&str, &str)] = &[\n{rows}];\n"),
    )
}

/// Gathers all YAML files, and tells cargo to look at folders too, so that a new file is noticed.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    watch(folder);
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            watch(&path);
            files.push(path);
        }
    }
    Ok(())
}

fn watch(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}

/// One line of the table. The path is relative to the package, so that the table holds no folder of this machine.
fn row(root: &Path, file: &Path) -> Option<String> {
    let below: Vec<_> =
        file.strip_prefix(root).ok()?.iter().filter_map(|part| part.to_str()).collect();
    let name = below.join("/");
    Some(format!(
        "    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/../schema/\", {name:?}))),\n"
    ))
}
