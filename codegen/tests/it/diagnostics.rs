//! One bad schema per rule, and beside it the exact text its author gets to see.
//!
//! `diagnostics/api_*.yaml` stand for `api.yaml`, `files_*.yaml` for the files they name, all others for
//! `products/sample.yaml`.
//! `UPDATE_GOLDEN=1 cargo test -p wechatpay-codegen` writes the expected texts anew; read their diff before you commit it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use wechatpay_codegen::load;

pub(crate) const API: &str =
    "doc: A sample.\nhosts:\n  - host: mainland\n    main: https://api.mch.weixin.qq.com\n";

/// The schema a case stands for.
fn sources(name: &str, text: &str) -> BTreeMap<String, String> {
    if name.starts_with("files_") {
        let files = text.split("# file: ").skip(1).map(|part| part.split_once('\n').unwrap());
        return files.map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    }
    let (api, product) = if name.starts_with("api_") { (text, None) } else { (API, Some(text)) };
    let mut sources = BTreeMap::from([("api.yaml".to_owned(), api.to_owned())]);
    sources.extend(product.map(|text| ("products/sample.yaml".to_owned(), text.to_owned())));
    sources
}

#[test]
fn every_rule_has_its_diagnostic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let found = match load(&sources(&name, &text)) {
            Ok(_) => "nothing was wrong".to_owned(),
            Err(diagnostics) => diagnostics.to_string(),
        };
        let expected = path.with_extension("txt");
        if update {
            fs::write(&expected, format!("{found}\n")).unwrap();
        }
        if fs::read_to_string(&expected).unwrap_or_default().trim_end() != found
            || found == "nothing was wrong"
        {
            wrong.push(format!("---- {name}\n{found}"));
        }
        seen += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 110, "only {seen} bad schemas were found");
}

/// Every message and remedy in the source of the stages that refuse something stands in an expected text.
#[test]
fn no_rule_is_without_a_case() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let texts: String =
        files(&package.join("tests/diagnostics"), "txt").map(|(_, text)| text).collect();
    let mut missing = Vec::new();
    for folder in ["src/lower", "src/source"] {
        for (path, source) in files(&package.join(folder), "rs") {
            // Reading a folder can fail, but is no rule of the schema.
            if path.ends_with("read.rs") {
                continue;
            }
            for literal in literals(&source) {
                let is_prose = literal.len() > 17 && literal.contains(' ');
                // No text is known on which the two YAML parsers differ.
                if literal == "the positions of this file's nodes cannot be told" {
                    continue;
                }
                let shown = fragments(&literal).all(|fragment| texts.contains(&fragment));
                if is_prose && !shown {
                    missing.push(format!("{}: {literal}", path.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "no bad schema shows:\n{}", missing.join("\n"));
}

fn files(folder: &Path, extension: &'static str) -> impl Iterator<Item = (PathBuf, String)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(move |path| path.extension().is_some_and(|found| found == extension))
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
}

/// The string literals of a source file, without its tests and comments.
fn literals(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap();
    let code: Vec<&str> =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    // A backslash at a line's end joins it to the next word.
    let code = code.join("\n").replace("\\\"", "\u{0}");
    let mut joined = String::new();
    for part in code.split("\\\n") {
        joined.push_str(if joined.is_empty() { part } else { part.trim_start() });
    }
    joined.split('"').skip(1).step_by(2).map(|text| text.replace('\u{0}', "\"")).collect()
}

/// The fixed parts of a format string that say something.
fn fragments(literal: &str) -> impl Iterator<Item = String> {
    let fixed = literal.replace("{{", "\u{1}").replace("}}", "\u{1}");
    let parts: Vec<String> = fixed.split(['{', '}', '\u{1}']).map(ToOwned::to_owned).collect();
    // Every second part stands between braces, unless a brace was escaped: such literals are short.
    parts.into_iter().filter(|part| part.trim().len() > 6 && part.contains(' '))
}

#[test]
fn no_text_makes_the_generator_panic() {
    // Every prefix of a good file, and every one with a line taken out: what an author saves midway.
    let text = include_str!("../golden/schema/products/shapes.yaml");
    let lines: Vec<&str> = text.lines().collect();
    for cut in 0..lines.len() {
        let prefix = lines[..cut].join("\n");
        let without: Vec<&str> =
            lines.iter().enumerate().filter(|(i, _)| *i != cut).map(|(_, line)| *line).collect();
        for text in [prefix, without.join("\n")] {
            let _ = load(&sources("shapes", &text));
        }
    }
    for text in [
        "",
        "- a",
        "a: &x 1\nb: *x",
        "a: !tag x",
        "---\n---\n",
        "\u{feff}product: x",
        "a: 99999999999999999999",
        "? [a]\n: b",
    ] {
        assert!(load(&sources("odd", text)).is_err(), "{text:?}");
        assert!(load(&sources("api_odd", text)).is_err(), "{text:?}");
    }
    assert!(load(&BTreeMap::new()).is_err());
}
