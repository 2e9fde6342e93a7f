//! Uploads: `multipart/form-data` with a `meta` part, whose JSON is what gets signed, and a `file` part.

use bytes::Bytes;

use crate::{nonce, wire::UploadFile};

/// A body to upload and its content type.
pub(crate) struct Multipart {
    pub(crate) body: Bytes,
    pub(crate) content_type: String,
}

impl Multipart {
    /// Puts `meta` and `file` together; `None` if no boundary can be made.
    pub(crate) fn new(meta: &[u8], file: &UploadFile) -> Option<Self> {
        // 32 random characters do not occur by chance; a file made to hold one cannot foresee the next.
        let boundary = (0..4).find_map(|_| {
            nonce::alphanumeric(32)
                .filter(|boundary| !holds(file.content(), boundary) && !holds(meta, boundary))
        })?;
        Some(Self::with_boundary(&boundary, meta, file))
    }

    fn with_boundary(boundary: &str, meta: &[u8], file: &UploadFile) -> Self {
        let mut body = Vec::with_capacity(meta.len() + file.content().len() + 512);
        // The meta part must carry no file name: the platform would take it for a file.
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(meta);
        let middle = format!(
            "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
            escape(file.name()),
            media_type(file.name()),
        );
        body.extend_from_slice(middle.as_bytes());
        body.extend_from_slice(file.content());
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        Self {
            body: body.into(),
            content_type: format!("multipart/form-data; boundary={boundary}"),
        }
    }
}

fn holds(content: &[u8], boundary: &str) -> bool {
    content.windows(boundary.len()).any(|window| window == boundary.as_bytes())
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
    fn item_05_meta_comes_first_without_a_file_name_and_the_file_is_untouched() {
        let file = UploadFile::new("a\"b\r\n图.PDF", &b"\r\n--not-the-boundary\0\xff"[..]);
        let upload = Multipart::with_boundary("B", br#"{"digest":"x"}"#, &file);
        assert_eq!(upload.content_type, "multipart/form-data; boundary=B");
        let expected = [
            "--B\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n\
             {\"digest\":\"x\"}\r\n--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b%0D%0A图.PDF\"\r\n\
             Content-Type: application/pdf\r\n\r\n"
                .as_bytes(),
            b"\r\n--not-the-boundary\0\xff",
            b"\r\n--B--\r\n",
        ]
        .concat();
        assert_eq!(upload.body, expected);
    }

    #[test]
    fn boundaries_are_random_and_not_in_the_content() {
        let file = UploadFile::new("a", "content");
        let (a, b) = (Multipart::new(b"{}", &file).unwrap(), Multipart::new(b"{}", &file).unwrap());
        assert_ne!(a.content_type, b.content_type);
        assert!(holds(b"xxabcxx", "abc") && !holds(b"ab", "abc"));
    }
}
