//! Signs a request: the five lines, and the `Authorization` header made of them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderValue, Method};
use tokio::time::{Instant, timeout_at};

use crate::{custody::Signer, error::CryptoFailure, nonce, suite::Suite};

/// A way of signing: its name on the wire and what it calls the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Merchants and service providers.
    Merchant,
    /// Brands, which have a certificate of their own.
    Brand,
    /// Merchants and service providers with SM2 keys.
    #[cfg(feature = "shangmi")]
    Shangmi,
}

impl Scheme {
    /// As it stands in `Authorization` and `Wechatpay-Signature-Type`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Merchant => "WECHATPAY2-SHA256-RSA2048",
            Self::Brand => "WECHATPAY-BRAND-SHA256-RSA2048",
            #[cfg(feature = "shangmi")]
            Self::Shangmi => "WECHATPAY2-SM2-WITH-SM3",
        }
    }

    /// The algorithms it goes with.
    pub(crate) const fn suite(self) -> Suite {
        match self {
            Self::Merchant | Self::Brand => Suite::Rsa,
            #[cfg(feature = "shangmi")]
            Self::Shangmi => Suite::Shangmi,
        }
    }

    /// The scheme of a merchant with a key of this suite.
    pub(crate) const fn of_merchant(suite: Suite) -> Self {
        match suite {
            Suite::Rsa => Self::Merchant,
            #[cfg(feature = "shangmi")]
            Suite::Shangmi => Self::Shangmi,
        }
    }

    /// What it calls the caller, in words.
    pub(crate) const fn role(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            _ => "merchant",
        }
    }

    const fn caller(self) -> &'static str {
        match self {
            Self::Brand => "brand_id",
            _ => "mchid",
        }
    }
}

/// Who signs, and how.
pub(crate) struct Credentials<'k> {
    pub(crate) scheme: Scheme,
    pub(crate) caller: &'k str,
    pub(crate) serial: &'k str,
    pub(crate) signer: &'k dyn Signer,
}

/// What `signing` gives, if it does so by `deadline`: a signer elsewhere may never answer.
pub(crate) async fn in_time<T>(
    deadline: Instant,
    signing: impl Future<Output = Result<T, CryptoFailure>>,
) -> Result<T, CryptoFailure> {
    let signed = timeout_at(deadline, signing).await;
    signed.unwrap_or_else(|_| Err(CryptoFailure::Sign("no signature came in time".into())))
}

/// What is signed. `target` is line 2, exactly as it is sent; `body` is the JSON, or the `meta` part of an upload.
pub(crate) struct Message<'m> {
    pub(crate) method: &'m Method,
    pub(crate) target: &'m str,
    pub(crate) timestamp: u64,
    pub(crate) nonce: &'m str,
    pub(crate) body: &'m [u8],
}

impl Message<'_> {
    /// Five lines, each ended by LF, the last one too.
    pub(crate) fn lines(&self) -> Vec<u8> {
        let Self { method, target, timestamp, nonce, body } = self;
        let mut lines = format!("{method}\n{target}\n{timestamp}\n{nonce}\n").into_bytes();
        lines.extend_from_slice(body);
        lines.push(b'\n');
        lines
    }
}

impl Credentials<'_> {
    /// The value of `Authorization`, marked as secret.
    pub(crate) async fn authorize(
        &self,
        message: &Message<'_>,
    ) -> Result<HeaderValue, CryptoFailure> {
        if !nonce::is_usable(message.nonce) {
            return Err(CryptoFailure::nonce("a nonce must be 1 to 64 letters, digits, - or _"));
        }
        let signature = self.signer.sign(&message.lines()).await.map_err(CryptoFailure::Sign)?;
        let text = format!(
            "{} {}=\"{}\",nonce_str=\"{}\",timestamp=\"{}\",serial_no=\"{}\",signature=\"{}\"",
            self.scheme.name(),
            self.scheme.caller(),
            self.caller,
            message.nonce,
            message.timestamp,
            self.serial,
            STANDARD.encode(signature),
        );
        let mut value =
            HeaderValue::try_from(text).map_err(|error| CryptoFailure::Sign(error.into()))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        PrivateKey,
        fixtures::{merchant_key, merchant_public_key, official_key, vectors},
    };

    fn authorize(signer: &Credentials<'_>, message: &Message<'_>) -> String {
        pollster::block_on(signer.authorize(message)).unwrap().to_str().unwrap().to_owned()
    }

    fn item<'t>(header: &'t str, name: &str) -> &'t str {
        let (_, rest) = header.split_once(&format!("{name}=\"")).unwrap();
        rest.split_once('"').unwrap().0
    }

    #[test]
    fn items_01_03_06_08_official_examples_are_signed_to_the_letter() {
        for vector in vectors("sign_request") {
            let text = |key: &str| vector[key].as_str().unwrap();
            let key =
                PrivateKey::from_pem(&official_key(text("key"), "private_pem").unwrap()).unwrap();
            let method = text("method").parse().unwrap();
            let message = Message {
                method: &method,
                target: text("url"),
                timestamp: text("timestamp").parse().unwrap(),
                nonce: text("nonce"),
                body: vector["body"]["utf8"].as_str().unwrap().as_bytes(),
            };
            assert_eq!(
                String::from_utf8(message.lines()).unwrap(),
                vector["message"]["utf8"].as_str().unwrap(),
                "{}",
                text("id")
            );
            let (scheme, caller, serial) = (Scheme::Merchant, text("mchid"), text("serial"));
            let signer = Credentials { scheme, caller, serial, signer: &key };
            let header = authorize(&signer, &message);
            assert_eq!(item(&header, "signature"), text("signature"), "{}", text("id"));
            assert_eq!(header, authorize(&signer, &message), "PKCS#1 v1.5 is deterministic");
            assert_eq!(item(&header, "mchid"), text("mchid"));
            assert_eq!(item(&header, "serial_no"), text("serial"));
            assert_eq!(item(&header, "nonce_str"), text("nonce"));
            assert_eq!(item(&header, "timestamp"), text("timestamp"));
        }
    }

    #[test]
    fn official_front_end_signatures_come_out_of_the_same_key() {
        for vector in vectors("pay_sign") {
            let key = official_key(vector["key"].as_str().unwrap(), "private_pem").unwrap();
            let message = vector["message"]["utf8"].as_str().unwrap();
            let signature = PrivateKey::from_pem(&key).unwrap().sign(message.as_bytes()).unwrap();
            assert_eq!(STANDARD.encode(signature), vector["signature"].as_str().unwrap());
        }
    }

    #[test]
    fn items_06_09_authorization_is_one_line_of_five_items_in_each_scheme() {
        let key = merchant_key();
        for (scheme, head) in [
            (Scheme::Merchant, "WECHATPAY2-SHA256-RSA2048 mchid=\"1900000109\","),
            (Scheme::Brand, "WECHATPAY-BRAND-SHA256-RSA2048 brand_id=\"1900000109\","),
        ] {
            let signer = Credentials { scheme, caller: "1900000109", serial: "0A1B", signer: &key };
            let message = Message {
                method: &Method::GET,
                target: "/v3/x?a=1",
                timestamp: 1_700_000_000,
                nonce: "n-1",
                body: b"",
            };
            let value = pollster::block_on(signer.authorize(&message)).unwrap();
            assert!(value.is_sensitive());
            let header = value.to_str().unwrap();
            let tail = "nonce_str=\"n-1\",timestamp=\"1700000000\",serial_no=\"0A1B\",signature=\"";
            assert!(header.starts_with(&format!("{head}{tail}")), "{header}");
            assert_eq!(header.matches('=').count() - header.matches("==").count() * 2, 5);
            let signature = STANDARD.decode(item(header, "signature")).unwrap();
            let lines = b"GET\n/v3/x?a=1\n1700000000\nn-1\n\n";
            assert!(merchant_public_key().verifies(lines, &signature));
        }
    }

    #[test]
    fn a_nonce_that_breaks_the_header_is_refused_before_signing() {
        let key = merchant_key();
        let signer =
            Credentials { scheme: Scheme::Merchant, caller: "1", serial: "0A", signer: &key };
        let message =
            Message { method: &Method::GET, target: "/", timestamp: 0, nonce: "a\"", body: b"" };
        assert!(matches!(
            pollster::block_on(signer.authorize(&message)),
            Err(CryptoFailure::Nonce(_))
        ));
    }
}
