//! Sends a notification over HTTP and reads the answer.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};

use super::Attempt;
use crate::{Error, encoding};

/// So much of an answer is read.
const MAX_ANSWER: usize = 64 << 10;

/// Where a notification goes.
pub(super) struct Receiver {
    uri: Uri,
    host: String,
    port: u16,
    allow_remote: bool,
}

impl Receiver {
    /// Checks the address as far as that goes without looking up its name.
    pub(super) fn parse(url: &str, allow_remote: bool) -> Result<Self, Error> {
        let refused = || Error::Receiver(encoding::clip(url, 200));
        let uri: Uri = url.parse().map_err(|_| refused())?;
        if uri.scheme_str() != Some("http") {
            return Err(refused());
        }
        let host = uri.host().ok_or_else(refused)?.trim_matches(['[', ']']).to_owned();
        let port = uri.port_u16().unwrap_or(80);
        Ok(Self { uri, host, port, allow_remote })
    }

    /// Sends once. That there is no answer is an answer, too; only an address on another machine is an error.
    pub(super) async fn post(
        &self,
        (headers, body): (Vec<(&'static str, String)>, Vec<u8>),
        patience: Duration,
    ) -> Result<Attempt, Error> {
        let Some(address) = self.address().await? else {
            return Ok(Attempt::failed("the name has no address"));
        };
        let exchange = self.exchange(address, headers, body);
        Ok(match tokio::time::timeout(patience, exchange).await {
            Ok(Ok(attempt)) => attempt,
            Ok(Err(why)) => Attempt::failed(why),
            Err(_) => Attempt::failed(format!("no answer in {} s", patience.as_secs_f32())),
        })
    }

    /// An address that may be called.
    async fn address(&self) -> Result<Option<SocketAddr>, Error> {
        let Ok(mut found) = lookup_host((self.host.as_str(), self.port)).await else {
            return Ok(None);
        };
        let Some(first) = found.next() else { return Ok(None) };
        let allowed = |address: &SocketAddr| self.allow_remote || address.ip().is_loopback();
        let address = std::iter::once(first).chain(found).find(allowed);
        address.map(Some).ok_or(Error::RemoteReceiver(first))
    }

    async fn exchange(
        &self,
        address: SocketAddr,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Result<Attempt, String> {
        let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
        // As the platform writes them: some servers look for `Wechatpay-Serial` to the letter.
        let handshake =
            http1::Builder::new().title_case_headers(true).handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|error| error.to_string())?;
        let driver = tokio::spawn(connection);
        let answered = sender.send_request(self.request(headers, body)?).await;
        let (parts, answer) = answered.map_err(|error| error.to_string())?.into_parts();
        let answer = Limited::new(answer, MAX_ANSWER).collect().await;
        let answer = answer.map_err(|error| error.to_string())?.to_bytes();
        driver.abort();
        Ok(Attempt::answered(parts.status.as_u16(), String::from_utf8_lossy(&answer).into_owned()))
    }

    fn request(
        &self,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Result<Request<Full<Bytes>>, String> {
        let target = self.uri.path_and_query().map_or("/", |target| target.as_str());
        let host = self.uri.authority().map_or("", |authority| authority.as_str());
        let mut request = Request::post(target)
            .header(header::HOST, host)
            .header(header::USER_AGENT, "wechatpay-sandbox")
            .header(header::ACCEPT, "*/*");
        for (name, value) in headers {
            let value = HeaderValue::try_from(value).map_err(|error| error.to_string())?;
            request = request.header(name, value);
        }
        request.body(Full::from(body)).map_err(|error| error.to_string())
    }
}
