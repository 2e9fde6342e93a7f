//! Puts an answer on the wire.

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{answer::Answer, disturb::Delivery, transport::Pieces};

/// First of the platform's internal error numbers, by which a `Request-ID` ends. On success it ends in 0.
const FIRST_ERROR_NUMBER: u32 = 0x1000_0000;

/// A response that is ready to leave.
pub(crate) struct Outgoing {
    response: Response,
    /// The body, whole.
    body: Bytes,
    delivery: Delivery,
}

/// The headers of an answer, without those of its signature. `number` counts the answers.
pub(crate) fn headers(answer: &Answer, number: u64) -> Vec<(&'static str, String)> {
    let error = if answer.is_success() { 0 } else { FIRST_ERROR_NUMBER + u32::from(answer.status) };
    let mut headers = vec![("Request-ID", format!("08SANDBOX{number:012X}-{error}"))];
    headers.extend(answer.content_type.clone().map(|value| ("Content-Type", value)));
    headers.extend(answer.headers.iter().cloned());
    headers
}

impl Outgoing {
    /// A status that no final answer can have becomes 500; a header that HTTP cannot carry is left out.
    pub(crate) fn new(
        status: u16,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
        delivery: Delivery,
    ) -> Self {
        let status = StatusCode::from_u16(status).ok().filter(|status| status.as_u16() >= 200);
        let mut response = Response::default();
        *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(*name), HeaderValue::try_from(value))
            {
                response.headers_mut().insert(name, value);
            }
        }
        let length = body.len();
        let whole = Bytes::from(body);
        let (body, delivery) = shape(whole.clone(), delivery);
        if length > 0 {
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        *response.body_mut() = body;
        Self { response, body: whole, delivery }
    }

    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    pub(crate) fn body(&self) -> &Bytes {
        &self.body
    }

    /// Waits, if it must, and lets the response go.
    pub(crate) async fn send(self) -> Response {
        if let Delivery::After(wait) = self.delivery {
            tokio::time::sleep(wait).await;
        }
        self.response
    }
}

/// The body as it will be sent. A body that is empty has no middle: it is sent whole, or waited for.
fn shape(body: Bytes, delivery: Delivery) -> (Body, Delivery) {
    match delivery {
        Delivery::Truncated if !body.is_empty() => (Body::new(Pieces::truncated(&body)), delivery),
        Delivery::Paused(wait) if body.is_empty() => (Body::empty(), Delivery::After(wait)),
        Delivery::Paused(wait) => (Body::new(Pieces::paused(&body, wait)), delivery),
        _ => (Body::from(body), delivery),
    }
}
