//! The control API: what a test, or a person, does that no merchant can. JSON under `/sandbox/`, for whoever has the token.

mod answers;
mod books;
mod calls;
mod faults;
mod files;
mod notices;
mod outcomes;
mod platform;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{delete, get, post},
};
use http::header;
use rsa::sha2::{Digest as _, Sha256};

use crate::{cipher, gateway::Gateway, refusal::Refusal};
use answers::Answered;

/// Everything below it belongs to the sandbox; no operation of the platform does.
pub(crate) const ROOT: &str = "/sandbox";

/// The routes, without [`ROOT`].
pub(crate) fn router(gateway: &Arc<Gateway>) -> Router<Arc<Gateway>> {
    let guarded = middleware::from_fn_with_state(Arc::clone(gateway), check_token);
    Router::new()
        .route("/state", get(platform::state))
        .route("/reset", post(platform::reset))
        .route("/calls", get(calls::list))
        .route("/events", get(calls::watch))
        .route("/orders", get(books::orders))
        .route("/orders/{id}", get(books::order))
        .route("/orders/{id}/pay", post(books::pay))
        .route("/orders/{id}/expire", post(books::expire))
        .route("/orders/{id}/refund", post(books::refund))
        .route("/orders/{id}/complain", post(books::complain))
        .route("/refunds", get(books::refunds))
        .route("/refunds/{id}/succeed", post(outcomes::succeed))
        .route("/refunds/{id}/abnormal", post(outcomes::abnormal))
        .route("/refunds/{id}/close", post(outcomes::close))
        .route("/outcomes", get(outcomes::show).post(outcomes::set))
        .route("/transfers", get(books::transfers))
        .route("/transfers/{id}/release", post(books::release))
        .route("/transfers/{id}/confirm", post(books::confirm))
        .route("/transfers/{id}/fail", post(books::fail))
        .route("/authorizations", get(books::authorizations))
        .route("/authorizations/{id}/confirm", post(books::authorize))
        .route("/authorizations/{id}/close", post(books::revoke))
        .route("/complaints", get(books::complaints))
        .route("/files/{id}", get(files::show))
        .route("/faults", get(faults::list).post(faults::arm).delete(faults::clear))
        .route("/faults/{id}", delete(faults::disarm))
        .route("/scenario", post(faults::scenario))
        .route("/certificate/announce", post(platform::announce))
        .route("/certificate/switch", post(platform::switch))
        .route("/certificate/retire", post(platform::retire))
        .route("/notifications", get(notices::list))
        .route("/notifications/{id}/resend", post(notices::resend))
        .fallback(unknown)
        .method_not_allowed_fallback(other_method)
        .layer(guarded)
}

/// A token that nobody can guess.
pub(crate) fn new_token() -> String {
    cipher::nonce(16).to_ascii_lowercase()
}

async fn check_token(
    State(gateway): State<Arc<Gateway>>,
    request: Request,
    next: Next,
) -> Response {
    let header = request.headers().get(header::AUTHORIZATION);
    let given = header
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    // Digests are compared, so that the time it takes tells nothing about the token.
    let digest = |text: &str| Sha256::digest(text.as_bytes());
    if given.is_some_and(|given| digest(given.trim()) == digest(&gateway.office().token)) {
        return next.run(request).await;
    }
    let message = "send `Authorization: Bearer TOKEN` with the token that the sandbox printed when it started";
    Refusal::new(401, "UNAUTHORIZED", message).into_response()
}

async fn unknown(request: Request) -> Answered {
    let path = crate::encoding::clip(request.uri().path(), 200);
    Err(Refusal::new(
        404,
        "NOT_FOUND",
        format!("the control API has no {path}; sandbox/README.md lists its paths"),
    ))
}

async fn other_method(request: Request) -> Answered {
    let message = format!("{} does not take {}", request.uri().path(), request.method());
    Err(Refusal::new(405, "METHOD_NOT_ALLOWED", message))
}

/// The body of a request, as text of at most a mebibyte.
async fn text(body: Body) -> Result<String, Refusal> {
    let wrong = |message: &str| Refusal::new(400, "PARAM_ERROR", message);
    let bytes = axum::body::to_bytes(body, 1 << 20).await;
    let bytes = bytes.map_err(|_| wrong("the body is larger than 1 MiB, or did not come whole"))?;
    String::from_utf8(bytes.to_vec()).map_err(|_| wrong("the body is not UTF-8"))
}
