//! One bad schema per rule, and beside it the exact text its author gets to see.
//!
//! `diagnostics/api_*.yaml` stand for `api.yaml`, all others for `products/sample.yaml`.
//! `UPDATE_GOLDEN=1 cargo test -p wechatpay-codegen` writes the expected texts anew; read their diff before you commit it.

use std::{collections::BTreeMap, fs, path::Path};

use wechatpay_codegen::load;

const API: &str =
    "doc: A sample.\nhosts:\n  - host: mainland\n    main: https://api.mch.weixin.qq.com\n";

fn sources(name: &str, text: &str) -> BTreeMap<String, String> {
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
    assert!(seen > 90, "only {seen} bad schemas were found");
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
