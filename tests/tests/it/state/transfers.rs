//! Transfers to users: confirmed, failed, cancelled.

use serde_json::{Value, json};
use wechatpay_sandbox::TransferStart;

use super::{Shop, control::Console, refused};

const AUTHORIZATIONS: &str = "/v3/fund-app/mch-transfer/user-confirm-authorization";
const BILLS: &str = "/v3/fund-app/mch-transfer/transfer-bills";

fn transfer(number: &str, amount: i64) -> Value {
    json!({
        "appid": "wxf636efh567hg4356",
        "out_bill_no": number,
        "openid": "o-MYE42l80oelYMDE34nYD456Xoy",
        "transfer_amount": amount,
        "transfer_remark": "报销",
        "notify_url": "https://shop.example/notify",
        "transfer_scene_id": "1000",
        "transfer_scene_report_infos": [{ "info_type": "活动名称", "info_content": "注册会员有礼" }],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_ends_as_the_user_or_the_merchant_wants() {
    let shop = Shop::open().await;
    let named = |number: &str| format!("{BILLS}/out-bill-no/{number}");
    for number in ["T1", "T2", "T3"] {
        let made = shop.post(BILLS, transfer(number, 500)).await.unwrap();
        assert_eq!(made["state"], "WAIT_USER_CONFIRM");
        assert!(made["package_info"].is_string());
        assert_eq!(shop.post(BILLS, transfer(number, 500)).await.unwrap(), made);
    }
    assert_eq!(shop.post(BILLS, transfer("T1", 501)).await, refused(400, "ALREADY_EXISTS"));
    shop.sandbox.confirm_transfer("T1").unwrap();
    shop.sandbox.fail_transfer("T2", "PAYEE_ACCOUNT_ABNORMAL").unwrap();
    let cancelling = shop.post(&format!("{}/cancel", named("T3")), Value::Null).await.unwrap();
    assert_eq!(cancelling["state"], "CANCELING");
    assert_eq!(
        shop.post(&format!("{}/cancel", named("T1")), Value::Null).await,
        refused(400, "INVALID_REQUEST")
    );
    for (number, state) in [("T1", "SUCCESS"), ("T2", "FAIL"), ("T3", "CANCELLED")] {
        assert_eq!(shop.get(&named(number)).await.unwrap()["state"], state);
        assert!(shop.sandbox.confirm_transfer(number).is_err());
    }
    assert_eq!(shop.get(&named("T2")).await.unwrap()["fail_reason"], "PAYEE_ACCOUNT_ABNORMAL");
    assert_eq!(shop.get(&named("T4")).await, refused(404, "NOT_FOUND"));

    let told = shop.notified().await;
    assert!(told.iter().all(|(event, _)| event == "MCHTRANSFER.BILL.FINISHED"));
    let mut states: Vec<_> = told.iter().map(|(_, bill)| bill["state"].as_str().unwrap()).collect();
    states.sort_unstable();
    assert_eq!(states, ["CANCELLED", "FAIL", "SUCCESS"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_was_taken_in_goes_on_when_it_is_released() {
    let shop = Shop::open().await;
    let console = Console::of(&shop.sandbox);
    let set = console.post("/outcomes", r#"{"transfers": "accepted"}"#).await;
    assert_eq!(set, json!({ "refunds": "success", "transfers": "accepted" }));
    let made = shop.post(BILLS, transfer("T1", 500)).await.unwrap();
    assert_eq!((&made["state"], made.get("package_info")), (&json!("ACCEPTED"), None));
    assert_eq!(console.ask("POST", "/transfers/T1/confirm", "").await.0, 400);
    assert_eq!(console.post("/transfers/T1/release", "").await["state"], "WAIT_USER_CONFIRM");
    assert_eq!(console.ask("POST", "/transfers/T1/release", "").await.0, 400);
    // The merchant asks again with the same parameters, and now has what opens the page.
    let again = shop.post(BILLS, transfer("T1", 500)).await.unwrap();
    assert_eq!(again["state"], "WAIT_USER_CONFIRM");
    assert_eq!(again["transfer_bill_no"], made["transfer_bill_no"]);
    assert!(again["package_info"].is_string());
    assert_eq!(console.post("/transfers/T1/confirm", "").await["state"], "SUCCESS");
    // One that is only taken in can be taken back.
    shop.post(BILLS, transfer("T2", 500)).await.unwrap();
    shop.post(&format!("{BILLS}/out-bill-no/T2/cancel"), Value::Null).await.unwrap();
    assert_eq!(shop.sandbox.transfers().unwrap()[1].state, "CANCELLED");
    assert_eq!(shop.notified().await.len(), 2);
}

fn authorization(number: &str) -> Value {
    json!({
        "out_authorization_no": number,
        "appid": "wxf636efh567hg4356",
        "openid": "o-MYE42l80oelYMDE34nYD456Xoy",
        "transfer_scene_id": "1000",
        "user_display_name": "wx_123456",
        "authorization_notify_url": "https://shop.example/notify",
    })
}

fn authorized_transfer(number: &str, authorization: &str) -> Value {
    let mut transfer = transfer(number, 500);
    transfer.as_object_mut().unwrap().remove("openid");
    transfer["out_authorization_no"] = authorization.into();
    transfer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_has_agreed_is_not_asked() {
    let shop = Shop::open().await;
    let named = |number: &str| format!("{AUTHORIZATIONS}/out-authorization-no/{number}");
    let pay = format!("{BILLS}/transfer");
    let made = shop.post(AUTHORIZATIONS, authorization("A1")).await.unwrap();
    assert_eq!(made["state"], "WAIT_USER_CONFIRM");
    assert!(made["package_info"].is_string());
    assert_eq!(shop.post(AUTHORIZATIONS, authorization("A1")).await.unwrap(), made);
    let mut other = authorization("A1");
    other["user_display_name"] = "another".into();
    assert_eq!(shop.post(AUTHORIZATIONS, other).await, refused(400, "ALREADY_EXISTS"));
    assert_eq!(
        shop.post(&pay, authorized_transfer("T1", "A1")).await,
        refused(400, "INVALID_REQUEST")
    );
    assert_eq!(shop.post(&pay, authorized_transfer("T1", "A9")).await, refused(404, "NOT_FOUND"));
    assert!(shop.get(&named("A1")).await.unwrap().get("authorization_id").is_none());

    shop.sandbox.confirm_authorization("A1").unwrap();
    assert!(shop.sandbox.confirm_authorization("A1").is_err());
    let agreed = shop.get(&named("A1")).await.unwrap();
    assert_eq!(agreed["state"], "TAKING_EFFECT");
    assert_eq!(agreed["authorization_id"].as_str().unwrap().len(), 27);
    let first = shop.post(&pay, authorized_transfer("T1", "A1")).await.unwrap();
    assert_eq!(first["state"], "ACCEPTED");
    let done = shop.get(&format!("{BILLS}/out-bill-no/T1")).await.unwrap();
    assert_eq!(done["state"], "SUCCESS");
    assert_eq!(done["openid"], "o-MYE42l80oelYMDE34nYD456Xoy");

    let closed = shop.post(&format!("{}/close", named("A1")), Value::Null).await.unwrap();
    assert_eq!(closed["close_info"]["close_reason"], "CLOSE_VIA_MCH_API");
    assert_eq!(shop.post(&format!("{}/close", named("A1")), Value::Null).await.unwrap(), closed);
    assert_eq!(
        shop.post(&pay, authorized_transfer("T2", "A1")).await,
        refused(400, "INVALID_REQUEST")
    );
    let mut told: Vec<_> = shop.notified().await.into_iter().map(|(event, _)| event).collect();
    told.sort_unstable();
    let expected = [
        "MCHTRANSFER.AUTHORIZATION.CLOSED",
        "MCHTRANSFER.AUTHORIZATION.CONFIRMED",
        "MCHTRANSFER.BILL.FINISHED",
    ];
    assert_eq!(told, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_agrees_with_the_first_transfer_or_from_outside() {
    let shop = Shop::open().await;
    let console = Console::of(&shop.sandbox);
    let mut first = transfer("T1", 500);
    first["authorization_info"] = json!({
        "user_display_name": "wx_123456",
        "out_authorization_no": "A1",
        "authorization_notify_url": "https://shop.example/notify",
    });
    let path = format!("{BILLS}/pre-transfer-with-authorization");
    let made = shop.post(&path, first.clone()).await.unwrap();
    assert_eq!(
        (&made["state"], &made["out_authorization_no"]),
        (&json!("WAIT_USER_CONFIRM"), &json!("A1"))
    );
    assert_eq!(shop.post(&path, first).await.unwrap(), made);
    assert_eq!(
        console.get("/authorizations").await["authorizations"][0]["state"],
        "WAIT_USER_CONFIRM"
    );
    shop.sandbox.confirm_transfer("T1").unwrap();
    assert_eq!(console.get("/authorizations").await["authorizations"][0]["state"], "TAKING_EFFECT");
    // Held, it is paid when it is released.
    shop.sandbox.transfers_begin(TransferStart::Accepted);
    shop.post(&format!("{BILLS}/transfer"), authorized_transfer("T2", "A1")).await.unwrap();
    assert_eq!(shop.sandbox.release_transfer("T2").unwrap().state, "SUCCESS");
    assert_eq!(console.post("/authorizations/A1/close", "").await["state"], "CLOSED");
    assert_eq!(console.ask("POST", "/authorizations/A1/close", "").await.0, 400);
    assert_eq!(console.ask("POST", "/authorizations/A2/confirm", "").await.0, 404);
    let told = shop.notified().await;
    let closed =
        told.iter().find(|(event, _)| event == "MCHTRANSFER.AUTHORIZATION.CLOSED").unwrap();
    assert_eq!(closed.1["close_info"]["close_reason"], "USER_CLOSE");
    assert_eq!(told.len(), 4);
}
