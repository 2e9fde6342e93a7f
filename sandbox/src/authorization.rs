//! The caller's `Authorization` header: reading it, and saying precisely why it does not hold.

use serde_json::{Value, json};

use crate::{
    callers::Caller, encoding, keys::PUBLIC_KEY_ID_PREFIX, keys::canonical_serial, scheme::Scheme,
    signature,
};

/// How far, in seconds, a timestamp may lie from the clock.
pub(crate) const TOLERANCE: i64 = 300;

/// How many characters of the signed message an error shows.
const SHOWN: usize = 1024;

/// What the signature is made over, apart from timestamp and nonce.
#[derive(Clone, Copy)]
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a str,
    /// Path and query, exactly as they were received.
    pub(crate) target: &'a str,
    /// The raw body; for an upload the raw bytes of its `meta` part.
    pub(crate) body: &'a [u8],
}

/// Why a request is not authentic, and what the gateway saw.
#[derive(Debug)]
pub(crate) struct SignError {
    pub(crate) message: String,
    pub(crate) detail: Value,
}

/// A header that holds.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) nonce: String,
    /// The serial number was not written in upper case.
    pub(crate) odd_serial: bool,
}

/// Checks the `Authorization` headers of a request, in this order: form, caller, serial number, time, signature.
pub(crate) fn verify(
    headers: &[String],
    signed: Signed<'_>,
    caller: &Caller<'_>,
    now: i64,
) -> Result<Verified, SignError> {
    let fail = |message: String| SignError { detail: detail("authorization", &message), message };
    let header = match headers {
        [] => return Err(fail("the Authorization header is missing".into())),
        [header] => header,
        _ => return Err(fail("there is more than one Authorization header".into())),
    };
    let items = Items::parse(header, caller.scheme).map_err(fail)?;
    items.check_caller(caller).map_err(fail)?;
    items.check_time(now).map_err(fail)?;
    items.check_signature(signed, caller)?;
    Ok(Verified { odd_serial: items.serial_no != caller.serial, nonce: items.nonce_str })
}

/// The five items of the header.
#[derive(Debug, Default, PartialEq, Eq)]
struct Items {
    /// `mchid` or `brand_id`.
    caller: String,
    nonce_str: String,
    timestamp: String,
    serial_no: String,
    signature: String,
}

impl Items {
    /// Reads `SCHEME key="value",...`: exactly the five items, each once, in any order.
    fn parse(header: &str, expected: Scheme) -> Result<Self, String> {
        let header = header.trim();
        let (scheme, mut rest) = header.split_once(' ').unwrap_or((header, ""));
        if scheme != expected.name() {
            return Err(format!(
                "the scheme is `{}`, must be `{}`",
                encoding::clip(scheme, 40),
                expected.name()
            ));
        }
        let mut items = Self::default();
        loop {
            let (name, value, tail) = item(rest)?;
            let slot = items.slot(name, expected).ok_or_else(|| {
                format!("there is an unknown item `{}`", encoding::clip(name, 40))
            })?;
            if !slot.is_empty() {
                return Err(format!("the item `{name}` stands twice"));
            }
            if value.is_empty() {
                return Err(format!("the item `{name}` is empty"));
            }
            value.clone_into(slot);
            match tail.trim_start().strip_prefix(',') {
                Some(more) => rest = more,
                None if tail.trim().is_empty() => break,
                None => return Err(format!("there is no comma behind the item `{name}`")),
            }
        }
        match items.first_empty(expected) {
            Some(name) => Err(format!("the item `{name}` is missing")),
            None => Ok(items),
        }
    }

    fn slot(&mut self, name: &str, scheme: Scheme) -> Option<&mut String> {
        Some(match name {
            name if name == scheme.caller() => &mut self.caller,
            "nonce_str" => &mut self.nonce_str,
            "timestamp" => &mut self.timestamp,
            "serial_no" => &mut self.serial_no,
            "signature" => &mut self.signature,
            _ => return None,
        })
    }

    fn first_empty(&mut self, scheme: Scheme) -> Option<&'static str> {
        let names = [scheme.caller(), "nonce_str", "timestamp", "serial_no", "signature"];
        names.into_iter().find(|name| self.slot(name, scheme).is_some_and(|value| value.is_empty()))
    }

    fn check_caller(&self, caller: &Caller<'_>) -> Result<(), String> {
        if self.caller != caller.id {
            let id = encoding::clip(&self.caller, 40);
            let item = caller.scheme.caller();
            return Err(format!("{item} is {id}, but {} {}", caller.source, caller.id));
        }
        if canonical_serial(&self.serial_no) == canonical_serial(caller.serial) {
            return Ok(());
        }
        let serial = encoding::clip(&self.serial_no, 60);
        let hint = if canonical_serial(&self.serial_no) == canonical_serial(caller.platform_serial)
        {
            ", and this is the platform certificate's"
        } else if self.serial_no.starts_with(PUBLIC_KEY_ID_PREFIX) {
            ", and this is the id of a WeChat Pay public key"
        } else {
            ""
        };
        Err(format!(
            "serial_no is {serial}, but the caller's certificate has {}{hint}",
            caller.serial
        ))
    }

    fn check_time(&self, now: i64) -> Result<(), String> {
        let shown = encoding::clip(&self.timestamp, 40);
        let digits = self.timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let Some(timestamp) = self.timestamp.parse::<i64>().ok().filter(|_| digits) else {
            return Err(format!("timestamp is `{shown}`, must be Unix seconds"));
        };
        let off = timestamp.saturating_sub(now);
        if off.saturating_abs() <= TOLERANCE {
            return Ok(());
        }
        let milliseconds = (timestamp / 1000).saturating_sub(now).saturating_abs() <= TOLERANCE;
        let hint =
            if milliseconds { "; it looks like milliseconds, seconds are wanted" } else { "" };
        Err(format!(
            "timestamp {shown} is {off:+} s off the gateway's clock {now}, at most {TOLERANCE} s are allowed{hint}"
        ))
    }

    fn check_signature(&self, signed: Signed<'_>, caller: &Caller<'_>) -> Result<(), SignError> {
        let message = self.message(signed.target, signed.method, signed.body);
        if signature::verify(caller.key, &message, &self.signature) {
            return Ok(());
        }
        let reason = self.guess(signed, caller, &message);
        let text = format!("the signature does not fit the request: {reason}");
        let mut detail = detail("signature", "sign not match");
        detail["sign_information"] = json!({
            "method": signed.method,
            "url": signed.target,
            "truncated_sign_message": encoding::clip(&String::from_utf8_lossy(&message).replace('\n', "\\n"), SHOWN),
            "sign_message_length": message.len(),
            // The certificate whose key must have made it.
            "serial_no": caller.serial,
        });
        Err(SignError { message: text, detail })
    }

    fn message(&self, target: &str, method: &str, body: &[u8]) -> Vec<u8> {
        signature::request_message(method, target, &self.timestamp, &self.nonce_str, body)
    }

    /// Tries the mistakes that are made most often, and names the one that explains the signature.
    fn guess(&self, signed: Signed<'_>, caller: &Caller<'_>, message: &[u8]) -> String {
        if encoding::from_base64(&self.signature).is_none() {
            return "it is not Base64".into();
        }
        let Signed { method, target, body } = signed;
        let path = target.split('?').next().unwrap_or(target);
        let decoded = encoding::percent_decode(target).unwrap_or_default();
        let mistakes = [
            ("it was made without the final line feed", message[..message.len() - 1].to_vec()),
            ("it was made over an empty body", self.message(target, method, b"")),
            ("it was made without the query string", self.message(path, method, body)),
            (
                "it was made over the path before percent-encoding",
                self.message(&decoded, method, body),
            ),
            (
                "it was made over a lower-case method",
                self.message(target, &method.to_lowercase(), body),
            ),
        ];
        let fits = |message: &[u8]| signature::verify(caller.key, message, &self.signature);
        mistakes.iter().find(|(_, message)| fits(message)).map_or_else(
            || format!(
                "it was made with another key than that of the certificate {}, or over another message; compare with sign_information",
                caller.serial
            ),
            |(reason, _)| (*reason).to_owned(),
        )
    }
}

/// One `name="value"` and what follows.
fn item(text: &str) -> Result<(&str, &str, &str), String> {
    let broken = || "an item is not of the form name=\"value\"".to_owned();
    let (name, rest) = text.split_once('=').ok_or_else(broken)?;
    let (value, tail) =
        rest.strip_prefix('"').and_then(|rest| rest.split_once('"')).ok_or_else(broken)?;
    Ok((name.trim(), value, tail))
}

fn detail(field: &str, issue: &str) -> Value {
    json!({ "field": field, "issue": issue, "location": "authorization" })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rsa::{RsaPrivateKey, pkcs8::DecodePrivateKey as _};

    use super::*;
    use crate::Keys;

    const NOW: i64 = 1_700_000_000;
    const SIGNED: Signed<'_> =
        Signed { method: "POST", target: "/v3/a/%E7%B2%A4?b=c", body: b"{}" };

    fn sign(keys: &Keys, message: &[u8]) -> String {
        let key = RsaPrivateKey::from_pkcs8_pem(keys.mch_key_pem().unwrap()).unwrap();
        encoding::base64(&signature::sign_rsa(&key, message).unwrap())
    }

    fn merchant(keys: &Keys) -> Caller<'_> {
        Caller::of(Scheme::Merchant, keys).unwrap()
    }

    fn header(mchid: &str, serial: &str, timestamp: i64, signature: &str) -> String {
        format!(
            "{} timestamp=\"{timestamp}\",mchid=\"{mchid}\", serial_no=\"{serial}\",signature=\"{signature}\",nonce_str=\"n\"",
            Scheme::Merchant.name()
        )
    }

    fn refusal(header: &str) -> String {
        let keys = Keys::throwaway().unwrap();
        verify(&[header.to_owned()], SIGNED, &merchant(&keys), NOW).unwrap_err().message
    }

    #[test]
    fn a_good_header_verifies_in_any_order_and_serial_case() {
        let keys = Keys::throwaway().unwrap();
        let message = signature::request_message(
            SIGNED.method,
            SIGNED.target,
            &NOW.to_string(),
            "n",
            SIGNED.body,
        );
        let signature = sign(&keys, &message);
        for (serial, odd) in
            [(keys.mch_serial().to_owned(), false), (keys.mch_serial().to_lowercase(), true)]
        {
            let header = header(keys.mchid(), &serial, NOW, &signature);
            for now in [NOW - TOLERANCE, NOW, NOW + TOLERANCE] {
                let verified =
                    verify(std::slice::from_ref(&header), SIGNED, &merchant(&keys), now).unwrap();
                assert_eq!((verified.nonce.as_str(), verified.odd_serial), ("n", odd));
            }
            assert!(
                verify(&[header.clone(), header.clone()], SIGNED, &merchant(&keys), NOW).is_err()
            );
        }
    }

    #[test]
    fn the_official_header_is_read() {
        let vectors: Value =
            serde_json::from_str(include_str!("../tests/fixtures/official.json")).unwrap();
        let case = &vectors["authorization"];
        let items = Items::parse(case["header"].as_str().unwrap(), Scheme::Merchant).unwrap();
        let field = |name: &str| case["fields"][name].as_str().unwrap().to_owned();
        let expected = Items {
            caller: field("mchid"),
            nonce_str: field("nonce_str"),
            timestamp: field("timestamp"),
            serial_no: field("serial_no"),
            signature: field("signature"),
        };
        assert_eq!(items, expected);
    }

    #[test]
    fn each_flaw_is_named() {
        let keys = Keys::throwaway().unwrap();
        let (mchid, serial) = (keys.mchid(), keys.mch_serial());
        let good = header(mchid, serial, NOW, "AAAA");
        let cases = [
            ("Bearer x".to_owned(), "the scheme is `Bearer`"),
            (Scheme::Merchant.name().to_owned(), "not of the form"),
            (good.replace("mchid=", "sp_mchid="), "unknown item `sp_mchid`"),
            (format!("{good},nonce_str=\"m\""), "`nonce_str` stands twice"),
            (good.replace(",nonce_str=\"n\"", ""), "`nonce_str` is missing"),
            (good.replace("nonce_str=\"n\"", "nonce_str=\"\""), "`nonce_str` is empty"),
            (good.replace("\",mchid", "\" mchid"), "no comma behind the item `timestamp`"),
            (format!("{good},"), "not of the form"),
            (header("1", serial, NOW, "AAAA"), "mchid is 1, but"),
            (header(mchid, "AB", NOW, "AAAA"), "serial_no is AB, but"),
            (header(mchid, keys.plat_serial(), NOW, "AAAA"), "the platform certificate's"),
            (header(mchid, keys.wxp_key_id(), NOW, "AAAA"), "id of a WeChat Pay public key"),
            (header(mchid, serial, NOW - 301, "AAAA"), "is -301 s off"),
            (header(mchid, serial, NOW + 301, "AAAA"), "is +301 s off"),
            (header(mchid, serial, NOW * 1000, "AAAA"), "looks like milliseconds"),
            (good.replace(&format!("\"{NOW}\""), "\"+1\""), "must be Unix seconds"),
            (header(mchid, serial, NOW, "???"), "it is not Base64"),
            (good, "with another key than that of the certificate"),
        ];
        for (header, expected) in cases {
            let message = refusal(&header);
            assert!(message.contains(expected), "{header}\n{message}");
        }
    }

    #[test]
    fn common_mistakes_are_recognised_and_the_lines_shown() {
        let keys = Keys::throwaway().unwrap();
        let stamp = NOW.to_string();
        let message = |method: &str, target: &str, body: &[u8]| {
            signature::request_message(method, target, &stamp, "n", body)
        };
        let full = message("POST", SIGNED.target, SIGNED.body);
        let cases = [
            (full[..full.len() - 1].to_vec(), "final line feed"),
            (message("POST", SIGNED.target, b""), "empty body"),
            (message("POST", "/v3/a/%E7%B2%A4", SIGNED.body), "query string"),
            (message("POST", "/v3/a/粤?b=c", SIGNED.body), "percent-encoding"),
            (message("post", SIGNED.target, SIGNED.body), "lower-case method"),
        ];
        for (wrong, expected) in cases {
            let header = header(keys.mchid(), keys.mch_serial(), NOW, &sign(&keys, &wrong));
            let error =
                verify(std::slice::from_ref(&header), SIGNED, &merchant(&keys), NOW).unwrap_err();
            assert!(error.message.contains(expected), "{}", error.message);
            let information = &error.detail["sign_information"];
            assert_eq!(
                information["truncated_sign_message"],
                "POST\\n/v3/a/%E7%B2%A4?b=c\\n1700000000\\nn\\n{}\\n"
            );
            assert_eq!(information["sign_message_length"], full.len());
            assert_eq!(information["serial_no"], keys.mch_serial());
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(header in ".{0,200}", items in "[a-z_]{0,9}=\"?[^\"]{0,20}\"?,?") {
            let keys = Keys::throwaway().unwrap();
            prop_assert!(verify(std::slice::from_ref(&header), SIGNED, &merchant(&keys), NOW).is_err());
            let header = format!("{} {items}", Scheme::Merchant.name());
            prop_assert!(verify(std::slice::from_ref(&header), SIGNED, &merchant(&keys), i64::MIN).is_err());
        }
    }
}
