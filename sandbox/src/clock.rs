//! The time, which tests may set.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// Tells the current time in Unix seconds.
pub(crate) type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The machine's clock.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
pub(crate) fn system() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)
}
