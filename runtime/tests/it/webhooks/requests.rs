//! Plain HTTP requests: no more is read of them than the limit, nor for longer.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame};
use wechatpay_runtime::{HeaderMap, webhooks::WebhookFailure};

use super::notice::{receiver, refund, signed};

/// A body in pieces.
struct Pieces {
    pieces: Vec<Frame<Bytes>>,
    /// What follows them: the end, more without end, or nothing ever.
    then: Then,
    read: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Then {
    End,
    Endless,
    Stuck,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if !self.pieces.is_empty() {
            return Poll::Ready(Some(Ok(self.pieces.remove(0))));
        }
        match self.then {
            Then::End => Poll::Ready(None),
            Then::Endless => {
                self.read.fetch_add(1_000, Ordering::SeqCst);
                Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b' '; 1_000])))))
            }
            Then::Stuck => Poll::Pending,
        }
    }
}

fn pieces(body: &str, then: Then) -> (Pieces, Arc<AtomicUsize>) {
    let data = |text: &str| Frame::data(Bytes::copy_from_slice(text.as_bytes()));
    let (a, b) = body.split_at(20);
    let pieces = vec![data(a), Frame::trailers(HeaderMap::new()), data(""), data(b)];
    let read = Arc::new(AtomicUsize::new(0));
    (Pieces { pieces, then, read: Arc::clone(&read) }, read)
}

fn request<B>(headers: HeaderMap, body: B) -> Request<B> {
    let mut request = Request::post("/notify").body(body).unwrap();
    *request.headers_mut() = headers;
    request
}

#[test]
fn item_38_a_body_in_pieces_is_put_together_to_the_byte() {
    let body = refund().to_string();
    let (pieces, _) = pieces(&body, Then::End);
    let receiver = receiver();
    let answered =
        receiver.answer(request(signed(body.as_bytes()), pieces), |event, _| async move {
            assert_eq!(event.id(), "EV-2018022511223320873");
        });
    assert_eq!(pollster::block_on(answered).status().as_u16(), 204);
}

#[test]
fn item_38_headers_are_found_in_any_case() {
    let body = refund().to_string();
    let mut headers = HeaderMap::new();
    for (name, value) in &signed(body.as_bytes()) {
        let name = http::HeaderName::from_bytes(name.as_str().to_uppercase().as_bytes()).unwrap();
        headers.insert(name, value.clone());
    }
    assert!(pollster::block_on(receiver().receive(&headers, body)).is_ok());
}

#[test]
fn an_endless_body_is_read_up_to_the_limit() {
    let body = refund().to_string();
    let (pieces, read) = pieces(&body, Then::Endless);
    let receiver = receiver().max_body_bytes(10_000);
    let refused = pollster::block_on(receiver.accept(request(signed(body.as_bytes()), pieces)));
    let error = refused.unwrap_err();
    assert_eq!(error.failure(), &WebhookFailure::TooLarge { limit: 10_000 });
    assert_eq!(error.answer().status().as_u16(), 413);
    assert!(read.load(Ordering::SeqCst) <= 11_000);
}

#[test]
fn a_body_of_just_the_limit_is_read() {
    let body = refund().to_string();
    let (pieces, _) = pieces(&body, Then::End);
    let mut headers = signed(body.as_bytes());
    headers.insert("content-length", body.len().to_string().parse().unwrap());
    let receiver = receiver().max_body_bytes(body.len());
    assert!(pollster::block_on(receiver.accept(request(headers, pieces))).is_ok());
}

#[test]
fn a_body_that_is_announced_too_large_is_not_read_at_all() {
    let body = refund().to_string();
    let (pieces, read) = pieces(&body, Then::Endless);
    let mut headers = signed(body.as_bytes());
    headers.insert("content-length", "1048577".parse().unwrap());
    let refused = pollster::block_on(receiver().accept(request(headers, pieces)));
    assert_eq!(refused.unwrap_err().failure(), &WebhookFailure::TooLarge { limit: 1 << 20 });
    assert_eq!(read.load(Ordering::SeqCst), 0);
}

#[test]
fn a_body_that_stops_is_not_waited_for_beyond_the_deadline() {
    let body = refund().to_string();
    let (pieces, _) = pieces(&body, Then::Stuck);
    let hasty = receiver().deadline(Duration::from_millis(1));
    let refused = pollster::block_on(hasty.accept(request(signed(body.as_bytes()), pieces)));
    let error = refused.unwrap_err();
    assert_eq!(error.failure(), &WebhookFailure::Incomplete);
    assert_eq!(error.answer().status().as_u16(), 400);
}
