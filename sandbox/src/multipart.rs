//! Uploads: the `meta` part, whose raw bytes are signed, and the others.

use std::collections::BTreeMap;

use axum::body::Body;
use bytes::Bytes;
use multer::Multipart;

use crate::encoding;

/// The parts of an upload.
#[derive(Clone, Debug, Default)]
pub(crate) struct Upload {
    pub(crate) meta: Option<Part>,
    /// All other parts, by name.
    pub(crate) parts: BTreeMap<String, Part>,
}

/// One part: its bytes, exactly as sent, and the file name it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) file_name: Option<String>,
    pub(crate) content: Bytes,
}

/// Takes a multipart body apart; the error says why it cannot be.
pub(crate) async fn read(content_type: &str, body: &Bytes) -> Result<Upload, String> {
    let boundary = match multer::parse_boundary(content_type) {
        Ok(boundary) => boundary,
        // Some clients leave it out, and the real gateway takes it from the body.
        Err(multer::Error::NoBoundary) => {
            sniff(body).ok_or("Content-Type has no boundary, and the body shows none")?
        }
        Err(error) => return Err(format!("Content-Type cannot be read: {error}")),
    };
    let mut multipart = Multipart::new(Body::from(body.clone()).into_data_stream(), boundary);
    let mut upload = Upload::default();
    while let Some(field) = multipart.next_field().await.map_err(unreadable)? {
        let name = field.name().ok_or("a part has no name")?.to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let part = Part { file_name, content: field.bytes().await.map_err(unreadable)? };
        let earlier = if name == "meta" {
            upload.meta.replace(part)
        } else {
            upload.parts.insert(name.clone(), part)
        };
        if earlier.is_some() {
            return Err(format!("the part `{}` stands twice", encoding::clip(&name, 64)));
        }
    }
    Ok(upload)
}

/// The boundary as the body's first line shows it.
fn sniff(body: &Bytes) -> Option<String> {
    let line = body.split(|byte| *byte == b'\n').next()?;
    let line = line.strip_suffix(b"\r").unwrap_or(line).strip_prefix(b"--")?;
    let boundary = std::str::from_utf8(line).ok()?;
    (1..=70).contains(&boundary.len()).then(|| boundary.to_owned())
}

#[expect(clippy::needless_pass_by_value, reason = "the shape map_err wants")]
fn unreadable(error: multer::Error) -> String {
    format!("the multipart body cannot be read: {error}")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn official() -> (String, Bytes, String) {
        let vectors: Value =
            serde_json::from_str(include_str!("../tests/fixtures/official.json")).unwrap();
        let text = |name: &str| vectors["multipart"][name].as_str().unwrap().to_owned();
        (
            text("content_type"),
            encoding::from_base64(&text("body_base64")).unwrap().into(),
            text("signed"),
        )
    }

    #[tokio::test]
    async fn the_meta_part_comes_out_byte_for_byte() {
        let (content_type, body, signed) = official();
        for content_type in [content_type.as_str(), "multipart/form-data"] {
            let upload = read(content_type, &body).await.unwrap();
            let expected = Part { file_name: None, content: signed.clone().into() };
            assert_eq!(upload.meta, Some(expected));
            assert!(upload.parts["file"].content.starts_with(b"GIF89a"));
            assert_eq!(upload.parts.len(), 1);
        }
    }

    #[tokio::test]
    async fn broken_bodies_are_refused_with_a_reason() {
        let twice = "--b\r\nContent-Disposition: form-data; name=\"meta\"\r\n\r\n{}\r\n".repeat(2)
            + "--b--\r\n";
        let cases = [
            ("multipart/form-data", "not multipart", "the body shows none"),
            ("multipart/form-data", "", "the body shows none"),
            ("text/plain", "--b\r\n", "Content-Type cannot be read"),
            ("multipart/form-data; boundary=b", "--b\r\n", "cannot be read"),
            (
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data\r\n\r\n{}\r\n--b--\r\n",
                "has no name",
            ),
            ("multipart/form-data; boundary=b", twice.as_str(), "`meta` stands twice"),
        ];
        for (content_type, body, expected) in cases {
            let error =
                read(content_type, &Bytes::copy_from_slice(body.as_bytes())).await.unwrap_err();
            assert!(error.contains(expected), "{body:?}: {error}");
        }
    }
}
