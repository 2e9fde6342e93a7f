//! The record of calls.

use std::{collections::BTreeSet, collections::VecDeque, fmt};

use bytes::Bytes;
use http::HeaderMap;

use crate::{check::Violation, fault::Fault};

/// How many calls are kept, and how many bytes of bodies.
const CALLS: usize = 10_000;
const BODY_BYTES: usize = 256 << 20;

/// How much of an answer's body is kept.
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
    /// Raw body, as far as it was read.
    pub body: Bytes,
    /// Status answered; `None` if the connection was reset instead.
    pub status: Option<u16>,
    /// Headers of the answer.
    pub answer_headers: HeaderMap,
    /// Body of the answer, before a fault of the connection; at most 64 KiB of it.
    pub answer: Bytes,
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
            .field("body_bytes", &self.body.len())
            .field("status", &self.status)
            .field("signature", &self.signature)
            .field("violations", &self.violations.len())
            .field("warnings", &self.warnings)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

impl Call {
    fn body_bytes(&self) -> usize {
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
    body_bytes: usize,
    /// How many there were.
    count: u64,
}

impl Calls {
    /// Keeps a call, and gives it its id.
    pub(crate) fn push(&mut self, mut call: Call) -> u64 {
        self.count += 1;
        call.id = self.count;
        call.answer = call.answer.slice(..call.answer.len().min(ANSWER_BYTES));
        self.body_bytes += call.body_bytes();
        self.calls.push_back(call);
        while self.calls.len() > CALLS || self.body_bytes > BODY_BYTES {
            let Some(oldest) = self.calls.pop_front() else { break };
            self.body_bytes -= oldest.body_bytes();
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
        self.body_bytes = 0;
    }

    /// Those behind the call `after`, the oldest first, `limit` at most.
    pub(crate) fn after(&self, after: u64, limit: usize) -> Vec<Call> {
        self.calls.iter().filter(|call| call.id > after).take(limit).cloned().collect()
    }

    pub(crate) fn all(&self) -> Vec<Call> {
        self.calls.iter().cloned().collect()
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
            body,
            status: Some(200),
            answer_headers: HeaderMap::new(),
            answer: Bytes::new(),
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
        let body = Bytes::from(vec![0; BODY_BYTES / 2]);
        for _ in 0..3 {
            calls.push(call("big", body.clone()));
        }
        assert_eq!(calls.all().len(), 2);
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
