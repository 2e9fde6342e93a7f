//! A running sandbox: its address and keys, its calls, faults and notifications.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use serde_json::Value;
use tokio::runtime::Handle;

use crate::{
    Builder, Call, Error, Fault, Keys, Notice, On, console, control, fault::Arming,
    gateway::Gateway, server::Server,
};

/// A running sandbox, on threads of its own: a test may block the one it runs on. Dropping it stops it.
///
/// Sandboxes share nothing that changes, so tests can run as many of them in parallel as they like.
pub struct Sandbox {
    gateway: Arc<Gateway>,
    server: Server,
    tls_ca: Option<String>,
}

impl Sandbox {
    /// Starts a sandbox on a free loopback port, with throwaway keys and the embedded schema.
    ///
    /// # Errors
    /// When keys cannot be made or no port is free.
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    pub(crate) fn new(gateway: Arc<Gateway>, server: Server, tls_ca: Option<String>) -> Self {
        Self { gateway, server, tls_ca }
    }

    /// Sets up a sandbox that differs from [`Sandbox::start`]'s.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where it is reached on this machine: `http://127.0.0.1:41235`.
    #[must_use]
    pub fn url(&self) -> String {
        let mut address = self.address();
        match address.ip() {
            // It listens everywhere; that is no address to call.
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        format!("{}://{address}", self.gateway.protocol())
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// With [`Builder::tls`]: the certificate that clients have to trust, PEM.
    #[must_use]
    pub fn tls_ca_pem(&self) -> Option<&str> {
        self.tls_ca.as_deref()
    }

    /// Where the control API listens, and the token it asks for.
    #[must_use]
    pub fn control(&self) -> (String, &str) {
        (format!("{}{}", self.url(), control::ROOT), &self.gateway.office().token)
    }

    /// The address of the console, a page for people, with the token in its fragment.
    #[must_use]
    pub fn console(&self) -> String {
        format!("{}{}#token={}", self.url(), console::PAGE, self.gateway.office().token)
    }

    /// The keys: all that a client needs for its configuration.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        self.gateway.keys()
    }

    /// Puts a fresh platform certificate beside those there are, and gives its serial number. From now on it is the one
    /// that signs; `/v3/certificates` lists them all, and fields may be encrypted with each. [`keys`](Self::keys) keeps
    /// telling the first.
    ///
    /// It takes a moment, for it generates an RSA key.
    ///
    /// # Errors
    /// When the key cannot be generated.
    pub fn rotate_certificate(&self) -> Result<String, Error> {
        self.announce_certificate()?;
        self.switch_certificate()
    }

    /// Lists a fresh platform certificate, which does not sign yet, and gives its serial number.
    ///
    /// # Errors
    /// When the key cannot be generated.
    pub fn announce_certificate(&self) -> Result<String, Error> {
        Ok(self.gateway.rotation().announce()?)
    }

    /// Lets the announced certificate sign, and gives its serial number. The one before is still listed.
    ///
    /// # Errors
    /// When none is announced.
    pub fn switch_certificate(&self) -> Result<String, Error> {
        Ok(self.gateway.rotation().switch()?)
    }

    /// Lists the certificates no more that signed before, and gives their serial numbers.
    ///
    /// # Errors
    /// When there are none.
    pub fn retire_certificates(&self) -> Result<Vec<String>, Error> {
        Ok(self.gateway.rotation().retire()?)
    }

    /// Number of operations it knows.
    #[must_use]
    pub fn operations(&self) -> usize {
        self.gateway.routes().len()
    }

    /// The latest calls, oldest first: at most 10,000, and no more than 256 MiB of bodies, of which 256 KiB
    /// of each request and 64 KiB of each answer.
    ///
    /// A call is recorded before its answer leaves.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.gateway.calls().all()
    }

    /// Those of one operation, e.g. `taxi_invoice.punch`.
    #[must_use]
    pub fn calls_of(&self, operation: &str) -> Vec<Call> {
        let mut calls = self.calls();
        calls.retain(|call| call.operation.as_deref() == Some(operation));
        calls
    }

    /// Arms a fault for the next call.
    pub fn inject(&self, fault: Fault) {
        self.inject_times(fault, 1);
    }

    /// Arms a fault for the next `times` calls. Faults that wait already come first.
    pub fn inject_times(&self, fault: Fault, times: usize) {
        self.gateway.faults().arm(Arming { times, ..Arming::new(fault, None) });
    }

    /// Arms a fault for the next `times` calls of one operation, e.g. `taxi_invoice.punch`.
    ///
    /// # Errors
    /// When no operation has this name.
    pub fn inject_on(&self, operation: &str, fault: Fault, times: usize) -> Result<(), Error> {
        self.on(operation).fault(fault).times(times)
    }

    /// Calls of one operation, e.g. `taxi_invoice.punch`, to arm faults for:
    /// `sandbox.on("pay.prepay_jsapi").fault(Fault::Unsigned).times(2)?`.
    pub fn on<'s>(&'s self, operation: &'s str) -> On<'s> {
        On::new(&self.gateway, operation)
    }

    /// Disarms all faults.
    pub fn clear_faults(&self) {
        self.gateway.faults().clear();
    }

    /// A notification of this type, as `TRANSACTION.SUCCESS`, with the example of the payload it usually has.
    ///
    /// # Errors
    /// When the schema has no notification of this type.
    pub fn notify(&self, event_type: &str) -> Result<Notice, Error> {
        Notice::of_schema(Arc::clone(&self.gateway), self.threads()?, event_type, None)
    }

    /// The same with the payload of this name, for event types that have several.
    ///
    /// # Errors
    /// When the schema has no notification of this type with such a payload.
    pub fn notify_of(&self, event_type: &str, payload: &str) -> Result<Notice, Error> {
        Notice::of_schema(Arc::clone(&self.gateway), self.threads()?, event_type, Some(payload))
    }

    /// A notification that carries `resource`, of any type, in the schema or not.
    ///
    /// # Errors
    /// When the sandbox is being stopped.
    pub fn notify_with(&self, event_type: &str, resource: Value) -> Result<Notice, Error> {
        let gateway = Arc::clone(&self.gateway);
        Ok(Notice::new(gateway, self.threads()?, event_type, None, resource))
    }

    /// All notifications of the schema: event type and name of the payload.
    #[must_use]
    pub fn notifications(&self) -> Vec<(String, String)> {
        let events = self.gateway.routes().api().webhooks.events();
        let named = events.flat_map(|event| {
            let payloads = event.payloads.iter();
            payloads.map(|payload| (event.event_type.clone(), payload.variant.clone()))
        });
        named.collect()
    }

    pub(crate) fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    pub(crate) fn threads(&self) -> Result<Handle, Error> {
        self.server.threads().ok_or(Error::Stopped)
    }

    /// Stops accepting calls and waits until those under way are answered.
    pub async fn stop(self) {
        // Streams of news would never end by themselves.
        self.gateway.office().live.close();
        self.server.stop().await;
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("url", &self.url())
            .field("keys", self.keys())
            .finish_non_exhaustive()
    }
}
