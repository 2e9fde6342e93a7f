//! Files to upload.

use std::{fmt, sync::OnceLock};

use bytes::Bytes;
use sm3::Digest as _;

/// A file to upload: its name and content, and the digests WeChat Pay asks for.
///
/// Cloning it does not copy the content.
#[derive(Clone)]
pub struct UploadFile {
    name: String,
    content: Bytes,
    sha256: OnceLock<String>,
    sm3: OnceLock<String>,
}

impl UploadFile {
    /// A file of this name (with its extension, which tells the platform the type) and content.
    pub fn new(name: impl Into<String>, content: impl Into<Bytes>) -> Self {
        Self {
            name: name.into(),
            content: content.into(),
            sha256: OnceLock::new(),
            sm3: OnceLock::new(),
        }
    }

    /// The file's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file's content.
    #[must_use]
    pub fn content(&self) -> &Bytes {
        &self.content
    }

    /// SHA-256 of the content, in lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        self.sha256.get_or_init(|| {
            hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.content).as_ref())
        })
    }

    /// SM3 of the content, in lower-case hex.
    #[must_use]
    pub fn sm3(&self) -> &str {
        self.sm3.get_or_init(|| hex(sm3::Sm3::digest(&self.content).as_slice()))
    }
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl fmt::Debug for UploadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadFile")
            .field("name", &self.name)
            .field("bytes", &self.content.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_the_standards_own_samples() {
        let file = UploadFile::new("abc.txt", "abc");
        assert_eq!(
            file.sha256(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(file.sm3(), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    }
}
