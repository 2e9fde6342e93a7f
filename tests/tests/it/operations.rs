//! Every operation of the schema, from the typed request to the decoded response.

use std::{collections::BTreeSet, path::PathBuf};

use wechatpay_client::{
    Call, Client, OverseasClient, Reply, examples,
    taxi_invoice::*,
    wire::{Sensitive, UploadFile},
};
use wechatpay_sandbox::Sandbox;

use crate::pair;

/// Calls and asserts that both sides were content.
async fn call(call: Call<Reply>, sandbox: &Sandbox) -> String {
    let operation = call.operation().unwrap();
    let reply = call.await.unwrap_or_else(|error| panic!("{}: {error}", operation.name));
    assert!(reply.is_authenticated() || !operation.signed, "{}", operation.name);
    let seen = sandbox.calls().pop().unwrap();
    // Two operations differ in the name of a path field alone, so a gateway takes both for one; and the platform's
    // certificates are not answered from the schema.
    let taken_for = match operation.name {
        "apply4subject.cancel_by_business_code" => "apply4subject.cancel_by_applyment_id",
        "certificates.list" | "global_common.list_certificates" => "certificates",
        name => name,
    };
    assert_eq!(seen.operation.as_deref(), Some(taken_for), "{}", operation.name);
    assert!(seen.signature.is_verified(), "{}: {:?}", operation.name, seen.signature);
    assert_eq!(seen.violations, [], "{}", operation.name);
    assert_eq!(seen.warnings, Vec::<String>::new(), "{}", operation.name);
    assert_eq!(seen.method, operation.method.as_str());
    operation.name.to_owned()
}

#[tokio::test]
async fn every_operation_of_the_schema_is_called() {
    // The examples tell of orders that nobody placed.
    let sandbox = Sandbox::builder().examples_only().start().await.unwrap();
    let client = wechatpay_tests::client(&sandbox).unwrap();
    let overseas = OverseasClient::new(wechatpay_tests::config(&sandbox).unwrap()).unwrap();
    let mut called = BTreeSet::new();
    for one in examples::calls(&client).into_iter().chain(examples::overseas_calls(&overseas)) {
        called.insert(call(one, &sandbox).await);
    }
    assert_eq!(called.len(), sandbox.operations());
}

/// The sandbox reads the same schema, so it would not notice a path that was mistyped there.
#[tokio::test]
async fn paths_that_move_money_are_those_of_the_official_pages() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = wechatpay_tests::client(&sandbox).unwrap();
    let routes: BTreeSet<_> = examples::calls(&client)
        .iter()
        .map(|call| {
            let operation = call.operation().unwrap();
            // The names of path fields are the schema's own.
            let literal = operation.path.split(['{', '}']).step_by(2).collect::<Vec<_>>();
            format!("{} {}", operation.method, literal.join("{}"))
        })
        .collect();
    for known in [
        "POST /v3/pay/transactions/jsapi",
        "POST /v3/pay/transactions/app",
        "POST /v3/pay/transactions/h5",
        "POST /v3/pay/transactions/native",
        "GET /v3/pay/transactions/id/{}",
        "GET /v3/pay/transactions/out-trade-no/{}",
        "POST /v3/pay/transactions/out-trade-no/{}/close",
        "POST /v3/pay/partner/transactions/jsapi",
        "POST /v3/combine-transactions/jsapi",
        "POST /v3/refund/domestic/refunds",
        "GET /v3/refund/domestic/refunds/{}",
        "GET /v3/bill/tradebill",
        "GET /v3/bill/fundflowbill",
        "POST /v3/profitsharing/orders",
        "POST /v3/profitsharing/return-orders",
        "POST /v3/profitsharing/orders/unfreeze",
        "POST /v3/fund-app/mch-transfer/transfer-bills",
        "GET /v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{}",
        "POST /v3/payscore/serviceorder",
        "POST /v3/payscore/serviceorder/{}/complete",
    ] {
        assert!(routes.contains(known), "{known}");
    }
}

#[tokio::test]
async fn every_operation_of_the_golden_schema_is_called() {
    let schema = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../codegen/tests/golden/schema");
    let sandbox = Sandbox::builder().schema(schema).start().await.unwrap();
    let client = wechatpay_golden::Client::new(wechatpay_tests::config(&sandbox).unwrap()).unwrap();
    let mut called = BTreeSet::new();
    for one in wechatpay_golden::examples::calls(&client) {
        called.insert(call(one, &sandbox).await);
    }
    // Those of the other clients are called in `profiles`.
    assert_eq!(called.len(), sandbox.operations() - 4);
}

#[tokio::test]
async fn a_response_is_decoded_into_its_type() {
    let (_sandbox, client) = pair().await;
    let request = GetTaxiRequest { plate_number: "沪A/1 2?#".into(), ..GetTaxiRequest::example() };
    let taxi: GetTaxiResponse = client.taxi_invoice().get_taxi(&request).await.unwrap();
    // The sandbox answers about the taxi it was asked about, so the path arrived as it was meant.
    assert_eq!(taxi.plate_number, "沪A/1 2?#");
    assert_eq!(taxi.taxi_state, TaxiState::InOperation);
    assert_eq!(taxi.region_id, 510100);

    let orders = client.taxi_invoice().list_orders(&ListOrdersRequest::example()).await.unwrap();
    assert_eq!(orders.data.len(), 1);
    assert_eq!(orders.data[0].plate_number, "川ADT9716");
    assert!(orders.links.unwrap().self_.unwrap().starts_with("/v3/"));
}

#[tokio::test]
async fn encrypted_fields_travel_as_ciphertext_both_ways() {
    let (sandbox, client) = pair().await;
    let request = UpdateDriverRequest {
        driver_name: "司机姓名".into(),
        id_card_number: Sensitive::new("11010119900101001X".to_owned()),
        ..UpdateDriverRequest::example()
    };
    let mut bodies = BTreeSet::new();
    for _ in 0..2 {
        let driver = client.taxi_invoice().update_driver(&request).await.unwrap();
        assert_eq!(driver.driver_name.expose(), "司机姓名");
        assert_eq!(driver.id_card_number.expose(), "11010119900101001X");
        let seen = sandbox.calls().pop().unwrap();
        let body = String::from_utf8(seen.body.to_vec()).unwrap();
        assert!(!body.contains("司机姓名") && !body.contains("11010119900101001X"));
        // protocol item 37: the serial of the key that encrypted.
        assert_eq!(seen.headers["wechatpay-serial"], sandbox.keys().wxp_key_id());
        bodies.insert(body);
    }
    // protocol item 36: the caller's value is not touched, so each sending encrypts the plain text anew.
    assert_eq!(bodies.len(), 2);
}

#[tokio::test]
async fn an_upload_carries_the_digest_of_its_content() {
    let (sandbox, client) = pair().await;
    let request = UploadCardFileRequest {
        file: UploadFile::new("发票 \"1\".pdf", vec![0, 255, 13, 10, 45, 45]),
        ..UploadCardFileRequest::example()
    };
    let uploaded = client.taxi_invoice().upload_card_file(&request).await.unwrap();
    assert_eq!(uploaded.fapiao_media_id, "ASNFZ4mrze/+3LqYdlQyEA==");
    // The sandbox computes the digest of what arrived and would have refused another.
    assert!(sandbox.calls().pop().unwrap().violations.is_empty());
}

#[tokio::test]
async fn unlisted_values_survive_a_round_trip() {
    let (sandbox, client) = pair().await;
    let photo = DriverPhoto::default().photo_type("PHOTO_HOLOGRAM");
    let mut request = UpdateDriverRequest::example();
    request.driver_category = DriverCategory::from("NIGHT_SHIFT");
    request.optional = UpdateDriverOptional::default().driver_photo(photo);
    let driver = client.taxi_invoice().update_driver(&request).await.unwrap();
    assert_eq!(driver.driver_category.as_str(), "NIGHT_SHIFT");
    assert!(matches!(driver.driver_category, DriverCategory::Unrecognized(_)));
    assert_eq!(driver.driver_photo.unwrap().photo_type.unwrap().to_string(), "PHOTO_HOLOGRAM");
    assert!(sandbox.calls().pop().unwrap().violations.is_empty());
    // A listed value never hides behind `from`.
    assert_eq!(DriverCategory::from("MAIN"), DriverCategory::Main);
}

#[tokio::test]
async fn many_calls_at_once_share_a_client() {
    let (sandbox, client) = pair().await;
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let request = GetDriverRequest {
                driver_license: format!("{number}"),
                ..GetDriverRequest::example()
            };
            tokio::spawn(client.clone().taxi_invoice().get_driver(&request).into_future())
        })
        .collect();
    for (number, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.unwrap().unwrap().driver_license, number.to_string());
    }
    assert_eq!(sandbox.calls().len(), 64);
}

#[test]
fn a_client_is_shared_between_threads() {
    fn check<T: Clone + Send + Sync + 'static>() {}
    check::<Client>();
    check::<TaxiInvoiceApi>();
}
