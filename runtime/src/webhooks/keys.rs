//! Where a receiver's keys are: given to it, or a client's, which keeps them up to date.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::HeaderMap;

use super::event::Proof;
use crate::{
    background,
    cipher::ApiV3Key,
    clock::{Clock, unix_seconds},
    core::Core,
    custody::Decryptor,
    error::{BoxError, TrustFailure, VerificationFailure as Failure},
    headers::SIGNATURE,
    operation::{Host, Padding},
    sign::Scheme,
    suite::Suite,
    trust::TrustStore,
    verify::{Verified, Verifier},
};

/// How long a notification that names an unknown certificate is held while certificates are downloaded. The rest of the
/// five seconds that the platform waits is left to the handler.
const LEARNING: Duration = Duration::from_secs(2);

/// The platform's keys, and those of the merchant.
#[derive(Clone)]
pub(super) enum Keys {
    /// Given to the receiver.
    Own {
        trust: Arc<TrustStore>,
        api_v3_key: ApiV3Key,
        decryptor: Option<Arc<dyn Decryptor>>,
        clock: Arc<dyn Clock>,
    },
    /// A client's, which downloads certificates from this host.
    Client(Core, &'static Host),
}

/// Why a notification is not verified; the error says why there is no key.
pub(super) type Refusal = (Failure, Option<BoxError>);

impl Keys {
    /// Verifies a notification that has just come.
    ///
    /// Only a notification of the present that names an unknown certificate can start a download, and the client
    /// downloads at most once a minute for such: a forger cannot make it do so in a loop.
    pub(super) async fn verify(&self, headers: &HeaderMap, body: &Bytes) -> Result<(), Refusal> {
        let serial = match self.check(headers, body, self.now()) {
            Err(Failure::UnknownSerial { serial, .. }) => serial,
            verdict => return verdict.map_err(|failure| (failure, None)),
        };
        let learnt = self.learn(serial).await;
        self.check(headers, body, self.now()).map_err(|failure| (failure, learnt.err()))
    }

    /// Verifies a notification that was stored, however old it is.
    pub(super) fn verify_stored(&self, proof: &Proof, body: &Bytes) -> Result<(), Failure> {
        self.check(&proof.headers(), body, proof.timestamp())
    }

    pub(super) fn api_v3_key(&self) -> Option<&ApiV3Key> {
        match self {
            Self::Own { api_v3_key, .. } => Some(api_v3_key),
            Self::Client(core, _) => core.api_v3_key(),
        }
    }

    /// What opens the fields that are sealed for the merchant's certificate.
    pub(super) fn decryptor(&self) -> Option<Arc<dyn Decryptor>> {
        match self {
            Self::Own { decryptor, .. } => decryptor.clone(),
            Self::Client(core, _) => core.merchant().shared_decryptor(),
        }
    }

    /// The algorithms that the platform uses: those of the keys.
    pub(super) fn suite(&self) -> Suite {
        match self {
            Self::Own { trust, .. } => trust.suite(),
            Self::Client(core, _) => core.shared().scheme.suite(),
        }
    }

    /// How the platform pads what it seals for the merchant's certificate.
    pub(super) fn padding(&self) -> Padding {
        match self {
            Self::Own { .. } => Padding::Oaep,
            Self::Client(_, host) => host.padding,
        }
    }

    fn check(&self, headers: &HeaderMap, body: &Bytes, now: u64) -> Result<(), Failure> {
        let check =
            |trust: &TrustStore, scheme| Verifier { trust, scheme, now }.check(headers, body);
        let verified = match self {
            Self::Own { trust, .. } => check(trust, Scheme::of_merchant(self.suite())),
            Self::Client(core, _) => check(&core.shared().trust.store(), core.shared().scheme),
        };
        match verified? {
            Verified::Signed => Ok(()),
            // Nothing excuses a notification without a signature.
            Verified::Unsigned => Err(Failure::Missing(SIGNATURE)),
        }
    }

    fn now(&self) -> u64 {
        unix_seconds(match self {
            Self::Own { clock, .. } => clock.now(),
            Self::Client(core, _) => core.shared().clock.now(),
        })
    }

    /// Comes back when the keys are worth another look, or says why not.
    async fn learn(&self, serial: String) -> Result<(), BoxError> {
        let Self::Client(core, host) = self else { return Ok(()) };
        let (core, host) = (core.clone(), *host);
        // A download needs the client's own threads, whatever the receiver runs on.
        let learning = background::spawn(async move {
            let learnt = tokio::time::timeout(LEARNING, core.trust_learn(host, &serial)).await;
            learnt.unwrap_or_else(|_| Err(Arc::new(TrustFailure::Late)))
        });
        match learning {
            Ok(task) => match task.await {
                Ok(learnt) => learnt.map_err(Into::into),
                Err(_) => Err("the download panicked".into()),
            },
            Err(_) => Err("the client's threads cannot be started".into()),
        }
    }
}
