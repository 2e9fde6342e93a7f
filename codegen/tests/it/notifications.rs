//! Notifications: from the schema's words to the choice of a type.

use std::{collections::BTreeMap, path::Path};

use wechatpay_codegen::{generate, load, source};

fn folder(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_example_of_the_schema_readme_works() {
    let readme = std::fs::read_to_string(folder("../schema/README.md")).unwrap();
    let (_, section) = readme.split_once("\n## Notifications\n").unwrap();
    let (_, rest) = section.split_once("```yaml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let sources = BTreeMap::from([
        ("api.yaml".to_owned(), crate::diagnostics::API.to_owned()),
        ("notifications/sample.yaml".to_owned(), example.to_owned()),
    ]);
    let api = load(&sources).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    let event = api.webhooks.event("THING.MADE").unwrap();
    let variants: Vec<&str> = event.payloads.iter().map(|it| it.variant.as_str()).collect();
    assert_eq!(variants, ["CombinedThingMade", "ThingMade"]);
    let files = generate(&api);
    assert!(files.files()["src/webhooks/sample/types.rs"].contains("pub struct MadeThing {"));
}

#[test]
fn item_41_the_type_is_chosen_by_event_type_and_keys_in_the_order_of_the_schema() {
    let sources = source::read(&folder("tests/golden/schema")).unwrap();
    let files = generate(&load(&sources).unwrap());
    let module = &files.files()["src/webhooks/mod.rs"];
    let place = |text: &str| module.find(text).unwrap_or_else(|| panic!("no {text} in\n{module}"));
    let arms = [
        "if resource.has(&[\"combined_id\", \"parts\"])",
        "resource.read(Self::CombinedOrderPaid, Self::Unparsed)",
        "if resource.has(&[\"phone\"])",
        "resource.read(Self::SealedOrderPaid, Self::Unparsed)",
        "resource.read(Self::OrderPaid, Self::Unparsed)",
        "resource.read(Self::OrderClosed, Self::Unparsed)",
        "_ => Self::Unparsed(resource.unknown())",
    ];
    let places: Vec<usize> = arms.iter().map(|arm| place(arm)).collect();
    assert!(places.is_sorted(), "{module}");
    // All spellings lead to the same type.
    assert!(module.contains("\"ORDER.PAID\" | \"ORDER_OLD.PAID\""), "{module}");
}

#[test]
fn a_schema_without_notifications_has_no_trace_of_them() {
    let mut sources = source::read(&folder("tests/golden/schema")).unwrap();
    sources.retain(|path, _| !path.starts_with("notifications/"));
    let files = generate(&load(&sources).unwrap());
    for (path, text) in files.files() {
        assert!(!path.contains("webhooks") && !text.contains("webhooks"), "{path}");
    }
}
