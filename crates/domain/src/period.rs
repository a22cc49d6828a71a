//! The period of a budget or a report that an instant belongs to, in a time zone. The rules are those of `periods.json`.
//!
//! Nothing is reset by a job: a period is worked out when it is asked for. Only the server has time zones.

use crate::Timestamp;
use crate::role::{UnknownName, named};
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp as Instant, ToSpan};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

named!(
    /// How long periods are.
    PeriodKind {
        /// A minute of real time.
        Minute = "minute", "Minute";
        /// An hour of real time.
        Hour = "hour", "Hour";
        /// A day of the calendar.
        Day = "day", "Day";
        /// From Monday to Sunday.
        Week = "week", "Week";
        /// From a day of the month to the day before it in the next one.
        Month = "month", "Month";
        /// Three months of the calendar.
        Quarter = "quarter", "Quarter";
        /// A year of the calendar.
        Year = "year", "Year";
        /// For ever.
        Total = "total", "Total";
    }
);

/// Periods of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Periods {
    /// How long they are.
    pub kind: PeriodKind,
    /// The day on which a month begins, 1 to 31; the last day of months that are shorter. Other kinds have none.
    pub anchor: u8,
}

/// A period: the start is inside, the end outside; none where there is no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Its first instant.
    pub start: Option<Timestamp>,
    /// The first instant after it.
    pub end: Option<Timestamp>,
}

impl Period {
    /// Whether an instant belongs to it.
    pub fn includes(self, at: Timestamp) -> bool {
        self.start.is_none_or(|start| start <= at) && self.end.is_none_or(|end| at < end)
    }
}

/// A time zone of the IANA database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A change of an organization's time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The first instant in the new zone.
    pub at: Timestamp,
    /// The new zone.
    pub to: Zone,
}

/// The time zones of an organization: the first, and those that it moved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zones {
    first: Zone,
    /// The oldest first.
    moves: Vec<Moved>,
}

impl Zones {
    /// A zone, and the moves away from it, the oldest first.
    pub fn new(first: Zone, moves: Vec<Moved>) -> Self {
        Self { first, moves }
    }

    /// The one that holds now.
    pub fn current(&self) -> &Zone {
        self.moves.last().map_or(&self.first, |last| &last.to)
    }
}

impl From<Zone> for Zones {
    fn from(first: Zone) -> Self {
        Self::new(first, Vec::new())
    }
}

/// No offset from UTC is as large, also not the local mean times of the past.
const MOST_OFFSET: i64 = 26 * Timestamp::HOUR;

/// The name of coordinated universal time.
const UTC: &str = "UTC";

impl Zone {
    /// The zone of this name, such as `Europe/Berlin`.
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// The names that there are and that name a place, in order; and UTC.
    pub fn names() -> Vec<String> {
        // What has no slash is there for old systems, and `Etc/GMT+5` is five hours behind.
        let place = |name: &str| name == UTC || (name.contains('/') && !name.starts_with("Etc/"));
        let all = jiff::tz::db().available();
        let mut names: Vec<String> = all
            .map(|name| name.as_str().to_owned())
            .filter(|name| place(name))
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or(UTC)
    }

    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The first instant after a day that is given as [`Timestamp::date`] writes it.
    pub fn end_of(&self, date: &str) -> Option<Timestamp> {
        let date: Date = date.parse().ok()?;
        Some(self.begin(add(date, 1.days())))
    }

    /// The instant of a local date and time as browsers write it: `2026-03-03T10:42`, with or without seconds and a fraction
    /// of one. Of a time that comes twice it is the first, and one that is skipped is as much later; with a `Z` it is in UTC.
    pub fn read(&self, text: &str) -> Option<Timestamp> {
        let (zone, text) = match text.strip_suffix('Z') {
            Some(text) => (&TimeZone::UTC, text),
            None => (&self.0, text),
        };
        let local: DateTime = text.parse().ok()?;
        let at = zone.to_ambiguous_timestamp(local).compatible().ok()?;
        Some(Timestamp(at.as_millisecond()))
    }

    /// An instant in local time: as browsers write it, which [`Zone::read`] reads, and for people, `3 Mar 2026, 10:42`.
    pub fn local(&self, at: Timestamp) -> (String, String) {
        let local = self.0.to_datetime(instant(at));
        let (date, time) = (local.date(), local.time());
        let (seconds, thousandths) = (time.second(), time.millisecond());
        let exact = match (seconds, thousandths) {
            (0, 0) => String::new(),
            (_, 0) => format!(":{seconds:02}"),
            _ => format!(":{seconds:02}.{thousandths:03}"),
        };
        let clock = format!("{:02}:{:02}", time.hour(), time.minute());
        let day =
            Timestamp::end_of(&date.to_string()).map_or_else(|| date.to_string(), |end| end.last_day().day());
        let to_the_second = match seconds {
            0 => String::new(),
            _ => format!(":{seconds:02}"),
        };
        (
            format!("{date}T{clock}{exact}"),
            format!("{day}, {clock}{to_the_second}"),
        )
    }

    /// The first instant whose local date is this or a later one. So a day whose midnight is skipped begins with the first
    /// local time there is, and one whose midnight comes twice with the first.
    fn begin(&self, date: Date) -> Timestamp {
        let midnight = TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0));
        let midnight = midnight
            .unwrap_or_else(|_| farthest(date.year() < 0))
            .as_millisecond();
        // The offset is the same from here until the next change of the clock, and so on.
        let mut from = instant(Timestamp(midnight).plus(-MOST_OFFSET));
        let mut changes = self.0.following(from);
        loop {
            let offset = i64::from(self.0.to_offset(from).seconds()) * Timestamp::SECOND;
            let begin = from.as_millisecond().max(midnight.saturating_sub(offset));
            match changes.next() {
                Some(change) if change.timestamp().as_millisecond() <= begin => from = change.timestamp(),
                _ => return Timestamp(begin),
            }
        }
    }

    /// The day that an instant belongs to.
    fn day(&self, at: Timestamp) -> Date {
        let mut date = self.0.to_datetime(instant(at)).date();
        while date > Date::MIN && self.begin(date) > at {
            date = add(date, -1.days());
        }
        // A date that comes again when the clock is put back over midnight is over already.
        while date < Date::MAX && self.begin(add(date, 1.days())) <= at {
            date = add(date, 1.days());
        }
        date
    }
}

/// The instant, within the years -9999 to 9999.
fn instant(at: Timestamp) -> Instant {
    Instant::from_millisecond(at.0).unwrap_or_else(|_| farthest(at.0 < 0))
}

fn farthest(past: bool) -> Instant {
    if past { Instant::MIN } else { Instant::MAX }
}

fn add(date: Date, span: Span) -> Date {
    date.saturating_add(span)
}

impl Periods {
    /// As people read them: `Month`, `Month from day 15`.
    pub fn label(self) -> String {
        match (self.kind, self.anchor) {
            (PeriodKind::Month, 2..) => format!("{} from day {}", self.kind.label(), self.anchor),
            (kind, _) => kind.label().to_owned(),
        }
    }

    /// The period of an instant for an organization that never moved.
    pub fn of(self, zone: &Zone, at: Timestamp) -> Period {
        let at = Timestamp(instant(at).as_millisecond());
        let day = zone.day(at);
        let dates = |first: Date, next: Date| Period {
            start: Some(zone.begin(first)),
            end: Some(zone.begin(next)),
        };
        match self.kind {
            PeriodKind::Minute => within_day(zone, day, at, Timestamp::MINUTE),
            PeriodKind::Hour => within_day(zone, day, at, Timestamp::HOUR),
            PeriodKind::Day => dates(day, add(day, 1.days())),
            PeriodKind::Week => {
                let monday = add(day, -i64::from(day.weekday().since(Weekday::Monday)).days());
                dates(monday, add(monday, 7.days()))
            }
            PeriodKind::Month => {
                let (this, month) = (self.anchor_in(day), day.first_of_month());
                match this <= day {
                    true => dates(this, self.anchor_in(add(month, 1.months()))),
                    false => dates(self.anchor_in(add(month, -1.months())), this),
                }
            }
            PeriodKind::Quarter => {
                let first = add(day.first_of_month(), -i64::from((day.month() - 1) % 3).months());
                dates(first, add(first, 3.months()))
            }
            PeriodKind::Year => {
                let first = day.first_of_year();
                dates(first, add(first, 1.years()))
            }
            PeriodKind::Total => Period {
                start: None,
                end: None,
            },
        }
    }

    /// The period of an instant for an organization, by somebody who knows all its moves. The period in which it moved begins
    /// as the old zone's and ends as the new one's, so that nothing that was spent is forgotten and no period begins twice.
    pub fn within(self, zones: &Zones, at: Timestamp) -> Period {
        self.of_moved(&zones.first, &zones.moves, at)
    }

    fn of_moved(self, first: &Zone, moves: &[Moved], at: Timestamp) -> Period {
        let Some((last, before)) = moves.split_last() else {
            return self.of(first, at);
        };
        let start = self.of_moved(first, before, last.at).start;
        let end = self.of(&last.to, last.at).end;
        if start.is_some_and(|start| at < start) {
            return self.of_moved(first, before, at);
        }
        if end.is_some_and(|end| at >= end) {
            return self.of(&last.to, at);
        }
        Period { start, end }
    }

    /// The day of a date's month on which a period begins.
    fn anchor_in(self, date: Date) -> Date {
        let day = i64::from(self.anchor.max(1)).min(i64::from(date.days_in_month()));
        add(date.first_of_month(), (day - 1).days())
    }
}

/// Counted in real time from the beginning of the day, with which the last one ends.
fn within_day(zone: &Zone, day: Date, at: Timestamp, length: i64) -> Period {
    let begin = zone.begin(day);
    let start = begin.plus((at.0 - begin.0).div_euclid(length) * length);
    let end = start.plus(length).min(zone.begin(add(day, 1.days())));
    Period {
        start: Some(start),
        end: Some(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::{self, Instant, periods::Case};

    fn zone(name: &str) -> Zone {
        Zone::named(name).unwrap_or_else(|| panic!("there is no zone {name}"))
    }

    #[test]
    fn cases_of_periods() {
        for (id, case) in cases::each::<Case>() {
            let history = case.history();
            let first = zone(&history[0].zone);
            let moves: Vec<Moved> = history[1..]
                .iter()
                .map(|later| Moved {
                    at: later.from.map(|Instant(at)| at).expect("an instant"),
                    to: zone(&later.zone),
                })
                .collect();
            let periods = Periods {
                kind: case.kind,
                anchor: case.anchor.unwrap_or(1),
            };
            let zones = Zones::new(first, moves);
            let of = |at| periods.within(&zones, at);
            let period = of(case.at.0);
            let want = Period {
                start: case.expect.start.map(|Instant(at)| at),
                end: case.expect.end.map(|Instant(at)| at),
            };
            assert_eq!(period, want, "{id}");
            // Neither gap nor overlap.
            if let (Some(start), Some(end)) = (period.start, period.end) {
                assert_eq!((of(start), of(end.plus(-1))), (period, period), "{id}");
                assert_eq!(of(start.plus(-1)).end, Some(start), "{id}: the one before");
                assert_eq!(of(end).start, Some(end), "{id}: the one after");
            }
        }
    }

    // Newfoundland put its clocks back at 00:01 until 2011: an hour of the day before came again.
    #[test]
    fn a_day_that_has_begun_does_not_end_when_the_clock_is_put_back_over_midnight() {
        let zone = zone("America/St_Johns");
        let at = |text: &str| Timestamp::read(text).expect("an instant");
        let days = Periods {
            kind: PeriodKind::Day,
            anchor: 1,
        };
        let (begin, put_back) = (at("2010-11-07T02:30:00Z"), at("2010-11-07T02:31:00Z"));
        let end = Some(at("2010-11-08T03:30:00Z"));
        for inside in [begin, put_back, put_back.plus(59 * Timestamp::MINUTE)] {
            assert_eq!(
                days.of(&zone, inside),
                Period {
                    start: Some(begin),
                    end
                }
            );
        }
        assert_eq!(days.of(&zone, begin.plus(-1)).end, Some(begin));
    }

    #[test]
    fn a_day_ends_where_the_next_begins() {
        let end = |name: &str, day: &str| zone(name).end_of(day).map(Timestamp::rfc3339);
        for (name, day, want) in [
            ("UTC", "2026-02-28", "2026-03-01T00:00:00Z"),
            ("Europe/Berlin", "2026-03-29", "2026-03-29T22:00:00Z"),
            ("America/New_York", "2026-12-31", "2027-01-01T05:00:00Z"),
        ] {
            assert_eq!(end(name, day).as_deref(), Some(want), "{name} {day}");
        }
        assert_eq!(end("UTC", "2026-02-30"), None);
    }

    #[test]
    fn local_times_are_read_as_they_are_written() {
        let berlin = zone("Europe/Berlin");
        for (text, instant, words) in [
            ("2026-03-03T10:42", "2026-03-03T09:42:00Z", "3 Mar 2026, 10:42"),
            (
                "2026-07-03T10:42:07",
                "2026-07-03T08:42:07Z",
                "3 Jul 2026, 10:42:07",
            ),
        ] {
            let at = Timestamp::read(instant).expect("an instant");
            assert_eq!(berlin.read(text), Some(at));
            assert_eq!(berlin.local(at), (text.to_owned(), words.to_owned()));
        }
        let exact = berlin.read("2026-03-03T09:42:07.345Z");
        assert_eq!(exact, berlin.read("2026-03-03T10:42:07.345"));
        assert_eq!(
            exact.map(|at| berlin.local(at).0).as_deref(),
            Some("2026-03-03T10:42:07.345")
        );
        // 02:30 was skipped on 29 March, and came twice on 25 October.
        let at = |text: &str| berlin.read(text).map(Timestamp::rfc3339);
        assert_eq!(at("2026-03-29T02:30").as_deref(), Some("2026-03-29T01:30:00Z"));
        assert_eq!(at("2026-10-25T02:30").as_deref(), Some("2026-10-25T00:30:00Z"));
        for wrong in ["", "yesterday", "2026-02-30T10:00", "2026-03-03T25:00", "Z"] {
            assert_eq!(berlin.read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_zone_that_is_offered_is_one() {
        let names = Zone::names();
        for name in &names {
            assert_eq!(Zone::named(name).as_ref().map(Zone::name), Some(name.as_str()));
        }
        for (name, offered) in [
            ("UTC", true),
            ("Europe/Berlin", true),
            ("Etc/GMT+5", false),
            ("EST5EDT", false),
        ] {
            assert_eq!(names.iter().any(|known| known == name), offered, "{name}");
        }
        assert_eq!(
            Zone::named("europe/BERLIN").as_ref().map(Zone::name),
            Some("Europe/Berlin")
        );
        assert_eq!(Zone::named("Europe/Atlantis"), None);
    }

    #[test]
    fn the_ends_of_time_are_no_panic() {
        for name in ["UTC", "Pacific/Apia", "Europe/Berlin"] {
            for at in [i64::MIN, -377_705_116_800_000, 0, 253_402_300_799_999, i64::MAX] {
                for kind in PeriodKind::ALL {
                    Periods {
                        kind: *kind,
                        anchor: 31,
                    }
                    .of(&zone(name), Timestamp(at));
                }
            }
        }
    }
}
