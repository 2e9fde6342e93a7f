//! Operations whose pace the platform refused, and how long they rest.
//!
//! The platform counts the requests of a merchant, not those of a call. When one call is told to come later, the other
//! calls of that operation need not be told so one by one.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::exchange::deadline;

/// The rests of one client's operations, by their names.
#[derive(Debug, Default)]
pub(crate) struct Paces(Mutex<HashMap<&'static str, Instant>>);

impl Paces {
    /// Calls of `operation` that begin from now on wait so long, or as long as was said before if that is longer.
    pub(crate) fn refused(&self, operation: &'static str, pause: Duration) {
        let until = deadline(pause);
        let mut rests = self.rests();
        let rest = rests.entry(operation).or_insert(until);
        *rest = until.max(*rest);
    }

    /// How long `operation` rests from now on; zero if it does not.
    pub(crate) fn rest(&self, operation: &'static str) -> Duration {
        let mut rests = self.rests();
        let Some(until) = rests.get(operation) else { return Duration::ZERO };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            rests.remove(operation);
        }
        left
    }

    /// A poisoned lock still guards moments that are whole.
    fn rests(&self) -> MutexGuard<'_, HashMap<&'static str, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn an_operation_rests_as_long_as_the_longest_pause_says() {
        let paces = Paces::default();
        assert_eq!(paces.rest("a"), Duration::ZERO);
        paces.refused("a", 60 * MINUTE);
        paces.refused("a", MINUTE);
        let rest = paces.rest("a");
        assert!(rest > 30 * MINUTE && rest <= 60 * MINUTE, "{rest:?}");
        paces.refused("a", 120 * MINUTE);
        assert!(paces.rest("a") > 90 * MINUTE);
        assert_eq!(paces.rest("b"), Duration::ZERO);
    }

    #[test]
    fn a_rest_that_is_over_is_forgotten_and_none_overflows() {
        let paces = Paces::default();
        paces.refused("a", Duration::ZERO);
        assert_eq!((paces.rest("a"), paces.rests().len()), (Duration::ZERO, 0));
        paces.refused("a", Duration::MAX);
        assert!(paces.rest("a") > MINUTE);
    }
}
