//! Points in time, in milliseconds.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since the Unix epoch, UTC.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode,
)]
#[serde(transparent)]
#[cbor(transparent)]
pub struct Timestamp(#[n(0)] u64);

impl Timestamp {
    /// The latest time: the end of the year 9999, the last that RFC 3339 can write.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// A time from milliseconds since the epoch; later than [`Timestamp::MAX`] is `MAX`.
    #[must_use]
    pub fn from_millis(millis: u64) -> Self {
        Self(millis).min(Self::MAX)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub fn millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: the unit of JWT claims (RFC 7519 §2).
    #[must_use]
    pub fn unix_seconds(self) -> u64 {
        self.0 / 1000
    }

    /// The time `duration` after this one, never past [`Timestamp::MAX`].
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let more = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self::from_millis(self.0.saturating_add(more))
    }

    /// How long from `earlier` until this time; zero when `earlier` is not earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Seconds from `now` until this time; 0 when it is past. Rounded up, so that a caller who
    /// waits as long does not come too early.
    #[must_use]
    pub fn seconds_from(self, now: Self) -> u64 {
        self.0.saturating_sub(now.0).div_ceil(1000)
    }

    /// The rest of a wait of `whole` that ends at this time, in seconds. Never more than all of it: the
    /// clock that shows `now` may be behind the one by which the wait began.
    #[must_use]
    pub fn rest_from(self, now: Self, whole: Duration) -> u64 {
        self.seconds_from(now).min(whole.as_secs())
    }

    /// Reads RFC 3339 text such as `2023-02-13T00:00:00+09:00`; `None` for anything else and for
    /// times before 1970. Two forms of ISO 8601 that standard libraries write are read too: a time
    /// without seconds (`toString` of java.time, when they are 0), and an offset without a colon
    /// (`DATE_ISO8601` of PHP).
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let time = DateTime::parse_from_rfc3339(&completed(text)).ok()?;
        let millis = u64::try_from(time.timestamp_millis()).ok()?;
        (millis <= Self::MAX.0).then_some(Self(millis))
    }

    /// RFC 3339 text in UTC with whole seconds, such as `2026-11-22T05:31:00Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// The same time on a clock in Japan (UTC+9, no daylight saving).
    pub(crate) fn japan(self) -> DateTime<FixedOffset> {
        const JAPAN_EAST_SECONDS: i32 = 9 * 3600;
        match FixedOffset::east_opt(JAPAN_EAST_SECONDS) {
            Some(offset) => self.utc().with_timezone(&offset),
            None => self.utc().fixed_offset(),
        }
    }

    fn utc(self) -> DateTime<Utc> {
        let millis = i64::try_from(self.0).unwrap_or(i64::MAX);
        DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

/// The text with what RFC 3339 wants and a library left out: `:00` after the minutes, and the colon
/// of the offset. A text that lacks neither is the same.
fn completed(text: &str) -> String {
    const AFTER_MINUTES: usize = "2023-02-13T00:00".len();
    const OFFSET: usize = "+0900".len();
    let mut time = text.to_owned();
    if let Some(at) = text.len().checked_sub(OFFSET).filter(|at| *at >= AFTER_MINUTES) {
        let offset = text.as_bytes().get(at..).unwrap_or_default();
        if let [b'+' | b'-', digits @ ..] = offset
            && digits.iter().all(u8::is_ascii_digit)
        {
            time.insert(at + "+09".len(), ':');
        }
    }
    if matches!(text.as_bytes().get(AFTER_MINUTES), Some(b'+' | b'-' | b'Z' | b'z')) {
        time.insert_str(AFTER_MINUTES, ":00");
    }
    time
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_rfc3339() {
        let time = Timestamp::parse_rfc3339("2023-02-13T00:00:00+09:00").unwrap();
        assert_eq!(time.rfc3339(), "2023-02-12T15:00:00Z");
        for bad in ["", "2023-02-13", "2023-02-30T00:00:00Z", "1969-12-31T23:59:59Z", "now"] {
            assert_eq!(Timestamp::parse_rfc3339(bad), None, "{bad}");
        }
    }

    #[test]
    fn reads_what_standard_libraries_write_as_the_same_time() {
        let time = Timestamp::parse_rfc3339("2026-11-22T14:01:00+09:00");
        assert!(time.is_some());
        for (text, library) in [
            ("2026-11-22T14:01+09:00", "java.time OffsetDateTime::toString"),
            ("2026-11-22T05:01Z", "java.time OffsetDateTime::toString in UTC"),
            ("2026-11-22T14:01:00+0900", "PHP DATE_ISO8601, Python strftime %z"),
            ("2026-11-21T20:01:00.000-0900", "PHP with milliseconds"),
            ("2026-11-22T14:01+0900", "both"),
            ("2026-11-22T05:01:00.000Z", "JavaScript toISOString"),
            ("2026-11-22T05:01:00.000000000Z", "Go RFC3339Nano"),
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text), time, "{library}: {text}");
        }
        for bad in [
            "2026-11-22T14:01",
            "2026-11-22T14:01:00",
            "2026-11-22T14:01:00+09",
            "2026-11-22T14:01:00+9:00",
            "2026-11-22T14:01:00+09000",
            "2026-11-22T14:01:00+0960",
            "2026-11-22T14:01:+09:00",
            "2026-11-22T14+09:00",
            "2026-11-22T1401+0900",
            "20261122T140100+0900",
            "2026-11-22T14:01+09:00[Asia/Tokyo]",
            "2026-11-22T14:01あ+09:00",
            "2026-11-22T14:0あ+0900",
            "2026-11-22T14:01:00あ0900",
            "+0900",
        ] {
            assert_eq!(Timestamp::parse_rfc3339(bad), None, "{bad}");
        }
    }

    #[test]
    fn remaining_seconds_round_up_and_stop_at_zero() {
        let start = Timestamp::from_millis(10_000);
        assert_eq!(Timestamp::from_millis(10_001).seconds_from(start), 1);
        assert_eq!(Timestamp::from_millis(12_000).seconds_from(start), 2);
        assert_eq!(Timestamp::from_millis(9_000).seconds_from(start), 0);
    }

    #[test]
    fn never_passes_the_last_writable_time() {
        let late = Timestamp::MAX.plus(Duration::from_secs(10));
        assert_eq!(late, Timestamp::MAX);
        assert_eq!(late.rfc3339(), "9999-12-31T23:59:59Z");
    }
}
