//! What a client is made of: keys and settings.

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    cipher::ApiV3Key,
    clock::{Clock, SystemClock},
    merchant::Merchant,
    nonce::{NonceSource, RandomNonce},
    retry::{RetryPolicy, Sleep, SystemSleep},
    transport::Transport,
    trust::TrustStore,
};

/// Who calls: a [`Merchant`] or a [`Brand`](crate::Brand).
pub trait Caller: sealed::Caller {}

pub(crate) mod sealed {
    use crate::merchant::Merchant;

    /// Only this crate says who may call.
    pub trait Caller {
        /// What signs for it.
        fn into_signing(self) -> Merchant;
    }
}

/// Keys and settings of a client. Everything is checked at once when the client is made.
///
/// A client of merchants takes a `Config`, one of brands a `Config<Brand>`; which of them it is follows from the caller
/// that is given.
///
/// ```no_run
/// use wechatpay_runtime::{Config, ConfigError, Merchant, PrivateKey, PublicKey, TrustStore};
///
/// fn config(key_pem: &str, pub_key_pem: &str) -> Result<Config, ConfigError> {
///     let merchant = Merchant::new("1900000109", PrivateKey::from_pem(key_pem)?, "444F4864EA9B34415A0F7F0B5C4A3B3F6D2E1C0B");
///     let trust = TrustStore::new().public_key("PUB_KEY_ID_0000000000000024101100397200000006", PublicKey::from_pem(pub_key_pem)?);
///     Ok(Config::new(merchant, trust))
/// }
/// ```
#[derive(Clone)]
pub struct Config<C = Merchant> {
    pub(crate) caller: C,
    pub(crate) trust: TrustStore,
    pub(crate) api_v3_key: Option<ApiV3Key>,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) base_url: Option<String>,
    pub(crate) download_hosts: Vec<String>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) nonce: Arc<dyn NonceSource>,
    pub(crate) retry: RetryPolicy,
    pub(crate) sleep: Arc<dyn Sleep>,
    pub(crate) validation: bool,
    pub(crate) user_agent_suffix: Option<String>,
    pub(crate) language: String,
    pub(crate) transport: Option<Arc<dyn Transport>>,
    pub(crate) max_response_bytes: usize,
}

impl<C> Config<C> {
    /// The settings of most programs: the platform's own hosts, the machine's clock, 20 seconds per call.
    #[must_use]
    pub fn new(caller: C, trust: TrustStore) -> Self {
        Self {
            caller,
            trust,
            api_v3_key: None,
            timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(4),
            base_url: None,
            download_hosts: Vec::new(),
            clock: Arc::new(SystemClock),
            nonce: Arc::new(RandomNonce),
            retry: RetryPolicy::default(),
            sleep: Arc::new(SystemSleep),
            validation: true,
            user_agent_suffix: None,
            language: "zh-CN".to_owned(),
            transport: None,
            max_response_bytes: 32 << 20,
        }
    }

    /// The APIv3 key, with which the platform seals certificates and notifications.
    #[must_use]
    pub fn api_v3_key(mut self, key: ApiV3Key) -> Self {
        self.api_v3_key = Some(key);
        self
    }

    /// Time for one whole call, from connecting to the last byte of the response, all attempts and the pauses between
    /// them included: 20 seconds unless set. A call that runs out of it may have been acted upon, so it should be rare.
    /// Of a file it is the time up to the head of the response, see [`Call::idle_timeout`](crate::Call::idle_timeout).
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Time for connecting to one host, TLS included: 4 seconds unless set, which leaves time for the backup host.
    /// A transport of your own keeps its own limit.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Sends every request to this address instead of the platform's hosts, such as a sandbox on
    /// `http://127.0.0.1:8080`. No path: what is signed must be what is sent. There is no backup host then.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Signs for downloads from this host, too: scheme and host, no path, https unless it is this very machine. The
    /// platform's own hosts need not be given; an address on any other host is refused before it is signed.
    #[must_use]
    pub fn download_host(mut self, url: impl Into<String>) -> Self {
        self.download_hosts.push(url.into());
        self
    }

    /// A clock of your own.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// A source of nonces of your own.
    #[must_use]
    pub fn nonce(mut self, nonce: impl NonceSource) -> Self {
        self.nonce = Arc::new(nonce);
        self
    }

    /// How often a call is tried, and how long it pauses in between: [`RetryPolicy::default`] unless set.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// A way of your own to wait between attempts.
    #[must_use]
    pub fn sleep(mut self, sleep: impl Sleep) -> Self {
        self.sleep = Arc::new(sleep);
        self
    }

    /// Whether requests are checked against the schema before they are signed; they are unless this says `false`.
    #[must_use]
    pub fn validation(mut self, on: bool) -> Self {
        self.validation = on;
        self
    }

    /// Text at the end of the `User-Agent`, such as the name and version of your program.
    #[must_use]
    pub fn user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = Some(suffix.into());
        self
    }

    /// Language of the platform's error messages: `zh-CN` unless set, or `en`.
    #[must_use]
    pub fn language(mut self, language: impl Into<String>) -> Self {
        self.language = language.into();
        self
    }

    /// A transport of your own, or one that several clients share, such as a clone of an `HttpTransport`.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// The largest response that is read into memory: 32 MiB unless set. A file that is saved or streamed has a
    /// [limit of its own](crate::Call::max_bytes).
    #[must_use]
    pub fn max_response_bytes(mut self, limit: usize) -> Self {
        self.max_response_bytes = limit;
        self
    }
}

impl<C: Caller> Config<C> {
    /// What signs, and the settings.
    pub(crate) fn split(self) -> (Merchant, Config<()>) {
        let settings = Config {
            caller: (),
            trust: self.trust,
            api_v3_key: self.api_v3_key,
            timeout: self.timeout,
            connect_timeout: self.connect_timeout,
            base_url: self.base_url,
            download_hosts: self.download_hosts,
            clock: self.clock,
            nonce: self.nonce,
            retry: self.retry,
            sleep: self.sleep,
            validation: self.validation,
            user_agent_suffix: self.user_agent_suffix,
            language: self.language,
            transport: self.transport,
            max_response_bytes: self.max_response_bytes,
        };
        (self.caller.into_signing(), settings)
    }
}

impl<C: fmt::Debug> fmt::Debug for Config<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("caller", &self.caller)
            .field("trust", &self.trust)
            .field("api_v3_key", &self.api_v3_key)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("retry", &self.retry)
            .field("validation", &self.validation)
            .field("language", &self.language)
            .field("max_response_bytes", &self.max_response_bytes)
            .finish_non_exhaustive()
    }
}
