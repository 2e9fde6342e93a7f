//! The validator against the sandbox: two implementations of the same rules must find the same mistakes.

use std::collections::BTreeSet;

use proptest::{prelude::*, test_runner::TestRunner};
use wechatpay_client::{Client, Error, Method, taxi_invoice::*, wire::Violations};
use wechatpay_sandbox::Sandbox;

use crate::pair;

fn found(violations: &Violations) -> Vec<String> {
    violations.iter().map(ToString::to_string).collect()
}

#[test]
fn the_examples_break_no_rule() {
    InsertCardRequest::example().validate().unwrap();
    PunchRequest::example().validate().unwrap();
    UploadCardFileRequest::example().validate().unwrap();
    UpdateDriverRequest::example().validate().unwrap();
}

#[test]
fn every_violation_is_reported_with_path_rule_limit_and_size() {
    let mut request = InsertCardRequest::example();
    request.company_mchid = String::new();
    let card = &mut request.fapiao_card_information;
    card.fapiao_number = "128977940".into();
    card.fapiao_time = "2020-07-01 12:00".into();
    card.buyer_information.type_ = BuyerType::Organization;
    card.buyer_information.optional.taxpayer_id = None;
    let item = card.optional.items.as_ref().unwrap()[0].clone();
    let long = FapiaoItem { goods_name: "出".repeat(129), ..item.clone() };
    card.optional.items = Some(vec![item.clone(), item.clone(), item, long]);
    card.optional.remark = Some("thanks 🚕".into());
    let violations = request.validate().unwrap_err();
    assert_eq!(
        found(&violations),
        [
            "company_mchid: is required and must not be empty",
            "fapiao_card_information.fapiao_number: has 9 characters, may have at most 8",
            "fapiao_card_information.fapiao_time: must be an RFC 3339 time with offset, like 2020-07-01T12:00:00+08:00",
            "fapiao_card_information.buyer_information.taxpayer_id: is required when type is ORGANIZATION",
            "fapiao_card_information.items[3].goods_name: has 129 characters, may have at most 128",
            "fapiao_card_information.remark: holds U+1F695; WeChat Pay refuses characters of four bytes in UTF-8, such as emoji",
        ]
    );
}

#[test]
fn a_limit_counts_characters_and_includes_its_end() {
    let mut request = InsertCardRequest::example();
    let remark = |request: &mut InsertCardRequest, chars: usize| {
        request.fapiao_card_information.optional.remark = Some("发".repeat(chars));
        request.validate()
    };
    remark(&mut request, 200).unwrap();
    remark(&mut request, 201).unwrap_err();
}

#[test]
fn encrypted_values_are_measured_and_never_shown() {
    let mut request = UpdateDriverRequest::example();
    request.id_card_number = "密".repeat(72).as_str().into();
    let violations = request.validate().unwrap_err();
    assert_eq!(found(&violations), ["id_card_number: has 216 bytes, encryption takes at most 214"]);
}

#[tokio::test]
async fn a_call_validates_before_it_signs_unless_told_otherwise() {
    let (sandbox, client) = pair().await;
    let mut request = PunchRequest::example();
    request.event_time = "yesterday".into();
    let error = client.taxi_invoice().punch(&request).await.unwrap_err();
    let Error::Invalid(invalid) = &error else { panic!("{error:?}") };
    assert_eq!(invalid.violations().as_slice().len(), 1);
    assert!(error.to_string().contains("event_time"), "{error}");
    assert_eq!(error.page(), Some("https://pay.weixin.qq.com/doc/v3/partner/4012461368"));
    assert!(sandbox.calls().is_empty(), "it was sent");

    // The platform may have moved a limit: it can be switched off per call and per client.
    let error = client.taxi_invoice().punch(&request).unchecked().await.unwrap_err();
    let Error::Api(api) = &error else { panic!("{error:?}") };
    assert_eq!(api.code(), Some("PARAM_ERROR"));
    assert_eq!(api.detail().unwrap().field(), Some("/event_time"));

    let config = wechatpay_tests::config(&sandbox).unwrap().validation(false);
    let trusting = Client::new(config).unwrap();
    let error = trusting.taxi_invoice().punch(&request).await.unwrap_err();
    assert!(matches!(error, Error::Api(_)), "{error:?}");
    assert_eq!(sandbox.calls().len(), 2);
}

#[tokio::test]
async fn unknown_fields_and_wrong_types_are_the_sandboxs_to_find() {
    let (sandbox, client) = pair().await;
    let value = serde_json::json!({
        "plate_number": 7, "driver_license": null, "event_time": "2019-12-01T12:00:00+08:00",
        "event_type": "SIGN_IN", "region_id": "510100", "surprise": true,
    });
    let call = client.request(Method::POST, "/v3/taxi-invoice/attendance/punch").json(&value);
    let Err(Error::Api(error)) = call.await else { panic!("taken") };
    assert_eq!((error.status().as_u16(), error.code()), (400, Some("PARAM_ERROR")));
    let found: BTreeSet<(String, &str)> = sandbox.calls()[0]
        .violations
        .iter()
        .map(|violation| (violation.path.clone(), violation.rule.as_str()))
        .collect();
    let expected = [
        ("plate_number", "type"),
        ("driver_license", "null"),
        ("region_id", "type"),
        ("surprise", "unknown_field"),
    ];
    assert_eq!(found, expected.map(|(path, rule)| (path.to_owned(), rule)).into());
}

/// A text near the limits: empty, long, with an emoji, or not a time.
fn text(limit: usize) -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::collection::vec(prop_oneof![Just('发'), Just('a'), Just('é')], 1..=limit)
            .prop_map(|chars| chars.into_iter().collect::<String>()),
        1 => Just(String::new()),
        1 => Just("票".repeat(limit)),
        1 => Just("票".repeat(limit + 1)),
        1 => Just("🚕".to_owned()),
    ]
}

fn time() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just("2020-07-01T12:00:00+08:00".to_owned()),
        1 => Just("2020-07-01T12:00:00.123456Z".to_owned()),
        1 => Just("2020-07-01T12:00:00".to_owned()),
        1 => Just(String::new()),
        1 => Just("2020-02-30T12:00:00+08:00".to_owned()),
    ]
}

fn card() -> impl Strategy<Value = InsertCardRequest> {
    let texts =
        (text(32), text(8), text(80), prop::option::of(text(20)), prop::option::of(text(200)));
    let kind = prop_oneof![Just("ORGANIZATION"), Just("CORPORATION"), Just("CLUB")];
    (texts, time(), kind, prop::option::of(prop::collection::vec(text(128), 0..4))).prop_map(
        |((mchid, number, name, taxpayer, remark), time, kind, goods)| {
            let mut request = InsertCardRequest::example();
            request.company_mchid = mchid;
            let card = &mut request.fapiao_card_information;
            let item = card.optional.items.as_ref().unwrap()[0].clone();
            card.fapiao_number = number;
            card.fapiao_time = time;
            card.buyer_information.type_ = kind.into();
            card.buyer_information.name = name;
            card.buyer_information.optional.taxpayer_id = taxpayer;
            card.optional.remark = remark;
            card.optional.items = goods.map(|goods| {
                goods
                    .into_iter()
                    .map(|goods_name| FapiaoItem { goods_name, ..item.clone() })
                    .collect()
            });
            request
        },
    )
}

/// What both sides find, as path and rule.
fn compare(request: &InsertCardRequest, client: &Client, sandbox: &Sandbox) {
    let here: BTreeSet<(String, String)> = match request.validate() {
        Ok(()) => BTreeSet::new(),
        Err(violations) => violations
            .iter()
            .map(|violation| {
                (violation.path().to_owned(), violation.requirement().name().to_owned())
            })
            .collect(),
    };
    let result = client.taxi_invoice().insert_card(request).unchecked().blocking();
    let there: BTreeSet<(String, String)> = sandbox
        .calls()
        .pop()
        .unwrap()
        .violations
        .iter()
        .map(|violation| (violation.path.clone(), violation.rule.as_str().to_owned()))
        .collect();
    assert_eq!(here, there);
    assert_eq!(result.is_ok(), here.is_empty());
}

#[test]
fn validator_and_sandbox_find_the_same() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (sandbox, client) = runtime.block_on(pair());
    let config =
        ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&card(), |request| {
            compare(&request, &client, &sandbox);
            Ok(())
        })
        .unwrap();
}
