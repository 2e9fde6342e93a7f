//! Faults: what a gateway, or the network before it, does wrong when a test asks for it.

use std::time::Duration;

/// A fault. It changes what is answered, never what is checked or recorded.
///
/// Unless its description says otherwise, the answer is signed correctly.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The body is changed after it was signed, in a way that leaves JSON readable. An answer without body is signed
    /// as if it had one.
    TamperedBody,
    /// `Wechatpay-Serial` names a key that nobody has.
    WrongSerial,
    /// The signature is well-formed, but over something else.
    WrongSignature,
    /// The answer was signed so many seconds ago.
    StaleTimestamp(u64),
    /// The answer is signed for so many seconds ahead.
    FutureTimestamp(u64),
    /// This header is left out.
    MissingHeader(String),
    /// All signature headers are left out.
    Unsigned,
    /// The signature is a probe: `WECHATPAY/SIGNTEST/` and something that is not Base64.
    SignatureProbe,
    /// `Wechatpay-Signature-Type` names another scheme.
    WrongSignatureType,
    /// An APIv3 error.
    Status {
        /// HTTP status.
        status: u16,
        /// The `code` of the body.
        code: String,
        /// The `message` of the body.
        message: String,
    },
    /// 429 `FREQUENCY_LIMITED` with this `Retry-After`: seconds, or a date as HTTP writes it.
    RetryAfter(String),
    /// An unsigned answer, as proxies give: 502 with HTML, 429 with nothing.
    UnsignedStatus {
        /// HTTP status.
        status: u16,
        /// `Content-Type`; none if empty.
        content_type: String,
        /// The body.
        body: String,
    },
    /// 200 without a body.
    EmptyBody200,
    /// 200 with the beginning of a JSON object.
    GarbageJson,
    /// 200 with this body.
    Body(String),
    /// `Content-Length` promises more than comes; the connection closes in the middle of the body.
    TruncatedBody,
    /// 200 with a JSON body of this many bytes.
    OversizedBody(usize),
    /// The connection is reset (TCP RST) before the body of the request is read.
    ResetBeforeRead,
    /// The connection is reset after the request was read and carried out.
    ResetAfterRead,
    /// So long a wait before the answer.
    SlowHeaders(Duration),
    /// So long a wait in the middle of the body. An answer without body is delayed as a whole.
    SlowBody(Duration),
    /// Every object of the answer has a key that no schema knows.
    ExtraJsonKeys,
    /// 307 to this address.
    Redirect(String),
}

/// Faults that wait for their call.
#[derive(Debug, Default)]
pub(crate) struct Armed {
    waiting: Vec<Arming>,
    /// How many were armed so far.
    count: u64,
}

/// A fault, and which calls it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arming {
    /// By which it can be disarmed.
    pub(crate) id: u64,
    pub(crate) fault: Fault,
    pub(crate) times: usize,
    /// So many calls are let through first.
    pub(crate) skip: usize,
    /// Only calls of this operation.
    pub(crate) operation: Option<String>,
}

impl Arming {
    pub(crate) fn new(fault: Fault, operation: Option<String>) -> Self {
        Self { id: 0, fault, times: 1, skip: 0, operation }
    }
}

impl Armed {
    /// Arms a fault, and gives its id.
    pub(crate) fn arm(&mut self, arming: Arming) -> u64 {
        self.count += 1;
        if arming.times > 0 {
            self.waiting.push(Arming { id: self.count, ..arming });
        }
        self.count
    }

    pub(crate) fn waiting(&self) -> &[Arming] {
        &self.waiting
    }

    /// Disarms one; false if it waits no more.
    pub(crate) fn disarm(&mut self, id: u64) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|arming| arming.id != id);
        self.waiting.len() < before
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// The fault for a call of `operation`: the first that was armed for it or for any. One that lets calls through counts
    /// this one, and the next gets its turn.
    pub(crate) fn take(&mut self, operation: Option<&str>) -> Option<Fault> {
        for index in 0..self.waiting.len() {
            let arming = self.waiting.get_mut(index)?;
            if arming.operation.is_some() && arming.operation.as_deref() != operation {
                continue;
            }
            if arming.skip > 0 {
                arming.skip -= 1;
                continue;
            }
            arming.times -= 1;
            let fault = arming.fault.clone();
            if arming.times == 0 {
                self.waiting.remove(index);
            }
            return Some(fault);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arming(fault: Fault, times: usize, operation: Option<&str>) -> Arming {
        Arming { times, ..Arming::new(fault, operation.map(str::to_owned)) }
    }

    #[test]
    fn faults_come_in_order_as_often_as_asked_and_for_their_operation() {
        let mut armed = Armed::default();
        armed.arm(arming(Fault::Unsigned, 2, Some("a.b")));
        armed.arm(arming(Fault::GarbageJson, 1, None));
        armed.arm(arming(Fault::EmptyBody200, 0, None));
        assert_eq!(armed.take(None), Some(Fault::GarbageJson));
        assert_eq!(armed.take(Some("a.c")), None);
        assert_eq!(armed.take(Some("a.b")), Some(Fault::Unsigned));
        assert_eq!(armed.take(Some("a.b")), Some(Fault::Unsigned));
        assert_eq!(armed.take(Some("a.b")), None);
        armed.arm(arming(Fault::Unsigned, 1, None));
        armed.clear();
        assert_eq!(armed.take(None), None);
    }

    #[test]
    fn calls_are_let_through_first_and_one_fault_can_be_disarmed() {
        let mut armed = Armed::default();
        armed.arm(Arming { skip: 2, ..arming(Fault::Unsigned, 1, None) });
        assert_eq!((armed.take(None), armed.take(None)), (None, None));
        assert_eq!(armed.take(None), Some(Fault::Unsigned));
        let id = armed.arm(arming(Fault::GarbageJson, 1, None));
        armed.arm(arming(Fault::EmptyBody200, 1, None));
        assert!(armed.disarm(id) && !armed.disarm(id));
        assert_eq!(armed.take(None), Some(Fault::EmptyBody200));
    }
}
