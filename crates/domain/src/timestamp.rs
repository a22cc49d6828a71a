//! Instants, and how they are written for people and for machines. Always UTC.

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

/// An instant in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

impl Timestamp {
    /// One second, in milliseconds.
    pub const SECOND: i64 = 1_000;
    /// One minute, in milliseconds.
    pub const MINUTE: i64 = 60 * Self::SECOND;
    /// One hour, in milliseconds.
    pub const HOUR: i64 = 60 * Self::MINUTE;
    /// One day, in milliseconds.
    pub const DAY: i64 = 24 * Self::HOUR;

    /// This instant moved by `milliseconds`.
    #[must_use]
    pub fn plus(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    fn civil(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0.div_euclid(1_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// RFC 3339 with seconds, for example `2026-03-01T12:00:00Z`.
    pub fn rfc3339(self) -> String {
        let t = self.civil();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            t.year(),
            u8::from(t.month()),
            t.day(),
            t.hour(),
            t.minute(),
            t.second()
        )
    }

    /// RFC 3339 with milliseconds, for example `2026-03-01T12:00:00.250Z`.
    pub fn rfc3339_exact(self) -> String {
        let second = self.rfc3339();
        let second = second.trim_end_matches('Z');
        format!("{second}.{:03}Z", self.0.rem_euclid(Self::SECOND))
    }

    /// The date alone, for example `2026-03-01`.
    pub fn date(self) -> String {
        let t = self.civil();
        format!("{:04}-{:02}-{:02}", t.year(), u8::from(t.month()), t.day())
    }

    /// The end of a day given as [`Timestamp::date`] writes it, which is how browsers hand over a chosen date.
    pub fn end_of(date: &str) -> Option<Self> {
        let mut parts = date.splitn(3, '-');
        let year = parts.next()?.parse().ok()?;
        let month: u8 = parts.next()?.parse().ok()?;
        let day = parts.next()?.parse().ok()?;
        let date = Date::from_calendar_date(year, month.try_into().ok()?, day).ok()?;
        let midnight = date.midnight().assume_utc().unix_timestamp();
        Some(Self(midnight.checked_mul(1_000)?).plus(Self::DAY))
    }

    /// The last day of something that ends at this instant, which for an end at midnight is the day before: what
    /// [`Timestamp::end_of`] was given.
    #[must_use]
    pub fn last_day(self) -> Self {
        self.plus(-1)
    }

    /// The instant that a text says, to the second: as [`Timestamp::rfc3339`] writes it, or with a space for the `T`, without
    /// the `Z`, as programs for spreadsheets write it. Other offsets are not read.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.strip_suffix('Z').unwrap_or(text);
        let (date, time) = text.split_once(['T', ' '])?;
        let midnight = Self::end_of(date)?.plus(-Self::DAY);
        let mut parts = time.splitn(3, ':');
        let mut part = |below: i64| {
            let digits = parts.next()?;
            if digits.len() != 2 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let part: u8 = digits.parse().ok()?;
            Some(i64::from(part)).filter(|part| *part < below)
        };
        let (hour, minute, second) = (part(24)?, part(60)?, part(60)?);
        Some(midnight.plus(hour * Self::HOUR + minute * Self::MINUTE + second * Self::SECOND))
    }

    /// The day for people, for example `1 Mar 2026`.
    pub fn day(self) -> String {
        let t = self.civil();
        let month = MONTHS[usize::from(u8::from(t.month())) - 1];
        format!("{} {month} {}", t.day(), t.year())
    }

    /// The exact time for people, for example `1 Mar 2026, 12:00 UTC`.
    pub fn exact(self) -> String {
        let t = self.civil();
        format!("{}, {:02}:{:02} UTC", self.day(), t.hour(), t.minute())
    }

    /// How long ago (or ahead) this is: `just now`, `5 minutes ago`, `1 hour ago`, `Yesterday`, `12 days ago`,
    /// `in 6 days`. Rounds towards now.
    pub fn relative_to(self, now: Self) -> String {
        let ahead = self.0 > now.0;
        let span = (now.0 - self.0).abs();
        let (count, unit) = match span {
            s if s < Self::MINUTE => {
                return if ahead {
                    "in a moment".into()
                } else {
                    "just now".into()
                };
            }
            s if s < Self::HOUR => (s / Self::MINUTE, "minute"),
            s if s < Self::DAY => (s / Self::HOUR, "hour"),
            s if s < 2 * Self::DAY => {
                return if ahead {
                    "Tomorrow".into()
                } else {
                    "Yesterday".into()
                };
            }
            s => (s / Self::DAY, "day"),
        };
        let s = if count == 1 { "" } else { "s" };
        if ahead {
            format!("in {count} {unit}{s}")
        } else {
            format!("{count} {unit}{s} ago")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_instants_in_utc() {
        let t = Timestamp(1_772_366_400_000);
        assert_eq!(t.rfc3339(), "2026-03-01T12:00:00Z");
        assert_eq!(t.date(), "2026-03-01");
        assert_eq!(t.day(), "1 Mar 2026");
        assert_eq!(t.exact(), "1 Mar 2026, 12:00 UTC");
        assert_eq!(Timestamp(-1).rfc3339(), "1969-12-31T23:59:59Z");
        assert_eq!(Timestamp(-1).rfc3339_exact(), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_chosen_day_ends_at_the_next_midnight() {
        let end = |date: &str| Timestamp::end_of(date).map(Timestamp::rfc3339);
        assert_eq!(end("2026-02-28").as_deref(), Some("2026-03-01T00:00:00Z"));
        assert_eq!(end("2026-12-31").as_deref(), Some("2027-01-01T00:00:00Z"));
        let last = Timestamp::end_of("2026-02-28").map(|end| end.last_day().date());
        assert_eq!(last.as_deref(), Some("2026-02-28"));
        for wrong in [
            "",
            "2026",
            "2026-02-30",
            "2026-13-01",
            "2026-02-28-1",
            "x-1-1",
            "+999999-01-01",
        ] {
            assert_eq!(end(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn reads_what_it_writes() {
        let at = Timestamp(1_772_366_400_000);
        for text in ["2026-03-01T12:00:00Z", "2026-03-01 12:00:00"] {
            assert_eq!(Timestamp::read(text), Some(at), "{text}");
        }
        for wrong in [
            "",
            "2026-03-01",
            "2 March 2026",
            "2026-03-01T12:00",
            "2026-03-01T24:00:00Z",
            "2026-03-01T12:00:00+02:00",
        ] {
            assert_eq!(Timestamp::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn says_how_long_ago_in_words() {
        let now = Timestamp(1_772_366_400_000);
        let ago = |ms: i64| now.plus(-ms).relative_to(now);
        assert_eq!(ago(0), "just now");
        assert_eq!(ago(2 * Timestamp::MINUTE), "2 minutes ago");
        assert_eq!(ago(Timestamp::HOUR), "1 hour ago");
        assert_eq!(ago(30 * Timestamp::HOUR), "Yesterday");
        assert_eq!(ago(41 * Timestamp::DAY), "41 days ago");
        assert_eq!(now.plus(6 * Timestamp::DAY).relative_to(now), "in 6 days");
    }
}
