//! actix-web: [`Delivery`] is an extractor, [`Answer`] a responder, [`WebhookError`] a response error.
//!
//! The receiver is taken from the application's data: `App::new().app_data(web::Data::new(webhooks))`.

use std::{future::poll_fn, pin::Pin};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Responder, ResponseError,
    body::BoxBody,
    dev::Payload,
    http::{StatusCode, header},
    web::Data,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use super::{
    Answer, Delivery, Dispatch, WebhookError, WebhookFailure as Failure, Webhooks,
    request::{announced, append},
};

/// Reads the raw body itself: whatever limit actix-web sets for other extractors, the receiver's counts. A request that
/// is refused is answered as the platform expects; without a receiver in the application's data all are, with 500.
impl<N: Dispatch> FromRequest for Delivery<N> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let webhooks = request.app_data::<Data<Webhooks<N>>>().cloned();
        let (headers, payload) = (headers(request), payload.take());
        Box::pin(async move {
            let webhooks = webhooks.ok_or_else(|| {
                actix_web::error::ErrorInternalServerError(
                    "there is no receiver; add `app_data(web::Data::new(webhooks))`",
                )
            })?;
            let start = Instant::now();
            let body = read(&headers, payload, webhooks.limit());
            let body = webhooks.in_time(start, body).await?;
            Ok(webhooks.receive_since(start, &headers, body).await?)
        })
    }
}

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        response(&self)
    }
}

impl ResponseError for WebhookError {
    fn status_code(&self) -> StatusCode {
        status(&self.answer())
    }

    fn error_response(&self) -> HttpResponse {
        response(&self.answer())
    }
}

fn response(answer: &Answer) -> HttpResponse {
    let mut response = HttpResponse::build(status(answer));
    if answer.body().is_empty() {
        return response.finish();
    }
    let json = "application/json; charset=utf-8";
    response.insert_header((header::CONTENT_TYPE, json)).body(answer.body().clone())
}

fn status(answer: &Answer) -> StatusCode {
    StatusCode::from_u16(answer.status().as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The same headers in the types of another version of `http`. What stands there twice stays twice.
fn headers(request: &HttpRequest) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            headers.append(name, value);
        }
    }
    headers
}

async fn read(headers: &HeaderMap, payload: Payload, limit: usize) -> Result<Bytes, Failure> {
    if announced(headers).is_some_and(|length| length > limit) {
        return Err(Failure::TooLarge { limit });
    }
    let mut payload = Box::pin(payload);
    let mut bytes = Vec::new();
    while let Some(piece) =
        poll_fn(|context| futures_core::Stream::poll_next(payload.as_mut(), context)).await
    {
        append(&mut bytes, &piece.map_err(|_| Failure::Incomplete)?, limit)?;
    }
    Ok(bytes.into())
}
