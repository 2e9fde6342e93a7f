//! How the console looks: on a phone, in light and dark.

use serde_json::{Value, json};
use wechatpay_client::Method;
use wechatpay_sandbox::{Fault, RefundOutcome};

use super::{Browser, CALL, ORDER, Shop};

const VIEWS: [&str; 5] = ["calls", "orders", "notifications", "faults", "connection"];

/// What reaches beyond the right edge of the page, or is too small for a finger.
const MISFITS: &str = "
    const misfits = [];
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth) misfits.push(`the page is ${root.scrollWidth} wide`);
    for (const node of document.querySelectorAll('body *')) {
      const box = node.getBoundingClientRect();
      if (box.width === 0 || box.right < 0) continue;
      const name = `${node.tagName} ${node.className} ${node.textContent.slice(0, 30)}`;
      if (box.right > innerWidth + 0.5) misfits.push(`${name}: right edge at ${box.right}`);
      if (node.matches('time, .status') && box.height > 40) misfits.push(`${name}: broken into lines`);
      const pressed = node.matches('button, select, summary, nav a, input:not([type=checkbox])');
      if (pressed && box.height < 24) misfits.push(`${name}: ${box.height} high`);
    }
    return misfits;";

/// Texts that can hardly be read: less contrast than WCAG 2 (AA) asks for.
const PALE: &str = "
    const channels = (text) => {
      const canvas = new OffscreenCanvas(1, 1).getContext('2d');
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = (rgb) => rgb.slice(0, 3).map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
      .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
    const ground = (node) => {
      for (let at = node; at; at = at.parentElement) {
        const colour = channels(getComputedStyle(at).backgroundColor);
        if (colour[3] === 255) return colour;
      }
      return [255, 255, 255];
    };
    const pale = [];
    for (const node of document.querySelectorAll('body *')) {
      const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
      if (!own || !node.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      if (node.closest(':disabled, noscript, option')) continue;
      for (let at = node; at; at = at.parentElement) {
        if (getComputedStyle(at).opacity !== '1') pale.push(`${node.textContent}: see-through`);
      }
      const pair = [light(channels(getComputedStyle(node).color)), light(ground(node))].sort((a, b) => b - a);
      const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
      if (contrast < 4.5) pale.push(`${node.textContent.slice(0, 40)}: ${contrast.toFixed(2)}`);
    }
    return pale;";

/// What needs a name and has none.
const NAMELESS: &str = "
    const nameless = [...document.querySelectorAll('button, a, input, select, summary, section, dialog')].filter((node) => {
      const label = node.ariaLabel || document.getElementById(node.getAttribute('aria-labelledby'))?.textContent;
      const part = node.matches('section.part');
      return !part && !(label || node.labels?.[0]?.textContent || node.textContent.trim());
    });
    return nameless.map((node) => node.outerHTML);";

/// A shop where a bit of everything has happened.
async fn busy() -> Shop {
    let shop = Shop::open().await;
    for (number, total) in
        [("T20260131-0001", 12_800), ("T20260131-0002", 990), ("T20260131-0003", 4_200)]
    {
        shop.place(number, total).await.unwrap();
    }
    shop.sandbox.pay("T20260131-0001").unwrap();
    shop.sandbox.pay("T20260131-0002").unwrap();
    shop.sandbox.refund("T20260131-0002").unwrap();
    shop.sandbox.complain("T20260131-0002", "没有收到货，商家也不回复").unwrap();
    shop.sandbox.refunds_become(RefundOutcome::Processing);
    let held = json!({
        "out_trade_no": "T20260131-0001", "out_refund_no": "R20260131-0001",
        "amount": { "refund": 2_800, "total": 12_800, "currency": "CNY" },
    });
    shop.post("/v3/refund/domestic/refunds", held).await.unwrap();
    shop.post(
        "/v3/fund-app/mch-transfer/user-confirm-authorization",
        json!({
            "out_authorization_no": "A20260131-0001",
            "appid": "wxf636efh567hg4356",
            "openid": "o-MYE42l80oelYMDE34nYD456Xoy",
            "transfer_scene_id": "1000",
            "user_display_name": "wx_123456",
            "authorization_notify_url": "https://shop.example/notify",
        }),
    )
    .await
    .unwrap();
    shop.query("T20260131-0001").await.unwrap();
    shop.query("T20260131-0009").await.unwrap_err();
    let mut wrong = shop.order("T20260131-0004", 1);
    wrong["amount"]["total"] = "1".into();
    wrong["description"] = "长".repeat(200).into();
    shop.post("/v3/pay/transactions/jsapi?a=b", wrong).await.unwrap_err();
    shop.sandbox.inject(Fault::TamperedBody);
    let path = format!("/v3/pay/transactions/out-trade-no/T20260131-0001?mchid={}", shop.mchid());
    shop.client.request(Method::GET, &path).await.unwrap_err();
    shop.call_unsigned("/v3/certificates", None).await;
    shop.call_unsigned(&path, Some(&"c2lnbmF0dXJl".repeat(20))).await;
    shop.place("T20260131-0005", 66_600).await.unwrap();
    shop.sandbox.on("pay.close_order").fault(Fault::StaleTimestamp(900)).times(2).unwrap();
    shop.notified().await;
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn it_fits_a_phone_and_can_be_read_in_light_and_dark() {
    let shop = busy().await;
    let Some(browser) = Browser::console(&shop.sandbox).await else { return };
    browser.sees(CALL, "pay.prepay_jsapi").await;
    browser.picture("desktop-calls.png").await;
    browser.be_phone(320, 640).await;
    for scheme in ["light", "dark"] {
        browser.prefer(scheme).await;
        for view in VIEWS {
            browser.click(&format!("nav a[href='#{view}']")).await;
            browser.picture(&format!("phone-{scheme}-{view}.png")).await;
            // Everything unfolded is the hardest to fit.
            browser.run("document.querySelectorAll('section:not([hidden]) details').forEach((one) => { one.open = true; })").await;
            let loaded = "return [...document.querySelectorAll('section:not([hidden]) .rows > li > details[open] > .inside')]
                .every((one) => one.childElementCount > 0)";
            browser.until("all is unfolded", loaded, json!([]), |done| *done == json!(true)).await;
            for (what, script) in [("misfits", MISFITS), ("pale", PALE), ("nameless", NAMELESS)] {
                let found = browser.run(script).await;
                assert_eq!(found, Value::Array(Vec::new()), "{what} in {view}, {scheme}");
            }
            browser.picture(&format!("phone-{scheme}-{view}-open.png")).await;
        }
    }
    browser.close(&shop.sandbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readme_shows_a_picture_of_it() {
    let shop = busy().await;
    let Some(browser) = Browser::console(&shop.sandbox).await else { return };
    browser.prefer("light").await;
    for view in VIEWS {
        browser.click(&format!("nav a[href='#{view}']")).await;
        browser.picture(&format!("desktop-{view}.png")).await;
    }
    browser.click("nav a[href='#calls']").await;
    browser.click("#view-calls .rows > li:nth-child(2) summary").await;
    browser.sees("#view-calls .rows > li:nth-child(2) .inside", "The lines (签名串)").await;
    browser.picture("console.png").await;
    browser.prefer("dark").await;
    browser.click("nav a[href='#orders']").await;
    browser.click(&format!("{ORDER} summary")).await;
    browser.sees(&format!("{ORDER} .inside"), "transaction_id").await;
    browser.picture("desktop-dark-orders.png").await;
    browser.close(&shop.sandbox).await;
}
