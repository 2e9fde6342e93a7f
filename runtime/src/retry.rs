//! When a call is tried again, and how long it waits before.
//!
//! Whether a failure allows another attempt is the error's to say ([`Error::is_retryable`](crate::Error::is_retryable)),
//! by what the schema says of the operation. Here is how often, and after what pause.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, header::RETRY_AFTER};
use time::{PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description};

use crate::transport::BoxFuture;

/// How often a call is tried, and how long it pauses in between.
///
/// An attempt follows only on a failure that the call may be repeated after, see
/// [`Error::is_retryable`](crate::Error::is_retryable): a call that nothing makes safe to repeat is tried again only
/// if it was surely not carried out, which is when there was no connection or its pace was refused. All attempts
/// together keep the call's time limit. Each has a signature of its own over the same bytes.
///
/// When the platform refuses the pace of a call, the client's other calls of that operation wait as well: as long as
/// that call pauses, and a moment drawn for each, but never more than half of their time; then they go at once. Untyped
/// calls go by themselves.
///
/// ```
/// use std::time::Duration;
/// use wechatpay_runtime::RetryPolicy;
///
/// let patient = RetryPolicy::default().attempts(5).max_delay(Duration::from_secs(10));
/// let once = RetryPolicy::none();
/// # assert_ne!(patient, once);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    attempts: u32,
    base_delay: Duration,
    max_delay: Duration,
}

impl Default for RetryPolicy {
    /// Three attempts; the first pause is at most a quarter of a second, no pause is longer than four seconds.
    fn default() -> Self {
        Self {
            attempts: 3,
            base_delay: Duration::from_millis(250),
            max_delay: Duration::from_secs(4),
        }
    }
}

impl RetryPolicy {
    /// One attempt on the main host. Not even the backup host is asked, and no other call's pace is kept.
    #[must_use]
    pub fn none() -> Self {
        Self::default().attempts(1)
    }

    /// Number of attempts, the first included: 3 unless set. 0 counts as 1.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Longest pause before the second attempt: 250 milliseconds unless set. It doubles with each further attempt; the
    /// pause is drawn evenly from zero to that. A call whose pace was refused pauses two to four times as long.
    #[must_use]
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Longest pause before any attempt: 4 seconds unless set. Where the platform names a longer one (`Retry-After`),
    /// its word counts.
    #[must_use]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Whether another attempt may follow on so many.
    pub(crate) fn allows_after(&self, made: u32) -> bool {
        made < self.attempts
    }

    /// The pause after so many attempts. `random` picks it from zero to the limit, which doubles each time.
    pub(crate) fn pause(&self, made: u32, random: u32) -> Duration {
        part(self.limit(self.base_delay, made), random)
    }

    /// The pause after the platform refused the pace: it never is next to nothing.
    pub(crate) fn slow_pause(&self, made: u32, random: u32) -> Duration {
        let half = self.limit(self.base_delay.saturating_mul(4), made) / 2;
        half + part(half, random)
    }

    fn limit(&self, base: Duration, made: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(made.saturating_sub(1));
        base.saturating_mul(doubled).min(self.max_delay)
    }
}

/// The part of `whole` that `random` is of the largest number.
fn part(whole: Duration, random: u32) -> Duration {
    let nanoseconds = whole.as_nanos() * u128::from(random) / u128::from(u32::MAX);
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

/// An even random number; the largest, which makes for the longest pause, if the system has no randomness to give.
pub(crate) fn random() -> u32 {
    let mut bytes = [0; 4];
    aws_lc_rs::rand::fill(&mut bytes).map_or(u32::MAX, |()| u32::from_ne_bytes(bytes))
}

/// The pause that the response asks for, in seconds or up to a date. What cannot be read asks for nothing.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    /// The one form of a date that HTTP still writes.
    const DATE: &[BorrowedFormatItem<'_>] = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = PrimitiveDateTime::parse(text, DATE).ok()?.assume_utc();
    Some(SystemTime::from(date).duration_since(now).unwrap_or_default())
}

/// Waits between attempts, and before the first while an operation rests. Replace it in tests, so that they need not wait.
pub trait Sleep: Send + Sync + 'static {
    /// Waits so long. Calls run it on the client's own Tokio runtime, with time enabled.
    fn sleep(&self, pause: Duration) -> BoxFuture<'_, ()>;
}

/// Waits by the timer of the client's own Tokio runtime.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemSleep;

impl Sleep for SystemSleep {
    fn sleep(&self, pause: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(pause))
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn pauses_double_up_to_the_longest_and_are_drawn_from_zero_on() {
        let policy = RetryPolicy::none().base_delay(100 * MS).max_delay(350 * MS);
        let longest: Vec<_> = (1..=4).map(|made| policy.pause(made, u32::MAX)).collect();
        assert_eq!(longest, [100 * MS, 200 * MS, 350 * MS, 350 * MS]);
        assert_eq!(policy.pause(4, 0), Duration::ZERO);
        let middle = policy.pause(1, u32::MAX / 2);
        assert!(middle > 49 * MS && middle < 51 * MS, "{middle:?}");
    }

    #[test]
    fn a_refused_pace_makes_for_pauses_that_are_never_short() {
        let policy = RetryPolicy::default().base_delay(100 * MS).max_delay(600 * MS);
        let range = |made| (policy.slow_pause(made, 0), policy.slow_pause(made, u32::MAX));
        assert_eq!(range(1), (200 * MS, 400 * MS));
        assert_eq!(range(2), (300 * MS, 600 * MS));
    }

    #[test]
    fn no_setting_overflows() {
        let policy = RetryPolicy::default().base_delay(Duration::MAX).max_delay(Duration::MAX);
        for made in [0, 1, 2, u32::MAX] {
            assert!(policy.pause(made, u32::MAX) <= Duration::MAX);
            assert!(policy.slow_pause(made, u32::MAX) <= Duration::MAX);
        }
        let none = RetryPolicy::default().base_delay(Duration::ZERO);
        assert_eq!(none.pause(u32::MAX, u32::MAX), Duration::ZERO);
    }

    #[test]
    fn there_is_always_a_first_attempt_and_never_one_too_many() {
        assert_eq!(RetryPolicy::none(), RetryPolicy::default().attempts(0));
        assert!(RetryPolicy::none().allows_after(0) && !RetryPolicy::none().allows_after(1));
        assert!(RetryPolicy::default().allows_after(2) && !RetryPolicy::default().allows_after(3));
    }

    #[test]
    fn random_numbers_differ() {
        assert!((0..8).any(|_| random() != random()));
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_700);
        let cases = [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(77)),
            ("Sun, 06 Nov 1994 08:48:20 GMT", Some(0)),
            ("Sat, 05 Nov 1994 08:49:37 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 31 Feb 1994 08:49:37 GMT", None),
        ];
        for (text, expected) in cases {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            let expected = expected.map(Duration::from_secs);
            assert_eq!(retry_after(&headers, now), expected, "{text:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
