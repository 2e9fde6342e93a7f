//! Notifications as plain HTTP requests: whatever server can hand out an `http::Request`.

use std::{future::poll_fn, pin::pin};

use bytes::{Buf, Bytes};
use http::{HeaderMap, Request, header};
use http_body::Body;
use tokio::time::Instant;

use super::{
    Answer, Delivery, Dispatch, VerifiedEvent, WebhookError, WebhookFailure as Failure, Webhooks,
    delivery::within, receive::observe,
};

impl<N: Dispatch> Webhooks<N> {
    /// Receives a notification from a request. Of the body no more is read than
    /// [`max_body_bytes`](Self::max_body_bytes), nor for longer than the [`deadline`](Self::deadline).
    ///
    /// # Errors
    /// Why it was not received; [`WebhookError::answer`] is what to answer.
    pub async fn accept<B: Body>(&self, request: Request<B>) -> Result<Delivery<N>, WebhookError> {
        let start = Instant::now();
        let (parts, body) = request.into_parts();
        let body = self.in_time(start, read(&parts.headers, body, self.limit())).await?;
        self.receive_since(start, &parts.headers, body).await
    }

    /// Receives a notification from a request and handles it, as [`Delivery::handle`] does.
    pub async fn answer<B, R, F>(
        &self,
        request: Request<B>,
        handler: impl FnOnce(VerifiedEvent, N) -> F,
    ) -> Answer
    where
        B: Body,
        R: Into<Answer>,
        F: Future<Output = R>,
    {
        match self.accept(request).await {
            Ok(delivery) => delivery.handle(handler).await,
            Err(error) => error.answer(),
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.settings().max_body_bytes
    }

    /// A body that was read by the deadline.
    pub(super) async fn in_time(
        &self,
        start: Instant,
        body: impl Future<Output = Result<Bytes, Failure>>,
    ) -> Result<Bytes, WebhookError> {
        let read = within(start + self.settings().deadline, body).await;
        read.unwrap_or(Err(Failure::Incomplete)).map_err(|failure| {
            let error = WebhookError::new(failure);
            observe(error.outcome(), None);
            error
        })
    }
}

/// Reads a whole body, up to `limit` bytes.
async fn read<B: Body>(headers: &HeaderMap, body: B, limit: usize) -> Result<Bytes, Failure> {
    if announced(headers).is_some_and(|length| length > limit) {
        return Err(Failure::TooLarge { limit });
    }
    let mut body = pin!(body);
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        let frame = frame.map_err(|_| Failure::Incomplete)?;
        // Trailers are none of the body.
        let Ok(mut data) = frame.into_data() else { continue };
        while data.has_remaining() {
            append(&mut bytes, data.chunk(), limit)?;
            data.advance(data.chunk().len());
        }
    }
    Ok(bytes.into())
}

/// Adds a piece to a body, unless it would grow too large.
pub(super) fn append(bytes: &mut Vec<u8>, piece: &[u8], limit: usize) -> Result<(), Failure> {
    if piece.len() > limit.saturating_sub(bytes.len()) {
        return Err(Failure::TooLarge { limit });
    }
    bytes.extend_from_slice(piece);
    Ok(())
}

/// The length a request announces.
pub(super) fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
