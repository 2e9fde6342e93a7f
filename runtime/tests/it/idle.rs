//! Connections that nobody uses, on virtual time and real sockets.

use std::{sync::mpsc, time::Duration};

use bytes::Bytes;
use http::Request;
use wechatpay_runtime::{HttpOptions, HttpTransport, RequestBody, Transport};

use crate::support::{Answer, Gateway};

/// Sends a request and reads its answer to the end, so that the connection goes back to the pool.
async fn send(transport: &HttpTransport, gateway: &Gateway) {
    let request = Request::get(gateway.url()).body(RequestBody::from(Bytes::new())).unwrap();
    let mut body = transport.send(request).await.unwrap().into_body();
    while body.chunk().await.unwrap().is_some() {}
    // The task of the connection puts it back.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

/// The gateway closes a connection that was idle for 8 seconds; a request that meets the closing would be lost.
#[tokio::test(start_paused = true)]
async fn item_46_a_connection_is_used_again_at_once_and_not_when_the_gateway_may_be_closing_it() {
    let gateway = Gateway::always(Answer::new(200, "{}").bytes());
    // As long as a blocking task runs, time does not pass by itself while sockets are waited for.
    let (end, ends) = mpsc::channel::<()>();
    let holds_time = tokio::task::spawn_blocking(move || ends.recv());
    let transport = HttpTransport::new(HttpOptions::new().no_proxy()).unwrap();
    send(&transport, &gateway).await;
    send(&transport, &gateway).await;
    assert_eq!(gateway.connections(), 1);
    tokio::time::advance(Duration::from_secs(5)).await;
    send(&transport, &gateway).await;
    assert_eq!(gateway.connections(), 1);
    tokio::time::advance(Duration::from_millis(7900)).await;
    send(&transport, &gateway).await;
    assert_eq!(gateway.connections(), 2);
    drop(end);
    holds_time.await.unwrap().unwrap_err();
}
