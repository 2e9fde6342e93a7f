//! Transfers to users: confirmed, failed, cancelled.

use serde_json::{Value, json};

use super::{Shop, refused};

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
