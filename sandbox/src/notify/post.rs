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
        // The name is looked up once: what was checked is what is connected to.
        let Ok(found) = lookup_host((self.host.as_str(), self.port)).await else {
            return Ok(None);
        };
        choose(found, self.allow_remote)
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
        // Without the user information that the address may have.
        let host = self.uri.authority().map_or("", |authority| authority.as_str());
        let host = host.rsplit('@').next().unwrap_or_default();
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

/// The first address that may be called; an error if there are only others, `None` if there is none at all.
fn choose(
    mut found: impl Iterator<Item = SocketAddr>,
    allow_remote: bool,
) -> Result<Option<SocketAddr>, Error> {
    let Some(first) = found.next() else { return Ok(None) };
    let allowed = |address: &SocketAddr| allow_remote || address.ip().is_loopback();
    let address = std::iter::once(first).chain(found).find(allowed);
    address.map(Some).ok_or(Error::RemoteReceiver(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_addresses_of_a_name_only_those_of_this_machine_are_called() {
        let all: [SocketAddr; 3] =
            ["10.0.0.1:80", "[::1]:80", "127.0.0.1:80"].map(|text| text.parse().unwrap());
        assert_eq!(choose(all.into_iter(), false).unwrap(), Some(all[1]));
        assert_eq!(choose(all.into_iter(), true).unwrap(), Some(all[0]));
        assert_eq!(choose(std::iter::empty(), false).unwrap(), None);
        let remote = choose(all[..1].iter().copied(), false);
        assert!(matches!(remote, Err(Error::RemoteReceiver(address)) if address == all[0]));
    }

    #[tokio::test]
    async fn no_way_of_writing_an_address_leads_to_another_machine() {
        for url in [
            "http://10.0.0.1/",
            "http://127.0.0.1@10.0.0.1/",
            "http://127.0.0.1:80@10.0.0.1:80/",
            "http://[::ffff:10.0.0.1]/",
            "http://[2001:db8::1]/",
            // On Linux the address of no host leads to this one, but not on every system.
            "http://0.0.0.0/",
            "http://[::]/",
            // The system's resolver reads these as 10.0.0.1.
            "http://167772161/",
            "http://0x0a000001/",
            "http://012.1/",
        ] {
            let receiver = Receiver::parse(url, false).unwrap();
            assert!(!matches!(receiver.address().await, Ok(Some(_))), "{url}");
        }
        for url in ["http://127.0.0.1/", "http://10.0.0.1@127.0.0.1:81/", "http://[::1]:82/"] {
            let address = Receiver::parse(url, false).unwrap().address().await.unwrap().unwrap();
            assert!(address.ip().is_loopback(), "{url}: {address}");
        }
        for url in
            ["https://127.0.0.1/", "ftp://127.0.0.1/", "127.0.0.1/", "http:///", "", "/notify"]
        {
            assert!(matches!(Receiver::parse(url, false), Err(Error::Receiver(_))), "{url}");
        }
    }
}
