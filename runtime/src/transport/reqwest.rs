//! The transport that comes with the crate: HTTP/1.1 over TLS by rustls, one connection pool.

use std::{fmt, time::Duration};

use bytes::Bytes;
use reqwest::{
    Body, Certificate, Client, ClientBuilder, Proxy, Request, Response, redirect, retry,
};

use super::{
    BoxFuture, HttpOptions, RequestBody, ResponseBody, SendError, Transport, TransportResponse,
    options::{Checked, CheckedProxy},
};
use crate::{error::ConfigError, target::Base};

/// The gateway closes a connection that is idle for 8 seconds; one that is about to be closed must not be used again.
const POOL_IDLE: Duration = Duration::from_secs(7);

/// HTTP/1.1 over TLS, with one connection pool. Every client makes one of its own, unless it is given one.
///
/// Clones share the pool, so several merchants in one process can share connections:
///
/// ```no_run
/// use wechatpay_runtime::{Config, Core, Error, HttpOptions, HttpTransport};
///
/// fn cores(first: Config, second: Config) -> Result<[Core; 2], Error> {
///     let http = HttpTransport::new(HttpOptions::new().proxy("http://proxy.example:3128"))?;
///     Ok([Core::new(first.transport(http.clone()))?, Core::new(second.transport(http))?])
/// }
/// ```
#[derive(Clone)]
pub struct HttpTransport(Client);

impl HttpTransport {
    /// A transport with these settings. Nothing is sent.
    ///
    /// # Errors
    /// Everything that is wrong with the settings, or the machine has no root certificates.
    pub fn new(options: HttpOptions) -> Result<Self, ConfigError> {
        let checked = options.check()?;
        builder(&checked).and_then(ClientBuilder::build).map(Self).map_err(refused)
    }

    /// Takes a `reqwest` client of your own. This ties your program to this crate's version of `reqwest`.
    ///
    /// It must not follow redirects, decompress or retry, and should drop connections that were idle for 7 seconds:
    /// `redirect(Policy::none())`, `retry(retry::never())`, `pool_idle_timeout(Duration::from_secs(7))`, no features
    /// `gzip`, `brotli`, `deflate`, `zstd`. Otherwise what is signed is not what is sent, or verified not what came.
    #[cfg(feature = "reqwest-client")]
    #[must_use]
    pub fn from_reqwest(client: Client) -> Self {
        Self(client)
    }

    /// The transport of one client. `only` is the address all requests go to, if there is one.
    pub(crate) fn of_client(
        connect_timeout: Duration,
        only: Option<&Base>,
    ) -> Result<Self, ConfigError> {
        let options = HttpOptions::new().connect_timeout(connect_timeout);
        // This very machine is never behind a proxy.
        let options =
            if only.is_some_and(Base::is_loopback) { options.no_proxy() } else { options };
        let checked = options.check()?;
        let built = builder(&checked).and_then(ClientBuilder::build);
        let built = built.or_else(|error| match only {
            // A sandbox without TLS works on a machine without root certificates, too.
            Some(base) if base.is_plain_http() => builder(&checked)?.tls_certs_only([]).build(),
            _ => Err(error),
        });
        built.map(Self).map_err(refused)
    }
}

fn builder(options: &Checked) -> reqwest::Result<ClientBuilder> {
    let builder = Client::builder()
        .http1_only()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .connect_timeout(options.connect_timeout)
        .pool_idle_timeout(POOL_IDLE);
    let builder = match options.read_timeout {
        Some(limit) => builder.read_timeout(limit),
        None => builder,
    };
    let builder = match &options.proxy {
        CheckedProxy::Environment => builder,
        CheckedProxy::None => builder.no_proxy(),
        CheckedProxy::Given(url) => builder.proxy(Proxy::all(url.clone())?),
    };
    let roots = options.roots.iter().map(|der| Certificate::from_der(der));
    let roots = roots.collect::<reqwest::Result<Vec<_>>>()?;
    Ok(if options.only_roots {
        builder.tls_certs_only(roots)
    } else {
        builder.tls_certs_merge(roots)
    })
}

fn refused(error: reqwest::Error) -> ConfigError {
    let error = error.without_url();
    ConfigError::new(format!(
        "transport: TLS cannot be set up ({error}); the machine needs root certificates (package ca-certificates)"
    ))
}

impl Transport for HttpTransport {
    fn send(
        &self,
        request: http::Request<RequestBody>,
    ) -> BoxFuture<'_, Result<TransportResponse, SendError>> {
        Box::pin(async move {
            let request = request.map(body);
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

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").finish_non_exhaustive()
    }
}

/// What is whole is sent whole, and nothing at all without a `Content-Length`.
fn body(body: RequestBody) -> Body {
    match body.as_bytes() {
        Some(bytes) => bytes.clone().into(),
        None => Body::wrap(body),
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
