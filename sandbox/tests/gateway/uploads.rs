//! Uploads.

use rsa::sha2::{Digest as _, Sha256};
use serde_json::{Value, json};

use crate::client::{Client, Request, last_call, sandbox};

const TARGET: &str = "/v3/taxi-invoice/cards/upload-file";
const META: &str = "Content-Disposition: form-data; name=\"meta\"";
const FILE: &str = "Content-Disposition: form-data; name=\"file\"; filename=\"发票.pdf\"";

/// An upload whose `meta` is signed, as the protocol wants it.
pub(crate) fn request(target: &str, meta: &Value, file: &[u8]) -> Request {
    build(target, META, &meta.to_string(), FILE, file)
}

fn build(target: &str, meta_head: &str, meta: &str, file_head: &str, file: &[u8]) -> Request {
    let head = format!(
        "--sep\r\n{meta_head}\r\nContent-Type: application/json\r\n\r\n{meta}\r\n--sep\r\n{file_head}\r\n"
    );
    let body =
        [head.as_bytes(), b"Content-Type: application/pdf\r\n\r\n", file, b"\r\n--sep--\r\n"]
            .concat();
    let request =
        Request::new("POST", target).header("Content-Type", "multipart/form-data; boundary=sep");
    Request { body, signed: Some(meta.as_bytes().to_vec()), ..request }
}

/// Adds the digest that the `meta` asks for.
pub(crate) fn with_digest(mut meta: Value, file: &[u8]) -> Value {
    if meta.get("digest_algorithm").is_some() {
        use sm3::Digest as _;
        meta["digest"] = hex(&sm3::Sm3::digest(file)).into();
    } else {
        meta["sha256"] = hex(&Sha256::digest(file)).into();
        meta["filename"] = "f.png".into();
    }
    meta
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn meta(file: &[u8]) -> Value {
    with_digest(
        json!({ "company_mchid": "1", "region_id": 1, "digest_algorithm": "DIGEST_ALGORITHM_SM3" }),
        file,
    )
}

#[tokio::test]
async fn an_upload_is_accepted_with_and_without_a_boundary_in_its_type() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    for content_type in [
        "multipart/form-data; boundary=sep",
        "multipart/form-data; boundary=\"sep\"",
        "multipart/form-data",
    ] {
        let file = b"%PDF \r\n--se";
        let reply = client
            .call(request(TARGET, &meta(file), file).header("Content-Type", content_type))
            .await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert!(reply.json()["fapiao_media_id"].is_string());
    }
}

#[tokio::test]
async fn only_the_meta_part_is_signed() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let spaced = format!(" {} ", meta(b"file"));
    assert_eq!(client.call(build(TARGET, META, &spaced, FILE, b"file")).await.status, 200);
    let whole = Request { signed: None, ..request(TARGET, &meta(b"file"), b"file") };
    let reply = client.call(whole).await;
    assert_eq!((reply.status, &reply.json()["code"]), (401, &json!("SIGN_ERROR")));
    assert!(!last_call(&sandbox).signature.is_verified());
}

#[tokio::test]
async fn every_rule_of_uploads_is_checked() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let good = || meta(b"file").to_string();
    let change = |key: &str, value: Value| {
        let mut meta = meta(b"file");
        meta[key] = value;
        meta.to_string()
    };
    let named_meta = format!("{META}; filename=\"meta.json\"");
    let nameless = "Content-Disposition: form-data; name=\"file\"";
    let cases = [
        (META, change("digest", "00".into()), FILE, "digest digest"),
        (
            META,
            change("digest_algorithm", "DIGEST_ALGORITHM_SHA256".into()),
            FILE,
            "digest_algorithm constant",
        ),
        (META, change("region_id", "1".into()), FILE, "region_id type"),
        (META, change("extra", 1.into()), FILE, "extra unknown_field"),
        (META, json!({}).to_string(), FILE, "company_mchid required"),
        (META, "{".to_owned(), FILE, "meta body"),
        (named_meta.as_str(), good(), FILE, "meta multipart"),
        (META, good(), nameless, "file multipart"),
        (
            META,
            good(),
            "Content-Disposition: form-data; name=\"picture\"; filename=\"a\"",
            "file required",
        ),
    ];
    for (meta_head, meta, file_head, expected) in cases {
        let reply = client.call(build(TARGET, meta_head, &meta, file_head, b"file")).await;
        assert_eq!(
            (reply.status, &reply.json()["code"]),
            (400, &json!("PARAM_ERROR")),
            "{expected}"
        );
        let first = &reply.json()["detail"]["violations"][0];
        assert_eq!(
            format!("{} {}", first["path"].as_str().unwrap(), first["rule"].as_str().unwrap()),
            expected
        );
    }
}

#[tokio::test]
async fn what_is_no_upload_is_refused() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let json = client.call(Request::json("POST", TARGET, &meta(b"file"))).await;
    assert_eq!((json.status, &json.json()["detail"]["field"]), (400, &json!("/Content-Type")));
    let broken =
        Request { body: b"--sep\r\n".to_vec(), ..request(TARGET, &meta(b"file"), b"file") };
    let reply = client.call(broken).await;
    assert_eq!(reply.status, 400);
    assert!(reply.text().contains("multipart"), "{}", reply.text());
}
