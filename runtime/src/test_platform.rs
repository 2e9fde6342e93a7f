//! A platform made of a throwaway key, for tests without a network.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderValue, StatusCode};

use crate::{
    clock::{Clock, SystemClock, unix_seconds},
    config::Config,
    error::ConfigError,
    headers,
    key::PrivateKey,
    merchant::Merchant,
    trust::TrustStore,
};

const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0000000000000000000000000000000001";
const NONCE: &str = "test-platform";

/// Signs responses as WeChat Pay does, with a key of its own that is made anew each time. It checks nothing of the
/// requests: the sandbox does.
///
/// ```
/// use wechatpay_runtime::{Call, Core, Host, MemoryTransport, Method, TestPlatform};
///
/// static HOST: Host = Host::new("https://api.mch.weixin.qq.com", None);
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let platform = TestPlatform::new()?;
/// let config = platform.config();
/// let transport = MemoryTransport::new(move |request| match request.uri().path() {
///     "/v3/refund/domestic/refunds/1" => Ok(platform.answer(200, r#"{"status":"SUCCESS"}"#)),
///     _ => Ok(platform.answer(404, r#"{"code":"RESOURCE_NOT_EXISTS","message":"no such refund"}"#)),
/// });
/// let core = Core::new(config.transport(transport))?;
/// let refund = |number| Call::untyped(&core, &HOST, Method::GET, format!("/v3/refund/domestic/refunds/{number}"));
/// assert_eq!(&refund(1).blocking()?.body()[..], br#"{"status":"SUCCESS"}"#);
/// assert_eq!(refund(2).blocking().unwrap_err().code(), Some("RESOURCE_NOT_EXISTS"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TestPlatform {
    platform: PrivateKey,
    merchant: Merchant,
    trust: TrustStore,
}

impl TestPlatform {
    /// A platform and a merchant with new keys.
    ///
    /// # Errors
    /// No keys could be made.
    pub fn new() -> Result<Self, ConfigError> {
        let (platform, merchant) = (PrivateKey::generate()?, PrivateKey::generate()?);
        Ok(Self {
            merchant: Merchant::new(
                "1900000109",
                merchant,
                "0A1B2C3D4E5F60718293A4B5C6D7E8F901234567",
            ),
            trust: TrustStore::new().public_key(PUBLIC_KEY_ID, platform.public_key()?),
            platform,
        })
    }

    /// The configuration of a client that believes this platform. It still wants a transport.
    #[must_use]
    pub fn config(&self) -> Config {
        Config::new(self.merchant.clone(), self.trust.clone())
    }

    /// A response, signed at the machine's present time. A status that is none becomes 500.
    #[must_use]
    pub fn answer(&self, status: u16, body: impl Into<Bytes>) -> http::Response<Bytes> {
        let body = body.into();
        let timestamp = unix_seconds(SystemClock.now()).to_string();
        let lines = [timestamp.as_bytes(), b"\n", NONCE.as_bytes(), b"\n", &body, b"\n"].concat();
        // Without a signature the client refuses the response, which tells what happened.
        let signature = STANDARD.encode(self.platform.sign(&lines).unwrap_or_default());
        let mut response = http::Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let signed = [
            (headers::TIMESTAMP, timestamp.as_str()),
            (headers::NONCE, NONCE),
            (headers::SIGNATURE, signature.as_str()),
            (headers::SERIAL, PUBLIC_KEY_ID),
        ];
        for (name, value) in signed {
            if let (Ok(name), Ok(value)) =
                (http::HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
