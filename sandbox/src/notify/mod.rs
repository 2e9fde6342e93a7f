//! Notifications: what the platform sends to a merchant's `notify_url`, signed and sealed as it does.

mod compose;
mod dispatch;
mod post;
mod report;
mod schedule;
mod sent;

use std::{fmt, sync::Arc, time::Duration};

use serde_json::Value;

pub(crate) use compose::new_id;
pub(crate) use dispatch::{Post, dispatch, to_json};
pub use report::{Attempt, Report};
pub use schedule::Schedule;
pub use sent::Sent;

use crate::{Error, Fault, ShangmiKeys, disturb, gateway::Gateway, scheme::Scheme, stamp::Stamp};
use post::Receiver;

/// The platform waits so long for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A notification that can be sent: [`Sandbox::notify`](crate::Sandbox::notify) makes one, [`post`](Self::post) and
/// [`deliver`](Self::deliver) send it.
///
/// Only receivers on this machine are called unless [`allow_remote`](Self::allow_remote) says otherwise.
#[must_use = "it is sent by `post` or `deliver`"]
#[derive(Clone)]
pub struct Notice {
    gateway: Arc<Gateway>,
    threads: tokio::runtime::Handle,
    event_type: String,
    original_type: Option<String>,
    resource: Value,
    id: String,
    nonce: String,
    algorithm: String,
    /// The payload whose example it carries, and the suite it is sent in.
    payload: Option<String>,
    scheme: Scheme,
    by_certificate: bool,
    fault: Option<Fault>,
    twice: bool,
    allow_remote: bool,
    patience: Duration,
}

impl Notice {
    /// A notification of an event of the schema, with the example of one of its payloads: the one of this name, or the
    /// last, which is the usual one.
    pub(crate) fn of_schema(
        gateway: Arc<Gateway>,
        threads: tokio::runtime::Handle,
        event_type: &str,
        payload: Option<&str>,
    ) -> Result<Self, Error> {
        let merchant = gateway.keys().merchant();
        let example = compose::example(&gateway, merchant, event_type, payload)?;
        let mut notice =
            Self::new(gateway, threads, event_type, example.original_type, example.resource);
        notice.payload = Some(example.payload);
        Ok(notice)
    }

    pub(crate) fn new(
        gateway: Arc<Gateway>,
        threads: tokio::runtime::Handle,
        event_type: &str,
        original_type: Option<String>,
        resource: Value,
    ) -> Self {
        Self {
            id: compose::new_id(),
            nonce: compose::new_nonce(),
            gateway,
            threads,
            event_type: event_type.to_owned(),
            original_type,
            resource,
            algorithm: compose::AES_256_GCM.to_owned(),
            payload: None,
            scheme: Scheme::Merchant,
            by_certificate: false,
            fault: None,
            twice: false,
            allow_remote: false,
            patience: PATIENCE,
        }
    }

    /// Its id. Whenever it is sent, it has the same.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it carries, unsealed.
    #[must_use]
    pub fn resource(&self) -> &Value {
        &self.resource
    }

    /// Has this id, because it was sent before.
    pub(crate) fn with_id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Carries this instead of the schema's example.
    pub fn with_resource(mut self, resource: Value) -> Self {
        self.resource = resource;
        self
    }

    /// Is signed with the platform certificate instead of the WeChat Pay public key.
    pub fn by_certificate(mut self) -> Self {
        self.by_certificate = true;
        self
    }

    /// Is sealed with SM4 and signed with SM2, for the merchant of [`ShangmiKeys::throwaway`], to whose certificate the
    /// fields of an example are sealed, too.
    ///
    /// # Errors
    /// The keys cannot be generated.
    pub fn shangmi(mut self) -> Result<Self, Error> {
        let merchant = ShangmiKeys::throwaway()?.merchant();
        if self.payload.is_some() {
            let payload = self.payload.as_deref();
            let example = compose::example(&self.gateway, merchant, &self.event_type, payload)?;
            self.resource = example.resource;
        }
        self.scheme = Scheme::Shangmi;
        self.algorithm = compose::SM4_GCM.to_owned();
        Ok(self)
    }

    /// Is sent with this fault of its signature or body: `TamperedBody`, `WrongSerial`, `WrongSignature`,
    /// `WrongSignatureType`, `StaleTimestamp`, `FutureTimestamp`, `MissingHeader`, `Unsigned`, `SignatureProbe`.
    ///
    /// # Errors
    /// The fault is one of answers alone.
    pub fn fault(mut self, fault: Fault) -> Result<Self, Error> {
        if !disturb::concerns_signature(&fault) {
            return Err(Error::FaultOfAnswers(fault));
        }
        self.fault = Some(fault);
        Ok(self)
    }

    /// Is sealed with this nonce. With one that has not 12 bytes it cannot be sealed at all; it is signed all the same.
    pub fn nonce(mut self, nonce: impl Into<String>) -> Self {
        self.nonce = nonce.into();
        self
    }

    /// Says that it is sealed with this algorithm.
    pub fn algorithm(mut self, name: impl Into<String>) -> Self {
        self.algorithm = name.into();
        self
    }

    /// Is sent twice at the same time, each time it is sent.
    pub fn twice(mut self) -> Self {
        self.twice = true;
        self
    }

    /// May be sent to another machine. What it carries is no secret, but its signature is genuine for whoever trusts the
    /// sandbox's keys.
    pub fn allow_remote(mut self) -> Self {
        self.allow_remote = true;
        self
    }

    /// Waits so long for an answer: five seconds unless set.
    pub fn patience(mut self, limit: Duration) -> Self {
        self.patience = limit;
        self
    }

    /// Sends it once.
    ///
    /// # Errors
    /// The address cannot be called, or it is on another machine. What the receiver does is in the report.
    pub async fn post(&self, url: &str) -> Result<Report, Error> {
        self.deliver(url, Schedule::once()).await
    }

    /// Sends it, and sends it again as the schedule says until it is received. Each time it is signed anew.
    ///
    /// # Errors
    /// The address cannot be called, or it is on another machine. What the receiver does is in the report.
    pub async fn deliver(&self, url: &str, schedule: Schedule) -> Result<Report, Error> {
        let receiver = Receiver::parse(url, self.allow_remote)?;
        let notice = self.clone();
        let delivery = async move {
            let mut attempts = Vec::new();
            let mut pauses = schedule.into_pauses();
            loop {
                attempts.extend(notice.send(&receiver).await?);
                let received = attempts.iter().any(Attempt::is_received);
                let Some(pause) = pauses.next().filter(|_| !received) else { break };
                tokio::time::sleep(pause).await;
            }
            Ok(Report::new(attempts))
        };
        // On the sandbox's own threads, so that it works under any executor and can be blocked on.
        self.threads.spawn(delivery).await.unwrap_or(Err(Error::Stopped))
    }

    /// Once, or twice at the same time.
    async fn send(&self, receiver: &Receiver) -> Result<Vec<Attempt>, Error> {
        let request = || receiver.post(self.headers_and_body(), self.patience);
        if self.twice {
            let (first, second) = tokio::join!(request(), request());
            return Ok(vec![first?, second?]);
        }
        Ok(vec![request().await?])
    }

    /// Seals, signs, and does what the fault does.
    fn headers_and_body(&self) -> (Vec<(&'static str, String)>, Vec<u8>) {
        let body = compose::envelope(self);
        let keys = self.gateway.signing_keys();
        // The keys of the suite exist: `shangmi` has had them made. It takes a second, which others need not wait for.
        let shangmi = (self.scheme == Scheme::Shangmi).then(ShangmiKeys::throwaway);
        let shangmi = shangmi.and_then(Result::ok);
        let key = match (shangmi, self.by_certificate) {
            (Some(keys), true) => keys.platform(),
            (Some(keys), false) => keys.wechatpay(),
            (None, true) => keys.platform(),
            (None, false) => keys.wechatpay(),
        };
        let mut stamp = Stamp::new(key, self.scheme, self.gateway.now(), &body);
        let mut headers = vec![
            ("Content-Type", "application/json".to_owned()),
            ("Request-ID", format!("08NOTICE-{}", self.id)),
        ];
        let Some(fault) = &self.fault else {
            headers.extend(stamp.headers());
            return (headers, body);
        };
        disturb::stamp(fault, &mut stamp, &body);
        if *fault != Fault::Unsigned {
            headers.extend(stamp.headers());
        }
        if let Fault::MissingHeader(name) = fault {
            headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        }
        (headers, disturb::sent_body(fault, body))
    }
}

/// What it carries is not shown.
impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice")
            .field("id", &self.id)
            .field("event_type", &self.event_type)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}
