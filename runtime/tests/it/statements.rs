//! Downloads that are signed: over their bytes, or over the digest of a statement.

use std::fs;

use wechatpay_runtime::{Error, FileFailure, VerificationFailure};

use crate::support::{Answer, Folder, Gateway, bill, download, gzip, sha1, unsigned};

const STATEMENT: &str = "Wechatpay-Statement-Sha1";

/// Signed as a statement with this digest.
fn statement(content: &[u8], digest: &str) -> Vec<u8> {
    let signed = Answer::new(200, format!("{{\"sha1\":\"{digest}\"}}"));
    let head = String::from_utf8(signed.with(STATEMENT, digest).announcing(content.len())).unwrap();
    let (head, _) = head.split_once("\r\n\r\n").unwrap();
    [head.as_bytes(), b"\r\n\r\n", content].concat()
}

fn verification(error: &Error) -> &VerificationFailure {
    let Error::Verification(verification) = error else { panic!("{error}") };
    verification.failure()
}

#[test]
fn item_27_a_statement_is_verified_by_its_signed_digest() {
    let (folder, digest) = (Folder::new(), sha1(&bill()));
    let gateway = Gateway::always(statement(&bill(), &digest));
    let call = download(&gateway).to_file(folder.path("plain")).with_meta();
    assert!(call.blocking().unwrap().reply.is_authenticated());
    let gateway = Gateway::always(statement(&gzip(&bill()), &digest));
    download(&gateway).gzip().to_file(folder.path("packed")).blocking().unwrap();
    for name in ["plain", "packed"] {
        assert_eq!(fs::read(folder.path(name)).unwrap(), bill());
    }
}

#[test]
fn item_27_other_bytes_or_another_digest_than_the_signed_one_are_refused() {
    let (folder, digest) = (Folder::new(), sha1(&bill()));
    let gateway = Gateway::always(statement(b"other", &digest));
    let error = download(&gateway).to_file(folder.path("x")).blocking().unwrap_err();
    let Error::File(file) = &error else { panic!("{error}") };
    let expected = digest.clone();
    let failure = FileFailure::Hash { algorithm: "SHA1", expected, actual: sha1(b"other") };
    assert_eq!(file.failure(), &failure);
    // The digest of the forged bytes under the genuine signature.
    let forged = String::from_utf8(statement(b"other", &digest)).unwrap();
    let forged = forged
        .replace(&format!("{STATEMENT}: {digest}"), &format!("{STATEMENT}: {}", sha1(b"other")));
    let gateway = Gateway::always(forged.into_bytes());
    let error = download(&gateway).to_file(folder.path("x")).blocking().unwrap_err();
    assert_eq!(verification(&error), &VerificationFailure::Mismatch);
    assert!(folder.names().is_empty());
}

#[test]
fn item_27_a_digest_nobody_signed_is_checked_all_the_same() {
    let head = String::from_utf8(unsigned(200, "text/plain", "")).unwrap();
    let head = head.replace("Content-Length: 0\r\n", "Content-Length: 5\r\n");
    let answer = |digest: String| {
        head.replace("\r\n\r\n", &format!("\r\n{STATEMENT}: {digest}\r\n\r\nbytes")).into_bytes()
    };
    let call = download(&Gateway::always(answer(sha1(b"bytes")))).with_meta();
    let genuine = call.blocking().unwrap();
    assert_eq!(
        (genuine.value.bytes.as_ref(), genuine.reply.is_authenticated()),
        (&b"bytes"[..], false)
    );
    let error = download(&Gateway::always(answer(sha1(b"other")))).blocking().unwrap_err();
    assert!(matches!(error, Error::File(_)), "{error}");
}

#[test]
fn items_21_26_a_file_that_is_signed_over_its_bytes_is_verified_before_it_is_written() {
    let folder = Folder::new();
    let answer = Answer::new(200, gzip(&bill()));
    let gateway = Gateway::always(answer.bytes());
    let call = download(&gateway).gzip().sha1(sha1(&bill())).to_file(folder.path("bill"));
    assert!(call.with_meta().blocking().unwrap().reply.is_authenticated());
    assert_eq!(fs::read(folder.path("bill")).unwrap(), bill());
    let cases = [
        (answer.clone().altered("forged"), VerificationFailure::Mismatch),
        (
            answer.without("Wechatpay-Signature"),
            VerificationFailure::Missing("Wechatpay-Signature"),
        ),
    ];
    for (answer, failure) in cases {
        let gateway = Gateway::always(answer.bytes());
        let error = download(&gateway).to_file(folder.path("forged")).blocking().unwrap_err();
        assert_eq!(verification(&error), &failure);
    }
    assert_eq!(folder.names(), ["bill"]);
}
