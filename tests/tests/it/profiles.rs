//! Brands, the overseas gateway and the SM suite, each with a client of its own, from end to end.

use std::{path::PathBuf, time::Duration};

use wechatpay_client::{
    ApiV3Key, Brand, Call, Certificate, Config, Error, Merchant, Method, PrivateKey, PublicKey,
    Reply, TrustStore, VerificationFailure, wire::Requirement,
};
use wechatpay_golden::{
    BrandClient, Client, OverseasClient,
    brand_shops::{CreateShopRequest, DeleteShopRequest},
    examples,
    overseas_orders::CreateOrderRequest,
    transfer_files::{PingRequest, SubmitPersonRequest},
};
use wechatpay_sandbox::{BrandKeys, Fault, Sandbox, ShangmiKeys};

/// A sandbox of the schema that has products of every profile.
async fn sandbox() -> Sandbox {
    let schema = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../codegen/tests/golden/schema");
    Sandbox::builder().schema(schema).start().await.unwrap()
}

fn public_key(sandbox: &Sandbox) -> TrustStore {
    let keys = sandbox.keys();
    let key = PublicKey::from_pem(keys.wxp_pub_pem()).unwrap();
    TrustStore::new().public_key(keys.wxp_key_id(), key)
}

fn platform_certificate(sandbox: &Sandbox) -> Certificate {
    Certificate::from_pem(sandbox.keys().plat_cert_pem()).unwrap()
}

fn api_v3_key(sandbox: &Sandbox) -> ApiV3Key {
    ApiV3Key::new(sandbox.keys().apiv3_key()).unwrap()
}

fn brand() -> Brand {
    let keys = BrandKeys::throwaway().unwrap();
    let key = PrivateKey::from_pem(keys.key_pem()).unwrap();
    let certificate = Certificate::from_pem(keys.cert_pem()).unwrap();
    Brand::with_certificate(keys.brand_id(), key, &certificate).unwrap()
}

fn brand_config(sandbox: &Sandbox, trust: TrustStore) -> Config<Brand> {
    Config::new(brand(), trust).base_url(sandbox.url())
}

fn brand_client(sandbox: &Sandbox) -> BrandClient {
    BrandClient::new(brand_config(sandbox, public_key(sandbox))).unwrap()
}

fn overseas_client(sandbox: &Sandbox, trust: TrustStore) -> OverseasClient {
    let merchant = wechatpay_tests::merchant(sandbox.keys()).unwrap();
    let config = Config::new(merchant, trust).api_v3_key(api_v3_key(sandbox));
    OverseasClient::new(config.base_url(sandbox.url())).unwrap()
}

fn shangmi_merchant() -> Merchant {
    let keys = ShangmiKeys::throwaway().unwrap();
    let key = PrivateKey::from_pem(keys.mch_key_pem()).unwrap();
    let certificate = Certificate::from_pem(keys.mch_cert_pem()).unwrap();
    Merchant::with_certificate(keys.mchid(), key, &certificate).unwrap()
}

fn shangmi_public_key() -> TrustStore {
    let keys = ShangmiKeys::throwaway().unwrap();
    let key = PublicKey::from_pem(keys.wxp_pub_pem()).unwrap();
    TrustStore::new().public_key(keys.wxp_key_id(), key)
}

fn shangmi_certificate() -> Certificate {
    Certificate::from_pem(ShangmiKeys::throwaway().unwrap().plat_cert_pem()).unwrap()
}

fn shangmi_config(sandbox: &Sandbox, trust: TrustStore) -> Config {
    Config::new(shangmi_merchant(), trust).api_v3_key(api_v3_key(sandbox)).base_url(sandbox.url())
}

fn shangmi_client(sandbox: &Sandbox, trust: TrustStore) -> Client {
    Client::new(shangmi_config(sandbox, trust)).unwrap()
}

/// Calls, asserts that both sides were content, and gives the `Authorization` header.
async fn call(call: Call<Reply>, sandbox: &Sandbox) -> String {
    let operation = call.operation().unwrap();
    let reply = call.await.unwrap_or_else(|error| panic!("{}: {error}", operation.name));
    assert!(reply.is_authenticated() || !operation.signed, "{}", operation.name);
    let seen = sandbox.calls().pop().unwrap();
    assert_eq!(seen.operation.as_deref(), Some(operation.name));
    assert!(seen.signature.is_verified(), "{}: {:?}", operation.name, seen.signature);
    assert_eq!((seen.violations, seen.warnings), (vec![], vec![]), "{}", operation.name);
    seen.headers["authorization"].to_str().unwrap().to_owned()
}

fn config_problem<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Config(error)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

fn failure(error: Error) -> VerificationFailure {
    match error {
        Error::Verification(error) => error.failure().clone(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn items_09_24_a_brand_signs_in_its_own_name_and_is_answered_in_kind() {
    let sandbox = sandbox().await;
    let calls = examples::brand_calls(&brand_client(&sandbox));
    assert_eq!(calls.len(), 2);
    for one in calls {
        let header = call(one, &sandbox).await;
        assert!(header.starts_with("WECHATPAY-BRAND-SHA256-RSA2048 brand_id=\"120344\","));
        assert!(!header.contains("mchid"));
        let serial = BrandKeys::throwaway().unwrap().serial();
        assert!(header.contains(&format!("serial_no=\"{serial}\"")));
    }
    let shop = brand_client(&sandbox).brand_shops().create_shop(&CreateShopRequest::example());
    let shop = shop.with_meta().await.unwrap();
    assert_eq!(shop.value.phone.expose(), "02088889999");
    let scheme = &shop.reply.headers()["wechatpay-signature-type"];
    assert_eq!(scheme, "WECHATPAY-BRAND-SHA256-RSA2048");
}

#[tokio::test]
async fn item_09_a_merchant_does_not_pass_for_a_brand() {
    let sandbox = sandbox().await;
    let client = Client::new(wechatpay_tests::config(&sandbox).unwrap()).unwrap();
    client.request(Method::DELETE, "/brand/shops/1000").await.unwrap_err();
    let seen = sandbox.calls().pop().unwrap();
    assert!(!seen.signature.is_verified(), "{:?}", seen.signature);
    let reason = format!("{:?}", seen.signature);
    assert!(reason.contains("must be `WECHATPAY-BRAND-SHA256-RSA2048`"), "{reason}");
    assert_eq!(seen.status, Some(401));
}

#[tokio::test]
async fn item_24_an_answer_of_another_scheme_is_refused_in_each_profile() {
    let sandbox = sandbox().await;
    let request = DeleteShopRequest::example();
    sandbox.inject(Fault::WrongSignatureType);
    let error = brand_client(&sandbox).brand_shops().delete_shop(&request).await.unwrap_err();
    let sm = "WECHATPAY2-SM2-WITH-SM3".to_owned();
    assert_eq!(failure(error), VerificationFailure::SignatureType(sm));
    sandbox.inject(Fault::WrongSignatureType);
    let client = shangmi_client(&sandbox, shangmi_public_key());
    let error = client.transfer_files().ping(&PingRequest::example()).await.unwrap_err();
    let rsa = "WECHATPAY2-SHA256-RSA2048".to_owned();
    assert_eq!(failure(error), VerificationFailure::SignatureType(rsa));
}

#[tokio::test]
async fn item_09_brands_know_the_platform_by_its_public_key_only() {
    let sandbox = sandbox().await;
    let sentence = "holds or downloads platform certificates, which brands do not have";
    let with_certificate = public_key(&sandbox).certificate(platform_certificate(&sandbox));
    for trust in [with_certificate, public_key(&sandbox).download(), TrustStore::new().download()] {
        let config = brand_config(&sandbox, trust.clone()).api_v3_key(api_v3_key(&sandbox));
        assert!(config_problem(BrandClient::new(config)).contains(sentence));
        let replaced = brand_client(&sandbox).replace_trust(trust);
        assert!(config_problem(replaced).contains(sentence));
    }
    assert!(sandbox.calls().is_empty());
}

#[tokio::test]
async fn item_09_a_brands_key_is_replaced_by_a_brands() {
    let sandbox = sandbox().await;
    let client = brand_client(&sandbox);
    client.replace_brand(brand()).unwrap();
    let key = || PrivateKey::from_pem(BrandKeys::throwaway().unwrap().key_pem()).unwrap();
    let other = Brand::new("120345", key(), "0A1B");
    assert!(config_problem(client.replace_brand(other)).contains("another brand"));
    let named = Brand::new("some brand", key(), "PUB_KEY_ID_1");
    let config = Config::new(named, public_key(&sandbox));
    let problem = config_problem(BrandClient::new(config));
    assert!(problem.contains("brand id: must be digits only"), "{problem}");
    assert!(problem.contains("brand serial: is the id of a WeChat Pay public key"), "{problem}");
    let sm2 = PrivateKey::from_pem(ShangmiKeys::throwaway().unwrap().mch_key_pem()).unwrap();
    let config = Config::new(Brand::new("120344", sm2, "0A1B"), public_key(&sandbox));
    let problem = config_problem(BrandClient::new(config));
    assert!(problem.contains("brand key: is an SM2 key"), "{problem}");
}

#[tokio::test]
async fn item_48_the_overseas_client_has_the_overseas_products() {
    let sandbox = sandbox().await;
    let calls = examples::overseas_calls(&overseas_client(&sandbox, public_key(&sandbox)));
    assert_eq!(calls.len(), 2);
    for one in calls {
        assert_eq!(one.operation().unwrap().host.main, "https://apihk.mch.weixin.qq.com");
        let header = call(one, &sandbox).await;
        assert!(header.starts_with("WECHATPAY2-SHA256-RSA2048 mchid="));
    }
}

#[tokio::test]
async fn items_35_48_overseas_fields_are_padded_as_the_schema_says() {
    let sandbox = sandbox().await;
    let client = overseas_client(&sandbox, public_key(&sandbox));
    // 245 bytes are one more than OAEP could take, and the most that PKCS#1 v1.5 can.
    let mut request = CreateOrderRequest::example();
    request.payer.name = "x".repeat(245).into();
    let order = client.overseas_orders().create_order(&request).await.unwrap();
    assert_eq!(order.payer.name.expose().len(), 245);
    assert_eq!(sandbox.calls().pop().unwrap().violations, []);
    request.payer.name = "x".repeat(246).into();
    let violations = request.validate().unwrap_err();
    let expected = Requirement::EncryptedLength { limit: 245, actual: 246 };
    assert_eq!(violations.as_slice()[0].requirement(), &expected);
    let error = client.overseas_orders().create_order(&request).await.unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error}");
    // On the mainland it is 214.
    let mut request = SubmitPersonRequest::example();
    request.optional.phones = Some(vec!["x".repeat(215).into()]);
    let violations = request.validate().unwrap_err();
    let too_long = |violation: &&_| {
        let violation: &wechatpay_client::wire::Violation = violation;
        *violation.requirement() == Requirement::EncryptedLength { limit: 214, actual: 215 }
    };
    assert_eq!(violations.iter().filter(too_long).count(), 1);
}

#[tokio::test]
async fn items_30_48_overseas_certificates_come_from_the_gateways_own_path() {
    let sandbox = sandbox().await;
    let client = overseas_client(&sandbox, TrustStore::new().download());
    let request = CreateOrderRequest::example();
    let order = client.overseas_orders().create_order(&request).await.unwrap();
    assert_eq!(order.payer.name.expose(), "陳大文");
    let paths: Vec<_> = sandbox.calls().into_iter().map(|call| call.path).collect();
    assert_eq!(paths, ["/v3/global/certificates", "/v3/global/orders"]);
}

#[tokio::test]
async fn item_10_every_operation_is_called_with_sm2_keys() {
    let sandbox = sandbox().await;
    let trusts = [shangmi_public_key(), TrustStore::new().certificate(shangmi_certificate())];
    for trust in trusts {
        for one in examples::calls(&shangmi_client(&sandbox, trust.clone())) {
            let header = call(one, &sandbox).await;
            assert!(header.starts_with("WECHATPAY2-SM2-WITH-SM3 mchid="), "{header}");
        }
    }
}

#[tokio::test]
async fn items_10_30_sm2_certificates_are_fetched_and_opened_with_sm4() {
    let sandbox = sandbox().await;
    let client = shangmi_client(&sandbox, TrustStore::new().download());
    let person = client.transfer_files().submit_person(&SubmitPersonRequest::example());
    assert_eq!(person.await.unwrap().person.unwrap().name.expose(), "张三");
    let calls = sandbox.calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].path, "/v3/certificates");
    assert_eq!(calls[0].query.as_deref(), Some("algorithm_type=SM2"));
    assert!(calls.iter().all(|call| call.signature.is_verified()));
    let serial = ShangmiKeys::throwaway().unwrap().plat_serial();
    assert_eq!(calls[1].headers["wechatpay-serial"], serial);
    let wrong = shangmi_config(&sandbox, TrustStore::new().download())
        .api_v3_key(ApiV3Key::new("another key, of 32 letters, too.").unwrap());
    let client = Client::new(wrong).unwrap();
    let error = client.transfer_files().ping(&PingRequest::example()).await.unwrap_err();
    assert!(error.to_string().contains("another APIv3 key"), "{error}");
}

#[tokio::test]
async fn items_10_35_sensitive_fields_travel_sealed_with_sm2_however_long() {
    let sandbox = sandbox().await;
    let client = shangmi_overseas(&sandbox);
    let mut request = CreateOrderRequest::example();
    // More bytes than RSA could take, fewer characters than the field may have.
    request.payer.name = "陳".repeat(300).into();
    let order = client.overseas_orders().create_order(&request).await.unwrap();
    assert_eq!(order.payer.name.expose(), "陳".repeat(300).as_str());
    let seen = sandbox.calls().pop().unwrap();
    assert!(!String::from_utf8_lossy(&seen.body).contains('陳'));
}

/// An overseas merchant with SM2 keys, which have no padding.
fn shangmi_overseas(sandbox: &Sandbox) -> OverseasClient {
    OverseasClient::new(shangmi_config(sandbox, shangmi_public_key())).unwrap()
}

#[tokio::test]
async fn items_10_21_23_29_what_is_refused_with_rsa_is_refused_with_sm2() {
    let sandbox = sandbox().await;
    let client = shangmi_client(&sandbox, shangmi_public_key());
    let refusal = async |fault: Fault| {
        sandbox.inject(fault);
        failure(client.transfer_files().ping(&PingRequest::example()).await.unwrap_err())
    };
    assert_eq!(refusal(Fault::TamperedBody).await, VerificationFailure::Mismatch);
    assert_eq!(refusal(Fault::WrongSignature).await, VerificationFailure::Mismatch);
    assert_eq!(refusal(Fault::SignatureProbe).await, VerificationFailure::Probe);
    assert_eq!(refusal(Fault::Unsigned).await, VerificationFailure::Unsigned);
    let stale = refusal(Fault::StaleTimestamp(1000)).await;
    assert!(matches!(stale, VerificationFailure::Stale { seconds: 990..=1010 }), "{stale:?}");
    let unknown = refusal(Fault::WrongSerial).await;
    assert!(matches!(unknown, VerificationFailure::UnknownSerial { .. }), "{unknown:?}");
    client
        .transfer_files()
        .ping(&PingRequest::example())
        .timeout(Duration::from_secs(60))
        .await
        .unwrap();
}

#[tokio::test]
async fn items_10_34_keys_of_two_suites_do_not_go_together() {
    let sandbox = sandbox().await;
    let rsa = wechatpay_tests::merchant(sandbox.keys()).unwrap();
    let problem = |merchant, trust| config_problem(Client::new(Config::new(merchant, trust)));
    let found = problem(shangmi_merchant(), public_key(&sandbox));
    let sentence = "is an RSA key, but a caller that signs with WECHATPAY2-SM2-WITH-SM3 is answered with an SM2 key";
    assert!(found.contains(sentence), "{found}");
    let found = problem(rsa.clone(), shangmi_public_key());
    assert!(
        found.contains("is an SM2 key, but a caller that signs with WECHATPAY2-SHA256"),
        "{found}"
    );
    let found = problem(rsa.clone(), TrustStore::new().certificate(shangmi_certificate()));
    assert!(found.contains("is an SM2 key"), "{found}");
    let own = ShangmiKeys::throwaway().unwrap().mch_cert_pem();
    let own = TrustStore::new().certificate(Certificate::from_pem(own).unwrap());
    let found = problem(shangmi_merchant(), own);
    assert!(found.contains("is a merchant's own certificate"), "{found}");
    let client = shangmi_client(&sandbox, shangmi_public_key());
    let found = config_problem(client.replace_merchant(rsa));
    assert!(found.contains("merchant: signs with WECHATPAY2-SHA256-RSA2048"), "{found}");
    let key = PrivateKey::from_pem(ShangmiKeys::throwaway().unwrap().mch_key_pem()).unwrap();
    let other = platform_certificate(&sandbox);
    let error = Merchant::with_certificate("1900000001", key, &other).unwrap_err();
    assert!(error.to_string().contains("does not belong"), "{error}");
}

#[tokio::test]
async fn item_43_front_ends_take_signatures_with_rsa_only() {
    let sandbox = sandbox().await;
    let client = shangmi_client(&sandbox, shangmi_public_key());
    let error = client.pay_params().jsapi("wx1", "wx2").await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("the RSA key of a merchant only"), "{source}");
}

#[test]
fn item_10_no_sm2_key_is_shown() {
    let keys = ShangmiKeys::throwaway().unwrap();
    let shown = format!("{:?} {:?} {keys:?}", shangmi_merchant(), shangmi_public_key());
    assert!(shown.contains("PrivateKey(SM2)"), "{shown}");
    let secret: String = keys.mch_key_pem().lines().skip(1).take(2).collect();
    assert!(!shown.contains("PRIVATE KEY") && !shown.contains(&secret[..40]), "{shown}");
    let shown = format!("{:?} {:?}", brand(), BrandKeys::throwaway().unwrap());
    assert!(shown.contains("120344") && !shown.contains("BEGIN"), "{shown}");
}
