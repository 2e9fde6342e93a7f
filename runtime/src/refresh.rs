//! The trust store in use: when it is replaced, and when it looks for new certificates by itself.
//!
//! Calls see to it, so there is nothing to be started or stopped. A download runs as a task of its own on the client's
//! threads: all calls that need it wait for the same one, and it goes on if they are dropped.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use tokio::sync::watch;

use crate::{
    certificates,
    core::Core,
    current::Current,
    error::{Error, TransportError, TransportFailure, TrustError, TrustFailure},
    label::Label,
    observe::CallSpan,
    operation::Host,
    serial,
    trust::TrustStore,
};

/// A client looks for new certificates so often.
const DAILY: Duration = Duration::from_secs(24 * 3600);

/// Between two downloads that follow upon a failure or upon unknown serials.
const PAUSE: Duration = Duration::from_secs(60);

/// A merchant without certificates will hardly get them within minutes.
const PAUSE_WITHOUT_CERTIFICATES: Duration = Duration::from_secs(600);

/// How spans name a download.
const DOWNLOAD: Label = Label::Local("certificates.download");

/// What came of a download; shared by all who waited for it.
pub(crate) type Outcome = Result<(), Arc<TrustFailure>>;

/// The trust store in use.
pub(crate) struct Trust(Current<Live>);

/// A store as the program gave it, as it has become since, and its downloads. A store that is replaced takes its downloads
/// with it: they cannot add to another one.
#[derive(Clone)]
struct Live {
    store: Arc<TrustStore>,
    downloads: Arc<Mutex<Downloads>>,
}

/// The downloads of one store.
#[derive(Default)]
struct Downloads {
    /// The latest one. It is under way while its sender lives and has sent nothing.
    flight: Option<Flight>,
    /// When the last one that has ended began, and what came of it.
    last: Option<(SystemTime, Outcome)>,
    /// When an unknown serial last led to one.
    last_unknown: Option<SystemTime>,
}

type Flight = watch::Receiver<Option<Outcome>>;

/// What a download is wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// The store has a key to work with, but may be out of date.
    Routine,
    /// The store has no key to work with.
    Key,
    /// A response named a certificate that the store does not have.
    UnknownSerial,
}

impl Trust {
    pub(crate) fn new(store: TrustStore) -> Self {
        Self(Current::new(Live::new(store)))
    }

    /// The keys as they are now.
    pub(crate) fn store(&self) -> Arc<TrustStore> {
        Arc::clone(&self.0.get().store)
    }

    pub(crate) fn replace(&self, store: TrustStore) {
        self.0.set(Live::new(store));
    }

    /// Puts in place what a download made of `of`, unless the program has replaced that meanwhile.
    fn publish(&self, of: &Live, store: TrustStore) {
        self.0.update(|current| {
            let same = Arc::ptr_eq(&current.downloads, &of.downloads);
            same.then(|| Live { store: Arc::new(store), downloads: Arc::clone(&of.downloads) })
        });
    }
}

impl Core {
    /// Comes back when there is a key to encrypt with and to be answered with, or says why there is none.
    pub(crate) async fn trust_ready(&self, gateway: &'static Host) -> Outcome {
        loop {
            let live = self.shared().trust.0.get();
            if !live.store.downloads() {
                return Ok(());
            }
            let preferred = live.store.preferred();
            let now = self.shared().clock.now();
            if preferred.is_some_and(|key| !key.is_outdated(now)) {
                // Nobody waits for it: the keys at hand will do.
                let _ = self.turn(&live, gateway, Need::Routine);
                return Ok(());
            }
            let outcome = match self.turn(&live, gateway, Need::Key) {
                Turn::Flight(flight) => self.land(flight, gateway).await,
                Turn::Rest(outcome) => return if preferred.is_some() { Ok(()) } else { outcome },
            };
            if outcome.is_err() {
                // An outdated key is still better than none.
                return if preferred.is_some() { Ok(()) } else { outcome };
            }
        }
    }

    /// Comes back when a response that names `serial` is worth another look, or says why not.
    pub(crate) async fn trust_learn(&self, gateway: &'static Host, serial: &str) -> Outcome {
        let live = self.shared().trust.0.get();
        if !live.store.downloads() || !serial::is_hex(serial) || live.store.find(serial).is_some() {
            return Ok(());
        }
        match self.turn(&live, gateway, Need::UnknownSerial) {
            Turn::Flight(flight) => self.land(flight, gateway).await,
            Turn::Rest(outcome) => outcome,
        }
    }

    /// Joins the download that is under way, or starts one if it is time.
    fn turn(&self, live: &Arc<Live>, gateway: &'static Host, need: Need) -> Turn {
        let now = self.shared().clock.now();
        let mut downloads = live.downloads();
        if let Some(flight) = downloads.under_way() {
            return Turn::Flight(flight);
        }
        if let Some(outcome) = downloads.rest(need, now, live.store.preferred().is_none()) {
            return Turn::Rest(outcome);
        }
        if need == Need::UnknownSerial {
            downloads.last_unknown = Some(now);
        }
        let flight = self.depart(live, gateway, now);
        downloads.flight = Some(flight.clone());
        Turn::Flight(flight)
    }

    /// Starts a download, in a span of its own.
    fn depart(&self, live: &Arc<Live>, gateway: &'static Host, now: SystemTime) -> Flight {
        let (sender, flight) = watch::channel(None);
        let mut span = CallSpan::start(&DOWNLOAD);
        let download = span.carry(self.clone().fetch(Arc::clone(live), gateway));
        let live = Arc::clone(live);
        tokio::spawn(async move {
            let outcome = download.await;
            span.finish(&outcome.clone().map_err(|why| TrustError::new(&DOWNLOAD, why).into()));
            live.downloads().last = Some((now, outcome.clone()));
            sender.send_replace(Some(outcome));
        });
        flight
    }

    async fn fetch(self, live: Arc<Live>, gateway: &'static Host) -> Outcome {
        let store = certificates::download(&self, gateway, &live.store).await.map_err(Arc::new)?;
        self.shared().trust.publish(&live, store);
        Ok(())
    }

    async fn land(&self, mut flight: Flight, gateway: &Host) -> Outcome {
        let landed = flight.wait_for(Option::is_some).await.ok().and_then(|seen| seen.clone());
        landed.unwrap_or_else(|| {
            let label = Label::untyped(http::Method::GET, gateway.certificates);
            let error = TransportError::new(&label, TransportFailure::Interrupted)
                .because("the transport, signer, clock or the like panicked");
            Err(Arc::new(TrustFailure::Unavailable(error.into())))
        })
    }
}

/// What a call does about its need.
enum Turn {
    /// It waits for this.
    Flight(Flight),
    /// It is too early for a download; this came of the last one.
    Rest(Outcome),
}

impl Live {
    fn new(store: TrustStore) -> Self {
        Self { store: Arc::new(store), downloads: Arc::default() }
    }

    fn downloads(&self) -> MutexGuard<'_, Downloads> {
        self.downloads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Downloads {
    fn under_way(&self) -> Option<Flight> {
        // An error means that the task has panicked.
        self.flight
            .clone()
            .filter(|flight| flight.has_changed().is_ok() && flight.borrow().is_none())
    }

    /// What came of the last download, if it is too early for the next.
    fn rest(&self, need: Need, now: SystemTime, keyless: bool) -> Option<Outcome> {
        let (at, outcome) = self.last.as_ref()?;
        let too_early = match (outcome, need) {
            (Err(failure), _) => is_within(pause(failure, keyless), *at, now),
            (Ok(()), Need::Routine) => is_within(DAILY, *at, now),
            (Ok(()), Need::Key) => is_within(PAUSE, *at, now),
            (Ok(()), Need::UnknownSerial) => {
                self.last_unknown.is_some_and(|last| is_within(PAUSE, last, now))
            }
        };
        too_early.then(|| outcome.clone())
    }
}

/// Whether less than `span` has gone by. A clock that was set back counts as time gone by.
fn is_within(span: Duration, since: SystemTime, now: SystemTime) -> bool {
    now.duration_since(since).is_ok_and(|gone| gone < span)
}

/// How long to leave the platform alone after a failure. A client without any key fails all its calls meanwhile, so it
/// may ask again at once where nobody has answered.
fn pause(failure: &TrustFailure, keyless: bool) -> Duration {
    match failure {
        TrustFailure::NoCertificates(error) if error.status().is_client_error() => {
            PAUSE_WITHOUT_CERTIFICATES
        }
        TrustFailure::Unavailable(Error::Transport(_)) if keyless => Duration::ZERO,
        _ => PAUSE,
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use http::{HeaderMap, StatusCode};

    use super::*;
    use crate::{error::ApiError, reply::Reply};

    const SECOND: Duration = Duration::from_secs(1);
    const MINUTE: u64 = 60;
    const DAY: u64 = 24 * 60 * MINUTE;

    fn began() -> SystemTime {
        UNIX_EPOCH + 1000 * DAILY
    }

    fn after(outcome: Outcome) -> Downloads {
        Downloads { last: Some((began(), outcome)), ..Downloads::default() }
    }

    /// For so many seconds there is no further download, and then there is.
    fn rests(downloads: &Downloads, need: Need, keyless: bool, seconds: u64) {
        let rest = |now| downloads.rest(need, now, keyless).is_some();
        let over = began() + Duration::from_secs(seconds);
        assert_eq!(rest(over - SECOND), seconds > 0, "before {seconds}");
        assert!(!rest(over), "after {seconds}");
        assert!(!rest(began() - SECOND), "the clock was set back");
    }

    #[test]
    fn item_31_after_a_download_the_next_is_due_in_a_day_or_a_minute() {
        let mut downloads = after(Ok(()));
        rests(&downloads, Need::Routine, false, DAY);
        rests(&downloads, Need::Key, false, MINUTE);
        // The first unknown serial is looked for at once, the next ones a minute after it.
        rests(&downloads, Need::UnknownSerial, false, 0);
        downloads.last_unknown = Some(began());
        rests(&downloads, Need::UnknownSerial, false, MINUTE);
    }

    #[test]
    fn items_31_32_a_failure_is_repeated_in_a_minute_in_ten_or_at_once() {
        let api = |status| {
            let label = DOWNLOAD;
            let body = bytes::Bytes::new();
            let status = StatusCode::from_u16(status).unwrap();
            ApiError::new(Reply::new(label, status, HeaderMap::new(), body, true))
        };
        let lost = || TransportError::new(&DOWNLOAD, TransportFailure::Interrupted).into();
        let cases: [(TrustFailure, bool, u64); 8] = [
            (TrustFailure::NoCertificates(api(404)), false, 10 * MINUTE),
            (TrustFailure::NoCertificates(api(404)), true, 10 * MINUTE),
            (TrustFailure::NoCertificates(api(500)), true, MINUTE),
            (TrustFailure::Unavailable(lost()), false, MINUTE),
            (TrustFailure::Unavailable(lost()), true, 0),
            (TrustFailure::Unavailable(api(500).into()), true, MINUTE),
            (TrustFailure::Refused(String::new()), false, MINUTE),
            (TrustFailure::Refused(String::new()), true, MINUTE),
        ];
        for (failure, keyless, seconds) in cases {
            let downloads = after(Err(Arc::new(failure)));
            for need in [Need::Routine, Need::Key, Need::UnknownSerial] {
                rests(&downloads, need, keyless, seconds);
            }
        }
    }

    #[test]
    fn a_download_is_under_way_until_it_has_told_what_came_of_it_or_is_lost() {
        let (sender, flight) = watch::channel(None);
        let downloads = Downloads { flight: Some(flight), ..Downloads::default() };
        assert!(downloads.under_way().is_some());
        sender.send_replace(Some(Ok(())));
        assert!(downloads.under_way().is_none());

        let (sender, flight) = watch::channel(None);
        let downloads = Downloads { flight: Some(flight), ..Downloads::default() };
        drop(sender);
        assert!(downloads.under_way().is_none());
    }
}
