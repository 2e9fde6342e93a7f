//! The heart of a client: checked keys and settings, shared by all its handles.

use std::{
    env::consts::{ARCH, OS},
    fmt,
    sync::Arc,
    time::Duration,
};

use http::HeaderValue;

use crate::{
    brand::Brand,
    cipher::ApiV3Key,
    clock::Clock,
    config::{Caller, Config, sealed::Caller as _},
    current::Current,
    error::{ConfigError, Error},
    merchant::Merchant,
    nonce::NonceSource,
    pace::Paces,
    pay_params::PayParams,
    refresh::Trust,
    retry::{RetryPolicy, Sleep},
    sign::Scheme,
    target::Base,
    transport::Transport,
    trust::TrustStore,
};

/// What a client and its product handles share. Cloning it is cheap; it is `Send` and `Sync`.
#[derive(Clone)]
pub struct Core(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) merchant: Current<Merchant>,
    pub(crate) scheme: Scheme,
    pub(crate) trust: Trust,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) nonce: Arc<dyn NonceSource>,
    pub(crate) retry: RetryPolicy,
    pub(crate) paces: Paces,
    pub(crate) sleep: Arc<dyn Sleep>,
    pub(crate) timeout: Duration,
    pub(crate) base: Option<Base>,
    pub(crate) download_hosts: Vec<Base>,
    pub(crate) validation: bool,
    pub(crate) user_agent: HeaderValue,
    pub(crate) language: HeaderValue,
    pub(crate) max_response_bytes: usize,
    api_v3_key: Option<ApiV3Key>,
}

impl Core {
    /// Checks `config` and makes a client of it. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::Config`] with everything that is wrong, each with its remedy.
    pub fn new<C: Caller>(config: Config<C>) -> Result<Self, Error> {
        let mut problems = Vec::new();
        let (merchant, config) = config.split();
        merchant.problems(&mut problems);
        config.trust.problems(&merchant, config.api_v3_key.as_ref(), &mut problems);
        let base = check_base(config.base_url.as_deref(), &mut problems);
        let download_hosts = check_download_hosts(&config.download_hosts, &mut problems);
        let user_agent = check_user_agent(config.user_agent_suffix.as_deref(), &mut problems);
        let language = check_language(&config.language, &mut problems);
        check_limits(&config, &mut problems);
        refuse(problems)?;
        let transport = match config.transport {
            Some(transport) => transport,
            None => default_transport(config.connect_timeout, base.as_ref())?,
        };
        Ok(Self(Arc::new(Shared {
            scheme: merchant.scheme(),
            merchant: Current::new(merchant),
            trust: Trust::new(config.trust),
            transport,
            clock: config.clock,
            nonce: config.nonce,
            retry: config.retry,
            paces: Paces::default(),
            sleep: config.sleep,
            timeout: config.timeout,
            base,
            download_hosts,
            validation: config.validation,
            user_agent,
            language,
            max_response_bytes: config.max_response_bytes,
            api_v3_key: config.api_v3_key,
        })))
    }

    /// The merchant that signs. In a client of a brand it stands for the brand.
    #[must_use]
    pub fn merchant(&self) -> Arc<Merchant> {
        self.0.merchant.get()
    }

    /// The APIv3 key, if one was given.
    #[must_use]
    pub fn api_v3_key(&self) -> Option<&ApiV3Key> {
        self.0.api_v3_key.as_ref()
    }

    /// Parameters for the front end.
    #[must_use]
    pub fn pay_params(&self) -> PayParams {
        PayParams::new(self.clone())
    }

    /// Replaces the platform's keys for all handles of this client, without dropping calls in flight: a response is
    /// verified with the keys that are in place when it arrives.
    ///
    /// # Errors
    /// [`Error::Config`]; the old keys stay.
    pub fn replace_trust(&self, trust: TrustStore) -> Result<(), Error> {
        let mut problems = Vec::new();
        trust.problems(&self.merchant(), self.api_v3_key(), &mut problems);
        refuse(problems)?;
        self.0.trust.replace(trust);
        Ok(())
    }

    /// Replaces the merchant's key and serial for all handles of this client, without dropping calls in flight: a call
    /// keeps the key it began with.
    ///
    /// # Errors
    /// [`Error::Config`], also where it is another merchant's; the old key stays.
    pub fn replace_merchant(&self, merchant: Merchant) -> Result<(), Error> {
        let mut problems = Vec::new();
        merchant.problems(&mut problems);
        let role = self.0.scheme.role();
        if merchant.mchid() != self.merchant().mchid() {
            problems.push(format!(
                "{role} number: is not this client's; make a client of its own for another {role}"
            ));
        }
        if merchant.scheme() != self.0.scheme {
            problems.push(format!(
                "{}: signs with {}, this client with {}; make a client of its own for it",
                merchant.scheme().role(),
                merchant.scheme().name(),
                self.0.scheme.name(),
            ));
        }
        self.0.trust.store().problems(&merchant, self.api_v3_key(), &mut problems);
        refuse(problems)?;
        self.0.merchant.set(merchant);
        Ok(())
    }

    /// Replaces the brand's key and serial; otherwise like [`replace_merchant`](Self::replace_merchant).
    ///
    /// # Errors
    /// [`Error::Config`], also where it is another brand's; the old key stays.
    pub fn replace_brand(&self, brand: Brand) -> Result<(), Error> {
        self.replace_merchant(brand.into_signing())
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }
}

fn refuse(problems: Vec<String>) -> Result<(), ConfigError> {
    ConfigError::all(problems).map_or(Ok(()), Err)
}

fn check_base(url: Option<&str>, problems: &mut Vec<String>) -> Option<Base> {
    let parsed = url.map(Base::parse)?;
    parsed.map_err(|problem| problems.push(format!("base_url: {problem}"))).ok()
}

/// The signature must not be sent where others can read it.
fn check_download_hosts(urls: &[String], problems: &mut Vec<String>) -> Vec<Base> {
    let mut hosts = Vec::new();
    for url in urls {
        match Base::parse(url) {
            Ok(base) if base.is_plain_http() && !base.is_loopback() => problems.push(
                "download_host: must begin with https:// unless it is this very machine".to_owned(),
            ),
            Ok(base) => hosts.push(base),
            Err(problem) => problems.push(format!("download_host: {problem}")),
        }
    }
    hosts
}

/// Name, version, system and language of the client.
fn check_user_agent(suffix: Option<&str>, problems: &mut Vec<String>) -> HeaderValue {
    let mut text = format!("wechatpay-client/{} ({OS}; {ARCH}) Rust", env!("CARGO_PKG_VERSION"));
    if let Some(suffix) = suffix {
        text = text + " " + suffix;
    }
    header_value(&text, "user_agent_suffix", problems)
}

fn check_language(language: &str, problems: &mut Vec<String>) -> HeaderValue {
    if language.is_empty() {
        problems.push("language: is empty; leave it out, or give one like zh-CN or en".to_owned());
    }
    header_value(language, "language", problems)
}

fn header_value(text: &str, setting: &str, problems: &mut Vec<String>) -> HeaderValue {
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        problems.push(format!("{setting}: must hold printable ASCII characters only"));
    }
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn check_limits(config: &Config<()>, problems: &mut Vec<String>) {
    for (setting, limit) in
        [("timeout", config.timeout), ("connect_timeout", config.connect_timeout)]
    {
        if limit.is_zero() {
            problems
                .push(format!("{setting}: is zero, so no call could succeed; give some seconds"));
        }
    }
    if config.max_response_bytes == 0 {
        problems.push(
            "max_response_bytes: is zero, so no response could be read; give some megabytes"
                .to_owned(),
        );
    }
}

#[cfg(feature = "reqwest")]
fn default_transport(
    connect_timeout: Duration,
    only: Option<&Base>,
) -> Result<Arc<dyn Transport>, ConfigError> {
    Ok(Arc::new(crate::transport::HttpTransport::of_client(connect_timeout, only)?))
}

#[cfg(not(feature = "reqwest"))]
fn default_transport(_: Duration, _: Option<&Base>) -> Result<Arc<dyn Transport>, ConfigError> {
    Err(ConfigError::new(
        "transport: there is none; switch the feature `reqwest` on, or give one to `Config::transport`",
    ))
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("merchant", &self.merchant())
            .field("trust", &self.0.trust.store())
            .field("base", &self.0.base.as_ref().map(Base::as_str))
            .finish_non_exhaustive()
    }
}
