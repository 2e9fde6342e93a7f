//! The console in a real browser: what a developer sees and does.

mod browser;
mod chromium;
mod looks;
mod outcomes;

use fantoccini::key::Key;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::Shop;
use browser::{Browser, GLANCE, PATIENCE};

const ORDER: &str = "#view-orders .rows > li:first-child";
const CALL: &str = "#view-calls .rows > li:first-child";
const NOTICE: &str = "#view-notifications .rows > li:first-child";

impl Shop {
    /// Calls as a program does that cannot sign yet: with nothing, or something else, in the place of
    /// a signature.
    async fn call_unsigned(&self, target: &str, signature: Option<&str>) {
        let mut stream = TcpStream::connect(self.sandbox.address()).await.unwrap();
        let authorization = signature.map(|signature| {
            // The clock must fit; the latest order tells it.
            let now = self.sandbox.orders().unwrap()[0].created;
            let (mchid, serial) = (self.mchid(), self.sandbox.keys().mch_serial());
            format!(
                "Authorization: WECHATPAY2-SHA256-RSA2048 mchid=\"{mchid}\",serial_no=\"{serial}\",\
                nonce_str=\"593BEC0C930BF1AFEB40B4A08C8FB242\",timestamp=\"{now}\",signature=\"{signature}\"\r\n"
            )
        });
        let head = format!(
            "GET {target} HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\nUser-Agent: test\r\nConnection: close\r\n{}\r\n",
            authorization.unwrap_or_default()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 401"), "{}", String::from_utf8_lossy(&answer));
    }

    /// Event type and content of the next notification.
    async fn told(&self) -> (String, Value) {
        let told = async {
            loop {
                // It may not be on its way yet.
                match self.notified().await.pop() {
                    Some(told) => return told,
                    None => tokio::time::sleep(GLANCE).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, told).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_placed_paid_refunded_and_told_while_the_page_shows_it() {
    let shop = Shop::open().await;
    let Some(browser) = Browser::console(&shop.sandbox).await else { return };
    browser.sees("#view-calls .empty", "No calls yet").await;

    // The description looks like markup, and must stay a text.
    let mut order = shop.order("ORDER-0001", 1_234);
    order["description"] = "<img src=x onerror=document.title='broken'>QQ公仔".into();
    shop.post("/v3/pay/transactions/jsapi", order).await.unwrap();
    browser.sees(CALL, "✓ signature").await;
    browser.sees(CALL, "pay.prepay_jsapi").await;
    browser.click(&format!("{CALL} summary")).await;
    browser.sees(&format!("{CALL} .inside"), "\"out_trade_no\": \"ORDER-0001\"").await;
    browser.sees(&format!("{CALL} .inside"), shop.sandbox.keys().mch_serial()).await;
    shop.call_unsigned("/v3/certificates", None).await;
    browser.sees(CALL, "✗ signature").await;
    browser.click("#problems").await;
    let shown =
        "return [...document.querySelectorAll('#view-calls .rows > li:not([hidden])')].length";
    assert_eq!(browser.run(shown).await, 1);
    browser.write("#search", "no such call").await;
    assert_eq!(browser.run(shown).await, 0);

    browser.click("nav a[href='#orders']").await;
    browser.sees(ORDER, "未支付").await;
    browser.sees(ORDER, "<img src=x").await;
    browser.click(&format!("{ORDER} summary")).await;
    browser
        .sees(&format!("{ORDER} .inside"), "\"notify_url\": \"https://shop.example/notify\"")
        .await;
    browser.click(&format!("{ORDER} button[aria-label^='Pay']")).await;
    browser.sees(ORDER, "支付成功").await;
    let (event, content) = shop.told().await;
    assert_eq!(
        (event.as_str(), &content["out_trade_no"]),
        ("TRANSACTION.SUCCESS", &json!("ORDER-0001"))
    );
    assert_eq!(shop.query("ORDER-0001").await.unwrap()["trade_state"], "SUCCESS");
    browser.sees(&format!("{ORDER} .inside"), "answered 204").await;

    browser.click(&format!("{ORDER} button[aria-label^='Refund']")).await;
    browser.write("#refund-amount", "500").await;
    browser.click("#refund button[value=refund]").await;
    browser.sees(ORDER, "¥12.34 − ¥5.00").await;
    assert_eq!(shop.told().await.0, "REFUND.SUCCESS");

    browser.click("nav a[href='#notifications']").await;
    browser.sees(NOTICE, "REFUND.SUCCESS").await;
    browser.sees(NOTICE, "已接收").await;
    browser.click(&format!("{NOTICE} summary")).await;
    browser.sees(&format!("{NOTICE} .inside"), "\"out_trade_no\": \"ORDER-0001\"").await;
    browser.click(&format!("{NOTICE} button[aria-label^='Send again']")).await;
    assert_eq!(shop.told().await.0, "REFUND.SUCCESS");
    browser.sees(NOTICE, "attempt 2: answered 204").await;

    shop.place("ORDER-0002", 1).await.unwrap();
    browser.click("nav a[href='#orders']").await;
    browser.sees(ORDER, "ORDER-0002").await;
    browser.click(&format!("{ORDER} button[aria-label^='Expire']")).await;
    browser.sees(ORDER, "已关闭").await;
    assert_eq!(shop.query("ORDER-0002").await.unwrap()["trade_state"], "CLOSED");
    assert_ne!(browser.run("return document.title").await, "broken");
    browser.close(&shop.sandbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_alone_will_do() {
    let shop = Shop::open().await;
    shop.place("ORDER-0001", 1_234).await.unwrap();
    let Some(browser) = Browser::console(&shop.sandbox).await else { return };
    browser.sees(CALL, "pay.prepay_jsapi").await;

    browser.tab_to("Skip to the content").await;
    browser.press(Key::Enter).await;
    assert!(browser.focused().await.starts_with("Calls"));
    browser.tab_to("✓ signature").await;
    browser.press(Key::Enter).await;
    browser.sees(&format!("{CALL} .inside"), "ORDER-0001").await;

    browser.tab_to("Orders").await;
    browser.press(Key::Enter).await;
    assert!(browser.focused().await.starts_with("Orders"));
    browser.tab_to("Pay 支付: order ORDER-0001").await;
    browser.press(Key::Enter).await;
    browser.sees(ORDER, "支付成功").await;
    shop.told().await;
    // The button that was pressed has gone; the next one has the focus.
    browser
        .until(
            "the focus has moved on",
            "return document.activeElement.ariaLabel",
            json!([]),
            |name| *name == json!("Refund 退款: order ORDER-0001"),
        )
        .await;
    browser.press(Key::Enter).await;
    browser
        .until(
            "the dialog is open",
            "return document.getElementById('refund').open",
            json!([]),
            |open| *open == json!(true),
        )
        .await;
    assert!(browser.focused().await.starts_with("Amount in fen"));
    browser.type_text("34").await;
    browser.press(Key::Enter).await;
    browser.sees(ORDER, "¥12.34 − ¥").await;
    assert_eq!(shop.told().await.1["amount"]["refund"], json!(34));

    browser.tab_to("Faults").await;
    browser.press(Key::Enter).await;
    browser.tab_to("Fault").await;
    browser.type_text("internal").await;
    browser.sees("#view-faults [data-about]", "系统错误").await;
    browser.tab_to("Operation").await;
    browser.type_text("pay.get_order_by_out_trade_no").await;
    browser.press(Key::Escape).await;
    browser.tab_to("Arm").await;
    browser.press(Key::Enter).await;
    browser.sees("#view-faults .rows", "the next call of pay.get_order_by_out_trade_no").await;
    let refused = shop.query("ORDER-0001").await;
    assert_eq!(refused, super::refused(500, "SYSTEM_ERROR"));
    browser.sees("#view-faults", "No fault is armed").await;
    browser.close(&shop.sandbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_shown_without_the_token() {
    let shop = Shop::open().await;
    shop.place("ORDER-0001", 1).await.unwrap();
    let page = format!("{}/sandbox", shop.sandbox.url());
    let Some(browser) = Browser::open(&page).await else { return };
    browser.sees("#door", "enter the token").await;
    browser.write("#token", "0123456789abcdef").await;
    browser.click("#door button").await;
    browser.sees("#said", "The token is not this sandbox's").await;
    let shown = browser.run("return document.body.innerText").await;
    assert!(!shown.as_str().unwrap().contains("ORDER-0001"), "{shown}");

    let token = shop.sandbox.control().1;
    browser.sees("#door", "enter the token").await;
    browser.write("#token", token).await;
    browser.click("#door button").await;
    browser.sees(CALL, "pay.prepay_jsapi").await;
    // The tab keeps it, and shows it nowhere.
    browser.run("location.reload()").await;
    browser.sees(CALL, "pay.prepay_jsapi").await;
    let found =
        browser.run("return [location.href, document.documentElement.outerHTML].join()").await;
    assert!(!found.as_str().unwrap().contains(token), "{found}");
    assert_eq!(browser.run("return localStorage.length + document.cookie.length").await, 0);
    // From the address it is taken at once.
    browser.run("sessionStorage.clear()").await;
    browser.run(&format!("location.hash = '#token={token}'")).await;
    browser.sees(CALL, "pay.prepay_jsapi").await;
    assert_eq!(browser.run("return location.hash").await, "#calls");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_is_changed_in_stages_and_everything_forgotten() {
    let shop = Shop::open().await;
    let first = shop.sandbox.keys().plat_serial().to_owned();
    shop.place("ORDER-0001", 1).await.unwrap();
    let Some(browser) = Browser::console(&shop.sandbox).await else { return };
    browser.click("nav a[href='#connection']").await;
    browser.sees("#view-connection dl", shop.mchid()).await;
    browser.sees("#view-connection dl", &shop.sandbox.url()).await;
    let list = "#view-connection [data-list]";
    for (step, stages) in [
        ("announce", ["signs", "announced"].as_slice()),
        ("switch", ["old", "signs"].as_slice()),
        ("retire", ["signs"].as_slice()),
    ] {
        browser.click(&format!("[data-step={step}]")).await;
        let script = format!(
            "return [...document.querySelectorAll('{list} .badge')].map((one) => one.innerText)"
        );
        browser.until(step, &script, json!([]), |seen| *seen == json!(stages)).await;
    }
    let text = browser.run(&format!("return document.querySelector('{list}').innerText")).await;
    assert!(!text.as_str().unwrap().contains(&first), "{text}");

    browser.click("[data-reset] button").await;
    browser.click("#sure button[value='']").await;
    assert_eq!(shop.sandbox.orders().unwrap().len(), 1);
    browser.click("[data-reset] button").await;
    browser.click("#sure button[value=yes]").await;
    browser.sees("#said", "Everything is forgotten").await;
    browser.click("nav a[href='#orders']").await;
    browser.sees("#view-orders .empty", "No orders yet").await;
    assert_eq!(shop.sandbox.orders().unwrap().len(), 0);
    browser.close(&shop.sandbox).await;
}
