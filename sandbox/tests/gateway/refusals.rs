//! What a wrong request gets.

use serde_json::{Value, json};
use wechatpay_sandbox::Verdict;

use crate::client::{Client, NOW, Request, last_call, sandbox};

const DRIVER: &str = "/v3/taxi-invoice/drivers/1?region_id=1";
const PUNCH: &str = "/v3/taxi-invoice/attendance/punch";

fn punch() -> Value {
    json!({
        "plate_number": "粤B1", "driver_license": "1", "event_time": "2020-07-01T12:00:00+08:00",
        "event_type": "SIGN_IN", "region_id": 1,
    })
}

#[tokio::test]
async fn a_signature_that_does_not_fit_is_explained() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let request =
        Request { signed: Some(b"{}".to_vec()), ..Request::json("POST", PUNCH, &punch()) };
    let reply = client.call(request).await;
    let body = reply.json();
    assert_eq!((reply.status, &body["code"]), (401, &json!("SIGN_ERROR")));
    let information = &body["detail"]["sign_information"];
    assert_eq!((&information["method"], &information["url"]), (&json!("POST"), &json!(PUNCH)));
    assert_eq!(information["serial_no"], client.keys.mch_serial());
    let lines = information["truncated_sign_message"].as_str().unwrap();
    assert!(
        lines.starts_with(&format!("POST\\n{PUNCH}\\n{NOW}\\n")) && lines.ends_with("}\\n"),
        "{lines}"
    );
    assert!(client.verifies(&reply));
    let call = last_call(&sandbox);
    assert!(matches!(call.signature, Verdict::Refused(reason) if reason.contains("does not fit")));
    assert!(!reply.text().contains("BEGIN") && !reply.text().contains(client.keys.apiv3_key()));
}

#[tokio::test]
async fn the_clock_and_the_header_are_checked() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    for (timestamp, status) in
        [(NOW - 301, 401), (NOW - 300, 200), (NOW + 300, 200), (NOW + 301, 401)]
    {
        let reply = client.call(Request { timestamp, ..Request::new("GET", DRIVER) }).await;
        assert_eq!(reply.status, status, "{}", reply.text());
    }
    let missing = client.send(Request::new("GET", DRIVER)).await.unwrap();
    assert_eq!(missing.json()["message"], "the Authorization header is missing");
    let request = Request::new("GET", DRIVER);
    let header = client.authorization(&request).replace(client.keys.mchid(), "1900000002");
    let reply = client.send(request.header("Authorization", &header)).await.unwrap();
    assert!(
        reply.json()["message"].as_str().unwrap().contains("mchid is 1900000002"),
        "{}",
        reply.text()
    );
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    for path in [
        "/",
        "/v3/taxi-invoice",
        "/taxi-invoice/drivers/1",
        "/v3/taxi-invoice/drivers/1/",
        "/v3/certificates/",
    ] {
        let reply = client.call(Request::new("GET", path)).await;
        assert_eq!(
            (reply.status, &reply.json()["code"]),
            (404, &json!("RESOURCE_NOT_EXISTS")),
            "{path}"
        );
        assert!(client.verifies(&reply));
        // The record still tells whether the signature was good.
        assert_eq!(last_call(&sandbox).signature, Verdict::Verified);
    }
    for method in ["DELETE", "PROPFIND"] {
        let reply = client.call(Request::new(method, PUNCH)).await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")), "{method}");
        assert!(client.verifies(&reply));
    }
}

#[tokio::test]
async fn missing_headers_are_named() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let get = || Request::new("GET", DRIVER);
    let cases = [
        (get().without("Accept"), 406, "Accept"),
        (get().header("Accept", "text/html"), 406, "Accept"),
        (get().without("User-Agent"), 400, "User-Agent"),
        (Request::json("POST", PUNCH, &punch()).without("Content-Type"), 400, "Content-Type"),
        (
            Request::json("POST", PUNCH, &punch()).header("Content-Type", "text/plain"),
            400,
            "Content-Type",
        ),
    ];
    for (request, status, name) in cases {
        let reply = client.call(request).await;
        assert_eq!(reply.status, status, "{name}");
        assert!(reply.json()["message"].as_str().unwrap().contains(name), "{}", reply.text());
    }
}

#[tokio::test]
async fn all_violations_come_in_one_answer() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let mut body = punch();
    body["event_time"] = "yesterday".into();
    body["plate_number"] = "🚕".into();
    body["color"] = "red".into();
    let reply = client.call(Request::json("POST", PUNCH, &body)).await;
    let detail = &reply.json()["detail"];
    assert_eq!((reply.status, &reply.json()["code"]), (400, &json!("PARAM_ERROR")));
    assert!(
        reply.json()["message"].as_str().unwrap().starts_with("plate_number: "),
        "{}",
        reply.text()
    );
    assert_eq!(
        (&detail["field"], &detail["location"], &detail["value"]),
        (&json!("/plate_number"), &json!("body"), &json!("🚕"))
    );
    let rules: Vec<_> = detail["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|violation| &violation["rule"])
        .collect();
    assert_eq!(rules, ["charset", "format", "unknown_field"]);
    assert_eq!(last_call(&sandbox).violations.len(), 3);
}

#[tokio::test]
async fn the_fields_of_a_card_are_checked_at_every_depth() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let item = json!({
        "tax_code": "1", "goods_name": "x".repeat(129), "quantity": 1, "unit_price": 1, "amount": 1, "tax_amount": 1,
        "total_amount": 1, "tax_rate": 1, "tax_prefer_mark": "NO_FAVORABLE", "discount": false,
    });
    let body = json!({
        "company_mchid": "1", "token": "t", "appid": "a", "openid": "o", "region_id": 1,
        "fapiao_card_information": {
            "fapiao_media_id": "m", "fapiao_number": "123456789", "fapiao_code": "1", "fapiao_time": "2020-07-01T12:00:00+08:00",
            "check_code": "1", "password": "p", "total_amount": 1, "tax_amount": 1, "amount": 1,
            "buyer_information": { "type": "ORGANIZATION", "name": "n" },
            "seller_information": { "name": "n", "taxpayer_id": "1", "address": "a", "telephone": "1" },
            "extra_information": { "drawer": null },
            "items": [item],
        },
    });
    let reply = client.call(Request::json("POST", "/v3/taxi-invoice/cards", &body)).await;
    assert_eq!(reply.status, 400);
    let found: Vec<_> = last_call(&sandbox)
        .violations
        .iter()
        .map(|violation| format!("{} {}", violation.path, violation.rule))
        .collect();
    let expected = [
        "fapiao_card_information.fapiao_number max_length",
        "fapiao_card_information.buyer_information.taxpayer_id required",
        "fapiao_card_information.extra_information.drawer null",
        "fapiao_card_information.items[0].goods_name max_length",
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn broken_json_queries_and_superfluous_bodies_are_refused() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let json =
        |body: &str| Request { body: body.into(), ..Request::json("POST", PUNCH, &Value::Null) };
    let get = |target: &str| Request::new("GET", target);
    let cases = [
        (json("{\"plate_number\":"), "broken"),
        (json(""), "empty"),
        (json("{\"a\":1,\"a\":2}"), "the key `a` stands twice"),
        (json("[]"), "plate_number"),
        (get("/v3/taxi-invoice/drivers/1?region_id=1&region_id=2"), "given twice"),
        (get("/v3/taxi-invoice/drivers/1?region_id=1&city=2"), "city"),
        (get("/v3/taxi-invoice/drivers/1?region_id=one"), "64-bit integer"),
        (get("/v3/taxi-invoice/drivers/1?region_id=%zz"), "percent-encoded"),
        (get("/v3/taxi-invoice/drivers/1"), "region_id"),
        (Request { body: b"{\"a\":1}".to_vec(), ..get(DRIVER) }, "the operation has none"),
    ];
    for (request, expected) in cases {
        let target = request.target.clone();
        let reply = client.call(request).await;
        assert_eq!(reply.status, 400, "{target}");
        assert!(
            reply.json()["message"].as_str().unwrap().contains(expected),
            "{target}: {}",
            reply.text()
        );
    }
    assert_eq!(client.call(Request { body: b"{}".to_vec(), ..get(DRIVER) }).await.status, 200);
}

#[tokio::test]
async fn encrypted_fields_need_a_serial_and_are_never_shown() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let body = |name: &str| {
        json!({
            "driver_name": name, "id_card_number": client.seal(&client.platform_key(), "1"), "company_name": "c", "mchid": "1",
            "driver_license": "d", "driver_category": "MAIN", "driver_status": "ON_DUTY", "region_id": 1,
        })
    };
    let request =
        |name: &str| Request::json("POST", "/v3/taxi-invoice/driver/update-driver", &body(name));
    let sealed = client.seal(&client.platform_key(), "李四");
    let serial = client.keys.plat_serial();
    let cases = [
        (request(&sealed), "Wechatpay-Serial"),
        (request(&sealed).header("Wechatpay-Serial", "ABCD"), "Wechatpay-Serial"),
        (request(&sealed).header("Wechatpay-Serial", client.keys.wxp_key_id()), "driver_name"),
        (request("李四").header("Wechatpay-Serial", serial), "driver_name"),
        (
            request(&client.seal(&client.platform_key(), "")).header("Wechatpay-Serial", serial),
            "driver_name",
        ),
    ];
    for (request, field) in cases {
        let reply = client.call(request).await;
        let body = reply.json();
        assert_eq!(
            (reply.status, &body["detail"]["field"]),
            (400, &json!(format!("/{field}"))),
            "{}",
            reply.text()
        );
        assert_eq!(body["detail"]["value"], Value::Null);
        assert!(!reply.text().contains("李四"));
    }
}

#[tokio::test]
async fn a_body_of_more_than_ten_mebibytes_is_refused() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    for (bytes, status) in [(10 << 20, 400), ((10 << 20) + 1, 413)] {
        let request =
            Request { body: vec![b'x'; bytes], ..Request::json("POST", PUNCH, &Value::Null) };
        assert_eq!(client.call(request).await.status, status, "{bytes}");
    }
    assert!(matches!(last_call(&sandbox).signature, Verdict::Unchecked(_)));
}
