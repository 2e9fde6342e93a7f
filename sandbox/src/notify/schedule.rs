//! When a notification that was not received is sent again.

use std::time::Duration;

/// The platform's pauses, in seconds: a day and some hours in all.
const PAUSES: [u64; 15] = [
    15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600, 21_600,
];

/// How often a notification is sent, and with which pauses in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(Vec<Duration>);

impl Schedule {
    /// Once.
    #[must_use]
    pub fn once() -> Self {
        Self(Vec::new())
    }

    /// As the platform does: up to 16 times, with pauses that grow from 15 seconds to 6 hours.
    #[must_use]
    pub fn official() -> Self {
        Self(PAUSES.map(Duration::from_secs).to_vec())
    }

    /// The same, so many times as fast: 100,000 times takes about a second. 0 is taken for 1.
    #[must_use]
    pub fn faster(self, factor: u32) -> Self {
        Self(self.0.into_iter().map(|pause| pause / factor.max(1)).collect())
    }

    /// The pauses; there is one attempt more than pauses.
    #[must_use]
    pub fn pauses(&self) -> &[Duration] {
        &self.0
    }

    pub(super) fn into_pauses(self) -> impl Iterator<Item = Duration> {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_official_pauses_can_be_shortened_in_proportion() {
        let official = Schedule::official();
        assert_eq!(official.pauses().len(), 15);
        assert_eq!(official.pauses().iter().sum::<Duration>().as_secs(), 86_640);
        let fast = Schedule::official().faster(1_000);
        assert_eq!(fast.pauses()[0], Duration::from_millis(15));
        assert_eq!(fast.pauses()[14], Duration::from_millis(21_600));
        assert_eq!(Schedule::official().faster(0), official);
        assert!(Schedule::once().pauses().is_empty());
    }
}
