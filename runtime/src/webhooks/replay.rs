//! Which notifications were handled already: the platform sends some twice, even at the same time.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use crate::{
    clock::{Clock, SystemClock},
    error::BoxError,
    transport::BoxFuture,
};

/// Remembers notifications by id, so that each is handled once. Several processes share one, such as a table with the id
/// as its key; [`MemoryReplays`] serves a single process.
///
/// Ids are those of verified notifications: a forger cannot fill it.
pub trait ReplayStore: Send + Sync + 'static {
    /// Asks to handle the notification `id`. Of several who ask, one gets [`Claim::New`].
    ///
    /// A claim must lapse by itself after some seconds, because whoever holds it may die: ten will do.
    fn claim<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Claim, BoxError>>;

    /// The claim is over: the notification was handled, or was not and shall be claimed again.
    fn settle<'a>(&'a self, id: &'a str, handled: bool) -> BoxFuture<'a, Result<(), BoxError>>;
}

/// What a replay store says of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "these are all the states there are")]
pub enum Claim {
    /// It is to be handled now, by who asked.
    New,
    /// It is being handled. It is answered with a failure, so that it comes again should that fail.
    Running,
    /// It was handled. It is answered with success.
    Done,
}

/// How long a claim holds: longer than a notification may take.
const LEASE: Duration = Duration::from_secs(10);

/// A replay store in memory, for a single process. It remembers the latest notifications and forgets all with the
/// process. Clones share what they remember.
#[derive(Clone)]
pub struct MemoryReplays {
    seen: Arc<Mutex<Seen>>,
    capacity: usize,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct Seen {
    states: BTreeMap<String, State>,
    /// Oldest first.
    order: VecDeque<String>,
}

#[derive(Clone, Copy)]
enum State {
    Claimed(SystemTime),
    Done,
    Released,
}

impl MemoryReplays {
    /// Remembers the latest `capacity` notifications, at least one.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { seen: Arc::default(), capacity: capacity.max(1), clock: Arc::new(SystemClock) }
    }

    /// A clock of your own.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    fn claim_now(&self, id: &str) -> Claim {
        let now = self.clock.now();
        let mut seen = self.lock();
        match seen.states.get(id) {
            Some(State::Done) => return Claim::Done,
            // A clock that was set back ends a claim, too.
            Some(State::Claimed(since))
                if now.duration_since(*since).is_ok_and(|held| held < LEASE) =>
            {
                return Claim::Running;
            }
            Some(_) => {}
            None => seen.order.push_back(id.to_owned()),
        }
        seen.states.insert(id.to_owned(), State::Claimed(now));
        while seen.order.len() > self.capacity {
            if let Some(oldest) = seen.order.pop_front() {
                seen.states.remove(&oldest);
            }
        }
        Claim::New
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReplayStore for MemoryReplays {
    fn claim<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Claim, BoxError>> {
        Box::pin(async move { Ok(self.claim_now(id)) })
    }

    fn settle<'a>(&'a self, id: &'a str, handled: bool) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            if let Some(state) = self.lock().states.get_mut(id) {
                *state = if handled { State::Done } else { State::Released };
            }
            Ok(())
        })
    }
}

impl fmt::Debug for MemoryReplays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReplays")
            .field("capacity", &self.capacity)
            .field("held", &self.lock().states.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU64, Ordering},
        time::UNIX_EPOCH,
    };

    use super::*;

    fn claim(store: &MemoryReplays, id: &str) -> Claim {
        pollster::block_on(store.claim(id)).unwrap()
    }

    fn settle(store: &MemoryReplays, id: &str, handled: bool) {
        pollster::block_on(store.settle(id, handled)).unwrap();
    }

    #[test]
    fn item_39_of_those_who_ask_at_the_same_time_one_handles() {
        let store = MemoryReplays::new(10);
        let claims: Vec<Claim> = std::thread::scope(|scope| {
            let askers: Vec<_> =
                (0..8).map(|_| scope.spawn(|| claim(&store.clone(), "EV-1"))).collect();
            askers.into_iter().map(|asker| asker.join().unwrap()).collect()
        });
        assert_eq!(claims.iter().filter(|claim| **claim == Claim::New).count(), 1);
        assert_eq!(claims.iter().filter(|claim| **claim == Claim::Running).count(), 7);
        settle(&store, "EV-1", true);
        assert_eq!(claim(&store, "EV-1"), Claim::Done);
        assert_eq!(claim(&store, "EV-2"), Claim::New);
    }

    #[test]
    fn item_39_what_was_not_handled_can_be_claimed_again_and_so_can_a_claim_that_lapsed() {
        let time = Arc::new(AtomicU64::new(1_000));
        let clock = Arc::clone(&time);
        let now = move || UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::SeqCst));
        let store = MemoryReplays::new(10).clock(now);
        assert_eq!(claim(&store, "a"), Claim::New);
        settle(&store, "a", false);
        assert_eq!(claim(&store, "a"), Claim::New);
        time.store(1_009, Ordering::SeqCst);
        assert_eq!(claim(&store, "a"), Claim::Running);
        time.store(1_010, Ordering::SeqCst);
        assert_eq!(claim(&store, "a"), Claim::New);
        time.store(500, Ordering::SeqCst);
        assert_eq!(claim(&store, "a"), Claim::New);
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let store = MemoryReplays::new(2);
        for id in ["a", "b", "c"] {
            assert_eq!(claim(&store, id), Claim::New);
            settle(&store, id, true);
        }
        assert_eq!(store.lock().states.len(), 2);
        assert_eq!([claim(&store, "c"), claim(&store, "b")], [Claim::Done; 2]);
        assert_eq!(claim(&store, "a"), Claim::New);
        assert_eq!(MemoryReplays::new(0).capacity, 1);
    }
}
