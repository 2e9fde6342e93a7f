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
        let time: u64 = timestamp.parse().ok().filter(|_| digits_only).ok_or(Failure::Malformed(TIMESTAMP))?;
        if self.now.abs_diff(time) <= MAX_SKEW {
            return Ok(());
        }
        let seconds = i64::try_from(self.now.abs_diff(time)).unwrap_or(i64::MAX);
        Err(Failure::Stale { seconds: if self.now > time { seconds } else { -seconds } })
    }
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
