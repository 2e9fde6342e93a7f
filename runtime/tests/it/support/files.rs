//! Files to download, and a folder to put them in.

use std::{fs, io::Write as _, path::PathBuf};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;
use wechatpay_runtime::{Binary, Call, Core};

use super::{Gateway, HOST, core, unsigned};

/// What the tests download: a bill of some hundred kilobytes.
pub(crate) fn bill() -> Vec<u8> {
    (0..20_000).flat_map(|line| format!("`2026-01-31,`{line},`粤B\n").into_bytes()).collect()
}

pub(crate) fn sha1(bytes: &[u8]) -> String {
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// An answer that is a file, whole and unsigned.
pub(crate) fn file(content: impl AsRef<[u8]>) -> Vec<u8> {
    unsigned(200, "text/plain", content)
}

/// An answer that promises the whole file and holds the first part of it.
pub(crate) fn first(content: &[u8], part: usize) -> Vec<u8> {
    let answer = file(content);
    let head = answer.len() - content.len();
    answer[..head + part].to_vec()
}

/// A download from the platform's host, for which `core` has another address.
pub(crate) fn download_by(core: &Core) -> Call<Binary> {
    let url = format!("{}/v3/billdownload/file?token=secret%2B", HOST.main);
    Call::download(core, &HOST, [&HOST], url)
}

/// A download from this gateway, tried once.
pub(crate) fn download(gateway: &Gateway) -> Call<Binary> {
    download_by(&core(gateway))
}

/// A folder of the test's own.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Everything in it.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}
