//! Refunds that are held, payers who complain, scenarios that are played: on the page.

use serde_json::{Value, json};

use super::{Browser, ORDER, Shop};
use crate::state::storage::File;

const REFUND: &str = "/v3/refund/domestic/refunds";
const COMPLAINT: &str = "#complaints .rows > li:first-child";

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_held_and_settled() {
    let shop = Shop::open().await;
    shop.sell("ORDER-0001", 1_000).await;
    shop.told().await;
    let Some(browser) = Browser::console(&shop.sandbox).await else { return };
    browser.click("nav a[href='#faults']").await;
    browser.select("#refunds", "processing").await;
    browser.sees("#said", "are held until settled").await;
    for (number, amount) in [("B1", 300), ("B2", 200)] {
        let refund = json!({
            "out_trade_no": "ORDER-0001", "out_refund_no": number,
            "notify_url": "https://shop.example/notify",
            "amount": { "refund": amount, "total": 1_000, "currency": "CNY" },
        });
        shop.post(REFUND, refund).await.unwrap();
    }
    browser.click("nav a[href='#orders']").await;
    browser.click(&format!("{ORDER} summary")).await;
    let inside = format!("{ORDER} .inside");
    browser.sees(&inside, "退款处理中").await;
    browser.picture("desktop-refunds.png").await;
    browser.click(&format!("{inside} button[aria-label='Abnormal 异常: refund B1']")).await;
    browser.sees(&inside, "退款异常").await;
    assert_eq!(shop.told().await.0, "REFUND.ABNORMAL");
    assert!(browser.focused().await.contains("ORDER-0001"), "the focus is lost");
    browser.click(&format!("{inside} button[aria-label='Close 关闭: refund B2']")).await;
    browser.sees(ORDER, "¥10.00 − ¥3.00").await;
    assert_eq!(shop.told().await.0, "REFUND.CLOSED");
    browser.click(&format!("{inside} button[aria-label='Succeed 成功: refund B1']")).await;
    browser.sees(&inside, "退款成功").await;
    assert_eq!(shop.told().await.0, "REFUND.SUCCESS");
    assert_eq!(shop.get(&format!("{REFUND}/B1")).await.unwrap()["status"], "SUCCESS");
    browser.close(&shop.sandbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_complains_with_a_picture() {
    let shop = Shop::open().await;
    shop.sell("ORDER-0001", 1_000).await;
    let Some(browser) = Browser::console(&shop.sandbox).await else { return };
    browser.click("nav a[href='#orders']").await;
    browser.click(&format!("{ORDER} button[aria-label^='Complain']")).await;
    browser.sees(COMPLAINT, "待处理").await;
    browser.click(&format!("{COMPLAINT} summary")).await;
    browser.sees(&format!("{COMPLAINT} .inside"), "USER_CREATE_COMPLAINT").await;
    let loaded = "const picture = document.querySelector('#complaints img');
        return Boolean(picture?.complete && picture.naturalWidth > 0 && picture.alt);";
    browser.until("the picture is shown", loaded, json!([]), |done| *done == json!(true)).await;

    let list = "/v3/merchant-service/complaints-v2";
    let all = shop.get(&format!("{list}?begin_date=2020-01-01&end_date=2099-01-01")).await.unwrap();
    let number = all["data"][0]["complaint_id"].as_str().unwrap().to_owned();
    let reply = json!({ "complainted_mchid": shop.mchid(), "response_content": "已补发" });
    assert_eq!(shop.post(&format!("{list}/{number}/response"), reply).await, Ok(Value::Null));
    browser.sees(COMPLAINT, "处理中").await;
    browser.sees(&format!("{COMPLAINT} .inside"), "已补发").await;
    browser.picture("desktop-complaints.png").await;
    browser.close(&shop.sandbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_file_is_played() {
    let shop = Shop::open().await;
    let Some(browser) = Browser::console(&shop.sandbox).await else { return };
    let (good, wrong) = (File::new("good.yaml"), File::new("wrong.yaml"));
    let text = "faults:\n  - fault: internal_error\n    operation: pay.prepay_jsapi\noutcomes:\n  refunds: closed\n";
    std::fs::write(&good.0, text).unwrap();
    std::fs::write(&wrong.0, "faults:\n  - fault: unsinged\n").unwrap();
    browser.click("nav a[href='#faults']").await;
    let play = "[data-scenario] button";
    browser.click(play).await;
    browser.sees("#said", "Choose a scenario file first.").await;
    browser.choose("#scenario", &good.0).await;
    browser.click(play).await;
    browser.sees("#said", "one fault is armed by it").await;
    browser.sees("#view-faults .rows", "the next call of pay.prepay_jsapi").await;
    let refunds = "return document.getElementById('refunds').value";
    browser
        .until("the outcome is shown", refunds, json!([]), |word| *word == json!("closed"))
        .await;
    assert_eq!(shop.place("ORDER-0001", 1).await, crate::state::refused(500, "SYSTEM_ERROR"));
    browser.close(&shop.sandbox).await;

    // What the page asked for was refused, and the browser notes that.
    let Some(browser) = Browser::console(&shop.sandbox).await else { return };
    browser.click("nav a[href='#faults']").await;
    browser.choose("#scenario", &wrong.0).await;
    browser.click(play).await;
    browser.sees("#said", "scenario:2:5: fault: there is no fault `unsinged`").await;
}
