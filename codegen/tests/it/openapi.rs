//! OpenAPI in and out.

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::{Value, json};
use wechatpay_codegen::{
    load,
    openapi::{Import, ImportError, export, import},
    source,
};

const API: &str =
    "doc: A sample.\nhosts:\n  - host: mainland\n    main: https://api.mch.weixin.qq.com\n";

const PRODUCT: &str = "\
product: sample
title: 样例
doc: A sample.
roles: [merchant]

operations:
  # Orders of things.
  - operation: create_order
    post: /v3/sample/orders
    title: 下单
    doc: Orders a thing.
    page: https://pay.weixin.qq.com/doc/v3/merchant/4012000000
    repeat: number out_no
    body:
      - field: out_no required string(6..32)
        title: 商户单号
        doc: |
          The merchant's own number.

          It is never used twice.
        example: P20260131
      - field: kind required Kind  # as printed
        title: 类型
        example: A
    response:
      status: 200
      fields:
        - field: order optional Order
          title: 订单

types:
  - enum: Kind
    title: 类型
    values:
      - value: A
        title: 甲

  - object: Order
    title: 订单
    fields:
      - field: id required string
        title: 编号
        example: \"1\"
";

fn schema() -> BTreeMap<String, String> {
    [("api.yaml", API), ("products/sample.yaml", PRODUCT)]
        .map(|(file, text)| (file.to_owned(), text.to_owned()))
        .into()
}

/// A document that says what [`PRODUCT`] says.
fn document() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {"title": "样例", "version": "1"},
        "servers": [{"url": "https://api.mch.weixin.qq.com"}],
        "paths": {"/v3/sample/orders": {"post": {
            "summary": "下单",
            "x-roles": ["merchant"],
            "requestBody": {"required": true, "content": {"application/json": {"schema": {
                "type": "object",
                "required": ["out_no", "kind"],
                "properties": {
                    "out_no": {"type": "string", "minLength": 6, "maxLength": 32},
                    "kind": {"type": "string", "enum": ["A"]},
                },
            }}}},
            "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": {
                "type": "object",
                "properties": {"order": {"$ref": "#/components/schemas/Order"}},
            }}}}},
        }}},
        "components": {"schemas": {"Order": {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "string"}},
        }}},
    })
}

const BODY: &str = "/paths/~1v3~1sample~1orders/post/requestBody/content/application~1json/schema";

/// The document with a value put at a pointer, which may be new in its object.
fn with(pointer: &str, value: Value) -> Value {
    let mut document = document();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    document.pointer_mut(parent).unwrap()[key.replace("~1", "/")] = value;
    document
}

fn run(schema: &BTreeMap<String, String>, document: &Value) -> Result<Import, ImportError> {
    import(schema, &[("sample.json".to_owned(), document.to_string())].into(), None)
}

/// What an import of the document finds.
fn found(document: &Value) -> Import {
    run(&schema(), document).unwrap_or_else(|error| panic!("{error}"))
}

/// The schema after `--write`.
fn written(import: &Import) -> BTreeMap<String, String> {
    let mut schema = schema();
    schema.extend(import.files.clone());
    schema
}

#[test]
fn what_agrees_needs_no_change() {
    let import = found(&document());
    assert_eq!(import.differences, Vec::<String>::new());
    assert_eq!(import.only_in_schema, Vec::<String>::new());
    assert!(import.files.is_empty());
    assert_eq!(import.read, 1);
}

#[test]
fn a_contradiction_names_the_line_and_both_sides_and_is_never_written() {
    let field = |key: &str| format!("{BODY}/properties/out_no/{key}");
    let cases = [
        (
            field("maxLength"),
            json!(64),
            "15: out_no: schema says string(6..32), facts say string(6..64)",
        ),
        (
            field("pattern"),
            json!("[0-9]+"),
            "15: out_no: schema says no pattern, facts say ^[0-9]+$",
        ),
        (field("format"), json!("uri"), "15: out_no: schema says no format, facts say url"),
        (
            field("type"),
            json!("integer"),
            "15: out_no: schema says string(6..32), facts say integer",
        ),
        (
            format!("{BODY}/required"),
            json!(["kind"]),
            "15: out_no: schema says required, facts say optional",
        ),
        (
            "/components/schemas/Order/required".to_owned(),
            json!([]),
            "id: schema says required, facts say optional",
        ),
        (
            "/paths/~1v3~1sample~1orders/post/x-roles".to_owned(),
            json!(["brand"]),
            "8: roles: schema says merchant",
        ),
        (
            "/servers".to_owned(),
            json!([{"url": "https://b.example"}]),
            "8: host: schema says https://api",
        ),
        (
            "/paths/~1v3~1sample~1orders/post/responses".to_owned(),
            json!({"204": {"description": ""}}),
            "8: response: schema says 200, facts say 204",
        ),
    ];
    for (pointer, value, expected) in cases {
        let import = found(&with(&pointer, value));
        let line = import.differences.iter().find(|line| line.contains(expected));
        let line = line.unwrap_or_else(|| panic!("{expected}\n{:#?}", import.differences));
        assert!(line.starts_with("schema/products/sample.yaml:"), "{line}");
        assert!(line.contains("(sample.json#/"), "{line}");
        assert!(import.files.is_empty(), "{expected}");
        assert_eq!(import.undecided, import.differences.len());
    }
}

#[test]
fn a_comment_settles_a_difference() {
    let longer = with(&format!("{BODY}/properties/out_no/maxLength"), json!(64));
    let mut schema = schema();
    let text = schema.get_mut("products/sample.yaml").unwrap();
    let line = "      - field: out_no required string(6..32)\n";
    *text = text.replace(line, &format!("      # unlike OpenAPI: 32 was tried.\n{line}"));
    let import = run(&schema, &longer).unwrap();
    assert!(import.differences.is_empty(), "{:?}", import.differences);
    assert_eq!(import.settled.len(), 1);
}

#[test]
fn what_is_missing_is_inserted_and_no_other_line_changes() {
    let mut document = with(
        &format!("{BODY}/properties/note"),
        json!({"type": "string", "title": "备注", "maxLength": 80}),
    );
    document.pointer_mut(&format!("{BODY}/properties/kind")).unwrap()["enum"] = json!(["A", "B"]);
    document["components"]["schemas"]["Order"]["properties"]["day"] =
        json!({"type": "string", "format": "date", "example": "2026-01-31"});
    document["paths"]["/v3/sample/orders"]["post"]["parameters"] = json!([
        {"name": "dry", "in": "query", "schema": {"type": "boolean"}},
        {"name": "from", "in": "query", "schema": {"type": "integer"}},
    ]);
    let import = found(&document);
    assert_eq!(import.differences.len(), 5, "{:#?}", import.differences);
    assert_eq!(import.undecided, 0);
    let text = &import.files["products/sample.yaml"];
    for inserted in [
        "      - field: note optional string(80)\n        title: 备注\n    query:\n",
        "    query:\n      - field: dry optional boolean\n      - field: from optional integer\n    response:\n",
        "        title: 甲\n      - value: B\n\n  - object: Order\n",
        "        example: \"1\"\n      - field: day optional string\n        format: date\n        example: \"2026-01-31\"\n",
    ] {
        assert!(text.contains(inserted), "{inserted}\n{text}");
    }
    let mut lines = text.lines();
    for line in PRODUCT.lines() {
        assert!(lines.any(|kept| kept == line), "{line} was changed:\n{text}");
    }
    load(&written(&import)).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    let again = run(&written(&import), &document).unwrap();
    assert!(again.differences.is_empty(), "{:#?}", again.differences);
}

#[test]
fn a_new_required_field_of_a_request_is_for_a_person() {
    let mut document = with(&format!("{BODY}/properties/note"), json!({"type": "string"}));
    document.pointer_mut(BODY).unwrap()["required"] = json!(["out_no", "kind", "note"]);
    let import = found(&document);
    assert_eq!((import.differences.len(), import.undecided), (1, 1));
    assert!(import.files.is_empty());
}

#[test]
fn a_new_operation_goes_beside_its_neighbours_and_waits_for_a_name() {
    let shipped = json!({
        "type": "object",
        "title": "地址",
        "properties": {"city": {"type": "string"}, "mode": {"type": "string", "enum": ["X"]}},
    });
    let document = with(
        "/paths/~1v3~1sample~1orders~1{id}",
        json!({"put": {
            "summary": "改单",
            "x-docs": ["https://pay.weixin.qq.com/doc/v3/merchant/4012000001"],
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
            "requestBody": {"required": true, "content": {"application/json": {"schema": {
                "type": "object", "properties": {"address": shipped},
            }}}},
            "responses": {"204": {"description": ""}},
        }}),
    );
    let import = found(&document);
    assert_eq!((import.differences.len(), import.undecided), (1, 0));
    let refused = load(&written(&import)).unwrap_err().to_string();
    for name in ["NAME_ME_put_v3_sample_orders_id", "NAME_MEPutV3SampleOrdersIdAddress"] {
        assert!(refused.contains(&format!("`{name}` is a draft of an import")), "{refused}");
    }
    // It can be named at leisure: drafts do not keep the next import from reading the schema.
    let again = run(&written(&import), &document).unwrap();
    assert!(again.differences.is_empty(), "{:#?}", again.differences);
}

#[test]
fn what_cannot_be_expressed_is_refused_with_its_place() {
    let field = format!("{BODY}/properties/out_no");
    let operation = "/paths/~1v3~1sample~1orders/post";
    let cases = [
        ("/openapi".to_owned(), json!("3.0.3"), "`3.0.3` is not a version"),
        (format!("{field}/type"), json!("money"), "the type `money` cannot be expressed"),
        (format!("{field}/type"), json!(["string", "integer"]), "a value of several types"),
        (field.clone(), json!({"$ref": "#/nowhere"}), "leads nowhere"),
        (field.clone(), json!({"$ref": format!("#{field}")}), "leads back to itself"),
        (field.clone(), json!({"type": "array", "items": {"type": "array"}}), "an array of arrays"),
        (field.clone(), json!({"oneOf": [{"type": "string"}]}), "only objects can be put together"),
        (
            field,
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {}}),
            "a map of free keys",
        ),
        (format!("{operation}/responses"), json!({"500": {}}), "no response of success"),
        (
            format!("{operation}/parameters"),
            json!([{"name": "a", "in": "cookie", "schema": {}}]),
            "in `cookie`",
        ),
        (
            format!("{operation}/requestBody"),
            json!({"content": {"text/xml": {}}}),
            "this kind of body",
        ),
    ];
    for (pointer, value, expected) in cases {
        let Err(ImportError::Documents(refusals)) = run(&schema(), &with(&pointer, value)) else {
            panic!("{expected}: not refused");
        };
        let refusal = refusals.iter().find(|refusal| refusal.message.contains(expected));
        let refusal = refusal.unwrap_or_else(|| panic!("{expected}\n{refusals:#?}"));
        assert!(refusal.place.starts_with("sample.json#/"), "{refusal}");
    }
    let broken = import(&schema(), &[("x.json".to_owned(), "{".to_owned())].into(), None);
    assert!(broken.unwrap_err().to_string().contains("x.json:1:1"));
}

#[test]
fn nothing_is_left_out_in_silence() {
    let mut document =
        with(&format!("{BODY}/properties/out_no/x-new-key"), json!({"anything": true}));
    document["components"]["schemas"]["Order"]["properties"]["id"]["description"] = json!("...");
    let treatments: Vec<(String, Vec<String>)> = found(&document)
        .treatments
        .iter()
        .map(|(rule, places)| (rule.to_owned(), places.to_vec()))
        .collect();
    let places: Vec<&str> =
        treatments.iter().flat_map(|(_, places)| places).map(String::as_str).collect();
    assert_eq!(treatments.len(), 2, "{treatments:#?}");
    assert!(places.contains(&format!("sample.json#{BODY}/properties/out_no/x-new-key").as_str()));
    assert!(places.contains(&"sample.json#/components/schemas/Order/properties/id/description"));
}

#[test]
fn importing_an_export_changes_nothing() {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    for folder in ["../schema", "tests/golden/schema"] {
        let schema = source::read(&package.join(folder)).unwrap();
        let documents =
            export(&load(&schema).unwrap_or_else(|diagnostics| panic!("{diagnostics}")));
        let import = import(&schema, &documents, None).unwrap_or_else(|error| panic!("{error}"));
        assert!(import.differences.is_empty(), "{folder}: {:#?}", import.differences);
        assert!(import.settled.is_empty(), "{folder}: {:#?}", import.settled);
        assert!(import.only_in_schema.is_empty(), "{folder}: {:#?}", import.only_in_schema);
    }
}

#[test]
fn the_readme_tells_how_much_is_covered() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let schema = source::read(&root.join("schema")).unwrap();
    let covered = wechatpay_codegen::coverage::coverage(&load(&schema).unwrap());
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let sentence = covered.sentence();
    assert!(readme.contains(&sentence), "write into README.md what is covered: {sentence}");
    let chinese = std::fs::read_to_string(root.join("README.zh-CN.md")).unwrap();
    let operations = format!("{} 个接口", covered.total.operations);
    assert!(chinese.contains(&operations), "write into README.zh-CN.md: {operations}");
}
