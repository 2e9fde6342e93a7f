//! OpenAPI: one type of the schema that stands for several of the documents, and what one document cannot hold.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wechatpay_codegen::{
    load,
    openapi::{Import, export, import},
};

const API: &str =
    "doc: A sample.\nhosts:\n  - host: mainland\n    main: https://api.mch.weixin.qq.com\n";

/// Two operations that answer with one type, and whose paths OpenAPI cannot tell from each other.
const PRODUCT: &str = "\
product: sample
title: 样例
roles: [merchant]

operations:
  - operation: cancel_by_number
    post: /v3/sample/{number}/cancel
    title: 撤单
    page: none
    repeat: never
    path:
      - field: number required string
        title: 单号
    response:
      status: 200
      object: Order
  - operation: cancel_by_out_no
    post: /v3/sample/{out_no}/cancel
    title: 撤单
    page: none
    repeat: never
    path:
      - field: out_no required string
        title: 商户单号
    response:
      status: 200
      object: Order

types:
  - object: Order
    title: 订单
    fields:
      - field: name optional string(1..64)
        title: 名称
      - field: phones optional array[string]
        title: 手机号
        encrypted: true
";

const AREA: &str = "\
area: sample
title: 样例通知

events:
  - event: ORDER.CLOSED
    title: 关单
    page: none
    payloads:
      - payload: BigOrderClosed
        has: [parts]
        object: BigOrder
      - payload: OrderClosed
        object: SmallOrder

types:
  - object: BigOrder
    title: 大单
    fields:
      - field: parts required integer
        title: 件数
        example: 2
      - field: state optional BigState
        title: 状态
  - object: SmallOrder
    title: 小单
    fields:
      - field: state optional SmallState
        title: 状态
  - enum: BigState
    title: 状态
    values:
      - value: OPEN
        title: 开
  - enum: SmallState
    title: 状态
    values:
      - value: SHUT
        title: 关
";

fn schema() -> BTreeMap<String, String> {
    [("api.yaml", API), ("products/sample.yaml", PRODUCT), ("notifications/sample.yaml", AREA)]
        .map(|(file, text)| (file.to_owned(), text.to_owned()))
        .into()
}

fn found(document: &Value) -> Import {
    import(&schema(), &[("sample.json".to_owned(), document.to_string())].into(), None)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// What both operations say of `name`, and whether they mark it required.
fn document(names: [(Value, bool); 2]) -> Value {
    let operation = |parameter: &str, (name, required): (Value, bool)| {
        json!({"post": {
            "parameters": [{"name": parameter, "in": "path", "required": true, "schema": {"type": "string"}}],
            "responses": {"200": {"content": {"application/json": {"schema": {
                "type": "object",
                "required": if required { vec!["name"] } else { Vec::new() },
                "properties": {
                    "name": name,
                    "phones": {"type": "array", "items": {"type": "string"}, "x-sensitive": true},
                },
            }}}}},
        }})
    };
    let [first, second] = names;
    json!({"openapi": "3.1.0", "paths": {
        "/v3/sample/{number}/cancel": operation("number", first),
        "/v3/sample/{out_no}/cancel": operation("out_no", second),
    }})
}

#[test]
fn a_type_that_stands_for_several_says_the_laxest_of_them() {
    let strict = || (json!({"type": "string", "minLength": 1, "maxLength": 32}), true);
    let lax = || (json!({"type": "string", "maxLength": 64}), false);
    let import = found(&document([strict(), lax()]));
    assert!(import.differences.is_empty(), "{:#?}", import.differences);
    let mut treatments = import.treatments.iter();
    let shared = treatments.find(|(rule, _)| rule.contains("the laxest")).unwrap();
    assert_eq!(shared.1.len(), 2, "{shared:?}");

    // Nobody says 64, nobody leaves it out: then the schema has no reason to.
    let import = found(&document([strict(), strict()]));
    assert_eq!(import.differences.len(), 4, "{:#?}", import.differences);

    // To be stricter than what is said is never laxness.
    let wider = || (json!({"type": "string", "maxLength": 128}), false);
    let import = found(&document([lax(), wider()]));
    assert_eq!(import.differences.len(), 1, "{:#?}", import.differences);
}

#[test]
fn the_items_of_a_sensitive_list_are_encrypted() {
    let mut schema = schema();
    let text = schema.get_mut("products/sample.yaml").unwrap();
    *text = text.replace("        encrypted: true\n", "");
    let lax = || (json!({"type": "string", "maxLength": 64}), false);
    let documents = [("sample.json".to_owned(), document([lax(), lax()]).to_string())].into();
    let import = import(&schema, &documents, None).unwrap();
    assert_eq!(import.differences.len(), 2, "{:#?}", import.differences);
    assert!(import.differences[0].contains("phones[]: schema says not encrypted"));
}

/// A notification of the given shapes.
fn notification(shapes: &Value, merged: bool) -> Value {
    json!({"openapi": "3.1.0", "webhooks": {"closed": {"post": {
        "x-event-type": "ORDER.CLOSED",
        "x-merged-variants": merged,
        "requestBody": {"content": {"application/json": {"schema": shapes}}},
    }}}})
}

fn shape(properties: &Value) -> Value {
    json!({"type": "object", "properties": properties})
}

#[test]
fn a_payload_is_held_against_the_one_its_keys_choose() {
    let state = |value: &str| json!({"type": "string", "enum": [value]});
    let parts = json!({"type": "integer"});
    let small = |value: &str| shape(&json!({"state": state(value)}));
    let big = |value: &str| shape(&json!({"parts": parts, "state": state(value)}));
    let several = |small: Value, big: Value| notification(&json!({"oneOf": [small, big]}), false);
    let import = found(&several(small("SHUT"), big("OPEN")));
    // The schema marks it required, the document does not.
    assert_eq!(import.differences.len(), 1, "{:#?}", import.differences);
    assert!(import.differences[0].contains("parts: schema says required"));
    let import = found(&several(small("OPEN"), big("OPEN")));
    let line = import.differences.iter().find(|line| line.contains("the value OPEN")).unwrap();
    assert!(line.contains("SmallState"), "{line}");
}

#[test]
fn of_payloads_described_as_one_it_is_enough_that_one_agrees() {
    let merged = |values: Value| {
        let state = json!({"type": "string", "enum": values});
        notification(&shape(&json!({"parts": {"type": "integer"}, "state": state})), true)
    };
    let import = found(&merged(json!(["OPEN", "SHUT"])));
    assert!(import.differences.is_empty(), "{:#?}", import.differences);
    let import = found(&merged(json!(["OPEN", "SHUT", "LOST"])));
    assert_eq!(import.differences.len(), 1, "{:#?}", import.differences);
    assert!(import.differences[0].contains("the value LOST"));
}

#[test]
fn paths_that_openapi_takes_for_one_go_to_two_documents() {
    let api = load(&schema()).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    let documents = export(&api);
    for (file, path) in [
        ("sample.json", "/v3/sample/{number}/cancel"),
        ("sample-2.json", "/v3/sample/{out_no}/cancel"),
    ] {
        let document: Value = serde_json::from_str(&documents[file]).unwrap();
        let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
        assert_eq!(paths, [path]);
    }
    let import = import(&schema(), &documents, None).unwrap();
    assert!(import.differences.is_empty(), "{:#?}", import.differences);
    assert!(import.only_in_schema.is_empty(), "{:#?}", import.only_in_schema);
}
