//! The outside of a request: its line, its headers, its body as bytes.

use std::{future::poll_fn, pin::Pin};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, request::Parts};
use http_body::Body as _;

use crate::{encoding, refusal::Refusal};

/// The largest body that is accepted.
const BODY_LIMIT: usize = 10 << 20;

/// How much of a larger body is still read, so that the client gets to see the refusal.
const DRAIN_LIMIT: usize = 64 << 20;

/// Request line and headers.
pub(crate) struct Head {
    pub(crate) method: String,
    /// Path and query, exactly as received.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
}

impl Head {
    pub(crate) fn new(parts: Parts) -> Self {
        let target = parts
            .uri
            .path_and_query()
            .map_or_else(String::new, |target| target.as_str().to_owned());
        Self { method: parts.method.as_str().to_owned(), target, headers: parts.headers }
    }

    /// Raw path.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Raw query string.
    pub(crate) fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    /// Decoded pairs of the query string.
    pub(crate) fn query_pairs(&self) -> Result<Vec<(String, String)>, Refusal> {
        let pairs = self.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let decoded = pairs.map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((encoding::query_decode(key)?, encoding::query_decode(value)?))
        });
        let all: Option<_> = decoded.collect();
        all.ok_or_else(|| Refusal::invalid("the query string is not percent-encoded UTF-8"))
    }

    /// The one value of a header; `None` if it is absent, empty or not text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .filter(|value| !value.is_empty())
    }

    /// All values of a header; what is not text in them is replaced.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let values = self.headers.get_all(name).iter();
        values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
    }

    /// The headers that every call must have.
    pub(crate) fn check(&self, answers_json: bool) -> Result<(), Refusal> {
        if self.header("user-agent").is_none() {
            return Err(Refusal::invalid(
                "the User-Agent header is missing; name the client and its version",
            ));
        }
        if answers_json && !self.all("accept").iter().any(|list| allows_json(list)) {
            let message = "the Accept header must allow application/json";
            return Err(Refusal::new(406, "INVALID_REQUEST", message));
        }
        Ok(())
    }

    pub(crate) fn is_json(&self) -> bool {
        self.media_type() == "application/json"
    }

    pub(crate) fn is_multipart(&self) -> bool {
        self.media_type() == "multipart/form-data"
    }

    fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

/// Whether an `Accept` list allows JSON. A range with a quality of zero forbids.
fn allows_json(list: &str) -> bool {
    list.split(',').any(|range| {
        let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
        let allowed =
            matches!(parts.next().as_deref(), Some("application/json" | "application/*" | "*/*"));
        let zero =
            |part: String| part.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0);
        allowed && !parts.any(zero)
    })
}

/// Reads a body; `None` if it is too large, or the connection breaks.
pub(crate) async fn read_body(mut body: Body) -> Option<Bytes> {
    let mut read = BytesMut::new();
    let mut total = 0;
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        total += data.len();
        if total > DRAIN_LIMIT {
            return None;
        }
        if total <= BODY_LIMIT {
            read.extend_from_slice(&data);
        }
    }
    (total <= BODY_LIMIT).then(|| read.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(target: &str, headers: &[(&'static str, &str)]) -> Head {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        Head { method: "GET".into(), target: target.into(), headers }
    }

    #[test]
    fn accept_takes_lists_and_wildcards() {
        for list in [
            "application/json",
            "*/*",
            "text/html, application/json;q=0.8",
            "APPLICATION/*",
            "a/b,*/*;q=0.1",
        ] {
            assert!(allows_json(list), "{list}");
        }
        for list in
            ["", "text/html", "application/xml", "application/json;q=0", "application/jsonx"]
        {
            assert!(!allows_json(list), "{list}");
        }
    }

    #[test]
    fn headers_are_asked_for() {
        let good = [("accept", "text/html"), ("accept", "application/json"), ("user-agent", "x/1")];
        assert!(head("/", &good).check(true).is_ok());
        assert!(head("/", &good[..2]).check(true).is_err());
        assert!(head("/", &good[2..]).check(true).is_err());
        assert!(head("/", &good[2..]).check(false).is_ok());
    }

    #[test]
    fn queries_are_decoded_in_order() {
        let pairs = head("/v3/a?b=%E7%B2%A4+1&c&&d==", &[]).query_pairs().unwrap();
        let expected = [("b", "粤 1"), ("c", ""), ("d", "=")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(pairs, expected);
        assert!(head("/v3/a?b=%", &[]).query_pairs().is_err());
        let bare = head("/v3/a", &[]);
        assert_eq!((bare.path(), bare.query()), ("/v3/a", None));
    }

    #[test]
    fn media_types_are_compared_without_parameters_and_case() {
        assert!(head("/", &[("content-type", "Application/JSON; charset=utf-8")]).is_json());
        assert!(!head("/", &[("content-type", "text/json")]).is_json());
        assert!(head("/", &[("content-type", "multipart/form-data")]).is_multipart());
    }
}
