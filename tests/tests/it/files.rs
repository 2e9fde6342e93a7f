//! Files, to and from the disk, with every check of the sandbox.

use std::{fs, path::PathBuf};

use wechatpay_client::wire::UploadFile;
use wechatpay_golden::{
    Client, Error,
    transfer_files::{DownloadImageRequest, DownloadReceiptRequest, UploadImageRequest},
};
use wechatpay_sandbox::{Fault, Sandbox};

async fn pair() -> (Sandbox, Client) {
    let schema = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../codegen/tests/golden/schema");
    let sandbox = Sandbox::builder().schema(schema).start().await.unwrap();
    let client = Client::new(wechatpay_tests::config(&sandbox).unwrap()).unwrap();
    (sandbox, client)
}

/// A file that no other test has.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let place =
            std::env::temp_dir().join(format!("wechatpay-test-{}-{name}", std::process::id()));
        let _ = fs::remove_file(&place);
        Self(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn item_26_files_of_the_schema_are_saved_signed_or_not() {
    let (_sandbox, client) = pair().await;
    let (image, receipt) = (Place::new("image"), Place::new("receipt"));
    let request = DownloadImageRequest::example();
    let bytes = client.transfer_files().download_image(&request).await.unwrap().bytes;
    let call = client.transfer_files().download_image(&request).to_file(&image.0).with_meta();
    let saved = call.await.unwrap();
    assert!(!saved.reply.is_authenticated());
    assert_eq!(fs::read(&image.0).unwrap(), bytes);

    let request = DownloadReceiptRequest::example();
    let call = client.transfer_files().download_receipt(&request).to_file(&receipt.0).with_meta();
    let saved = call.await.unwrap();
    assert!(saved.reply.is_authenticated());
    assert_eq!(fs::read(&receipt.0).unwrap().len() as u64, saved.value.size);
}

#[tokio::test]
async fn item_28_an_address_is_signed_for_with_its_query_and_goes_to_the_sandbox() {
    let (sandbox, client) = pair().await;
    let address = "https://api2.mch.weixin.qq.com/v3/files/images/a%2Fb?x=%2B";
    // The sandbox checks the signature first; only then it misses a parameter of that name in the schema.
    let error = client.download(address).await.unwrap_err();
    assert_eq!((error.code(), error.status().unwrap().as_u16()), (Some("PARAM_ERROR"), 400));
    let seen = sandbox.calls().pop().unwrap();
    assert_eq!(seen.query.as_deref(), Some("x=%2B"));
    let mut stream = client.download(address.split_once('?').unwrap().0).stream().await.unwrap();
    let mut size = 0;
    while let Some(chunk) = stream.chunk().await.unwrap() {
        size += chunk.len();
    }
    assert!(size > 0);
    let error = client.download("https://api.example/v3/files/receipts").await.unwrap_err();
    assert!(matches!(error, Error::Build(_)), "{error}");
    assert_eq!(sandbox.calls().len(), 2);
}

#[tokio::test]
async fn item_28_a_truncated_file_is_asked_for_again() {
    let (sandbox, client) = pair().await;
    let place = Place::new("truncated");
    sandbox.inject(Fault::TruncatedBody);
    let request = DownloadImageRequest::example();
    let call = client.transfer_files().download_image(&request).to_file(&place.0).with_meta();
    assert_eq!(call.await.unwrap().reply.attempts(), 2);
}

#[tokio::test]
async fn item_05_a_file_on_disk_passes_every_check_of_an_upload() {
    let (sandbox, client) = pair().await;
    let place = Place::new("upload.png");
    let content: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    fs::write(&place.0, &content).unwrap();
    for file in [
        UploadFile::open(&place.0).unwrap().named("图 \"1\".png"),
        UploadFile::from_reader("图 \"1\".png", &content[..]).unwrap(),
    ] {
        let request = UploadImageRequest { file, optional: Default::default() };
        client.transfer_files().upload_image(&request).await.unwrap();
        let seen = sandbox.calls().pop().unwrap();
        assert!(seen.body.windows(64).any(|window| window == &content[..64]));
        assert!(seen.body_length > content.len());
    }
}
