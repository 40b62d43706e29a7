//! What the clock on the wall says, in UTC. It may be wrong, and it may jump.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970 began; none before.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// `2026-11-23T22:13:03Z` of seconds since 1970 began.
pub(crate) fn date(seconds: u64) -> String {
    let (mut days, second) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970_u64;
    while days >= days_of_year(year) {
        days -= days_of_year(year);
        year += 1;
    }
    let mut month = 1;
    for length in months(year) {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (day, hour, minute) = (days + 1, second / 3_600, second / 60 % 60);
    let second = second % 60;
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `2026-11-23T22:13:03.123Z` of a time; the begin of 1970 for all before.
pub(crate) fn stamp(at: SystemTime) -> String {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let date = date(since.as_secs());
    format!(
        "{}.{:03}Z",
        date.trim_end_matches('Z'),
        since.subsec_millis()
    )
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_of_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

const fn months(year: u64) -> [u64; 12] {
    let february = if is_leap(year) { 29 } else { 28 };
    [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    /// As `date -u -d @SECONDS` has them.
    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_704_067_199, "2023-12-31T23:59:59Z"),
            (1_735_603_200, "2024-12-31T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(date(seconds), expected);
        }
    }

    #[test]
    fn stamps_have_milliseconds() {
        let at = UNIX_EPOCH + Duration::from_millis(1_704_067_199_007);
        assert_eq!(stamp(at), "2023-12-31T23:59:59.007Z");
        let before = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(stamp(before), "1970-01-01T00:00:00.000Z");
    }
}
