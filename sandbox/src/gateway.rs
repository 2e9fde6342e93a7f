//! One request, from the network to its answer.
//!
//! The order of the checks: route, headers, signature, fields. The first that fails is answered; the record holds what
//! all of them found as far as they got. Faults change the answer at the very end.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    extract::{ConnectInfo, Request, State},
    response::Response,
};
use bytes::Bytes;
use tokio::runtime::Handle;
use wechatpay_codegen::model::{Profile, Response as ResponseKind};

use crate::{
    Keys, ShangmiKeys,
    answer::{self, Answer},
    authorization::{self, Signed},
    callers::{Caller, answering_key},
    certificates,
    check::{self, Given, Parts, Secrets},
    clock::Clock,
    disturb::{self, Delivery},
    fault::{Armed, Fault},
    keys::PlatformKey,
    masking,
    multipart::{self, Upload},
    notes::Notes,
    office::Office,
    payload,
    record::{Calls, Nonces, Verdict},
    refusal::Refusal,
    request::{self, Head},
    respond::{self, Outgoing},
    rotation::Rotation,
    routes::{CERTIFICATES_NAME, Found, Routes, Target},
    scheme::Scheme,
    stamp::Stamp,
    transport::Line,
};

/// So many violations are told and kept: a body of ten mebibytes can break rules a million times.
const MOST_VIOLATIONS: usize = 1_000;

/// The gateway's state.
pub(crate) struct Gateway {
    routes: Routes,
    keys: Keys,
    rotation: Rotation,
    office: Office,
    clock: Clock,
    /// `http` or `https`.
    protocol: &'static str,
    calls: Mutex<Calls>,
    nonces: Mutex<Nonces>,
    faults: Mutex<Armed>,
    answered: AtomicU64,
}

/// Takes a request and gives its answer. Never fails: whatever is wrong is an answer too.
pub(crate) async fn handle(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let head = Head::new(parts);
    let target = gateway.routes.find(&head.method, head.path());
    let operation = name_of(&target);
    let scheme = Scheme::claimed(head.header("authorization"), profile_of(&target));
    let fault = lock(&gateway.faults).take(operation.as_deref());
    let record = |body, outgoing, notes| {
        gateway.record(&head, operation.clone(), body, outgoing, notes, fault.clone())
    };

    if fault == Some(Fault::ResetBeforeRead) {
        record(
            Bytes::new(),
            None,
            Notes::unchecked("the connection was reset before the body was read"),
        );
        line.reset();
        return Response::default();
    }
    let (body, answer, notes) = match request::read_body(body).await {
        Some(body) => {
            let (answer, notes) = gateway.examine(&head, target, scheme, &body).await;
            (body, answer, notes)
        }
        None => {
            let refusal = Refusal::new(413, "INVALID_REQUEST", "the body is larger than 10 MiB");
            (Bytes::new(), refusal.into_answer(), Notes::unchecked("the body is too large"))
        }
    };
    gateway.send_notices(&Handle::current(), &notes.notices);
    if fault == Some(Fault::ResetAfterRead) {
        record(body, None, notes);
        line.reset();
        return Response::default();
    }
    let certificates = operation.as_deref() == Some(CERTIFICATES_NAME) && answer.is_success();
    let keys = gateway.signing_keys();
    let serial = head.header("wechatpay-serial").filter(|_| !certificates);
    // Where keys could not be made, the request was refused for want of them.
    let key = answering_key(scheme, &keys, serial).unwrap_or_else(|_| keys.platform());
    let outgoing = gateway.finish(answer, (key, scheme), fault.as_ref());
    record(body, Some(&outgoing), notes);
    outgoing.send().await
}

impl Gateway {
    pub(crate) fn new(
        routes: Routes,
        keys: Keys,
        office: Office,
        clock: Clock,
        protocol: &'static str,
    ) -> Self {
        Self {
            routes,
            rotation: Rotation::new(keys.clone()),
            keys,
            office,
            clock,
            protocol,
            calls: Mutex::default(),
            nonces: Mutex::default(),
            faults: Mutex::default(),
            answered: AtomicU64::new(1),
        }
    }

    pub(crate) fn routes(&self) -> &Routes {
        &self.routes
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// `http` or `https`.
    pub(crate) fn protocol(&self) -> &'static str {
        self.protocol
    }

    pub(crate) fn office(&self) -> &Office {
        &self.office
    }

    pub(crate) fn rotation(&self) -> &Rotation {
        &self.rotation
    }

    pub(crate) fn signing_keys(&self) -> Arc<Keys> {
        self.rotation.signing()
    }

    /// The present second.
    pub(crate) fn now(&self) -> i64 {
        (self.clock)()
    }

    pub(crate) fn calls(&self) -> MutexGuard<'_, Calls> {
        lock(&self.calls)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Armed> {
        lock(&self.faults)
    }

    async fn examine(
        &self,
        head: &Head,
        target: Target<'_>,
        scheme: Scheme,
        body: &Bytes,
    ) -> (Answer, Notes) {
        let mut notes = Notes::unchecked("");
        let answer = match Caller::of(scheme, &self.keys) {
            Ok(caller) => self.try_examine(head, target, &caller, body, &mut notes).await,
            Err(error) => Err(Refusal::new(500, "SYSTEM_ERROR", error.to_string())),
        };
        (answer.unwrap_or_else(Refusal::into_answer), notes)
    }

    async fn try_examine(
        &self,
        head: &Head,
        target: Target<'_>,
        caller: &Caller<'_>,
        body: &Bytes,
        notes: &mut Notes,
    ) -> Result<Answer, Refusal> {
        let upload = read_upload(head, body).await;
        let authentic = self.authenticate(head, caller, body, &upload, notes);
        let answers_json = match &target {
            Target::Unknown => return Err(Refusal::unknown_path(head.path())),
            Target::OtherMethod(allowed) => {
                return Err(Refusal::other_method(&head.method, allowed));
            }
            Target::Operation(found, _) => {
                !matches!(found.operation.response, ResponseKind::Binary { .. })
            }
            Target::Certificates => true,
        };
        head.check(answers_json)?;
        let upload = upload.map_err(Refusal::invalid)?;
        authentic?;
        match target {
            Target::Operation(found, path) => {
                self.carry_out((found, path), head, caller, body, upload, notes)
            }
            _ => Ok(certificates::answer(&self.rotation.listed(), &head.query_pairs()?)),
        }
    }

    /// Checks the signature, and notes the result whether or not it will be answered.
    fn authenticate(
        &self,
        head: &Head,
        caller: &Caller<'_>,
        body: &Bytes,
        upload: &Result<Option<Upload>, String>,
        notes: &mut Notes,
    ) -> Result<(), Refusal> {
        let signed_part = match upload {
            Ok(Some(upload)) => upload.meta.as_ref().map_or(&b""[..], |part| &part.content),
            Ok(None) => body,
            Err(reason) => {
                notes.signature = Verdict::Unchecked(reason.clone());
                return Ok(());
            }
        };
        let signed = Signed { method: &head.method, target: &head.target, body: signed_part };
        match authorization::verify(&head.all("authorization"), signed, caller, (self.clock)()) {
            Ok(verified) => {
                notes.signature = Verdict::Verified;
                if verified.odd_serial {
                    notes.warnings.push("serial_no is not in upper case".into());
                }
                if !lock(&self.nonces).is_new(verified.nonce) {
                    notes.warnings.push("the nonce was seen before".into());
                }
                Ok(())
            }
            Err(error) => {
                notes.signature = Verdict::Refused(error.message.clone());
                Err(Refusal::sign_error(error))
            }
        }
    }

    /// Checks the fields of an authentic request, and answers it by the schema.
    fn carry_out(
        &self,
        (found, path): (Found<'_>, BTreeMap<String, String>),
        head: &Head,
        caller: &Caller<'_>,
        body: &Bytes,
        upload: Option<Upload>,
        notes: &mut Notes,
    ) -> Result<Answer, Refusal> {
        let query = head.query_pairs()?;
        let body = match payload::read(found.operation, head, body, upload) {
            Ok(payload) => payload,
            Err(violation) => {
                notes.violations.push(*violation);
                return Err(Refusal::violations(&notes.violations));
            }
        };
        let secrets = self.secrets(head, found, caller.scheme, notes);
        let parts = Parts { path, query, headers: head.headers.clone(), body, secrets };
        let given = Given::new(found.product, found.operation, &parts);
        notes.violations = check::check_given(found.product, found.operation, &parts, &given);
        notes.violations.truncate(MOST_VIOLATIONS);
        notes.tolerate_local_addresses();
        if !notes.violations.is_empty() {
            return Err(Refusal::violations(&notes.violations));
        }
        if let Some(done) = self.act(found, &given, &parts, caller, &self.origin(head)) {
            let (answer, notices) = done?;
            notes.notices = notices;
            return Ok(answer);
        }
        Ok(answer::compose(found, &given, &parts.secrets, caller.key))
    }

    /// Where the client reached the sandbox.
    fn origin(&self, head: &Head) -> String {
        format!("{}://{}", self.protocol, head.header("host").unwrap_or("127.0.0.1"))
    }

    /// The key that the request's encrypted fields were made with.
    fn secrets(&self, head: &Head, found: Found<'_>, scheme: Scheme, notes: &mut Notes) -> Secrets {
        let Some(serial) = head.header("wechatpay-serial") else { return Secrets::missing() };
        let listed = self.rotation.listed();
        let key = match scheme {
            Scheme::Shangmi => ShangmiKeys::throwaway().ok().and_then(|keys| keys.named(serial)),
            _ => listed.iter().find_map(|keys| keys.named(serial)),
        };
        match key {
            Some(key) => Secrets::key(key.private().clone(), found.host.padding),
            None => {
                notes.warnings.push("Wechatpay-Serial names no key of the platform".into());
                Secrets::unknown(serial.to_owned())
            }
        }
    }

    /// Applies the fault, signs, and adds the headers.
    fn finish(
        &self,
        answer: Answer,
        (key, scheme): (&PlatformKey, Scheme),
        fault: Option<&Fault>,
    ) -> Outgoing {
        let answer = match fault {
            Some(fault) => disturb::answer(fault, answer),
            None => answer,
        };
        let mut headers = respond::headers(&answer, self.answered.fetch_add(1, Ordering::Relaxed));
        if answer.signed {
            let mut stamp = Stamp::new(key, scheme, (self.clock)(), &answer.body);
            if let Some(fault) = fault {
                disturb::stamp(fault, &mut stamp, &answer.body);
            }
            headers.extend(stamp.headers());
        }
        if let Some(Fault::MissingHeader(name)) = fault {
            headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        }
        let delivery = fault.map_or(Delivery::Whole, disturb::delivery);
        let body = fault.map_or_else(
            || answer.body.clone(),
            |fault| disturb::sent_body(fault, answer.body.clone()),
        );
        Outgoing::new(answer.status, &headers, body, delivery)
    }

    fn record(
        &self,
        head: &Head,
        operation: Option<String>,
        body: Bytes,
        outgoing: Option<&Outgoing>,
        notes: Notes,
        fault: Option<Fault>,
    ) {
        let call = notes.into_call(head, operation, body, outgoing, fault, self.now());
        let mut news = masking::summary(&call);
        news["id"] = lock(&self.calls).push(call).into();
        self.office.live.tell("call", &news);
    }
}

/// Whose calls the target takes; `None` if it takes everybody's.
fn profile_of(target: &Target<'_>) -> Option<Profile> {
    match target {
        Target::Operation(found, _) => Some(found.host.profile),
        Target::Certificates | Target::OtherMethod(_) | Target::Unknown => None,
    }
}

fn name_of(target: &Target<'_>) -> Option<String> {
    match target {
        Target::Operation(found, _) => Some(found.name()),
        Target::Certificates => Some(CERTIFICATES_NAME.to_owned()),
        Target::OtherMethod(_) | Target::Unknown => None,
    }
}

/// The parts of an upload; `None` if the request is none.
async fn read_upload(head: &Head, body: &Bytes) -> Result<Option<Upload>, String> {
    if !head.is_multipart() {
        return Ok(None);
    }
    multipart::read(head.header("content-type").unwrap_or_default(), body).await.map(Some)
}

/// The data behind a lock is only ever replaced whole, so it is sound even if a holder panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
