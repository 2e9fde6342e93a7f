//! A running sandbox, and how one is set up.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    thread,
};

use serde_json::Value;
use tokio::{runtime::Handle, sync::oneshot};

use crate::{
    Call, Error, Fault, Keys, Notice,
    clock::{self, Clock},
    gateway::Gateway,
    routes::Routes,
    schema,
    server::Server,
};

/// A running sandbox, on threads of its own: a test may block the one it runs on. Dropping it stops it.
///
/// Sandboxes share nothing that changes, so tests can run as many of them in parallel as they like.
pub struct Sandbox {
    gateway: Arc<Gateway>,
    server: Server,
}

impl Sandbox {
    /// Starts a sandbox on a free loopback port, with throwaway keys and the embedded schema.
    ///
    /// # Errors
    /// When keys cannot be made or no port is free.
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// Sets up a sandbox that differs from [`Sandbox::start`]'s.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where it listens: `http://127.0.0.1:41235`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
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
        Ok(self.gateway.rotate_certificate()?)
    }

    /// Number of operations it knows.
    #[must_use]
    pub fn operations(&self) -> usize {
        self.gateway.routes().len()
    }

    /// The latest calls, oldest first: at most 10,000, and no more than 256 MiB of bodies.
    ///
    /// A call is recorded before its answer leaves.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.gateway.calls()
    }

    /// Arms a fault for the next call.
    pub fn inject(&self, fault: Fault) {
        self.inject_times(fault, 1);
    }

    /// Arms a fault for the next `times` calls. Faults that wait already come first.
    pub fn inject_times(&self, fault: Fault, times: usize) {
        self.gateway.faults().arm(fault, times, None);
    }

    /// Arms a fault for the next `times` calls of one operation, e.g. `taxi_invoice.punch`.
    ///
    /// # Errors
    /// When no operation has this name.
    pub fn inject_on(&self, operation: &str, fault: Fault, times: usize) -> Result<(), Error> {
        if !self.gateway.routes().knows(operation) {
            return Err(Error::UnknownOperation(operation.to_owned()));
        }
        self.gateway.faults().arm(fault, times, Some(operation.to_owned()));
        Ok(())
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

    fn threads(&self) -> Result<Handle, Error> {
        self.server.threads().ok_or(Error::Stopped)
    }

    /// Stops accepting calls and waits until those under way are answered.
    pub async fn stop(self) {
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

/// Settings of a sandbox.
#[must_use]
pub struct Builder {
    listen: SocketAddr,
    allow_remote: bool,
    keys: Option<Keys>,
    clock: Clock,
    schema: Option<PathBuf>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            allow_remote: false,
            keys: None,
            clock: Arc::new(clock::system),
            schema: None,
        }
    }
}

impl Builder {
    /// Listens on this address; port 0 takes a free one.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Allows an address that other machines can reach.
    pub fn allow_remote(mut self) -> Self {
        self.allow_remote = true;
        self
    }

    /// Uses these keys.
    pub fn keys(mut self, keys: Keys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Takes the time, in Unix seconds, from `clock`: requests are checked by it and answers are signed for it.
    pub fn clock(mut self, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Reads the schema from this folder instead of the embedded one.
    pub fn schema(mut self, folder: impl Into<PathBuf>) -> Self {
        self.schema = Some(folder.into());
        self
    }

    /// Starts the sandbox.
    ///
    /// # Errors
    /// When keys or schema cannot be used, or the address cannot be listened on.
    pub async fn start(self) -> Result<Sandbox, Error> {
        if !self.allow_remote && !self.listen.ip().is_loopback() {
            return Err(Error::NotLoopback(self.listen));
        }
        let keys = match self.keys {
            Some(keys) => keys,
            None => throwaway().await?,
        };
        let api = self.schema.as_deref().map_or_else(schema::embedded, schema::from_folder)?;
        let gateway = Arc::new(Gateway::new(Routes::new(api), keys, self.clock));
        let server = Server::start(self.listen, Arc::clone(&gateway))
            .map_err(|error| Error::Listen(self.listen, error))?;
        Ok(Sandbox { gateway, server })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("listen", &self.listen)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

/// Makes keys on a thread of their own: it takes a moment.
async fn throwaway() -> Result<Keys, Error> {
    let (sender, made) = oneshot::channel();
    // If nobody waits any more, nobody misses the keys.
    thread::spawn(move || drop(sender.send(Keys::throwaway())));
    match made.await {
        Ok(keys) => Ok(keys?),
        // The thread ended without a word; here is where it can be said why.
        Err(_) => Ok(Keys::throwaway()?),
    }
}
