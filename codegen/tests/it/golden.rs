//! Every trap of `golden/schema` gives exactly the output of `golden/generated`, which `tests/golden` compiles.
//!
//! `UPDATE_GOLDEN=1 cargo test -p wechatpay-codegen` writes the output anew; read its diff before you commit it.

use std::path::Path;

use wechatpay_codegen::{generate, load, source};

#[test]
fn golden_schema_gives_the_golden_output() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let sources = source::read(&golden.join("schema")).unwrap();
    let api = load(&sources).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    let files = generate(&api);
    let folder = golden.join("generated");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        files.apply(&folder).unwrap();
    }
    let changes = files.compare(&folder).unwrap();
    assert!(changes.is_empty(), "run with UPDATE_GOLDEN=1 and read the diff:\n{changes}");
}

#[test]
fn every_run_gives_the_same_bytes() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/schema");
    let sources = source::read(&golden).unwrap();
    let run = || generate(&load(&sources).unwrap());
    let first = run();
    // A map with a random seed would order some of its items differently in one of these runs.
    for _ in 0..8 {
        assert_eq!(first, run());
    }
}

#[test]
fn the_worked_example_of_the_schema_readme_works() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
    let readme = std::fs::read_to_string(schema.join("README.md")).unwrap();
    let (_, rest) = readme.split_once("```yaml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let api = std::fs::read_to_string(schema.join("api.yaml")).unwrap();
    // The features name products that the example does not have.
    let (before, rest) = api.split_once("features:\n").unwrap();
    let (_, hosts) = rest.split_once("hosts:\n").unwrap();
    let api = format!("{before}hosts:\n{hosts}");
    let sources =
        [("api.yaml".to_owned(), api), ("products/sample.yaml".to_owned(), example.to_owned())]
            .into();
    let files = generate(&load(&sources).unwrap_or_else(|diagnostics| panic!("{diagnostics}")));
    assert!(files.files()["src/sample/types.rs"].contains("pub struct SetPriceRequest {"));
    assert!(files.files()["src/sample/wire.rs"].contains("\"mode is FREE\""));
}
