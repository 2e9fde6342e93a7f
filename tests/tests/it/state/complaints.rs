//! Complaints: raised, read with their pictures, answered, completed.

use serde_json::{Value, json};
use wechatpay_client::{
    complaint::{DownloadImageRequest, UploadImageRequest},
    wire::UploadFile,
};

use super::{Shop, refused};

const COMPLAINTS: &str = "/v3/merchant-service/complaints-v2";

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_is_told_read_answered_and_completed() {
    let shop = Shop::open().await;
    let address = json!({ "url": "https://shop.example/notify" });
    let path = "/v3/merchant-service/complaint-notifications";
    assert_eq!(shop.get(path).await, refused(404, "RESOURCE_NOT_EXISTS"));
    shop.post(path, address.clone()).await.unwrap();
    assert_eq!(shop.post(path, address).await, refused(400, "ALREADY_EXISTS"));
    shop.sell("ORDER-0001", 100).await;
    assert_eq!(shop.notified().await.len(), 1);
    assert!(shop.sandbox.complain("ORDER-0009", "?").is_err());
    let number = shop.sandbox.complain("ORDER-0001", "没有收到货").unwrap();
    let told = shop.notified().await;
    assert_eq!(
        (told[0].0.as_str(), &told[0].1["complaint_id"]),
        ("COMPLAINT.CREATE", &json!(number))
    );

    let one = format!("{COMPLAINTS}/{number}");
    let complaint = shop.get(&one).await.unwrap();
    assert_eq!(complaint["complaint_state"], "PENDING");
    assert_eq!(complaint["complaint_detail"], "没有收到货");
    assert_eq!(complaint["complaint_order_info"][0]["out_trade_no"], "ORDER-0001");
    let picture = complaint["complaint_media_list"][0]["media_url"][0].as_str().unwrap().to_owned();
    assert!(shop.client.download(picture).await.unwrap().bytes.starts_with(b"\x89PNG"));
    let list = format!("{COMPLAINTS}?begin_date=2020-01-01&end_date=2099-01-01");
    assert_eq!(shop.get(&list).await.unwrap()["data"][0]["complaint_id"], json!(number));

    let reply = json!({ "complainted_mchid": shop.mchid(), "response_content": "已补发" });
    let complete = json!({ "complainted_mchid": shop.mchid() });
    assert_eq!(shop.post(&format!("{one}/response"), reply.clone()).await, Ok(Value::Null));
    assert_eq!(shop.get(&one).await.unwrap()["complaint_state"], "PROCESSING");
    for _ in 0..2 {
        assert_eq!(shop.post(&format!("{one}/complete"), complete.clone()).await, Ok(Value::Null));
    }
    assert_eq!(shop.get(&one).await.unwrap()["complaint_state"], "PROCESSED");
    assert_eq!(shop.post(&format!("{one}/response"), reply).await, refused(400, "INVALID_REQUEST"));
    let history = shop.get(&format!("{one}/negotiation-historys")).await.unwrap();
    assert_eq!(history["total_count"], 3);
    assert_eq!(history["data"][0]["operate_type"], "MERCHANT_CONFIRM_COMPLETE");
    assert_eq!(shop.get(&format!("{COMPLAINTS}/1")).await, refused(404, "RESOURCE_NOT_EXISTS"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_comes_back_as_it_was_uploaded() {
    let shop = Shop::open().await;
    let picture = vec![0x89, b'P', b'N', b'G', 0, 255, 13, 10];
    let request = UploadImageRequest {
        file: UploadFile::new("证据.png", picture.clone()),
        ..UploadImageRequest::example()
    };
    let uploaded = shop.client.complaint().upload_image(&request).await.unwrap();
    let request =
        DownloadImageRequest { media_id: uploaded.media_id, optional: Default::default() };
    assert_eq!(shop.client.complaint().download_image(&request).await.unwrap().bytes, picture);
    let request =
        DownloadImageRequest { media_id: "unheard-of".into(), optional: Default::default() };
    let error = shop.client.complaint().download_image(&request).await.unwrap_err();
    assert_eq!(error.code(), Some("RESOURCE_NOT_EXISTS"));
}
