//! `cargo xtask export openapi`: the schema as OpenAPI documents.

use std::{fs, path::Path};

use wechatpay_codegen::openapi;

use crate::schema;

/// Writes one document per product into a folder.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<(), String> {
    let (mut products, mut out) = (Vec::new(), None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "--product" => products.push(format!("{}.json", value_of(argument, &mut rest)?)),
            "--out" => out = Some(value_of(argument, &mut rest)?),
            other => return Err(format!("there is no option `{other}`")),
        }
    }
    let out = Path::new(out.ok_or("name a folder with `--out`")?);
    let documents = openapi::export(&schema::load(root)?);
    if let Some(unknown) = products.iter().find(|file| !documents.contains_key(*file)) {
        return Err(format!("there is no product `{}`", unknown.trim_end_matches(".json")));
    }
    fs::create_dir_all(out).map_err(|error| format!("cannot make {}: {error}", out.display()))?;
    let wanted = |file: &String| products.is_empty() || products.contains(file);
    let mut written = 0;
    for (file, text) in documents.iter().filter(|(file, _)| wanted(file)) {
        let path = out.join(file);
        fs::write(&path, text)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        written += 1;
    }
    println!("{written} documents in {}", out.display());
    Ok(())
}

fn value_of<'a>(
    option: &str,
    rest: &mut impl Iterator<Item = &'a &'a str>,
) -> Result<&'a str, String> {
    rest.next().copied().ok_or_else(|| format!("{option} needs a value"))
}
