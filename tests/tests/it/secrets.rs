//! No key, signature, encrypted value or body shows where people look.

use wechatpay_client::{Error, taxi_invoice::*};
use wechatpay_sandbox::Fault;

use crate::pair;

#[tokio::test]
async fn nothing_secret_is_formatted() {
    let (sandbox, client) = pair().await;
    let keys = sandbox.keys();
    let name = "这个名字是秘密";
    let request =
        UpdateDriverRequest { driver_name: name.into(), ..UpdateDriverRequest::example() };
    let mut shown = format!(
        "{:?}{:?}{:?}{:?}{:#?}{:?}",
        wechatpay_tests::config(&sandbox).unwrap(),
        wechatpay_tests::merchant(keys).unwrap(),
        client,
        sandbox,
        request,
        client.taxi_invoice().update_driver(&request),
    );
    let faults = [
        Fault::TamperedBody,
        Fault::Body(r#"{"driver_name":7}"#.into()),
        Fault::ResetAfterRead,
        Fault::Status { status: 400, code: "PARAM_ERROR".into(), message: "no".into() },
        Fault::UnsignedStatus { status: 502, content_type: String::new(), body: String::new() },
    ];
    for fault in faults {
        sandbox.inject(fault);
        let error = client.taxi_invoice().update_driver(&request).await.unwrap_err();
        show(&error, &mut shown);
    }
    let invalid = UpdateDriverRequest {
        driver_name: format!("{name}{}", "长".repeat(80)).into(),
        ..request.clone()
    };
    show(&client.taxi_invoice().update_driver(&invalid).await.unwrap_err(), &mut shown);
    let response = client.taxi_invoice().update_driver(&request).with_meta().await.unwrap();
    assert_eq!(response.value.driver_name.expose(), name);
    shown += &format!("{response:?}");
    shown += &format!("{:?}", sandbox.calls());

    let card = InsertCardRequest::example();
    shown += &format!("{card:?}{:?}", FindOrderByTokenRequest::example());
    let token = card.token.expose().as_str();
    let authorization = sandbox.calls()[0].headers["authorization"].to_str().unwrap().to_owned();
    let signature = authorization.split("signature=\"").nth(1).unwrap()[..40].to_owned();
    let key_line = keys.mch_key_pem().unwrap().lines().nth(3).unwrap().to_owned();
    for secret in [name, keys.apiv3_key(), &signature, &key_line, "44030019900101001X", token] {
        assert!(!shown.contains(secret), "{secret} is shown in:\n{shown}");
    }
}

fn show(error: &Error, shown: &mut String) {
    *shown += &format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        *shown += &format!("{error} {error:?}");
        source = error.source();
    }
}
