//! Verifies a response: the three lines over its raw bytes, with the key its serial names.
//!
//! Takes headers, body and the present time; gives whether there was a signature, and refuses everything that is not
//! wholly in order. Whether an unsigned response may pass is for the caller to say.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderMap;

use crate::{
    error::VerificationFailure as Failure,
    headers::{NONCE, SERIAL, SIGNATURE, SIGNATURE_TYPE, TIMESTAMP},
    sign::Scheme,
    trust::TrustStore,
};

/// A response may be so many seconds older or younger than the clock says.
const MAX_SKEW: u64 = 300;

/// How a probe's signature begins.
const PROBE: &str = "WECHATPAY/SIGNTEST/";

/// What was found to be in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verified {
    /// A valid signature by a trusted key.
    Signed,
    /// No trace of a signature.
    Unsigned,
}

/// Who is believed, when, and for which scheme.
pub(crate) struct Verifier<'t> {
    pub(crate) trust: &'t TrustStore,
    pub(crate) scheme: Scheme,
    pub(crate) now: u64,
}

impl Verifier<'_> {
    /// Checks a response. A single signature header is enough to demand them all.
    pub(crate) fn check(&self, headers: &HeaderMap, body: &[u8]) -> Result<Verified, Failure> {
        let Some(claim) = Claim::read(headers)? else { return Ok(Verified::Unsigned) };
        if claim.signature.starts_with(PROBE) {
            return Err(Failure::Probe);
        }
        if let Some(found) = claim.signature_type.filter(|found| *found != self.scheme.name()) {
            return Err(Failure::SignatureType(crate::error::one_line(found, 64)));
        }
        self.check_time(claim.timestamp)?;
        let Some(key) = self.trust.find(claim.serial) else {
            return Err(Failure::UnknownSerial {
                serial: crate::error::one_line(claim.serial, 128),
                known: self.trust.serials().map(str::to_owned).collect(),
            });
        };
        let genuine = STANDARD
            .decode(claim.signature)
            .is_ok_and(|signature| key.key.verifies(&claim.lines(body), &signature));
        if genuine { Ok(Verified::Signed) } else { Err(Failure::Mismatch) }
    }

    fn check_time(&self, timestamp: &str) -> Result<(), Failure> {
        let digits_only = timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let time: u64 =
            timestamp.parse().ok().filter(|_| digits_only).ok_or(Failure::Malformed(TIMESTAMP))?;
        if self.now.abs_diff(time) <= MAX_SKEW {
            return Ok(());
        }
        let seconds = i64::try_from(self.now.abs_diff(time)).unwrap_or(i64::MAX);
        Err(Failure::Stale { seconds: if self.now > time { seconds } else { -seconds } })
    }
}

/// Whether there is any trace of a signature.
pub(crate) fn is_claimed(headers: &HeaderMap) -> bool {
    !matches!(Claim::read(headers), Ok(None))
}

/// The signature headers of a response.
struct Claim<'h> {
    timestamp: &'h str,
    nonce: &'h str,
    signature: &'h str,
    serial: &'h str,
    signature_type: Option<&'h str>,
}

impl<'h> Claim<'h> {
    /// `None` if there is no signature header at all.
    fn read(headers: &'h HeaderMap) -> Result<Option<Self>, Failure> {
        let timestamp = single(headers, TIMESTAMP)?;
        let nonce = single(headers, NONCE)?;
        let signature = single(headers, SIGNATURE)?;
        let serial = single(headers, SERIAL)?;
        let signature_type = single(headers, SIGNATURE_TYPE)?;
        if [timestamp, nonce, signature, serial, signature_type].iter().all(Option::is_none) {
            return Ok(None);
        }
        Ok(Some(Self {
            timestamp: timestamp.ok_or(Failure::Missing(TIMESTAMP))?,
            nonce: nonce.ok_or(Failure::Missing(NONCE))?,
            signature: signature.ok_or(Failure::Missing(SIGNATURE))?,
            serial: serial.ok_or(Failure::Missing(SERIAL))?,
            signature_type,
        }))
    }

    /// Three lines, each ended by LF; an empty body leaves its LF.
    fn lines(&self, body: &[u8]) -> Vec<u8> {
        let mut lines = format!("{}\n{}\n", self.timestamp, self.nonce).into_bytes();
        lines.extend_from_slice(body);
        lines.push(b'\n');
        lines
    }
}

/// The value of a header that may stand there once.
fn single<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<Option<&'h str>, Failure> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Failure::Repeated(name));
    }
    value.to_str().map(Some).map_err(|_| Failure::Malformed(name))
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;
    use crate::{
        PublicKey,
        fixtures::{WECHATPAY_ID, official_key, vectors, wechatpay_key, wechatpay_public_key},
    };

    const NOW: u64 = 1_700_000_000;

    fn sign(body: &[u8], timestamp: &str) -> HeaderMap {
        let lines = [timestamp.as_bytes(), b"\nnonce-1\n", body, b"\n"].concat();
        let signature = STANDARD.encode(wechatpay_key().sign(&lines).unwrap());
        [
            (TIMESTAMP, timestamp),
            (NONCE, "nonce-1"),
            (SIGNATURE, &signature),
            (SERIAL, WECHATPAY_ID),
        ]
        .into_iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect()
    }

    fn signed(body: &[u8]) -> HeaderMap {
        sign(body, "1700000000")
    }

    fn check(headers: &HeaderMap, body: &[u8]) -> Result<Verified, Failure> {
        let trust = TrustStore::new().public_key(WECHATPAY_ID, wechatpay_public_key());
        Verifier { trust: &trust, scheme: Scheme::Merchant, now: NOW }.check(headers, body)
    }

    fn with(mut headers: HeaderMap, name: &'static str, value: &'static str) -> HeaderMap {
        headers.insert(HeaderName::try_from(name).unwrap(), HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn official_responses_are_judged_as_published() {
        for vector in vectors("verify_response") {
            let mut trust = TrustStore::new();
            for (serial, key) in vector["trust"].as_object().unwrap() {
                // One vector names a key that is not published.
                let Some(pem) = official_key(key.as_str().unwrap(), "public_pem") else { continue };
                trust = trust.public_key(serial, PublicKey::from_pem(&pem).unwrap());
            }
            if trust.serials().next().is_none() {
                continue;
            }
            let headers: HeaderMap = vector["headers"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| {
                    (name.parse().unwrap(), value.as_str().unwrap().parse().unwrap())
                })
                .collect();
            let now = vector["now"].as_u64().unwrap();
            let verifier = Verifier { trust: &trust, scheme: Scheme::Merchant, now };
            let verdict =
                verifier.check(&headers, vector["body"]["utf8"].as_str().unwrap().as_bytes());
            match vector["expect"].as_str().unwrap() {
                "ok" => assert_eq!(verdict, Ok(Verified::Signed), "{}", vector["id"]),
                _ => {
                    assert_eq!(verdict, Err(Failure::Stale { seconds: 86_400 }), "{}", vector["id"])
                }
            }
        }
    }

    #[test]
    fn item_21_raw_bytes_are_what_counts() {
        let body = b"{\"a\": 1}";
        assert_eq!(check(&signed(body), body), Ok(Verified::Signed));
        for altered in [&b"{\"a\":1}"[..], b"{\"a\": 2}", b"{\"a\": 1}\n", b""] {
            assert_eq!(check(&signed(body), altered), Err(Failure::Mismatch));
        }
        assert_eq!(check(&with(signed(body), NONCE, "nonce-2"), body), Err(Failure::Mismatch));
        assert_eq!(
            check(&with(signed(body), TIMESTAMP, "1700000001"), body),
            Err(Failure::Mismatch)
        );
        let binary = b"\xff\x00\r\n";
        assert_eq!(check(&signed(binary), binary), Ok(Verified::Signed));
    }

    #[test]
    fn item_22_an_empty_body_is_signed_too() {
        assert_eq!(check(&signed(b""), b""), Ok(Verified::Signed));
        assert_eq!(check(&signed(b"x"), b""), Err(Failure::Mismatch));
    }

    #[test]
    fn item_23_more_than_300_seconds_either_way_are_refused() {
        let at = |timestamp: &str| check(&sign(b"{}", timestamp), b"{}");
        for good in ["1699999700", "1700000000", "1700000300"] {
            assert_eq!(at(good), Ok(Verified::Signed), "{good}");
        }
        assert_eq!(at("1699999699"), Err(Failure::Stale { seconds: 301 }));
        assert_eq!(at("1700000301"), Err(Failure::Stale { seconds: -301 }));
        assert_eq!(at("18446744073709551615"), Err(Failure::Stale { seconds: -i64::MAX }));
        for bad in ["", "+1700000000", "-1", "1700000000.0", "99999999999999999999", "x"] {
            assert_eq!(at(bad), Err(Failure::Malformed(TIMESTAMP)), "{bad:?}");
        }
    }

    #[test]
    fn item_24_a_signature_type_must_be_the_clients_own() {
        let own = with(signed(b""), SIGNATURE_TYPE, "WECHATPAY2-SHA256-RSA2048");
        assert_eq!(check(&own, b""), Ok(Verified::Signed));
        let other = with(signed(b""), SIGNATURE_TYPE, "WECHATPAY2-SM2-WITH-SM3");
        let expected = Failure::SignatureType("WECHATPAY2-SM2-WITH-SM3".to_owned());
        assert_eq!(check(&other, b""), Err(expected));
    }

    #[test]
    fn item_25_any_signature_header_demands_the_full_set_once() {
        assert_eq!(check(&HeaderMap::new(), b""), Ok(Verified::Unsigned));
        for name in [TIMESTAMP, NONCE, SIGNATURE, SERIAL] {
            let mut headers = signed(b"");
            headers.remove(name);
            assert_eq!(check(&headers, b""), Err(Failure::Missing(name)));
            let mut headers = signed(b"");
            let again = headers[name].clone();
            headers.append(HeaderName::try_from(name).unwrap(), again);
            assert_eq!(check(&headers, b""), Err(Failure::Repeated(name)));
            let mut headers = signed(b"");
            headers.insert(name, HeaderValue::from_bytes(b"\xff").unwrap());
            assert_eq!(check(&headers, b""), Err(Failure::Malformed(name)));
        }
        let lone = with(HeaderMap::new(), SIGNATURE_TYPE, "WECHATPAY2-SHA256-RSA2048");
        assert_eq!(check(&lone, b""), Err(Failure::Missing(TIMESTAMP)));
    }

    #[test]
    fn item_29_a_probe_is_told_from_a_forgery() {
        for probe in
            ["WECHATPAY/SIGNTEST/", "WECHATPAY/SIGNTEST/not-base64!", "WECHATPAY/SIGNTEST/QUJD"]
        {
            assert_eq!(check(&with(signed(b""), SIGNATURE, probe), b""), Err(Failure::Probe));
        }
        for forgery in ["", "not Base64!", "QUJD", "wechatpay/signtest/"] {
            let headers = with(signed(b""), SIGNATURE, forgery);
            assert_eq!(check(&headers, b""), Err(Failure::Mismatch), "{forgery:?}");
        }
    }

    #[test]
    fn items_17_33_the_key_is_chosen_by_serial_and_an_unknown_one_is_an_ordinary_error() {
        for serial in ["PUB_KEY_ID_X", "0A1B", "zz", "", "%%%"] {
            let found = check(&with(signed(b""), SERIAL, serial), b"");
            let known = vec![WECHATPAY_ID.to_owned()];
            assert_eq!(found, Err(Failure::UnknownSerial { serial: serial.to_owned(), known }));
        }
    }
}
