//! Uploads: `multipart/form-data` with a `meta` part, whose JSON is what gets signed, plain parts, and a file that is
//! read only while it is sent.

use bytes::Bytes;

use crate::{
    nonce,
    transport::{Failed, RequestBody},
    wire::UploadFile,
};

/// What is sent, as often as it is tried.
pub(crate) enum Payload {
    Bytes(Bytes),
    Upload { around: Multipart, file: UploadFile },
}

impl Payload {
    /// For one attempt. A file on disk is opened anew.
    pub(crate) async fn open(&self) -> Result<RequestBody, Failed> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.clone().into()),
            Self::Upload { around, file } => {
                RequestBody::around(around.head.clone(), file, around.tail.clone()).await
            }
        }
    }
}

impl Default for Payload {
    fn default() -> Self {
        Self::Bytes(Bytes::new())
    }
}

/// What stands before the file in the body.
pub(crate) struct Parts<'a> {
    /// JSON; the few uploads without any sign an empty text.
    pub(crate) meta: Option<&'a [u8]>,
    /// Further parts, by name.
    pub(crate) form: &'a [(&'static str, String)],
    /// Name of the part that holds the file.
    pub(crate) file_name: &'static str,
    pub(crate) file: &'a UploadFile,
}

/// What stands before and behind the file in the body, and the body's content type.
#[derive(Clone)]
pub(crate) struct Multipart {
    pub(crate) head: Bytes,
    pub(crate) tail: Bytes,
    pub(crate) content_type: String,
}

impl Multipart {
    /// Puts the parts together; `None` if no boundary can be made.
    pub(crate) fn new(parts: &Parts<'_>) -> Option<Self> {
        // 32 random characters do not occur by chance, and a file made to hold a boundary cannot foresee it. So the
        // content need not be searched for them.
        nonce::alphanumeric(32).map(|boundary| Self::with_boundary(&boundary, parts))
    }

    fn with_boundary(boundary: &str, parts: &Parts<'_>) -> Self {
        let Parts { meta, form, file_name, file } = parts;
        let mut head = Vec::with_capacity(meta.map_or(0, <[u8]>::len) + 512);
        // The meta part must carry no file name: the platform would take it for a file.
        if let Some(meta) = meta {
            let first = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n"
            );
            head.extend_from_slice(first.as_bytes());
            head.extend_from_slice(meta);
            head.extend_from_slice(b"\r\n");
        }
        for (name, value) in *form {
            let part = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            head.extend_from_slice(part.as_bytes());
        }
        let last = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{file_name}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
            escape(file.name()),
            media_type(file.name()),
        );
        head.extend_from_slice(last.as_bytes());
        Self {
            head: head.into(),
            tail: format!("\r\n--{boundary}--\r\n").into(),
            content_type: format!("multipart/form-data; boundary={boundary}"),
        }
    }
}

/// A file name in quotes, as browsers write it: UTF-8, with only quotes and line breaks encoded.
fn escape(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// The media type of the files WeChat Pay takes, by their name's extension.
fn media_type(name: &str) -> &'static str {
    let extension =
        name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    match extension.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "bmp" => "image/bmp",
        "pdf" => "application/pdf",
        "mp4" => "video/mp4",
        "avi" => "video/x-msvideo",
        "wmv" => "video/x-ms-wmv",
        "mpeg" | "mpg" => "video/mpeg",
        "mov" => "video/quicktime",
        "mkv" => "video/x-matroska",
        "flv" => "video/x-flv",
        "m4v" => "video/x-m4v",
        "rmvb" => "application/vnd.rn-realmedia-vbr",
        "csv" => "text/csv",
        "txt" => "text/plain",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_05_meta_comes_first_without_a_file_name_and_the_file_follows() {
        let file = UploadFile::new("a\"b\r\n图.PDF", &b"\r\n--not-the-boundary\0\xff"[..]);
        let form = [("item_id", "56".to_owned())];
        let parts = Parts {
            meta: Some(br#"{"digest":"x"}"#),
            form: &form,
            file_name: "submission_file",
            file: &file,
        };
        let upload = Multipart::with_boundary("B", &parts);
        assert_eq!(upload.content_type, "multipart/form-data; boundary=B");
        let head = "--B\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n\
             {\"digest\":\"x\"}\r\n--B\r\nContent-Disposition: form-data; name=\"item_id\"\r\n\r\n56\r\n\
             --B\r\nContent-Disposition: form-data; name=\"submission_file\"; filename=\"a%22b%0D%0A图.PDF\"\r\n\
             Content-Type: application/pdf\r\n\r\n";
        assert_eq!((&*upload.head, &*upload.tail), (head.as_bytes(), &b"\r\n--B--\r\n"[..]));
    }

    #[test]
    fn boundaries_are_random() {
        let file = UploadFile::new("a", "content");
        let parts = Parts { meta: None, form: &[], file_name: "file", file: &file };
        let (a, b) = (Multipart::new(&parts).unwrap(), Multipart::new(&parts).unwrap());
        let head = String::from_utf8_lossy(&a.head);
        assert!(head.starts_with("--") && head.contains("name=\"file\""));
        assert!(!head.contains("meta"));
        assert_ne!(a.content_type, b.content_type);
    }
}
