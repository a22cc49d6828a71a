//! Access reviews: whether people still need what they can use, decided line by line until a day.

use crate::provider::ProviderRef;
use crate::role::{UnknownName, named};
use crate::team::TeamRef;
use crate::{MemberId, Problem, ProviderId, ReviewId, ReviewLineId, TeamId, Timestamp, input};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Lines on one page, which is also how many are decided at once.
pub const REVIEW_PAGE: usize = 50;
/// Reviews on one page of the list.
pub const REVIEWS_SHOWN: usize = 50;
/// Lines of one review at most. All are written in the transaction that starts it, in which nobody else changes anything.
pub const REVIEW_LINES: u32 = 500_000;
/// How far ahead a review may be due, in milliseconds: what lies beyond a year is the next review.
pub const REVIEW_DUE_WITHIN: i64 = 366 * Timestamp::DAY;

named!(
    /// What a reviewer decides about one line.
    ReviewVerdict {
        /// It is still needed.
        Keep = "keep", "Keep";
        /// It is not.
        End = "end", "End access";
    }
);

named!(
    /// Which lines of a review are shown.
    ReviewShown {
        /// Those that nobody has decided about.
        Undecided = "undecided", "Undecided";
        /// Those that are kept.
        Kept = "kept", "Kept";
        /// Those that were ended.
        Ended = "ended", "Ended";
    }
);

/// Whose access is reviewed. Its text is `everybody`, `team.3` or `provider.4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewScope {
    /// That of every member to every provider.
    Everybody,
    /// That of the people of a team, from whatever source.
    Team(TeamId),
    /// That of every member to one provider.
    Provider(ProviderId),
}

const EVERYBODY: &str = "everybody";

impl fmt::Display for ReviewScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everybody => f.write_str(EVERYBODY),
            Self::Team(id) => write!(f, "team.{id}"),
            Self::Provider(id) => write!(f, "provider.{id}"),
        }
    }
}

impl FromStr for ReviewScope {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let read = match text.split_once('.') {
            None if text == EVERYBODY => Some(Self::Everybody),
            Some(("team", id)) => id.parse().ok().map(Self::Team),
            Some(("provider", id)) => id.parse().ok().map(Self::Provider),
            _ => None,
        };
        read.ok_or_else(|| Problem::invalid("scope", "Choose whose access is reviewed."))
    }
}

/// An access review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Which.
    pub id: ReviewId,
    /// Whose access it is about: `Everybody`, or what the team or the provider was called at the start.
    pub about: String,
    /// The last day, in the time zone that the organization had at the start, as [`Timestamp::date`] writes it.
    pub due_day: String,
    /// The first instant after that day.
    pub due_at: Timestamp,
    /// When it was started.
    pub started_at: Timestamp,
    /// By whom.
    pub started_by: String,
    /// Lines that it has.
    pub lines: u32,
    /// Of them, those that are kept.
    pub kept: u32,
    /// And those that were ended.
    pub ended: u32,
    /// When it was closed, and by whom; `None` while it is open.
    pub closed: Option<(Timestamp, String)>,
}

impl Review {
    /// Lines that nobody has decided about.
    pub fn undecided(&self) -> u32 {
        self.lines.saturating_sub(self.kept).saturating_sub(self.ended)
    }

    /// Whether it is open after its last day.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.closed.is_none() && now >= self.due_at
    }

    /// The last day for people: `31 Mar 2026`.
    pub fn due(&self) -> String {
        match Timestamp::end_of(&self.due_day) {
            Some(end) => end.last_day().day(),
            None => self.due_day.clone(),
        }
    }
}

/// Reviews, the newest first, and what the form that starts one offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewList {
    /// Some of them.
    pub reviews: Vec<Review>,
    /// The review after which the next page begins, if there is one.
    pub next: Option<ReviewId>,
    /// Every team.
    pub teams: Vec<TeamRef>,
    /// Every provider.
    pub providers: Vec<ProviderRef>,
    /// The organization's time zone, in which days are meant.
    pub zone: String,
    /// Whether whoever looks may start and close reviews.
    pub may_start: bool,
    /// The server's clock.
    pub now: Timestamp,
}

/// A review to start, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReviewInput {
    /// A [`ReviewScope`].
    pub scope: String,
    /// The last day, as [`Timestamp::date`] writes it.
    pub due: String,
}

impl ReviewInput {
    /// The scope, and the day as it is stored; or everything that is wrong with them.
    pub fn check(&self) -> Result<(ReviewScope, String), Problem> {
        let mut found = input::Findings::default();
        let scope = found.keep(self.scope.parse().map(Some));
        let day = Timestamp::end_of(self.due.trim()).map(|end| end.last_day().date());
        let day = day.ok_or_else(|| Problem::invalid("due", "Choose a day, such as 2026-03-31."));
        let day = found.keep(day);
        // Without a scope there is a finding.
        found.finish((scope.unwrap_or(ReviewScope::Everybody), day))
    }
}

/// Refuses a review whose last day is over at `due_at`, or out of sight.
pub fn due(due_at: Timestamp, now: Timestamp) -> Result<(), Problem> {
    let message = match due_at {
        due if due <= now => "Choose a day that is not in the past.",
        due if due > now.plus(REVIEW_DUE_WITHIN) => "Choose a day within the next year.",
        _ => return Ok(()),
    };
    Err(Problem::invalid("due", message))
}

/// Which lines of a review are shown, and from where on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewQuery {
    /// Only these.
    pub show: Option<ReviewShown>,
    /// Only what comes after this line: the next page.
    pub after: Option<ReviewLineId>,
}

impl ReviewQuery {
    /// Reads the query part of a URL, with or without its question mark. What is unknown or broken is as if it were not there.
    pub fn from_query_string(text: &str) -> Self {
        let text = text.strip_prefix('?').unwrap_or(text);
        let mut query = Self::default();
        for (key, value) in form_urlencoded::parse(text.as_bytes()) {
            match &*key {
                "show" => query.show = value.parse().ok(),
                "after" => query.after = value.parse().ok(),
                _ => {}
            }
        }
        query
    }

    /// What stands in the address, with its question mark; empty where nothing was chosen.
    pub fn to_query_string(&self) -> String {
        let show = self.show.map(|show| format!("show={show}"));
        let after = self.after.map(|line| format!("after={line}"));
        let parts: Vec<String> = [show, after].into_iter().flatten().collect();
        match parts.is_empty() {
            true => String::new(),
            false => format!("?{}", parts.join("&")),
        }
    }
}

/// What was decided about a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewDecided {
    /// What.
    pub verdict: ReviewVerdict,
    /// Why; may be empty.
    pub note: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// One person's access to one provider by one source, as it stood when the review was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewLine {
    /// Which.
    pub id: ReviewLineId,
    /// Whose.
    pub member: MemberId,
    /// What the person was called; may be empty.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What the provider was called.
    pub provider: String,
    /// The team that gave it, as it was called; `None` for the member's own.
    pub team: Option<TeamRef>,
    /// Since when they could use it.
    pub since: Timestamp,
    /// Who gave it; `None` when that person was gone.
    pub given_by: Option<String>,
    /// Until when; `None` is without end.
    pub ends_at: Option<Timestamp>,
    /// The day on which they had last used it, whole in UTC; `None` is never.
    pub last_used: Option<Timestamp>,
    /// Whether this source gives it to them still.
    pub still: bool,
    /// What was decided, if anything was.
    pub decided: Option<ReviewDecided>,
    /// Whether whoever looks may decide about it.
    pub may_decide: bool,
}

impl ReviewLine {
    /// What to call the person: the name, or the address where there is none.
    pub fn display_name(&self) -> &str {
        match self.name.as_str() {
            "" => &self.email,
            name => name,
        }
    }
}

/// A review with some of its lines, by the names that people had at its start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewPage {
    /// The review.
    pub review: Review,
    /// The lines.
    pub lines: Vec<ReviewLine>,
    /// The line after which the next page begins, if there is one.
    pub next: Option<ReviewLineId>,
    /// Whether whoever looks may close it.
    pub may_close: bool,
    /// The server's clock.
    pub now: Timestamp,
}

/// What is decided about some lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewDecision {
    /// Which lines, at most a page.
    pub lines: Vec<ReviewLineId>,
    /// What.
    pub verdict: ReviewVerdict,
    /// Why; may be empty.
    pub note: String,
}

impl ReviewDecision {
    /// The same with each line once, or what is wrong with it.
    pub fn check(mut self) -> Result<Self, Problem> {
        self.lines.sort_unstable();
        self.lines.dedup();
        self.note = input::reason("note", &self.note)?;
        match self.lines.len() {
            0 => Err(Problem::invalid("line", "Select at least one line.")),
            1..=REVIEW_PAGE => Ok(self),
            _ => Err(Problem::invalid(
                "line",
                format!("At most {REVIEW_PAGE} lines can be decided at once."),
            )),
        }
    }
}

/// What came of deciding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReviewOutcome {
    /// Lines that were decided.
    pub decided: u32,
    /// Lines that were not ended, since a team gives the access and it cannot be taken from one person alone.
    pub of_team: u32,
    /// Lines that were left as they are: about whoever decides, decided so before, ended already, gone, or not theirs to
    /// decide.
    pub left: u32,
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test may panic")]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_772_366_400_000);

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        for scope in [
            ReviewScope::Everybody,
            ReviewScope::Team(TeamId(3)),
            ReviewScope::Provider(ProviderId(4)),
        ] {
            assert_eq!(scope.to_string().parse::<ReviewScope>(), Ok(scope));
        }
        for wrong in ["", "team", "team.", "team.x", "planet.1", "everybody.1"] {
            let problem = wrong.parse::<ReviewScope>().expect_err(wrong);
            assert!(problem.field("scope").is_some(), "{wrong}");
        }
    }

    #[test]
    fn everything_wrong_with_a_review_is_said_at_once() {
        let input = |scope: &str, due: &str| {
            let (scope, due) = (scope.to_owned(), due.to_owned());
            ReviewInput { scope, due }.check()
        };
        assert_eq!(
            input("everybody", " 2026-3-1 "),
            Ok((ReviewScope::Everybody, "2026-03-01".to_owned()))
        );
        let problem = input("nobody", "soon").expect_err("two findings");
        assert!(problem.field("scope").is_some() && problem.field("due").is_some());
        assert_eq!(due(NOW.plus(1), NOW), Ok(()));
        assert_eq!(due(NOW.plus(REVIEW_DUE_WITHIN), NOW), Ok(()));
        for wrong in [NOW, NOW.plus(REVIEW_DUE_WITHIN + 1)] {
            assert!(due(wrong, NOW).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_address_holds_the_whole_query() {
        for text in ["", "?show=kept", "?after=7", "?show=undecided&after=7"] {
            assert_eq!(ReviewQuery::from_query_string(text).to_query_string(), text);
        }
        let broken = ReviewQuery::from_query_string("show=all&after=x&other=1");
        assert_eq!(broken, ReviewQuery::default());
    }

    #[test]
    fn lines_are_decided_once_and_a_page_at_most() {
        let decide = |lines: Vec<i64>, note: &str| {
            let decision = ReviewDecision {
                lines: lines.into_iter().map(ReviewLineId).collect(),
                verdict: ReviewVerdict::Keep,
                note: note.to_owned(),
            };
            decision.check()
        };
        let checked = decide(vec![2, 1, 2], " still needed ").expect("two lines");
        assert_eq!(checked.lines, [ReviewLineId(1), ReviewLineId(2)]);
        assert_eq!(checked.note, "still needed");
        assert!(decide(vec![], "").is_err());
        assert!(decide((0..51).collect(), "").is_err());
        assert!(decide((0..50).collect(), "").is_ok());
        assert!(decide(vec![1], &"x".repeat(201)).is_err());
    }

    #[test]
    fn a_review_knows_what_is_left_of_it() {
        let review = Review {
            id: ReviewId(1),
            about: "Everybody".to_owned(),
            due_day: "2026-03-31".to_owned(),
            due_at: NOW,
            started_at: NOW,
            started_by: "Ana".to_owned(),
            lines: 5,
            kept: 2,
            ended: 1,
            closed: None,
        };
        assert_eq!((review.undecided(), review.due().as_str()), (2, "31 Mar 2026"));
        assert!(review.is_overdue(NOW) && !review.is_overdue(NOW.plus(-1)));
        let closed = Review {
            closed: Some((NOW, "Ana".to_owned())),
            ..review
        };
        assert!(!closed.is_overdue(NOW));
    }
}
