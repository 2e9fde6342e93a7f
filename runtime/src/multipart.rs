//! Uploads: `multipart/form-data` with a `meta` part, whose JSON is what gets signed, plain parts, and the file.

use bytes::Bytes;

use crate::{nonce, wire::UploadFile};

/// What an upload is made of.
pub(crate) struct Parts<'a> {
    /// JSON; the few uploads without any sign an empty text.
    pub(crate) meta: Option<&'a [u8]>,
    /// Further parts, by name.
    pub(crate) form: &'a [(&'static str, String)],
    /// Name of the part that holds the file.
    pub(crate) file_name: &'static str,
    pub(crate) file: &'a UploadFile,
}

impl Parts<'_> {
    fn hold(&self, boundary: &str) -> bool {
        holds(self.file.content(), boundary)
            || self.meta.is_some_and(|meta| holds(meta, boundary))
            || self.form.iter().any(|(_, value)| holds(value.as_bytes(), boundary))
    }
}

/// A body to upload and its content type.
pub(crate) struct Multipart {
    pub(crate) body: Bytes,
    pub(crate) content_type: String,
}

impl Multipart {
    /// Puts the parts together; `None` if no boundary can be made.
    pub(crate) fn new(parts: &Parts<'_>) -> Option<Self> {
        // 32 random characters do not occur by chance; a file made to hold one cannot foresee the next.
        let boundary = (0..4)
            .find_map(|_| nonce::alphanumeric(32).filter(|boundary| !parts.hold(boundary)))?;
        Some(Self::with_boundary(&boundary, parts))
    }

    fn with_boundary(boundary: &str, parts: &Parts<'_>) -> Self {
        let Parts { meta, form, file_name, file } = parts;
        let mut body = Vec::with_capacity(file.content().len() + 1024);
        // The meta part must carry no file name: the platform would take it for a file.
        if let Some(meta) = meta {
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(meta);
            body.extend_from_slice(b"\r\n");
        }
        for (name, value) in *form {
            let part = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{file_name}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
            escape(file.name()),
            media_type(file.name()),
        );
        body.extend_from_slice(head.as_bytes());
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
        let form = [("item_id", "56".to_owned())];
        let parts = Parts {
            meta: Some(br#"{"digest":"x"}"#),
            form: &form,
            file_name: "submission_file",
            file: &file,
        };
        let upload = Multipart::with_boundary("B", &parts);
        assert_eq!(upload.content_type, "multipart/form-data; boundary=B");
        let expected = [
            "--B\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n\
             {\"digest\":\"x\"}\r\n--B\r\nContent-Disposition: form-data; name=\"item_id\"\r\n\r\n56\r\n\
             --B\r\nContent-Disposition: form-data; name=\"submission_file\"; filename=\"a%22b%0D%0A图.PDF\"\r\n\
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
        let parts = Parts { meta: None, form: &[], file_name: "file", file: &file };
        let (a, b) = (Multipart::new(&parts).unwrap(), Multipart::new(&parts).unwrap());
        assert!(a.body.starts_with(b"--") && holds(&a.body, "name=\"file\""));
        assert!(!holds(&a.body, "meta"));
        assert_ne!(a.content_type, b.content_type);
        assert!(holds(b"xxabcxx", "abc") && !holds(b"ab", "abc"));
    }
}
