//! Settings of the transport that comes with the crate, and what is wrong with them.

use std::{fmt, time::Duration};

use url::Url;
use x509_cert::der::Decode as _;

use crate::{error::ConfigError, pem};

/// Settings of an [`HttpTransport`](super::HttpTransport). Everything is checked when the transport is made.
#[derive(Clone)]
pub struct HttpOptions {
    connect_timeout: Duration,
    read_timeout: Option<Duration>,
    proxy: Proxy,
    roots: Vec<String>,
    only_roots: bool,
}

#[derive(Clone)]
enum Proxy {
    /// What `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say.
    Environment,
    None,
    Given(String),
}

/// Settings in which nothing was found wrong.
pub(super) struct Checked {
    pub(super) connect_timeout: Duration,
    pub(super) read_timeout: Option<Duration>,
    pub(super) proxy: CheckedProxy,
    /// DER.
    pub(super) roots: Vec<Vec<u8>>,
    pub(super) only_roots: bool,
}

pub(super) enum CheckedProxy {
    Environment,
    None,
    Given(Url),
}

impl HttpOptions {
    /// The settings of most programs: 4 seconds for connecting, the environment's proxy, the machine's root
    /// certificates.
    #[must_use]
    pub fn new() -> Self {
        Self {
            connect_timeout: Duration::from_secs(4),
            read_timeout: None,
            proxy: Proxy::Environment,
            roots: Vec::new(),
            only_roots: false,
        }
    }

    /// Time for connecting to one host, TLS included: 4 seconds unless set, which leaves time for the backup host.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Time for waiting for the next bytes of a response; none unless set, as
    /// [`Config::timeout`](crate::Config::timeout) limits the whole call anyway. Running out of it is
    /// [`TransportFailure::Timeout`](crate::TransportFailure::Timeout).
    #[must_use]
    pub fn read_timeout(mut self, limit: Duration) -> Self {
        self.read_timeout = Some(limit);
        self
    }

    /// Sends everything through this proxy, in place of the one the environment names: `http://user:password@host:3128`.
    /// It sees no content of https requests, only which host they go to.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Proxy::Given(url.into());
        self
    }

    /// Uses no proxy, whatever the environment says.
    #[must_use]
    pub fn no_proxy(mut self) -> Self {
        self.proxy = Proxy::None;
        self
    }

    /// Believes these certificates beside the machine's own roots: a PEM text with one or more, such as that of a proxy
    /// that looks into TLS. This is about the connection only; responses are verified by the platform's keys all the same.
    #[must_use]
    pub fn root_certificates(mut self, pem: impl Into<String>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Believes these certificates, and none of the machine's roots.
    #[must_use]
    pub fn only_root_certificates(mut self, pem: impl Into<String>) -> Self {
        self.roots.push(pem.into());
        self.only_roots = true;
        self
    }

    /// Everything that is wrong, or settings fit for use.
    pub(super) fn check(self) -> Result<Checked, ConfigError> {
        let mut problems = Vec::new();
        let limits =
            [("connect_timeout", Some(self.connect_timeout)), ("read_timeout", self.read_timeout)];
        for (setting, limit) in limits {
            if limit.is_some_and(|limit| limit.is_zero()) {
                problems.push(format!(
                    "{setting}: is zero, so no call could succeed; give some seconds"
                ));
            }
        }
        let proxy = self.proxy.check(&mut problems);
        let roots = self.roots.iter().flat_map(|pem| read_roots(pem, &mut problems)).collect();
        match ConfigError::all(problems) {
            Some(error) => Err(error),
            None => Ok(Checked {
                connect_timeout: self.connect_timeout,
                read_timeout: self.read_timeout,
                proxy,
                roots,
                only_roots: self.only_roots,
            }),
        }
    }
}

impl Proxy {
    /// The problem does not quote the address: it may hold a password.
    fn check(&self, problems: &mut Vec<String>) -> CheckedProxy {
        let text = match self {
            Self::Environment => return CheckedProxy::Environment,
            Self::None => return CheckedProxy::None,
            Self::Given(text) => text,
        };
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
                CheckedProxy::Given(url)
            }
            _ => {
                problems.push(
                    "proxy: must begin with http:// (or https://, if the proxy itself speaks TLS) and a host, like \
                     http://proxy.example:3128; SOCKS is not supported"
                        .to_owned(),
                );
                CheckedProxy::None
            }
        }
    }
}

/// Roots may have any kind of key, so they are not read as a [`Certificate`](crate::Certificate).
fn read_roots(text: &str, problems: &mut Vec<String>) -> Vec<Vec<u8>> {
    let blocks = pem::blocks(text);
    let mut roots = Vec::new();
    for block in blocks.iter().filter(|block| block.label == "CERTIFICATE") {
        let der = block.decode().filter(|der| x509_cert::Certificate::from_der(der).is_ok());
        match der {
            Some(der) => roots.push(der.to_vec()),
            None => {
                problems.push(
                    "root certificates: one of them is damaged or no X.509 certificate".to_owned(),
                );
                return roots;
            }
        }
    }
    if roots.is_empty() {
        problems.push(
            "root certificates: none is there; give PEM, which begins with -----BEGIN CERTIFICATE-----".to_owned(),
        );
    }
    roots
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// Without the proxy's address, which may hold a password.
impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxy = match self.proxy {
            Proxy::Environment => "environment",
            Proxy::None => "none",
            Proxy::Given(_) => "given",
        };
        f.debug_struct("HttpOptions")
            .field("connect_timeout", &self.connect_timeout)
            .field("read_timeout", &self.read_timeout)
            .field("proxy", &proxy)
            .field("roots", &self.roots.len())
            .field("only_roots", &self.only_roots)
            .finish()
    }
}
