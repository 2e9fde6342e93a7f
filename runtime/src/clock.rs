//! Time, injected: signatures carry it, and answers are refused by it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time. Any `Fn() -> SystemTime` is a clock, which is handy in tests.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> SystemTime;
}

impl<F: Fn() -> SystemTime + Send + Sync + 'static> Clock for F {
    fn now(&self) -> SystemTime {
        self()
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where time enters")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// Seconds since 1970, as they stand in a signature; 0 for a clock that is set before.
pub(crate) fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
