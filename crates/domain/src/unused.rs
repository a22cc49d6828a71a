//! Granted but unused: allowed providers that nobody used for some time, and ending them.

use crate::ends::SOON;
use crate::provider::ProviderRef;
use crate::role::{UnknownName, named};
use crate::team::TeamRef;
use crate::{MemberId, Problem, ProviderId, TeamId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Days without use after which access counts as unused, unless the address says otherwise (issue 8).
pub const UNUSED_DAYS: u32 = 60;
/// What can be asked for: less than a week is a holiday, and more than two years nobody remembers.
pub const UNUSED_DAYS_ASKED: RangeInclusive<u32> = 7..=730;
/// Lines on one page.
pub const UNUSED_PAGE: usize = 50;
/// How long access that is ended with notice goes on, in milliseconds: as long as an end counts as soon, so that the person
/// sees it all that time.
pub const NOTICE: i64 = SOON;

/// One line: a member and a provider. Its text is `member.provider`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UnusedPlace {
    /// Who may use it.
    pub member: MemberId,
    /// What is allowed.
    pub provider: ProviderId,
}

impl fmt::Display for UnusedPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.member, self.provider)
    }
}

impl FromStr for UnusedPlace {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let parts = text.split_once('.');
        let place = parts.and_then(|(member, provider)| {
            Some(Self {
                member: member.parse().ok()?,
                provider: provider.parse().ok()?,
            })
        });
        place.ok_or_else(|| Problem::invalid("line", "A selected line cannot be read. Load the page again."))
    }
}

/// Which lines are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnusedQuery {
    /// Days without use.
    pub days: u32,
    /// Of this provider only.
    pub provider: Option<ProviderId>,
    /// Of the people of this team only.
    pub team: Option<TeamId>,
    /// Only what comes after this line: the next page.
    pub after: Option<UnusedPlace>,
}

impl Default for UnusedQuery {
    fn default() -> Self {
        Self {
            days: UNUSED_DAYS,
            provider: None,
            team: None,
            after: None,
        }
    }
}

impl UnusedQuery {
    /// Reads the query part of a URL, with or without its question mark. What is unknown or broken is as if it were not there.
    pub fn from_query_string(text: &str) -> Self {
        let text = text.strip_prefix('?').unwrap_or(text);
        let mut query = Self::default();
        for (key, value) in form_urlencoded::parse(text.as_bytes()) {
            match &*key {
                "days" => query.days = value.trim().parse().unwrap_or(UNUSED_DAYS),
                "provider" => query.provider = value.parse().ok(),
                "team" => query.team = value.parse().ok(),
                "after" => query.after = value.parse().ok(),
                _ => {}
            }
        }
        query.bounded()
    }

    /// The same with days that can be asked for.
    pub fn bounded(mut self) -> Self {
        self.days = self
            .days
            .clamp(*UNUSED_DAYS_ASKED.start(), *UNUSED_DAYS_ASKED.end());
        self
    }

    /// What stands in the address, with its question mark; empty where nothing was chosen.
    pub fn to_query_string(&self) -> String {
        let pairs = [
            ("days", (self.days != UNUSED_DAYS).then(|| self.days.to_string())),
            ("provider", self.provider.map(|id| id.to_string())),
            ("team", self.team.map(|id| id.to_string())),
            ("after", self.after.map(|place| place.to_string())),
        ];
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs.into_iter().filter_map(|(name, value)| Some((name, value?))));
        match query.finish() {
            text if text.is_empty() => text,
            text => format!("?{text}"),
        }
    }

    /// From which instant on nothing was used, and before which it must have been granted: the beginning of a day in UTC, since
    /// use is added up by those.
    pub fn since(&self, now: Timestamp) -> Timestamp {
        let before = now.plus(-i64::from(self.days) * Timestamp::DAY);
        before.plus(-before.0.rem_euclid(Timestamp::DAY))
    }
}

named!(
    /// When unused access is to end.
    EndWhen {
        /// In fourteen days, of which the person is told, and which they may refuse. What has an end keeps it.
        Notice = "notice", "End in 14 days";
        /// At once.
        Now = "now", "End now";
    }
);

/// A member's own grant of an unused provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnGrant {
    /// When it was given.
    pub since: Timestamp,
    /// Until when it is; `None` is without end.
    pub ends_at: Option<Timestamp>,
}

/// An allowed provider that was not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusedLine {
    /// Whose it is, and of what.
    pub place: UnusedPlace,
    /// What the person is called; may be empty.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The provider's name.
    pub provider: String,
    /// Their own grant, if they have one.
    pub own: Option<OwnGrant>,
    /// The teams that carry it, by name. Only they can lose it.
    pub teams: Vec<TeamRef>,
    /// Since when they can use it, from the source that came first.
    pub since: Timestamp,
    /// The day on which they last used it, whole in UTC; `None` is never.
    pub last_used: Option<Timestamp>,
    /// Whether whoever looks may end their own grant.
    pub may_end: bool,
}

impl UnusedLine {
    /// What to call the person: the name, or the address where there is none.
    pub fn display_name(&self) -> &str {
        match self.name.as_str() {
            "" => &self.email,
            name => name,
        }
    }
}

/// Some lines, by member and provider in the order in which those were made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusedPage {
    /// The lines.
    pub lines: Vec<UnusedLine>,
    /// The line after which the next page begins, if there is one.
    pub next: Option<UnusedPlace>,
    /// Every provider that is active, to filter by.
    pub providers: Vec<ProviderRef>,
    /// Every team, to filter by.
    pub teams: Vec<TeamRef>,
    /// The server's clock.
    pub now: Timestamp,
}

/// What is to end, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndUnused {
    /// Days without use that whoever asks was shown.
    pub days: u32,
    /// Which lines, at most a page.
    pub lines: Vec<UnusedPlace>,
    /// When.
    pub when: EndWhen,
}

impl EndUnused {
    /// The same with each line once, or what is wrong with it.
    pub fn check(mut self) -> Result<Self, Problem> {
        self.lines.sort_unstable();
        self.lines.dedup();
        match self.lines.len() {
            0 => Err(Problem::invalid("line", "Select at least one line.")),
            1..=UNUSED_PAGE => Ok(self),
            _ => Err(Problem::invalid(
                "line",
                format!("At most {UNUSED_PAGE} lines can be ended at once."),
            )),
        }
    }
}

/// What came of ending unused access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndedUnused {
    /// Own grants that were ended, or now end.
    pub ended: u32,
    /// Lines that were left as they are: used since, with an end already, gone, or not for whoever asked to change.
    pub left: u32,
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_the_whole_query() {
        let text = "?days=90&provider=3&team=4&after=12.3";
        let query = UnusedQuery::from_query_string(text);
        assert_eq!(query.to_query_string(), text);
        let place = query.after.expect("a place");
        assert_eq!((place.member, place.provider), (MemberId(12), ProviderId(3)));
        assert_eq!(UnusedQuery::default().to_query_string(), "");
        let broken = UnusedQuery::from_query_string("days=soon&provider=&team=x&after=7&other=1");
        assert_eq!(broken, UnusedQuery::default());
        for (asked, days) in [("0", 7), ("4294967295", 730), ("-1", 60), ("8", 8)] {
            assert_eq!(
                UnusedQuery::from_query_string(&format!("days={asked}")).days,
                days
            );
        }
    }

    #[test]
    fn unused_is_counted_in_whole_days() {
        let now = Timestamp(100 * Timestamp::DAY + 5);
        assert_eq!(UnusedQuery::default().since(now), Timestamp(40 * Timestamp::DAY));
    }

    #[test]
    fn lines_are_ended_once_and_a_page_at_most() {
        let line = |member| UnusedPlace {
            member: MemberId(member),
            provider: ProviderId(1),
        };
        let end = |lines| {
            let end = EndUnused {
                days: UNUSED_DAYS,
                lines,
                when: EndWhen::Now,
            };
            end.check().map(|end| end.lines)
        };
        assert_eq!(
            end(vec![line(2), line(1), line(2)]).expect("two"),
            [line(1), line(2)]
        );
        assert!(end(vec![]).is_err());
        assert!(end((0..51).map(line).collect()).is_err());
        assert!(end((0..50).map(line).collect()).is_ok());
    }
}
