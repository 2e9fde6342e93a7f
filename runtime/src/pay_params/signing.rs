//! The signature for the front end, made wherever the merchant's key is.
//!
//! Takes the two lines that the caller chose, draws time and nonce, and gives the parameters. The work runs on the
//! client's own threads, as that of calls does: a signer elsewhere may have to wait, and finds its runtime there.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    background::{self, Lost},
    clock::unix_seconds,
    core::Core,
    error::{BuildError, CryptoError, CryptoFailure, Error},
    exchange::deadline,
    label::Label,
    nonce,
    sign::{Scheme, in_time},
    target::Problem,
    transport::BoxFuture,
};

/// The front end takes no longer ones.
const MAX_NONCE: usize = 32;

/// Parameters that want their signature: `.await` them, or call [`blocking`](Self::blocking).
///
/// Nothing is sent, unless the merchant's [`Signer`](crate::Signer) does so. It has the client's time limit.
#[must_use = "nothing is signed until it is awaited or `blocking()` is called"]
pub struct Signing<T> {
    pub(super) core: Core,
    pub(super) label: Label,
    pub(super) lines: Result<Lines, Problem>,
    pub(super) make: fn(Signed) -> T,
}

/// The lines of the caller's: the first and the last.
pub(super) struct Lines {
    pub(super) appid: String,
    pub(super) last: String,
}

/// What the parameters are made of.
pub(super) struct Signed {
    pub(super) lines: Lines,
    pub(super) mchid: String,
    pub(super) timestamp: String,
    pub(super) nonce: String,
    pub(super) signature: String,
}

impl Lines {
    pub(super) fn of_package(appid: &str, prepay_id: &str) -> Self {
        Self { appid: appid.to_owned(), last: format!("prepay_id={prepay_id}") }
    }

    pub(super) fn of_app(appid: &str, prepay_id: &str) -> Self {
        Self { appid: appid.to_owned(), last: prepay_id.to_owned() }
    }
}

impl<T> Signing<T> {
    /// Signs while the calling thread waits. It may be any thread, even one that runs an executor.
    ///
    /// # Errors
    /// The same as with `.await`.
    pub fn blocking(self) -> Result<T, Error> {
        let (unsigned, reader) = self.split()?;
        reader.finish(background::wait(unsigned.sign()))
    }

    async fn asynchronous(self) -> Result<T, Error> {
        let (unsigned, reader) = self.split()?;
        let signed = match background::spawn(unsigned.sign()) {
            Ok(task) => task.await,
            Err(lost) => Err(lost),
        };
        reader.finish(signed)
    }

    fn split(self) -> Result<(Unsigned, Reader<T>), Error> {
        let Self { core, label, lines, make } = self;
        let lines = lines.map_err(|problem| BuildError::new(&label, problem))?;
        Ok((Unsigned { core, lines }, Reader { label, make }))
    }
}

impl<T: 'static> IntoFuture for Signing<T> {
    type Output = Result<T, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.asynchronous())
    }
}

impl<T> fmt::Debug for Signing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signing({})", self.label)
    }
}

impl From<Lost> for CryptoFailure {
    fn from(lost: Lost) -> Self {
        Self::Sign(match lost {
            Lost::Unavailable(source) => source.into(),
            Lost::Inside => {
                "`blocking()` was called by a transport, signer, clock or the like; use `.await` there".into()
            }
            Lost::Panicked => "the signer, clock or nonce source panicked".into(),
        })
    }
}

/// What stays with the caller.
struct Reader<T> {
    label: Label,
    make: fn(Signed) -> T,
}

impl<T> Reader<T> {
    fn finish(self, result: Result<Result<Signed, CryptoFailure>, Lost>) -> Result<T, Error> {
        let signed = result.unwrap_or_else(|lost| Err(lost.into()));
        Ok((self.make)(signed.map_err(|failure| CryptoError::new(&self.label, failure))?))
    }
}

/// What goes to the threads of the client.
struct Unsigned {
    core: Core,
    lines: Lines,
}

impl Unsigned {
    /// Four lines, each ended by LF, the last one too.
    async fn sign(self) -> Result<Signed, CryptoFailure> {
        let shared = self.core.shared();
        if shared.scheme != Scheme::Merchant {
            return Err(CryptoFailure::Sign(
                "the front end takes signatures with the RSA key of a merchant only".into(),
            ));
        }
        let timestamp = unix_seconds(shared.clock.now()).to_string();
        let nonce = shared.nonce.nonce().map_err(CryptoFailure::Nonce)?;
        if !nonce::is_usable(&nonce) || nonce.len() > MAX_NONCE {
            return Err(CryptoFailure::nonce(
                "a nonce for the front end must be 1 to 32 letters, digits, - or _",
            ));
        }
        let Lines { appid, last } = &self.lines;
        let text = format!("{appid}\n{timestamp}\n{nonce}\n{last}\n");
        let merchant = self.core.merchant();
        let signing =
            async { merchant.signer().sign(text.as_bytes()).await.map_err(CryptoFailure::Sign) };
        let signature = STANDARD.encode(in_time(deadline(shared.timeout), signing).await?);
        let mchid = merchant.mchid().to_owned();
        Ok(Signed { lines: self.lines, mchid, timestamp, nonce, signature })
    }
}
