//! Uploads and downloads.

use wechatpay_runtime::{Binary, Bytes, Call, wire::UploadFile};

use crate::{
    bytes::assert_signed,
    support::{Answer, DOWNLOAD, Driver, Gateway, UPLOAD, Upload, core, unsigned},
};

#[test]
fn item_05_only_the_meta_part_is_signed_and_it_has_no_file_name() {
    let gateway = Gateway::always(Answer::new(200, "{}").bytes());
    let content = Bytes::from_static(b"%PDF\r\n--\xff\0");
    let file = UploadFile::new("发\"票.pdf", content.clone());
    let digest = file.sm3().to_owned();
    Call::<()>::new(&core(&gateway), &UPLOAD, Upload { file }).blocking().unwrap();
    let seen = gateway.only();
    let meta = format!("{{\"filename\":\"发\\\"票.pdf\",\"digest\":\"{digest}\"}}");
    assert_signed(&seen, meta.as_bytes());
    let content_type = seen.header("content-type");
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    let expected = [
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"meta\"\r\n\
             Content-Type: application/json\r\n\r\n{meta}\r\n--{boundary}\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"发%22票.pdf\"\r\n\
             Content-Type: application/pdf\r\n\r\n"
        )
        .as_bytes(),
        &content,
        format!("\r\n--{boundary}--\r\n").as_bytes(),
    ]
    .concat();
    assert_eq!(seen.body, expected);
    assert_eq!(seen.header("accept"), "application/json");
}

#[test]
fn item_26_a_download_the_schema_calls_unsigned_comes_as_it_is() {
    let gateway = Gateway::always(unsigned(200, "application/pdf", "%PDF"));
    let driver = Driver { license: "a".into(), ..Driver::default() };
    let call = Call::<Binary>::new(&core(&gateway), &DOWNLOAD, driver).with_meta();
    let answer = call.blocking().unwrap();
    assert_eq!(answer.value.bytes.as_ref(), b"%PDF");
    assert_eq!(answer.value.content_type.as_deref(), Some("application/pdf"));
    assert!(!answer.reply.is_authenticated());
    assert_eq!(gateway.only().header("accept"), "*/*");
}

#[test]
fn item_26_a_signed_download_must_be_signed_rightly_all_the_same() {
    let forged = Answer::new(200, "genuine").altered("forgery");
    let gateway = Gateway::always(forged.bytes());
    let driver = Driver { license: "a".into(), ..Driver::default() };
    let result = Call::<Binary>::new(&core(&gateway), &DOWNLOAD, driver).blocking();
    assert!(matches!(result, Err(wechatpay_runtime::Error::Verification(_))));
}
