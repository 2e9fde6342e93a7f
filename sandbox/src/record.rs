//! The record of calls.

use std::{collections::BTreeSet, collections::VecDeque, fmt};

use bytes::Bytes;
use http::HeaderMap;

use crate::{check::Violation, fault::Fault};

/// How many calls are kept, and how many bytes of bodies in all.
const CALLS: usize = 10_000;
const ALL_BYTES: usize = 256 << 20;

/// How much of one body is kept, so that a large one does not push others out.
const REQUEST_BYTES: usize = 256 << 10;
const ANSWER_BYTES: usize = 64 << 10;

/// How many nonces are remembered.
const NONCES: usize = 10_000;

/// A call as the sandbox saw it.
///
/// `Debug` shows no header values and no body: they hold signatures and personal data.
#[derive(Clone)]
#[non_exhaustive]
pub struct Call {
    /// 1 for the first call, then 2, 3, ...
    pub id: u64,
    /// When its answer left, in Unix seconds.
    pub time: i64,
    /// `taxi_invoice.punch`; `certificates` for `/v3/certificates`; `None` for what no operation fits.
    pub operation: Option<String>,
    /// HTTP method.
    pub method: String,
    /// Raw path.
    pub path: String,
    /// Raw query string.
    pub query: Option<String>,
    /// Headers of the request.
    pub headers: HeaderMap,
    /// Raw body, as far as it was read; at most 256 KiB of it.
    pub body: Bytes,
    /// How many bytes of the body were read.
    pub body_length: usize,
    /// Status answered; `None` if the connection was reset instead.
    pub status: Option<u16>,
    /// Headers of the answer.
    pub answer_headers: HeaderMap,
    /// Body of the answer, before a fault of the connection; at most 64 KiB of it.
    pub answer: Bytes,
    /// How many bytes the answer's body has.
    pub answer_length: usize,
    /// Whether the signature verified.
    pub signature: Verdict,
    /// The rules that its fields break.
    pub violations: Vec<Violation>,
    /// What is odd but was tolerated.
    pub warnings: Vec<String>,
    /// The fault that changed the answer.
    pub fault: Option<Fault>,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("id", &self.id)
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("body_length", &self.body_length)
            .field("status", &self.status)
            .field("signature", &self.signature)
            .field("violations", &self.violations.len())
            .field("warnings", &self.warnings)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

impl Call {
    fn kept_bytes(&self) -> usize {
        self.body.len() + self.answer.len()
    }
}

/// What was found of a request's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It verified.
    Verified,
    /// It did not, for this reason.
    Refused(String),
    /// It was not looked at, for this reason.
    Unchecked(String),
}

impl Verdict {
    /// Whether the signature verified.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        *self == Self::Verified
    }
}

/// The latest calls, bounded in number and size.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    calls: VecDeque<Call>,
    kept_bytes: usize,
    /// How many there were.
    count: u64,
}

impl Calls {
    /// Keeps a call, and gives it its id.
    pub(crate) fn push(&mut self, mut call: Call) -> u64 {
        self.count += 1;
        call.id = self.count;
        call.body = beginning(call.body, REQUEST_BYTES);
        call.answer = beginning(call.answer, ANSWER_BYTES);
        self.kept_bytes += call.kept_bytes();
        self.calls.push_back(call);
        while self.calls.len() > CALLS || self.kept_bytes > ALL_BYTES {
            let Some(oldest) = self.calls.pop_front() else { break };
            self.kept_bytes -= oldest.kept_bytes();
        }
        self.count
    }

    /// How many there were.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Forgets all of them; the next one's id is the next number all the same.
    pub(crate) fn clear(&mut self) {
        self.calls.clear();
        self.kept_bytes = 0;
    }

    /// Those behind the call `after`, the oldest first, `limit` at most.
    pub(crate) fn after(&self, after: u64, limit: usize) -> Vec<Call> {
        self.calls.iter().filter(|call| call.id > after).take(limit).cloned().collect()
    }

    pub(crate) fn all(&self) -> Vec<Call> {
        self.calls.iter().cloned().collect()
    }
}

/// At most so many bytes of a body. They are copied: a slice would keep all of it.
fn beginning(body: Bytes, most: usize) -> Bytes {
    match body.get(..most) {
        Some(kept) if body.len() > most => Bytes::copy_from_slice(kept),
        _ => body,
    }
}

/// The latest nonces.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    seen: BTreeSet<String>,
    order: VecDeque<String>,
}

impl Nonces {
    /// Whether this nonce was not seen lately.
    pub(crate) fn is_new(&mut self, nonce: String) -> bool {
        if !self.seen.insert(nonce.clone()) {
            return false;
        }
        self.order.push_back(nonce);
        if self.order.len() > NONCES
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(path: &str, body: Bytes) -> Call {
        Call {
            id: 0,
            time: 0,
            operation: None,
            method: "POST".into(),
            path: path.into(),
            query: None,
            headers: HeaderMap::new(),
            body_length: body.len(),
            body,
            status: Some(200),
            answer_headers: HeaderMap::new(),
            answer: Bytes::new(),
            answer_length: 0,
            signature: Verdict::Verified,
            violations: Vec::new(),
            warnings: Vec::new(),
            fault: None,
        }
    }

    #[test]
    fn the_record_is_bounded_in_number_and_bytes() {
        let mut calls = Calls::default();
        for number in 0..=CALLS {
            assert_eq!(calls.push(call(&number.to_string(), Bytes::new())), number as u64 + 1);
        }
        assert_eq!((calls.all().len(), calls.all()[0].path.as_str()), (CALLS, "1"));
        assert_eq!(
            calls.after(10_000, 10).iter().map(|call| call.id).collect::<Vec<_>>(),
            [10_001]
        );
        let body = Bytes::from(vec![0; REQUEST_BYTES]);
        let fit = ALL_BYTES / REQUEST_BYTES;
        for _ in 0..=fit {
            calls.push(call("big", body.clone()));
        }
        assert_eq!(calls.all().len(), fit);
    }

    #[test]
    fn of_a_large_body_the_beginning_is_kept_and_nothing_held_beside() {
        let mut calls = Calls::default();
        let large = Bytes::from(vec![7; 5 << 20]);
        calls.push(Call { answer: large.clone(), ..call("large", large.clone()) });
        let kept = calls.all().remove(0);
        assert_eq!((kept.body.len(), kept.body_length), (REQUEST_BYTES, 5 << 20));
        assert_eq!(kept.answer.len(), ANSWER_BYTES);
        assert!(large.is_unique(), "the record shares the whole body");
    }

    #[test]
    fn nonces_are_remembered_for_a_while() {
        let mut nonces = Nonces::default();
        assert!(nonces.is_new("a".into()) && !nonces.is_new("a".into()));
        (0..NONCES).for_each(|number| assert!(nonces.is_new(number.to_string())));
        assert!(nonces.is_new("a".into()));
    }

    #[test]
    fn debug_shows_neither_headers_nor_body() {
        let mut call = call("/v3/a", Bytes::from_static(b"personal"));
        call.headers.insert("authorization", "secret-signature".parse().unwrap());
        let shown = format!("{call:?}");
        assert!(
            shown.contains("/v3/a")
                && !shown.contains("personal")
                && !shown.contains("secret-signature"),
            "{shown}"
        );
    }
}
