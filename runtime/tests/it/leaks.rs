//! No secret in any `Debug` or `Display`, whatever happens.

use std::{error::Error as _, fmt::Debug};

use wechatpay_runtime::{ApiV3Key, Call, Core, EncryptedResource, Error, Method};

use crate::support::{
    Act, Answer, Driver, GET_DRIVER, Gateway, HOST, PUNCH, Punch, REFUND, Refund, config, fixture,
    trust, unsigned,
};

const API_V3_KEY: &str = "v3-secret-v3-secret-v3-secret-32";
const PHONE: &str = "13800138000";
const LICENSE: &str = "license-value";
const HEADER: &str = "header-value";
const ANSWER: &str = "answer-value";

/// What must not be seen. The middle of the private key stands for all of it.
fn secrets() -> Vec<String> {
    let key: String =
        fixture!("merchant_key.pem").lines().filter(|line| !line.starts_with("-----")).collect();
    let der_start = "[48, 130, 4";
    [API_V3_KEY, PHONE, LICENSE, HEADER, ANSWER, "WECHATPAY2-SHA256-RSA2048 mchid", der_start]
        .into_iter()
        .map(str::to_owned)
        .chain((0..key.len() - 24).step_by(24).map(|start| key[start..start + 24].to_owned()))
        .collect()
}

fn assert_clean(text: &str) {
    for secret in secrets() {
        assert!(!text.contains(&secret), "{secret} in {text}");
    }
}

/// The error, every level of its chain, in both forms.
fn whole(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(" {error} {error:?}");
        source = error.source();
    }
    text
}

fn driver() -> Driver {
    Driver { license: LICENSE.into(), phone: Some(PHONE.into()), ..Driver::default() }
}

fn punch() -> Punch {
    Punch { phone: Some(PHONE.into()), ..Punch::named("a") }
}

fn core(gateway: &Gateway) -> Core {
    Core::new(config(gateway).api_v3_key(ApiV3Key::new(API_V3_KEY).unwrap())).unwrap()
}

/// What is shown begins with the name of the type, and holds no secret.
fn debug(name: &str, value: impl Debug) {
    let shown = format!("{value:?} {value:#?}");
    assert!(shown.starts_with(name), "{name}: {shown}");
    assert_clean(&shown);
}

#[test]
fn keys_settings_clients_calls_and_requests_show_no_secret() {
    let gateway = Gateway::always(Answer::new(200, format!("{{\"id\":\"{ANSWER}\"}}")).bytes());
    let key = ApiV3Key::new(API_V3_KEY).unwrap();
    debug("ApiV3Key(***)", &key);
    debug("PrivateKey(RSA-2048)", crate::support::merchant_key());
    debug("PublicKey(RSA-2048)", crate::support::wechatpay_key());
    debug("Merchant { mchid: \"1900000109\"", crate::support::merchant());
    debug(
        "TrustStore { serials: [\"PUB_KEY_ID",
        trust().certificate(crate::support::platform_certificate()),
    );
    debug("Config", config(&gateway).api_v3_key(key));
    let core = core(&gateway);
    debug("Core { merchant: Merchant", &core);
    debug("Punch", punch());
    debug(
        "Call(taxi.get_driver",
        Call::<()>::new(&core, &GET_DRIVER, driver()).header("X", HEADER),
    );
    debug("CallFuture", Call::<()>::new(&core, &GET_DRIVER, driver()).into_future());
    let untyped =
        || Call::untyped(&core, &HOST, Method::POST, format!("/v3/a/{LICENSE}?b={PHONE}"));
    debug("Call(untyped", untyped().json(&PHONE).query(&[("c", PHONE)]));
    debug("Reply", untyped().blocking().unwrap());
    debug("WithMeta", untyped().with_meta().blocking().unwrap());
}

#[test]
fn errors_show_no_secret() {
    let detail = format!("{{\"field\":\"/f\",\"value\":\"{PHONE}\",\"issue\":\"i\"}}");
    let failing = format!("{{\"code\":\"PARAM_ERROR\",\"message\":\"m\",\"detail\":{detail}}}");
    let acts: [fn(String) -> Act; 6] = [
        |_| Act::Close(Vec::new()),
        |_| Act::Answer(unsigned(200, "application/json", ANSWER)),
        |_| Act::Answer(unsigned(502, "text/html", ANSWER)),
        |_| {
            Act::Answer(
                Answer::new(200, format!("{{\"id\":\"{ANSWER}\",\"total\":\"{PHONE}\"}}")).bytes(),
            )
        },
        |failing| Act::Answer(Answer::new(400, failing).bytes()),
        |_| Act::Close(Answer::new(200, ANSWER).announcing(10_000)),
    ];
    for act in acts {
        let failing = failing.clone();
        let gateway = Gateway::start(move |_| act(failing.clone()));
        let core = core(&gateway);
        let refund = Call::<Refund>::new(&core, &REFUND, punch()).header("X", HEADER);
        assert_clean(&whole(&refund.blocking().unwrap_err()));
        let read = Call::<Refund>::new(&core, &GET_DRIVER, driver());
        assert_clean(&whole(&read.blocking().unwrap_err()));
        let untyped =
            Call::untyped(&core, &HOST, Method::GET, format!("/v3/a/{LICENSE}?b={PHONE}"));
        if let Err(error) = untyped.blocking() {
            assert_clean(&whole(&error));
        }
    }
}

#[test]
fn requests_that_are_refused_show_no_secret() {
    let gateway = Gateway::always(Answer::new(204, "").bytes());
    let core = core(&gateway);
    let long = Punch { phone: Some(PHONE.repeat(20).into()), ..Punch::named("a") };
    let nowhere = Call::<()>::new(&core, &GET_DRIVER, driver()).host("http://127.0.0.1:1");
    let errors = [
        Call::<()>::new(&core, &PUNCH, long.clone()).blocking(),
        Call::<()>::new(&core, &PUNCH, long).unchecked().blocking(),
        Call::<()>::new(&core, &PUNCH, punch()).header("Authorization", HEADER).blocking(),
        Call::<()>::new(&core, &PUNCH, punch()).header("X", format!("{HEADER}\n")).blocking(),
        Call::untyped(&core, &HOST, Method::GET, format!("{LICENSE}?{PHONE}")).blocking().map(drop),
        nowhere.blocking(),
    ];
    for result in errors {
        assert_clean(&whole(&result.unwrap_err()));
    }
    let resource = EncryptedResource { ciphertext: "", nonce: "", associated_data: "" };
    let refused = core.api_v3_key().unwrap().decrypt(&resource).unwrap_err();
    assert_clean(&format!("{refused} {refused:?}"));
    let wrong = wechatpay_runtime::PrivateKey::from_pem(
        &fixture!("merchant_key.pem").replace("PRIVATE", "X"),
    );
    assert_clean(&format!("{wrong:?}"));
    let short = ApiV3Key::new(&API_V3_KEY[1..]);
    let secret = &API_V3_KEY[1..];
    assert!(!format!("{short:?}").contains(secret));
}
