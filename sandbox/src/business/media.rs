//! Pictures and videos.

use rsa::sha2::{Digest as _, Sha256};
use serde_json::json;

use super::{Asked, Desk, Told, asked::fields};
use crate::{encoding, refusal::Refusal};

/// A file has one media number, however often it is uploaded.
pub(super) fn upload(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let file = asked.file.ok_or_else(|| Refusal::invalid("the upload has no file"))?;
    let name = file.name.as_deref().unwrap_or_default();
    let media_id = keep(desk, name, &file.content)?;
    Ok(Told::Fields(fields(json!({ "media_id": media_id }))))
}

pub(super) fn download(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let file = desk.books.file(asked.text("media_id"))?;
    let missing =
        || Refusal::new(404, "RESOURCE_NOT_EXISTS", "there is no picture of this media number");
    file.map(Told::File).ok_or_else(missing)
}

/// Keeps a file, and gives its media number.
pub(super) fn keep(desk: &Desk<'_>, name: &str, content: &[u8]) -> Result<String, Refusal> {
    let digest = encoding::hex_upper(&Sha256::digest(content));
    let media_id = format!("SANDBOX-{}", digest.get(..32).unwrap_or_default());
    desk.books.keep_file(&media_id, name, content)?;
    Ok(media_id)
}
