//! The adapters, without their servers: what an extractor takes and refuses, what an answer becomes.

use std::{future::poll_fn, pin::pin};

use bytes::Bytes;
use http_body::Body;

use super::notice::{Notice, receiver, refund, signed};

async fn whole<B: Body<Data = Bytes, Error: std::fmt::Debug>>(body: B) -> Bytes {
    let (mut body, mut bytes) = (pin!(body), Vec::new());
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        bytes.extend_from_slice(frame.unwrap().data_ref().unwrap());
    }
    bytes.into()
}

#[cfg(feature = "axum")]
mod axum {
    use axum_core::{
        body::Body,
        extract::{FromRequest, Request},
        response::{IntoResponse, Response},
    };
    use wechatpay_runtime::webhooks::Delivery;

    use super::*;

    async fn answer(body: String) -> Response {
        let mut request = Request::post("/notify").body(Body::from(body)).unwrap();
        *request.headers_mut() = signed(refund().to_string().as_bytes());
        match Delivery::<Notice>::from_request(request, &receiver()).await {
            Ok(taken) => IntoResponse::into_response(taken.handle(|_, _| async {}).await),
            Err(refused) => refused.into_response(),
        }
    }

    #[test]
    fn item_39_axum_answers_with_204_or_the_refusal_in_json() {
        pollster::block_on(async {
            let taken = answer(refund().to_string()).await;
            assert_eq!(taken.status().as_u16(), 204);
            assert_eq!(whole(taken.into_body()).await, "");
            let refused = answer(refund().to_string() + " ").await;
            assert_eq!(refused.status().as_u16(), 401);
            assert_eq!(refused.headers()["content-type"], "application/json; charset=utf-8");
            let body = whole(refused.into_body()).await;
            assert!(body.starts_with(br#"{"code":"FAIL","#), "{body:?}");
        });
    }
}

#[cfg(feature = "actix-web")]
mod actix {
    use actix_web::{
        Error, FromRequest, HttpResponse, Responder, body::MessageBody, test::TestRequest,
        web::Data,
    };
    use wechatpay_runtime::{
        HeaderMap,
        webhooks::{Delivery, Webhooks},
    };

    use super::*;

    fn request(body: &str, headers: &HeaderMap) -> TestRequest {
        let mut request = TestRequest::post().set_payload(body.to_owned());
        for (name, value) in headers {
            request = request.append_header((name.as_str(), value.as_bytes()));
        }
        request
    }

    fn genuine() -> (String, TestRequest) {
        let body = refund().to_string();
        let request = request(&body, &signed(body.as_bytes()));
        (body, request)
    }

    async fn take(request: TestRequest) -> Result<Delivery<Notice>, Error> {
        let (request, mut payload) = request.to_http_parts();
        Delivery::<Notice>::from_request(&request, &mut payload).await
    }

    fn by(webhooks: Webhooks<Notice>) -> Data<Webhooks<Notice>> {
        Data::new(webhooks)
    }

    fn refused(request: TestRequest) -> (u16, HttpResponse) {
        let error = pollster::block_on(take(request)).unwrap_err();
        let error = error.as_response_error();
        (error.status_code().as_u16(), error.error_response())
    }

    #[test]
    fn item_39_actix_answers_a_genuine_notification_with_204() {
        let request = genuine().1.app_data(by(receiver()));
        let response = pollster::block_on(async {
            let answer = take(request).await.unwrap().handle(|_, _| async {}).await;
            answer.respond_to(&TestRequest::default().to_http_request())
        });
        assert_eq!(response.status().as_u16(), 204);
        assert!(response.headers().get("content-type").is_none());
        assert_eq!(response.into_body().try_into_bytes().unwrap(), "");
    }

    #[test]
    fn item_39_actix_answers_a_forgery_with_the_refusal_in_json() {
        let body = refund().to_string();
        let altered = request(&(body.clone() + " "), &signed(body.as_bytes()));
        let (status, response) = refused(altered.app_data(by(receiver())));
        assert_eq!((status, response.status().as_u16()), (401, 401));
        assert_eq!(
            response.headers().get("content-type").unwrap(),
            "application/json; charset=utf-8"
        );
        let body = response.into_body().try_into_bytes().unwrap();
        assert!(body.starts_with(br#"{"code":"FAIL","#), "{body:?}");
        // A header that stands there twice is not taken for one.
        let twice = genuine().1.append_header(("Wechatpay-Nonce", "x")).app_data(by(receiver()));
        assert_eq!(refused(twice).0, 401);
    }

    #[test]
    fn actix_takes_as_much_as_the_receiver_allows_and_no_more() {
        let (body, request) = genuine();
        let exact = by(receiver().max_body_bytes(body.len()));
        let announced = ("Content-Length", body.len().to_string());
        let request = request.insert_header(announced).app_data(exact);
        assert!(pollster::block_on(take(request)).is_ok());
        let short = by(receiver().max_body_bytes(body.len() - 1));
        assert_eq!(refused(genuine().1.app_data(short)).0, 413);
        // What is announced too large is not even read: there is nothing to read here.
        let empty = TestRequest::post().insert_header(("Content-Length", "1048577"));
        assert_eq!(refused(empty.app_data(by(receiver()))).0, 413);
    }

    #[test]
    fn actix_without_a_receiver_answers_with_500() {
        assert_eq!(refused(genuine().1).0, 500);
    }
}
