//! The time, which tests may set.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use time::{
    Date, OffsetDateTime, UtcOffset,
    format_description::well_known::Rfc3339,
    macros::{format_description, offset},
};

/// Tells the current time in Unix seconds.
pub(crate) type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The machine's clock.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
pub(crate) fn system() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)
}

/// The offset of all times the platform tells.
const BEIJING: UtcOffset = offset!(+8);

/// A time as the platform writes it: RFC 3339, in Beijing. Empty for a time that no calendar has.
pub(crate) fn rfc3339(seconds: i64) -> String {
    in_beijing(seconds).and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_default()
}

/// The Unix seconds of such a time.
pub(crate) fn parse_rfc3339(text: &str) -> Option<i64> {
    Some(OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp())
}

/// `20260131120000`, in Beijing.
pub(crate) fn digits(seconds: i64) -> String {
    let form = format_description!("[year][month][day][hour][minute][second]");
    in_beijing(seconds).and_then(|time| time.format(form).ok()).unwrap_or_default()
}

/// `2026-01-31 12:00:00`, in Beijing, as bills write it.
pub(crate) fn plain(seconds: i64) -> String {
    let form = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    in_beijing(seconds).and_then(|time| time.format(form).ok()).unwrap_or_default()
}

/// First second of a day in Beijing, and of the day after; `None` if the text is no date like `2026-01-31`.
pub(crate) fn day(text: &str) -> Option<(i64, i64)> {
    let date = Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?;
    let start = date.midnight().assume_offset(BEIJING).unix_timestamp();
    Some((start, start + 86_400))
}

fn in_beijing(seconds: i64) -> Option<OffsetDateTime> {
    Some(OffsetDateTime::from_unix_timestamp(seconds).ok()?.to_offset(BEIJING))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_beijing() {
        assert_eq!(rfc3339(1_700_000_000), "2023-11-15T06:13:20+08:00");
        assert_eq!(parse_rfc3339("2023-11-15T06:13:20+08:00"), Some(1_700_000_000));
        assert_eq!(digits(1_700_000_000), "20231115061320");
        assert_eq!(plain(1_700_000_000), "2023-11-15 06:13:20");
        assert_eq!(day("2023-11-15"), Some((1_699_977_600, 1_700_064_000)));
        assert_eq!((day("2023-11-31"), parse_rfc3339("2023")), (None, None));
        assert_eq!(rfc3339(i64::MAX), "");
    }
}
