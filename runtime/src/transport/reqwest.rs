//! The transport that comes with the crate: HTTP/1.1 over TLS by rustls, one connection pool.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Client, ClientBuilder, Request, Response, redirect, retry};

use super::{BoxFuture, ResponseBody, SendError, Transport, TransportResponse};
use crate::{error::ConfigError, target::Base};

/// The gateway closes a connection that is idle for 8 seconds; one that is about to be closed must not be used again.
const POOL_IDLE: Duration = Duration::from_secs(7);

pub(crate) struct ReqwestTransport(Client);

impl ReqwestTransport {
    /// `only` is the address all requests go to, if there is one.
    pub(crate) fn new(connect_timeout: Duration, only: Option<&Base>) -> Result<Self, ConfigError> {
        let builder = || builder(connect_timeout, only.is_some_and(Base::is_loopback));
        let built = builder().build().or_else(|error| match only {
            // A sandbox without TLS works on a machine without root certificates, too.
            Some(base) if base.is_plain_http() => builder().tls_certs_only([]).build(),
            _ => Err(error),
        });
        built.map(Self).map_err(|error| {
            ConfigError::new(format!(
                "transport: TLS cannot be set up ({error}); the machine needs root certificates (package \
                 ca-certificates)"
            ))
        })
    }
}

fn builder(connect_timeout: Duration, direct: bool) -> ClientBuilder {
    let builder = Client::builder()
        .http1_only()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(POOL_IDLE);
    // This very machine is never behind a proxy.
    if direct { builder.no_proxy() } else { builder }
}

impl Transport for ReqwestTransport {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<TransportResponse, SendError>> {
        Box::pin(async move {
            let request = Request::try_from(request).map_err(classify)?;
            let mut response = self.0.execute(request).await.map_err(classify)?;
            let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
            let body: Box<dyn ResponseBody> = Box::new(Chunks(response));
            let mut parts = http::Response::new(body);
            *parts.status_mut() = status;
            *parts.headers_mut() = headers;
            Ok(parts)
        })
    }
}

struct Chunks(Response);

impl ResponseBody for Chunks {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, SendError>> {
        Box::pin(async { self.0.chunk().await.map_err(classify) })
    }
}

fn classify(error: reqwest::Error) -> SendError {
    // The address may hold personal values.
    let error = error.without_url();
    if error.is_builder() || error.is_connect() {
        SendError::not_connected(error)
    } else if error.is_timeout() {
        SendError::timed_out(error)
    } else {
        SendError::interrupted(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_46_no_connection_is_used_again_when_the_gateway_may_be_closing_it() {
        assert!(POOL_IDLE < Duration::from_secs(8) && POOL_IDLE > Duration::ZERO);
    }
}
