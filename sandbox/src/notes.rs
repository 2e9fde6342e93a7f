//! What the checks of a request found, for its record.

use bytes::Bytes;

use crate::{
    check::Violation,
    fault::Fault,
    record::{Call, Verdict},
    request::Head,
    respond::Outgoing,
};

/// What was found so far.
pub(crate) struct Notes {
    pub(crate) signature: Verdict,
    pub(crate) violations: Vec<Violation>,
    pub(crate) warnings: Vec<String>,
    /// Notifications that follow.
    pub(crate) notices: Vec<i64>,
}

impl Notes {
    /// Nothing was looked at, for this reason.
    pub(crate) fn unchecked(reason: &str) -> Self {
        Self {
            signature: Verdict::Unchecked(reason.to_owned()),
            violations: Vec::new(),
            warnings: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// The platform cannot call an address on this machine; the sandbox can, and tests want it to.
    pub(crate) fn tolerate_local_addresses(&mut self) {
        let (local, others): (Vec<_>, _) =
            self.violations.drain(..).partition(Violation::is_local_address);
        self.violations = others;
        for Violation { path, .. } in local {
            self.warnings.push(format!("{path} is an address that the real platform cannot call"));
        }
    }

    /// The record of the call; it has no id yet.
    pub(crate) fn into_call(
        self,
        head: &Head,
        operation: Option<String>,
        body: Bytes,
        outgoing: Option<&Outgoing>,
        fault: Option<Fault>,
        time: i64,
    ) -> Call {
        Call {
            id: 0,
            time,
            operation,
            method: head.method.clone(),
            path: head.path().to_owned(),
            query: head.query().map(str::to_owned),
            headers: head.headers.clone(),
            body_length: body.len(),
            body,
            status: outgoing.map(Outgoing::status),
            answer_headers: outgoing.map(|answer| answer.headers().clone()).unwrap_or_default(),
            answer: outgoing.map(|answer| answer.body().clone()).unwrap_or_default(),
            answer_length: outgoing.map_or(0, |answer| answer.body().len()),
            signature: self.signature,
            violations: self.violations,
            warnings: self.warnings,
            fault,
        }
    }
}
