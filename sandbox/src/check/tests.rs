//! One schema with every rule, and requests that break one each.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wechatpay_codegen::model::{Api, Padding};

use super::{Parts, Payload, Secrets, check};
use crate::{Keys, cipher};

fn api() -> Api {
    let files = [
        ("api.yaml", "doc: Test.\nhosts:\n  - host: mainland\n    main: https://api.example.com\n"),
        ("products/rules.yaml", include_str!("../../tests/fixtures/rules.yaml")),
    ];
    let files: BTreeMap<_, _> = files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
    wechatpay_codegen::load(&files).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

/// The smallest body without violations.
fn body() -> Value {
    json!({ "length": "abc", "lines": [{ "name": "abc" }] })
}

fn parts(body: Value) -> Parts {
    let path = [("id".to_owned(), "1".to_owned())].into();
    Parts { path, body: Payload::Json(body), ..Parts::default() }
}

/// `path rule` of each violation.
fn found(parts: &Parts) -> Vec<String> {
    let api = api();
    let product = &api.products[0];
    let violations = check(product, &product.operations[0], parts);
    violations.iter().map(|violation| format!("{} {}", violation.path, violation.rule)).collect()
}

/// What is found after one field of the body was set.
fn with(pointer: &str, value: Value) -> Vec<String> {
    let mut body = body();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(key.to_owned(), value);
    found(&parts(body))
}

#[test]
fn a_good_request_passes_in_full_and_in_short() {
    assert_eq!(found(&parts(body())), [""; 0]);
    let full = json!({
        "length": "abcd", "pattern": "abc", "time": "2020-07-01T12:00:00+08:00", "range": -1, "rate": 1.25, "flag": false,
        "state": "CLOSED", "hint": "SOMETHING_NEW", "grade": 1, "tags": ["中文字", ""], "lines": [{ "name": "a", "note": "" }],
        "secret": "张三", "reason": "x", "days": "[\"abc\",\"中文字\"]", "deep": "[{\"name\":\"a\"}]", "raw": [1, {}],
    });
    let mut parts = parts(full);
    parts.query =
        [("limit", "100"), ("all", "false"), ("states", "OPEN,LOST"), ("who", "{\"name\":\"a\"}")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
    parts.headers.insert("idempotency-key", "abc".parse().unwrap());
    assert_eq!(found(&parts), [""; 0]);
}

#[test]
fn each_rule_is_found_broken() {
    let cases = [
        ("/length", json!("a"), "length min_length"),
        ("/length", json!("出租车发票"), "length max_length"),
        ("/length", json!(""), "length required"),
        ("/length", json!("ab🚕"), "length charset"),
        ("/length", json!(123), "length type"),
        ("/length", json!(null), "length null"),
        ("/pattern", json!("ABC"), "pattern pattern"),
        ("/time", json!("2020-07-01 12:00:00"), "time format"),
        ("/range", json!(-2), "range range"),
        ("/range", json!(11), "range range"),
        ("/range", json!("5"), "range type"),
        ("/range", json!(5.0), "range type"),
        ("/range", json!(u64::MAX), "range type"),
        ("/rate", json!("1.5"), "rate type"),
        ("/flag", json!("true"), "flag type"),
        ("/state", json!("open"), "state enum"),
        ("/state", json!(1), "state type"),
        ("/hint", json!("🚕"), "hint charset"),
        ("/grade", json!("1"), "grade type"),
        ("/grade", json!(2), "grade enum"),
        ("/tags", json!([]), "tags item_count"),
        ("/tags", json!(["a", "b", "c"]), "tags item_count"),
        ("/tags", json!(["a", "abcd"]), "tags[1] max_length"),
        ("/tags", json!(["a", null]), "tags[1] null"),
        ("/tags", json!("a"), "tags type"),
        ("/lines", json!([]), "lines required"),
        ("/lines", json!([{ "name": "a" }, {}]), "lines[1].name required"),
        ("/lines", json!([{ "name": "abcd" }]), "lines[0].name max_length"),
        ("/lines", json!([{ "name": "a", "extra": {} }]), "lines[0].extra unknown_field"),
        ("/lines", json!(["a"]), "lines[0] type"),
        ("/secret", json!("张三李四"), "secret max_length"),
        ("/state", json!("LOST"), "reason required"),
        ("/extra", json!(1), "extra unknown_field"),
        ("/days", json!(["abc"]), "days type"),
        ("/days", json!("[\"abc\""), "days format"),
        ("/days", json!(""), "days format"),
        ("/days", json!("[]"), "days item_count"),
        ("/days", json!("[\"abcd\"]"), "days[0] max_length"),
        ("/days", json!("[\"abc\",        \"abc\"]"), "days max_length"),
        ("/deep", json!("{}"), "deep type"),
        ("/deep", json!("[{\"name\":\"abc\"},{}]"), "deep[1].name required"),
        ("/deep", json!("[{\"name\":\"abc\",\"name\":\"abc\"}]"), "deep format"),
        ("/raw", json!({ "a": ["🚕"] }), "raw charset"),
        ("/raw", json!(null), "raw null"),
    ];
    for (pointer, value, expected) in cases {
        assert_eq!(with(pointer, value.clone()), [expected], "{pointer} = {value}");
    }
}

#[test]
fn path_query_and_header_are_checked_like_the_body() {
    let mut parts = parts(body());
    parts.path.insert("id".into(), "12345".into());
    parts.query = [
        ("limit", "0"),
        ("all", "yes"),
        ("limit", "1"),
        ("page", "2"),
        ("state", "OPEN"),
        ("states", "OPEN,GONE,"),
        ("who", "{\"name\":\"\"}"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    parts.headers.insert("idempotency-key", "a".parse().unwrap());
    let expected = [
        "id max_length",
        "limit range",
        "all type",
        "states item_count",
        "states[1] enum",
        "states[2] enum",
        "who.name required",
        "Idempotency-Key min_length",
        "limit duplicate",
        "page unknown_field",
        "state unknown_field",
    ];
    assert_eq!(found(&parts), expected);
}

#[test]
fn all_violations_come_at_once_with_both_forms_of_the_path() {
    let api = api();
    let product = &api.products[0];
    let body = json!({ "length": "a", "lines": [{ "name": "abcd", "a/b": 1 }], "grade": null });
    let violations = check(product, &product.operations[0], &parts(body));
    let places: Vec<_> = violations
        .iter()
        .map(|violation| (violation.path.as_str(), violation.pointer.as_str()))
        .collect();
    let expected = [
        ("length", "/length"),
        ("grade", "/grade"),
        ("lines[0].name", "/lines/0/name"),
        ("lines[0].a/b", "/lines/0/a~1b"),
    ];
    assert_eq!(places, expected);
    let name = &violations[2];
    assert_eq!(name.issue(), "must be at most 3 characters, is 4 characters");
    assert_eq!((name.location(), name.value.as_deref()), ("body", Some("abcd")));
}

#[test]
fn a_body_that_is_no_object_is_one_violation_more() {
    for body in [json!([]), json!("x"), json!(null)] {
        assert_eq!(found(&parts(body)), ["length required", "lines required", " type"]);
    }
}

#[test]
fn encrypted_fields_are_checked_in_plain_text_and_never_shown() {
    let keys = Keys::throwaway().unwrap();
    let public = keys.platform().private().public();
    let seal = |plain: &str| json!(cipher::seal_field(&public, Padding::Oaep, plain).unwrap());
    let key = || Secrets::key(keys.platform().private().clone(), Padding::Oaep);
    let cases = [
        (key(), seal("张三"), vec![]),
        (key(), seal("张三李四"), vec!["secret max_length"]),
        (key(), json!("张三李四"), vec!["secret encryption"]),
        (key(), json!(5), vec!["secret type"]),
        (Secrets::missing(), seal("张三"), vec!["Wechatpay-Serial required"]),
        (Secrets::unknown("AB".into()), seal("张三"), vec!["Wechatpay-Serial encryption"]),
        (Secrets::plain(), json!("张三"), vec![]),
    ];
    let api = api();
    let product = &api.products[0];
    for (secrets, secret, expected) in cases {
        let mut body = body();
        body["secret"] = secret;
        let parts = Parts { secrets, ..parts(body) };
        assert_eq!(found(&parts), expected);
        let shown = format!("{:?}", check(product, &product.operations[0], &parts));
        assert!(!shown.contains("李四"), "{shown}");
    }
}

#[test]
fn credentials_are_checked_and_never_shown() {
    let api = api();
    let product = &api.products[0];
    for (token, expected) in [(json!("S3CR3T"), "token max_length"), (json!(90417), "token type")] {
        let mut body = body();
        body["token"] = token;
        let parts = parts(body);
        assert_eq!(found(&parts), [expected]);
        let shown = format!("{:?}", check(product, &product.operations[0], &parts));
        assert!(!shown.contains("S3CR3T") && !shown.contains("90417"), "{shown}");
    }
}

#[test]
fn what_is_too_long_to_be_encrypted_is_found_before_it_is() {
    let mut body = body();
    body["secret"] = "x".repeat(215).into();
    let parts = Parts { secrets: Secrets::plain(), ..parts(body) };
    assert_eq!(found(&parts), ["secret max_length", "secret encrypted_length"]);
}

#[test]
fn parts_of_an_upload_are_checked_by_name() {
    let api = api();
    let product = &api.products[0];
    let sums = [
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    ];
    let found = |form: &[(&str, &str)], file: bool| {
        let content = bytes::Bytes::from_static(b"abc");
        let parts = Parts {
            body: Payload::Upload {
                meta: json!({ "sha256": sums[0] }),
                meta_file_name: None,
                file: file.then(|| super::File { name: Some("a.txt".into()), content }),
                form: form.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
                others: Vec::new(),
            },
            ..Parts::default()
        };
        let found = check(product, &product.operations[1], &parts);
        found
            .iter()
            .map(|it| format!("{} {} {}", it.path, it.location(), it.rule))
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&[("number", "5"), ("sum", sums[1])], true), [""; 0]);
    assert_eq!(
        found(&[("number", "x"), ("note", "long"), ("sum", sums[0])], true),
        ["number form type", "note form max_length", "sum form digest"]
    );
    assert_eq!(
        found(&[("number", "10"), ("sum", sums[1])], false),
        ["number form range", "document body required"]
    );
}

#[test]
fn a_hostile_body_gives_no_more_violations_than_anybody_reads() {
    let members = (0..5000).map(|number| (format!("key{number}"), Value::from(1)));
    assert_eq!(found(&parts(Value::Object(members.collect()))).len(), 1000);
}

#[test]
fn a_missing_serial_is_no_matter_without_encrypted_fields() {
    assert_eq!(found(&Parts { secrets: Secrets::missing(), ..parts(body()) }), [""; 0]);
}
