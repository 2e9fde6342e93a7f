//! The receiver: verify, open, read.

use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

use bytes::Bytes;
use http::HeaderMap;
use tokio::time::Instant;

use super::{
    Delivery, Dispatch, Opened, ReplayStore, VerifiedEvent, WebhookError,
    WebhookFailure as Failure, delivery::within, event::Proof, keys::Keys, opened::Resource,
};
use crate::{
    cipher::ApiV3Key,
    clock::{Clock, SystemClock},
    core::Core,
    custody::{self, Decryptor},
    error::ConfigError,
    operation::Host,
    trust::TrustStore,
};

/// Far more than any notification has.
const MAX_BODY_BYTES: usize = 1 << 20;

/// The platform waits five seconds; the rest is for the way.
const DEADLINE: Duration = Duration::from_millis(4_500);

/// A claim on a notification lapses after ten seconds; whoever holds it longer might handle it beside another.
const LONGEST: Duration = Duration::from_secs(9);

/// Receives notifications. Cheap to clone, `Send` and `Sync`; `N` is what they are parsed into.
pub struct Webhooks<N> {
    settings: Arc<Settings>,
    kind: PhantomData<fn() -> N>,
}

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) keys: Keys,
    pub(super) max_body_bytes: usize,
    pub(super) deadline: Duration,
    pub(super) replays: Option<Arc<dyn ReplayStore>>,
}

impl<N: Dispatch> Webhooks<N> {
    /// A receiver without a client, such as a process of its own: whom it believes, and the key to open with.
    ///
    /// # Errors
    /// The trust store is empty, or is to `download()` certificates, for which it takes a client.
    pub fn new(trust: TrustStore, api_v3_key: ApiV3Key) -> Result<Self, ConfigError> {
        if trust.downloads() {
            return Err(ConfigError::new(
                "trust store: downloads certificates, for which it takes a merchant's client; use the client's \
                 `webhooks()`, or give all keys here",
            ));
        }
        if trust.serials().next().is_none() {
            return Err(ConfigError::new(
                "trust store: is empty, so no notification could be verified; add the WeChat Pay public key or a \
                 platform certificate",
            ));
        }
        let trust = Arc::new(trust);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Ok(Self::with(Keys::Own { trust, api_v3_key, decryptor: None, clock }))
    }

    /// For generated code: a receiver with a client's keys, which the client keeps up to date. A notification that names
    /// an unknown certificate makes it download certificates from `host`, if its trust store may, at most once a minute.
    #[must_use]
    pub fn of(core: Core, host: &'static Host) -> Self {
        Self::with(Keys::Client(core, host))
    }

    fn with(keys: Keys) -> Self {
        let settings =
            Settings { keys, max_body_bytes: MAX_BODY_BYTES, deadline: DEADLINE, replays: None };
        Self { settings: Arc::new(settings), kind: PhantomData }
    }

    /// Remembers which notifications were handled, so that [`Delivery::handle`] handles each once.
    #[must_use]
    pub fn replays(self, store: impl ReplayStore) -> Self {
        self.change(|settings| settings.replays = Some(Arc::new(store)))
    }

    /// The largest body that is read: 1 MiB unless set. A larger one is refused before anything is kept of it.
    #[must_use]
    pub fn max_body_bytes(self, limit: usize) -> Self {
        self.change(|settings| settings.max_body_bytes = limit)
    }

    /// Time from the head of the request to the answer: 4.5 seconds unless set, for the platform waits five. More than
    /// nine count as nine: then it has long sent the notification again.
    #[must_use]
    pub fn deadline(self, limit: Duration) -> Self {
        self.change(|settings| settings.deadline = limit.min(LONGEST))
    }

    /// Opens the fields that are sealed for the merchant's certificate, such as a phone number. A client brings its
    /// merchant's own, and ignores this.
    #[must_use]
    pub fn decryptor(self, with: impl Decryptor) -> Self {
        self.change(|settings| {
            if let Keys::Own { decryptor, .. } = &mut settings.keys {
                *decryptor = Some(Arc::new(with));
            }
        })
    }

    /// A clock of your own. A client brings its own, and ignores this.
    #[must_use]
    pub fn clock(self, with: impl Clock) -> Self {
        self.change(|settings| {
            if let Keys::Own { clock, .. } = &mut settings.keys {
                *clock = Arc::new(with);
            }
        })
    }

    fn change(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    /// Checks that a notification is WeChat Pay's: the signature over these very bytes, by a trusted key, not more than
    /// 300 seconds off the clock. Nothing of the body is read before.
    ///
    /// # Errors
    /// What speaks against it; or that it is verified, but no notification.
    pub async fn verify(
        &self,
        headers: &HeaderMap,
        body: impl Into<Bytes>,
    ) -> Result<VerifiedEvent, WebhookError> {
        let body = body.into();
        let limit = self.settings.max_body_bytes;
        if body.len() > limit {
            return Err(WebhookError::new(Failure::TooLarge { limit }));
        }
        self.settings.keys.verify(headers, &body).await.map_err(|(failure, source)| {
            WebhookError::new(Failure::Verification(failure)).because(source)
        })?;
        VerifiedEvent::read(Proof::of(headers), body.clone())
            .map_err(|misfit| WebhookError::new(Failure::Envelope(misfit)).keeping(body))
    }

    /// Opens the resource of a notification. The signature of one that was stored is checked again, whatever its age.
    ///
    /// # Errors
    /// A stored one is not WeChat Pay's; it does not open, or there is no key to open it with.
    pub async fn decrypt(&self, event: &VerifiedEvent) -> Result<Opened<N>, WebhookError> {
        let keys = &self.settings.keys;
        if !event.is_proven() {
            keys.verify_stored(event.proof(), event.body())
                .map_err(|failure| WebhookError::new(Failure::Verification(failure)))?;
        }
        let failed = |failure| WebhookError::new(failure).about(event);
        if event.algorithm() != keys.suite().sealing() {
            return Err(failed(Failure::Algorithm(event.algorithm().to_owned())));
        }
        let key = keys.api_v3_key().ok_or_else(|| failed(Failure::NoApiV3Key))?;
        let json = key
            .open(keys.suite(), &event.sealed())
            .map_err(|error| failed(Failure::Decrypt(error)))?;
        let fields = self.open_fields(event, &json).await;
        Ok(Opened::new(event.clone(), json, fields))
    }

    /// All three steps: verifies, opens, parses.
    ///
    /// # Errors
    /// What [`verify`](Self::verify) and [`decrypt`](Self::decrypt) say. A resource that has no type is none: it is kept.
    pub async fn receive(
        &self,
        headers: &HeaderMap,
        body: impl Into<Bytes>,
    ) -> Result<Delivery<N>, WebhookError> {
        self.receive_since(Instant::now(), headers, body.into()).await
    }

    /// The same for a request that began to come at `start`.
    pub(super) async fn receive_since(
        &self,
        start: Instant,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Delivery<N>, WebhookError> {
        let deadline = start + self.settings.deadline;
        let received = async {
            let event = self.verify(headers, body).await?;
            // The key of sealed fields may be elsewhere, and slow.
            let opened = within(deadline, self.decrypt(&event)).await;
            let late = || Err(WebhookError::new(Failure::Late).about(&event));
            let notification = opened.unwrap_or_else(late)?.parse();
            Ok((event, notification))
        };
        let received = received.await;
        let event_type = received.as_ref().ok().map(|(event, _)| event.event_type());
        observe(received.as_ref().map_or_else(WebhookError::outcome, |_| "success"), event_type);
        let (event, notification) = received?;
        Ok(Delivery::new(event, notification, deadline, self.settings.replays.clone()))
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Opens what is sealed for the merchant. The first reading tells what that is.
    async fn open_fields(&self, event: &VerifiedEvent, json: &[u8]) -> custody::Opened {
        let values = {
            let sealed = custody::Sealed::default();
            let _ = N::dispatch(&Resource::new(event.event_type(), json, &sealed));
            sealed.into_values()
        };
        let decryptor = self.settings.keys.decryptor();
        let mut fields = custody::Opened::new(
            decryptor.as_deref(),
            self.settings.keys.suite(),
            self.settings.keys.padding(),
        );
        fields.open(values, decryptor.as_deref()).await;
        fields
    }
}

/// What logs learn of a notification: an outcome, and the type of a genuine one.
pub(super) fn observe(outcome: &'static str, event_type: Option<&str>) {
    let event_type = event_type.map(|event_type| crate::error::one_line(event_type, 64));
    tracing::info!(target: "wechatpay", outcome, event_type, "wechatpay.webhook");
}

impl<N> Clone for Webhooks<N> {
    fn clone(&self) -> Self {
        Self { settings: Arc::clone(&self.settings), kind: PhantomData }
    }
}

impl<N> fmt::Debug for Webhooks<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Webhooks");
        match &self.settings.keys {
            Keys::Own { trust, .. } => shown.field("trust", trust),
            Keys::Client(core, _) => shown.field("core", core),
        };
        shown
            .field("max_body_bytes", &self.settings.max_body_bytes)
            .field("deadline", &self.settings.deadline)
            .field("replays", &self.settings.replays.is_some())
            .finish_non_exhaustive()
    }
}
