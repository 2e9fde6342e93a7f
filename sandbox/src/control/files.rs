//! Files that were uploaded or come with complaints.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::header;

use crate::{gateway::Gateway, refusal::Refusal};

/// How pictures begin, and what they are called then. Anything else is only bytes.
const PICTURES: [(&[u8], &str); 3] =
    [(b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"BM", "image/bmp")];

/// `GET /sandbox/files/{id}`: the file of a media number.
pub(super) async fn show(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let missing = || Refusal::new(404, "NOT_FOUND", "there is no file of this number");
    let file = gateway.office().store.work(|books| books.file(&id)).map_err(Refusal::from)?;
    let content = file.ok_or_else(missing)?;
    let kind = PICTURES.iter().find(|(beginning, _)| content.starts_with(beginning));
    let kind = kind.map_or("application/octet-stream", |(_, kind)| *kind);
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, content).into_response())
}
