//! How long the steps took.

use std::{collections::BTreeMap, fmt, time::Duration};

/// A step on the way of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Prepay,
    Pay,
    QueryPaid,
    Refund,
    QueryRefund,
    QueryRefunded,
}

impl Step {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Prepay => "prepay",
            Self::Pay => "pay (control)",
            Self::QueryPaid => "query, paid",
            Self::Refund => "refund",
            Self::QueryRefund => "query refund",
            Self::QueryRefunded => "query, refunded",
        }
    }
}

/// What was measured; it is shown as a table.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    steps: BTreeMap<Step, Measured>,
    /// What went wrong, in words.
    pub(crate) failures: Vec<String>,
    /// All orders and all notifications together.
    pub(crate) time: Duration,
}

#[derive(Debug, Default)]
struct Measured {
    times: Vec<Duration>,
    failed: usize,
}

impl Figures {
    pub(crate) fn note(&mut self, step: Step, time: Duration, succeeded: bool) {
        let measured = self.steps.entry(step).or_default();
        measured.times.push(time);
        measured.failed += usize::from(!succeeded);
    }

    pub(crate) fn failed(&mut self, why: String) {
        self.failures.push(why);
    }

    /// Adds those of another client.
    pub(crate) fn add(&mut self, other: Self) {
        for (step, theirs) in other.steps {
            let measured = self.steps.entry(step).or_default();
            measured.times.extend(theirs.times);
            measured.failed += theirs.failed;
        }
        self.failures.extend(other.failures);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<16} {:>7} {:>7} {:>9} {:>9} {:>9} {:>9}",
            "step", "calls", "failed", "p50 ms", "p95 ms", "p99 ms", "max ms"
        )?;
        let mut calls = 0;
        for (step, measured) in &self.steps {
            let mut times = measured.times.clone();
            times.sort_unstable();
            calls += times.len();
            write!(f, "{:<16} {:>7} {:>7}", step.as_str(), times.len(), measured.failed)?;
            for percent in [50, 95, 99, 100] {
                write!(f, " {:>9.1}", percentile(&times, percent).as_secs_f64() * 1e3)?;
            }
            writeln!(f)?;
        }
        let seconds = self.time.as_secs_f64();
        writeln!(f, "\n{calls} calls in {seconds:.1} s, {:.0} per second", calls as f64 / seconds)
    }
}

/// The time within which so many of a hundred were done; `times` are sorted.
fn percentile(times: &[Duration], percent: usize) -> Duration {
    let rank = (times.len() * percent).div_ceil(100);
    times.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        let of = |percent| percentile(&times, percent).as_millis();
        assert_eq!([of(50), of(95), of(99), of(100)], [100, 190, 198, 200]);
        assert_eq!(percentile(&[], 99), Duration::ZERO);
    }
}
