//! A merchant's client, written by hand on a bare TCP stream: it can send what no HTTP library would.

use std::{io, net::SocketAddr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rsa::{
    Oaep, Pkcs1v15Encrypt, RsaPrivateKey, RsaPublicKey,
    pkcs1v15::{Signature, SigningKey, VerifyingKey},
    pkcs8::{DecodePrivateKey as _, DecodePublicKey as _},
    rand_core::OsRng,
    sha2::Sha256,
    signature::{SignatureEncoding as _, Signer as _, Verifier as _},
};
use serde_json::Value;
use sha1::Sha1;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use wechatpay_codegen::model::Padding;
use wechatpay_sandbox::{BrandKeys, Call, Keys, Sandbox};
use x509_cert::der::{DecodePem as _, Encode as _};

/// The time that all sandboxes of these tests live in.
pub(crate) const NOW: i64 = 1_700_000_000;

/// A sandbox that lives at [`NOW`] and remembers nothing: these tests are about the protocol.
pub(crate) async fn sandbox() -> Sandbox {
    Sandbox::builder().clock(|| NOW).examples_only().start().await.unwrap()
}

#[derive(Clone)]
pub(crate) struct Client {
    address: SocketAddr,
    pub(crate) keys: Keys,
    private: RsaPrivateKey,
    /// Scheme and items of `Authorization` that tell who calls.
    pub(crate) scheme: &'static str,
    caller: String,
    serial: String,
}

/// A request as it will be sent; every part can be changed before.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// What is signed instead of the body.
    pub(crate) signed: Option<Vec<u8>>,
    pub(crate) nonce: String,
    pub(crate) timestamp: i64,
}

impl Request {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        let headers = [("Accept", "application/json"), ("User-Agent", "gateway-test/1")];
        Self {
            method: method.into(),
            target: target.into(),
            headers: headers.map(|(name, value)| (name.into(), value.into())).into(),
            body: Vec::new(),
            signed: None,
            nonce: format!("{:032X}", rand_nonce()),
            timestamp: NOW,
        }
    }

    pub(crate) fn json(method: &str, target: &str, body: &Value) -> Self {
        let request = Self { body: body.to_string().into_bytes(), ..Self::new(method, target) };
        request.header("Content-Type", "application/json")
    }

    /// Sets a header, in the place of any of that name.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        self
    }
}

fn rand_nonce() -> u64 {
    use rsa::rand_core::RngCore as _;
    OsRng.next_u64()
}

impl Client {
    pub(crate) fn new(sandbox: &Sandbox) -> Self {
        let keys = sandbox.keys().clone();
        Self {
            address: sandbox.address(),
            private: RsaPrivateKey::from_pkcs8_pem(keys.mch_key_pem().unwrap()).unwrap(),
            scheme: "WECHATPAY2-SHA256-RSA2048",
            caller: format!("mchid=\"{}\"", keys.mchid()),
            serial: keys.mch_serial().to_owned(),
            keys,
        }
    }

    /// A brand's client.
    pub(crate) fn brand(sandbox: &Sandbox) -> Self {
        let brand = BrandKeys::throwaway().unwrap();
        Self {
            private: RsaPrivateKey::from_pkcs8_pem(brand.key_pem()).unwrap(),
            scheme: "WECHATPAY-BRAND-SHA256-RSA2048",
            caller: format!("brand_id=\"{}\"", brand.brand_id()),
            serial: brand.serial().to_owned(),
            ..Self::new(sandbox)
        }
    }

    /// Signs and sends a request.
    pub(crate) async fn call(&self, request: Request) -> Reply {
        self.try_call(request).await.unwrap()
    }

    pub(crate) async fn try_call(&self, request: Request) -> io::Result<Reply> {
        let authorization = self.authorization(&request);
        self.send(request.header("Authorization", &authorization)).await
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request) -> io::Result<Reply> {
        let mut bytes =
            format!("{} {} HTTP/1.1\r\nHost: sandbox\r\n", request.method, request.target);
        for (name, value) in &request.headers {
            bytes += &format!("{name}: {value}\r\n");
        }
        if !request.headers.iter().any(|(name, _)| name == "Transfer-Encoding") {
            bytes += &format!("Content-Length: {}\r\n", request.body.len());
        }
        bytes += "Connection: close\r\n\r\n";
        Reply::parse(&self.exchange(&[bytes.as_bytes(), &request.body].concat()).await?)
    }

    /// Sends bytes and reads until the connection ends.
    pub(crate) async fn exchange(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(bytes).await?;
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).await?;
        Ok(reply)
    }

    pub(crate) fn authorization(&self, request: &Request) -> String {
        let body = request.signed.as_ref().unwrap_or(&request.body);
        let head = format!(
            "{}\n{}\n{}\n{}\n",
            request.method, request.target, request.timestamp, request.nonce
        );
        let message = [head.as_bytes(), body, b"\n"].concat();
        let signature = STANDARD
            .encode(SigningKey::<Sha256>::new(self.private.clone()).sign(&message).to_bytes());
        format!(
            "{} {},nonce_str=\"{}\",signature=\"{signature}\",timestamp=\"{}\",serial_no=\"{}\"",
            self.scheme, self.caller, request.nonce, request.timestamp, self.serial,
        )
    }

    /// Asks the control API.
    pub(crate) async fn control(&self, sandbox: &Sandbox, ask: (&str, &str), body: &str) -> Reply {
        let (method, path) = ask;
        let request = Request::new(method, &format!("/sandbox{path}"));
        let request = Request { body: body.into(), ..request };
        let token = format!("Bearer {}", sandbox.control().1);
        self.send(request.header("Authorization", &token)).await.unwrap()
    }

    /// Encrypts for the platform.
    pub(crate) fn seal(&self, key: &RsaPublicKey, plain: &str) -> String {
        STANDARD.encode(key.encrypt(&mut OsRng, Oaep::new::<Sha1>(), plain.as_bytes()).unwrap())
    }

    /// Decrypts what the platform encrypted for the merchant.
    pub(crate) fn open(&self, sealed: &Value) -> String {
        let sealed = STANDARD.decode(sealed.as_str().unwrap()).unwrap();
        String::from_utf8(self.private.decrypt(Oaep::new::<Sha1>(), &sealed).unwrap()).unwrap()
    }

    /// Encrypts with the public key, padded as a gateway wants it.
    pub(crate) fn seal_padded(&self, padding: Padding, plain: &str) -> String {
        let (key, plain) = (self.wechatpay_key(), plain.as_bytes());
        STANDARD.encode(match padding {
            Padding::Oaep => key.encrypt(&mut OsRng, Oaep::new::<Sha1>(), plain).unwrap(),
            Padding::Pkcs1 => key.encrypt(&mut OsRng, Pkcs1v15Encrypt, plain).unwrap(),
        })
    }

    /// Decrypts what was padded so.
    pub(crate) fn open_padded(&self, padding: Padding, sealed: &str) -> String {
        let sealed = STANDARD.decode(sealed).unwrap();
        let plain = match padding {
            Padding::Oaep => self.private.decrypt(Oaep::new::<Sha1>(), &sealed),
            Padding::Pkcs1 => self.private.decrypt(Pkcs1v15Encrypt, &sealed),
        };
        String::from_utf8(plain.unwrap()).unwrap()
    }

    pub(crate) fn platform_key(&self) -> RsaPublicKey {
        let certificate = x509_cert::Certificate::from_pem(self.keys.plat_cert_pem()).unwrap();
        let key = certificate.tbs_certificate().subject_public_key_info().to_der().unwrap();
        RsaPublicKey::from_public_key_der(&key).unwrap()
    }

    pub(crate) fn wechatpay_key(&self) -> RsaPublicKey {
        RsaPublicKey::from_public_key_pem(self.keys.wxp_pub_pem()).unwrap()
    }

    /// Whether the reply's signature verifies with the key that it names.
    pub(crate) fn verifies(&self, reply: &Reply) -> bool {
        let serial = reply.header("wechatpay-serial").unwrap_or_default();
        let key = if serial == self.keys.wxp_key_id() {
            self.wechatpay_key()
        } else if serial == self.keys.plat_serial() {
            self.platform_key()
        } else {
            return false;
        };
        let header = |name| reply.header(name).unwrap_or_default();
        let head = format!("{}\n{}\n", header("wechatpay-timestamp"), header("wechatpay-nonce"));
        let message = [head.as_bytes(), &reply.body, b"\n"].concat();
        let Ok(signature) = STANDARD.decode(header("wechatpay-signature")) else { return false };
        let Ok(signature) = Signature::try_from(signature.as_slice()) else { return false };
        VerifyingKey::<Sha256>::new(key).verify(&message, &signature).is_ok()
    }
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    fn parse(bytes: &[u8]) -> io::Result<Self> {
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        let head =
            String::from_utf8(bytes[..end].to_vec()).map_err(|_| io::ErrorKind::InvalidData)?;
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .and_then(|status| status.parse().ok());
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.into()));
        let reply = Self {
            status: status.ok_or(io::ErrorKind::InvalidData)?,
            headers: headers.collect(),
            body: bytes[end + 4..].to_vec(),
        };
        match reply.header("content-length").map(|length| length.parse() != Ok(reply.body.len())) {
            Some(true) => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(reply),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

/// The last call that the sandbox recorded.
pub(crate) fn last_call(sandbox: &Sandbox) -> Call {
    sandbox.calls().pop().unwrap()
}
