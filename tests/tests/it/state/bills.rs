//! Bills and their files.

use wechatpay_sandbox::RefundOutcome;

use super::{Shop, refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_holds_what_was_paid_and_refunded_and_its_file_has_its_hash() {
    let shop = Shop::open().await;
    let order = shop.sell("ORDER-0001", 1_234).await;
    let paid = shop.query("ORDER-0001").await.unwrap();
    let (date, _) = paid["success_time"].as_str().unwrap().split_at(10);
    let path = format!("/v3/bill/tradebill?bill_date={date}");
    let answer = shop.get("/v3/bill/tradebill?bill_date=2020-01-01").await;
    assert_eq!(answer, refused(400, "NO_STATEMENT_EXIST"));
    shop.place("ORDER-0002", 1).await.unwrap();
    // A refund that was closed moved no money.
    shop.sandbox.refunds_become(RefundOutcome::Closed);
    shop.sandbox.refund("ORDER-0001").unwrap();
    shop.sandbox.refunds_become(RefundOutcome::Success);
    shop.sandbox.refund("ORDER-0001").unwrap();

    for packed in [false, true] {
        let tail = if packed { "&tar_type=GZIP" } else { "" };
        let bill = shop.get(&format!("{path}{tail}")).await.unwrap();
        let (url, hash) =
            (bill["download_url"].as_str().unwrap(), bill["hash_value"].as_str().unwrap());
        assert!(url.starts_with(&shop.sandbox.url()), "{url}");
        let call = shop.client.download(url).sha1(hash);
        let file = if packed { call.gzip().await } else { call.await }.unwrap();
        let text = String::from_utf8(file.bytes.to_vec()).unwrap();
        assert!(text.contains(&order.transaction_id) && text.contains("`12.34"), "{text}");
        assert!(!text.contains("ORDER-0002"));
        assert_eq!(text.lines().count(), 5, "head, two lines, head of the sums, sums: {text}");
    }
    let only = shop.get(&format!("{path}&bill_type=REFUND")).await.unwrap();
    let file = shop.client.download(only["download_url"].as_str().unwrap()).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&file.bytes).lines().count(), 4);
    let funds = shop.get(&format!("/v3/bill/fundflowbill?bill_date={date}")).await.unwrap();
    let file = shop.client.download(funds["download_url"].as_str().unwrap()).await.unwrap();
    assert!(String::from_utf8_lossy(&file.bytes).contains("支出"));
    let calls = shop.sandbox.calls_of("bill.download_file");
    assert!(calls.iter().all(|call| call.signature.is_verified()));
    let answer = shop.get("/v3/billdownload/file?token=none").await;
    assert_eq!(answer, refused(404, "RESOURCE_NOT_EXISTS"));
    assert_eq!(calls.len(), 4);
}
