//! What leaves the machine, byte by byte.

use std::{str, time::Duration};

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use wechatpay_runtime::{
    Call, Core, Error, Method, Reply,
    wire::{Field, Request, Sensitive},
};

use crate::support::{
    Answer, Driver, GET_DRIVER, Gateway, HOST, MCHID, MERCHANT_SERIAL, NOW, Notes, PUNCH, Punch,
    Seen, UPDATE, WECHATPAY_ID, bare_config, config, core, fixture, merchant_key,
    platform_certificate, trust,
};

fn gateway() -> Gateway {
    Gateway::always(Answer::new(204, "").bytes())
}

fn get(driver: Driver) -> Seen {
    let gateway = gateway();
    Call::<()>::new(&core(&gateway), &GET_DRIVER, driver).blocking().unwrap();
    gateway.only()
}

fn driver(license: &str) -> Driver {
    Driver { license: license.to_owned(), ..Driver::default() }
}

/// Checks the signature of a request over the bytes that arrived, line 5 given.
pub(crate) fn assert_signed(seen: &Seen, body: &[u8]) {
    let (timestamp, nonce) = (seen.signed("timestamp"), seen.signed("nonce_str"));
    let lines = format!("{}\n{}\n{timestamp}\n{nonce}\n", seen.method(), seen.target());
    let lines = [lines.as_bytes(), body, b"\n"].concat();
    let pem: String =
        fixture!("merchant_pub.pem").lines().filter(|line| !line.starts_with("-----")).collect();
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, STANDARD.decode(pem).unwrap());
    let signature = STANDARD.decode(seen.signed("signature")).unwrap();
    key.verify(&lines, &signature).unwrap();
}

#[test]
fn items_01_02_03_a_get_is_signed_as_sent_with_an_empty_fifth_line() {
    let seen = get(Driver {
        region: Some(i64::MAX),
        tags: vec!["a b".into(), "中".into()],
        filter: Some(Notes { text: "\"x\"&".into() }),
        ..driver("粤B/1?")
    });
    assert_eq!(
        seen.target(),
        "/v3/taxi/drivers/%E7%B2%A4B%2F1%3F?region_id=9223372036854775807&tag=a%20b%2C%E4%B8%AD\
         &filter=%7B%22text%22%3A%22%5C%22x%5C%22%26%22%7D"
    );
    assert!(seen.body.is_empty());
    assert!(seen.all("content-type").is_empty());
    assert_signed(&seen, b"");
}

#[test]
fn items_04_12_13_a_body_is_written_once_signed_and_sent_without_absent_fields() {
    let gateway = gateway();
    let punch = Punch { total: 9_007_199_254_740_993, ..Punch::named("张\"三\n") };
    Call::<()>::new(&core(&gateway), &PUNCH, punch).blocking().unwrap();
    let seen = gateway.only();
    let body = "{\"name\":\"张\\\"三\\n\",\"total\":9007199254740993}";
    assert_eq!((seen.method(), str::from_utf8(&seen.body).unwrap()), ("POST", body));
    assert_signed(&seen, body.as_bytes());
}

#[test]
fn item_01_the_method_is_the_operations_own() {
    let gateway = gateway();
    let core = core(&gateway);
    Call::<()>::new(&core, &UPDATE, Punch::named("a")).blocking().unwrap();
    Call::untyped(&core, &HOST, Method::DELETE, "/v3/taxi/punch").blocking().unwrap();
    let methods: Vec<_> = gateway.seen().iter().map(|seen| seen.method().to_owned()).collect();
    assert_eq!(methods, ["PATCH", "DELETE"]);
}

#[test]
fn item_04_a_body_of_which_no_field_is_given_is_an_empty_object() {
    #[derive(Debug)]
    struct Nothing;
    impl Request for Nothing {
        fn fields(&self) -> Vec<Field<'_>> {
            Vec::new()
        }
    }
    let gateway = gateway();
    Call::<()>::new(&core(&gateway), &PUNCH, Nothing).blocking().unwrap();
    let seen = gateway.only();
    assert_eq!(seen.body, b"{}");
    assert_signed(&seen, b"{}");
}

#[test]
fn items_06_07_08_the_caller_is_the_configured_merchant_and_every_call_has_its_own_nonce() {
    let gateway = gateway();
    let core = core(&gateway);
    for _ in 0..2 {
        Call::<()>::new(&core, &GET_DRIVER, driver("a")).blocking().unwrap();
    }
    let seen = gateway.seen();
    assert_ne!(seen[0].signed("nonce_str"), seen[1].signed("nonce_str"));
    for request in &seen {
        let value = request.header("authorization");
        let (scheme, items) = value.split_once(' ').unwrap();
        assert_eq!(scheme, "WECHATPAY2-SHA256-RSA2048");
        let mut names: Vec<_> =
            items.split(',').map(|item| item.split_once('=').unwrap().0).collect();
        names.sort_unstable();
        assert_eq!(names, ["mchid", "nonce_str", "serial_no", "signature", "timestamp"]);
        assert_eq!(request.signed("mchid"), MCHID);
        assert_eq!(request.signed("serial_no"), MERCHANT_SERIAL);
        assert_eq!(request.signed("timestamp"), NOW.to_string());
    }
}

#[test]
fn item_06_a_serial_is_sent_in_upper_case() {
    let gateway = gateway();
    let merchant =
        wechatpay_runtime::Merchant::new(MCHID, merchant_key(), MERCHANT_SERIAL.to_lowercase());
    let config = wechatpay_runtime::Config::new(merchant, trust())
        .clock(crate::support::clock)
        .nonce(FixedNonce)
        .base_url(gateway.url());
    let call = || Call::<()>::new(&Core::new(config.clone()).unwrap(), &GET_DRIVER, driver("a"));
    call().blocking().unwrap();
    call().blocking().unwrap();
    let seen = gateway.seen();
    assert_eq!(seen[0].signed("serial_no"), MERCHANT_SERIAL);
    assert_eq!(seen[0].signed("nonce_str"), "fixed");
    assert_eq!(seen[0].signed("signature"), seen[1].signed("signature"));
}

struct FixedNonce;

impl wechatpay_runtime::NonceSource for FixedNonce {
    fn nonce(&self) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        Ok("fixed".to_owned())
    }
}

#[test]
fn item_11_characters_of_four_bytes_never_leave_the_machine() {
    let gateway = gateway();
    let core = core(&gateway);
    let call = Call::<()>::new(&core, &PUNCH, Punch::named("a😀"));
    let Err(Error::Invalid(error)) = call.blocking() else { panic!("not refused") };
    assert_eq!(error.violations().as_slice()[0].requirement().name(), "charset");
    assert!(gateway.seen().is_empty());
}

#[test]
fn items_14_15_16_headers_of_json_calls() {
    let gateway = gateway();
    let config = config(&gateway).user_agent_suffix("shop/2").language("en");
    let core = Core::new(config).unwrap();
    Call::<()>::new(&core, &PUNCH, Punch::named("a")).blocking().unwrap();
    let seen = gateway.only();
    assert_eq!(seen.header("accept"), "application/json");
    assert_eq!(seen.header("content-type"), "application/json");
    assert_eq!(seen.header("accept-language"), "en");
    assert_eq!(seen.header("wechatpay-serial"), WECHATPAY_ID);
    let agent = seen.header("user-agent");
    assert!(agent.starts_with("wechatpay-client/") && agent.ends_with(") Rust shop/2"), "{agent}");
    assert!(agent.contains(std::env::consts::OS), "{agent}");
    assert!(seen.all("accept-encoding").is_empty(), "nothing may be decompressed");
}

#[test]
fn items_14_15_16_headers_of_a_get() {
    let seen = get(driver("a"));
    assert_eq!(seen.header("wechatpay-serial"), WECHATPAY_ID);
    assert_eq!(seen.header("accept"), "application/json");
    assert_eq!(seen.header("accept-language"), "zh-CN");
    assert!(seen.all("idempotency-key").is_empty());
    assert!(seen.all("content-length").is_empty());
}

#[test]
fn items_35_36_37_sensitive_fields_are_encrypted_to_the_key_whose_serial_is_sent() {
    let gateway = gateway();
    let trust = trust().certificate(platform_certificate());
    let serial = platform_certificate().serial().to_owned();
    for (trust, serial, pem) in [
        (trust.clone(), WECHATPAY_ID, fixture!("wechatpay_key.pem")),
        (trust.prefer(&serial), serial.as_str(), fixture!("platform_key.pem")),
    ] {
        let core = core(&gateway);
        core.replace_trust(trust).unwrap();
        let punch = Punch { phone: Some("13800138000".into()), ..Punch::named("a") };
        for _ in 0..2 {
            Call::<()>::new(&core, &PUNCH, punch.clone()).blocking().unwrap();
        }
        assert_eq!(punch.phone, Some(Sensitive::from("13800138000")), "the caller's value is kept");
        let seen = gateway.seen();
        let mut ciphertexts: Vec<String> = seen[seen.len() - 2..]
            .iter()
            .map(|seen| {
                assert_eq!(seen.header("wechatpay-serial"), serial);
                let body: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
                body["phone"].as_str().unwrap().to_owned()
            })
            .collect();
        for ciphertext in &ciphertexts {
            assert_eq!(open(pem, ciphertext), b"13800138000");
        }
        ciphertexts.dedup();
        assert_eq!(ciphertexts.len(), 2, "each sending encrypts anew");
    }
}

#[test]
fn items_35_37_a_sensitive_value_of_the_query_is_encrypted_too() {
    let seen = get(Driver { phone: Some("13800138000".into()), ..driver("a") });
    let (_, value) = seen.target().split_once("phone=").unwrap();
    let base64 = value.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    assert_eq!(open(fixture!("wechatpay_key.pem"), &base64), b"13800138000");
}

fn open(pem: &str, base64: &str) -> Vec<u8> {
    use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey};
    let der: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = PrivateDecryptingKey::from_pkcs8(&STANDARD.decode(der).unwrap()).unwrap();
    let key = OaepPrivateDecryptingKey::new(key).unwrap();
    let mut plain = vec![0; key.min_output_size()];
    let sealed = STANDARD.decode(base64).unwrap();
    key.decrypt(&OAEP_SHA1_MGF1SHA1, &sealed, &mut plain, None).unwrap().to_vec()
}

#[test]
fn untyped_calls_are_signed_and_sent_the_same_way() {
    let gateway = Gateway::always(Answer::new(200, "{\"a\":[1]}").bytes());
    let core = core(&gateway);
    let reply: Reply = Call::untyped(&core, &HOST, Method::POST, "/v3/x?a=1")
        .query(&[("名", "b&c")])
        .query(&[("n", 5)])
        .json(&serde_json::json!({"k": "中"}))
        .header("Idempotency-Key", "i-1")
        .blocking()
        .unwrap();
    assert_eq!(reply.json::<serde_json::Value>().unwrap()["a"][0], 1);
    assert!(reply.is_authenticated());
    let seen = gateway.only();
    assert_eq!(seen.target(), "/v3/x?a=1&%E5%90%8D=b%26c&n=5");
    assert_eq!(seen.body, "{\"k\":\"中\"}".as_bytes());
    assert_eq!(seen.header("idempotency-key"), "i-1");
    assert_eq!(seen.header("content-type"), "application/json");
    assert_signed(&seen, &seen.body);
}

#[test]
fn headers_of_the_schema_and_of_the_call_are_sent_once_each() {
    let gateway = gateway();
    let core = core(&gateway);
    let driver = Driver { key: Some("from-schema".into()), ..driver("a") };
    Call::<()>::new(&core, &GET_DRIVER, driver)
        .header("idempotency-key", "from-call")
        .header("Accept-Language", "en")
        .header("X-Trace", "t")
        .blocking()
        .unwrap();
    let seen = gateway.only();
    assert_eq!(seen.header("idempotency-key"), "from-call");
    assert_eq!(seen.header("accept-language"), "en");
    assert_eq!(seen.header("x-trace"), "t");
}

#[test]
fn what_cannot_be_written_is_refused_before_it_is_sent() {
    let core = Core::new(bare_config().timeout(Duration::from_secs(5))).unwrap();
    let call = || Call::<()>::new(&core, &GET_DRIVER, driver("a"));
    let untyped = |path: &str| Call::untyped(&core, &HOST, Method::GET, path);
    let cases = [
        (call().header("Authorization", "x").blocking(), "authorization is set by the client"),
        (call().header("Wechatpay-Serial", "x").blocking(), "wechatpay-serial is set by"),
        (call().header("Content-Type", "x").blocking(), "content-type is set by the client"),
        (call().header("a b", "x").blocking(), "header name"),
        (call().header("X", "a\r\nb").blocking(), "no header can carry"),
        (call().host("h").blocking(), "base address"),
        (call().host("https://h/prefix").blocking(), "no path"),
        (Call::<()>::new(&core, &GET_DRIVER, driver("..")).blocking(), "path field license"),
        (
            Call::<()>::new(&core, &GET_DRIVER, driver("")).unchecked().blocking(),
            "path field license",
        ),
        (untyped("v3/x").blocking().map(drop), "must begin with one slash"),
        (untyped("/v3/../x").blocking().map(drop), "would be changed"),
        (untyped("/v3/x").json(&NoJson).blocking().map(drop), "no JSON form"),
        (
            Call::<Reply>::new(&core, &PUNCH, Punch::named("a")).json(&1).blocking().map(drop),
            "already",
        ),
    ];
    for (result, expected) in cases {
        let Err(Error::Build(error)) = result else { panic!("{expected}: not refused") };
        assert!(error.to_string().contains(expected), "{error}");
    }
}

struct NoJson;

impl serde::Serialize for NoJson {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("secret"))
    }
}

#[test]
fn validation_can_be_switched_off_per_call_and_per_client() {
    let gateway = gateway();
    let long = || Punch::named("nine chars");
    let core = core(&gateway);
    let call = || Call::<()>::new(&core, &PUNCH, long());
    assert!(matches!(call().blocking(), Err(Error::Invalid(_))));
    call().unchecked().blocking().unwrap();
    let lenient = Core::new(config(&gateway).validation(false)).unwrap();
    Call::<()>::new(&lenient, &PUNCH, long()).blocking().unwrap();
    assert_eq!(gateway.seen().len(), 2);
}

#[test]
fn item_35_a_value_too_long_to_encrypt_is_an_error_even_unchecked() {
    let core = Core::new(bare_config()).unwrap();
    let punch = Punch { phone: Some("x".repeat(215).into()), ..Punch::named("a") };
    let result = Call::<()>::new(&core, &PUNCH, punch).unchecked().blocking();
    let Err(Error::Crypto(error)) = result else { panic!("not refused") };
    assert!(error.to_string().contains("215 bytes"), "{error}");
}

#[test]
fn one_client_keeps_one_connection() {
    let gateway = gateway();
    let core = core(&gateway);
    for _ in 0..5 {
        Call::<()>::new(&core.clone(), &GET_DRIVER, driver("a")).blocking().unwrap();
    }
    assert_eq!(gateway.connections(), 1);
}
