//! What is refused when a client is made, all at once.

use std::time::Duration;

use wechatpay_runtime::{Brand, Certificate, Config, Core, Error, Merchant, TrustStore};

use crate::support::{
    WECHATPAY_ID, bare_config, fixture, merchant, merchant_key, platform_certificate, trust,
};

fn problems(config: Config) -> Vec<String> {
    match Core::new(config) {
        Err(Error::Config(error)) => error.problems().map(str::to_owned).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn everything_wrong_is_said_at_once() {
    let merchant = Merchant::new("sub_mchid", merchant_key(), "40:8B");
    let config = Config::new(merchant, TrustStore::new())
        .base_url("https://host/prefix")
        .user_agent_suffix("a\nb")
        .language("")
        .timeout(Duration::ZERO)
        .connect_timeout(Duration::ZERO)
        .max_response_bytes(0);
    let found = problems(config);
    let expected = [
        "merchant number: must be digits",
        "merchant serial: must be the hexadecimal serial",
        "trust store: is empty",
        "base_url: the base address must have no path",
        "user_agent_suffix: must hold printable ASCII",
        "language: is empty",
        "timeout: is zero",
        "connect_timeout: is zero",
        "max_response_bytes: is zero",
    ];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn item_34_the_merchants_own_certificate_in_the_platforms_place_is_refused() {
    let own = Certificate::from_pem(fixture!("merchant_cert.pem")).unwrap();
    let found = problems(Config::new(merchant(), trust().certificate(own)));
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("is a merchant's own certificate (apiclient_cert.pem)"), "{found:?}");
}

#[test]
fn item_17_a_public_key_id_in_the_merchants_place_is_refused() {
    let merchant = Merchant::new("1900000109", merchant_key(), "PUB_KEY_ID_0116");
    let found = problems(Config::new(merchant, trust()));
    assert!(found[0].contains("is the id of a WeChat Pay public key"), "{found:?}");
}

#[test]
fn the_usual_settings_are_taken() {
    let config = bare_config().base_url("http://127.0.0.1:1/").language("zh-CN,en;q=0.5");
    let core = Core::new(config).unwrap();
    assert_eq!(core.merchant().mchid(), "1900000109");
    assert!(core.api_v3_key().is_none());
}

#[test]
fn item_09_what_is_wrong_with_a_brand_is_said_of_a_brand() {
    let refused = |brand, trust| match Core::new(Config::new(brand, trust)) {
        Err(Error::Config(error)) => error.problems().map(str::to_owned).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let wrong = Brand::new("brand", merchant_key(), "PUB_KEY_ID_0116");
    let found = refused(wrong, trust());
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("brand id: must be digits only"), "{found:?}");
    assert!(found[1].starts_with("brand serial: is the id of"), "{found:?}");

    let brand = || Brand::new("120344", merchant_key(), "40AB");
    let certified = trust().certificate(platform_certificate());
    for store in [trust().download(), certified.clone(), certified.download()] {
        let found = refused(brand(), store);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("which brands do not have"), "{found:?}");
    }
    Core::new(Config::new(brand(), trust())).unwrap();
}

#[test]
fn item_33_a_key_that_is_there_twice_is_named() {
    let store = trust().public_key(WECHATPAY_ID, crate::support::wechatpay_key());
    let found = problems(Config::new(merchant(), store));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains(&format!("holds {WECHATPAY_ID} twice")), "{found:?}");
}
