//! axum: [`Delivery`] is an extractor, [`Answer`] and [`WebhookError`] are responses.
//!
//! The receiver is taken from the router's state: `Router::new().route("/notify", post(notify)).with_state(webhooks)`.

use axum_core::{
    body::Body,
    extract::{FromRef, FromRequest, Request},
    response::{IntoResponse, Response},
};

use super::{Answer, Delivery, Dispatch, WebhookError, Webhooks};

/// Reads the raw body itself: whatever limit axum sets for other extractors, the receiver's counts. A request that is
/// refused is answered as the platform expects.
impl<N: Dispatch, S> FromRequest<S> for Delivery<N>
where
    S: Send + Sync,
    Webhooks<N>: FromRef<S>,
{
    type Rejection = WebhookError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebhookError> {
        Webhooks::from_ref(state).accept(request).await
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        Self::into_response(self).map(Body::from)
    }
}

impl IntoResponse for WebhookError {
    fn into_response(self) -> Response {
        IntoResponse::into_response(self.answer())
    }
}
