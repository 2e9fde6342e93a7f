//! How a sandbox is set up.

use std::{
    fmt, fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
};

use tokio::sync::oneshot;

use crate::{
    Error, Keys, Sandbox, Schedule,
    business::Ids,
    clock::{self, Clock},
    control,
    gateway::Gateway,
    live::Live,
    notify::Post,
    office::Office,
    refusal::Refusal,
    routes::Routes,
    scenario::Scenario,
    schema,
    server::Server,
    store::{Place, Store},
    tls::Identity,
};

/// Settings of a sandbox.
#[must_use]
pub struct Builder {
    listen: SocketAddr,
    allow_remote: bool,
    keys: Option<Keys>,
    clock: Clock,
    schema: Option<PathBuf>,
    place: Place,
    reset: bool,
    seed: u64,
    examples_only: bool,
    scenario: Option<PathBuf>,
    notify_to: Option<String>,
    notify_anywhere: bool,
    notify_speed: u32,
    tls: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            allow_remote: false,
            keys: None,
            clock: Arc::new(clock::system),
            schema: None,
            place: Place::default(),
            reset: false,
            seed: 0,
            examples_only: false,
            scenario: None,
            notify_to: None,
            notify_anywhere: false,
            notify_speed: 1,
            tls: false,
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

    /// Remembers orders and all the rest in this SQLite file, which is made if it is not there. In memory unless set.
    pub fn database(mut self, file: impl Into<PathBuf>) -> Self {
        self.place = Place::File(file.into());
        self
    }

    /// Forgets what the database remembers from earlier.
    pub fn reset(mut self) -> Self {
        self.reset = true;
        self
    }

    /// The platform's numbers follow from this seed; it is 0 unless set.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Remembers nothing: every operation is answered by the schema's examples, whatever was asked before.
    pub fn examples_only(mut self) -> Self {
        self.examples_only = true;
        self
    }

    /// Begins with the faults of a scenario file.
    pub fn scenario(mut self, file: impl Into<PathBuf>) -> Self {
        self.scenario = Some(file.into());
        self
    }

    /// Sends notifications to this address, `http://127.0.0.1:3000`, instead of the host that a `notify_url` names; its path
    /// stays.
    pub fn notify_to(mut self, base: impl Into<String>) -> Self {
        self.notify_to = Some(base.into());
        self
    }

    /// Sends notifications to other machines, too.
    pub fn notify_anywhere(mut self) -> Self {
        self.notify_anywhere = true;
        self
    }

    /// Sends notifications again so many times as fast as the platform.
    pub fn notify_speed(mut self, factor: u32) -> Self {
        self.notify_speed = factor;
        self
    }

    /// Speaks TLS, with a certificate of an authority of its own; see [`Sandbox::tls_ca_pem`].
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Starts the sandbox.
    ///
    /// # Errors
    /// When keys, schema, database or scenario cannot be used, or the address cannot be listened on.
    pub async fn start(self) -> Result<Sandbox, Error> {
        if !self.allow_remote && !self.listen.ip().is_loopback() {
            return Err(Error::NotLoopback(self.listen));
        }
        let keys = match self.keys {
            Some(keys) => keys,
            None => throwaway().await?,
        };
        let api = self.schema.as_deref().map_or_else(schema::embedded, schema::from_folder)?;
        let identity = if self.tls { Some(tls(self.listen.ip()).await?) } else { None };
        let store = Store::open(&self.place, self.reset)?;
        let pending = store.work(|books| books.pending_notices()).map_err(Refusal::from)?;
        let schedule = Schedule::official().faster(self.notify_speed);
        let office = Office {
            store,
            ids: Ids::new(self.seed),
            outcomes: Mutex::default(),
            live: Live::default(),
            examples_only: self.examples_only,
            post: Post::new(self.notify_to, self.notify_anywhere, schedule),
            token: control::new_token(),
            keys_folder: keys.folder().map(str::to_owned),
        };
        let protocol = if self.tls { "https" } else { "http" };
        let gateway = Arc::new(Gateway::new(Routes::new(api), keys, office, self.clock, protocol));
        if let Some(file) = self.scenario {
            play(&gateway, &file)?;
        }
        let ca = identity.as_ref().map(|identity| identity.ca_pem.clone());
        let server = Server::start(self.listen, Arc::clone(&gateway), identity)
            .map_err(|error| Error::Listen(self.listen, error))?;
        if let Some(threads) = server.threads() {
            gateway.send_notices(&threads, &pending);
        }
        Ok(Sandbox::new(gateway, server, ca))
    }
}

fn play(gateway: &Gateway, file: &Path) -> Result<(), Error> {
    let shown = file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| {
        Error::Scenario(format!("{shown}: cannot be read: {error}; name another file"))
    })?;
    let read = Scenario::read(&shown, &text, &|name| gateway.routes().knows(name));
    gateway.play(read.map_err(|error| Error::Scenario(error.to_string()))?)?;
    Ok(())
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
    Ok(elsewhere(Keys::throwaway).await??)
}

/// Makes keys and certificates for TLS on a thread of their own.
async fn tls(address: IpAddr) -> Result<Identity, Error> {
    elsewhere(move || Identity::generate(address)).await?
}

/// Works on a thread of its own, under any executor.
async fn elsewhere<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let (sender, made) = oneshot::channel();
    // If nobody waits any more, nobody misses it.
    thread::spawn(move || drop(sender.send(work())));
    // The thread ends without a word only if it panics.
    made.await.map_err(|_| Error::Stopped)
}
