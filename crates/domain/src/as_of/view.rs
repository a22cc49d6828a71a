//! Who could use what, as a page and a file show it.

use crate::access::ModelList;
use crate::{MemberId, MemberStatus, ProviderId, Role, Timestamp};
use serde::{Deserialize, Serialize};

/// An instant with its local time in the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// As browsers write a local date and time: `2026-03-03T10:42`, with seconds and milliseconds where there are any.
    pub input: String,
    /// For people: `3 Mar 2026, 10:42`.
    pub words: String,
}

/// A source of an allowed provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsOfSource {
    /// The name of the team that carried it; `None` is the member's own grant.
    pub team: Option<String>,
    /// When it was to end.
    pub ends_at: Option<Timestamp>,
    /// Of which models it was.
    pub models: ModelList,
}

/// An allowed provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsOfProvider {
    /// Its name then.
    pub name: String,
    /// Whether it was active.
    pub active: bool,
    /// The sources that counted then, the member's own first.
    pub sources: Vec<AsOfSource>,
}

/// A member or an invitation at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsOfRow {
    /// Which.
    pub member: MemberId,
    /// Whether the row is still there.
    pub there: bool,
    /// Display name then; empty for an invitation.
    pub name: String,
    /// E-mail then.
    pub email: String,
    /// Role then.
    pub role: Role,
    /// Status then.
    pub status: MemberStatus,
    /// Names of the teams, in their order.
    pub teams: Vec<String>,
    /// Allowed providers by name, inactive ones included.
    pub providers: Vec<AsOfProvider>,
}

/// What differs about one row between two instants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsOfDifference {
    /// Which.
    pub member: MemberId,
    /// Whether the row is still there.
    pub there: bool,
    /// Display name, at the later instant unless it was gone.
    pub name: String,
    /// E-mail likewise.
    pub email: String,
    /// It was not there at the first instant.
    pub came: bool,
    /// It was not there at the second one.
    pub went: bool,
    /// Its role at both, where they differ.
    pub role: Option<(Role, Role)>,
    /// Its status at both, where they differ.
    pub status: Option<(MemberStatus, MemberStatus)>,
    /// Providers that the member could use at the second instant and not at the first, by name.
    pub gained: Vec<String>,
    /// Those that the member could use at the first instant and not at the second.
    pub lost: Vec<String>,
}

/// What was found for one instant, or between two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsOfFound {
    /// Rows that there were, at the later instant where there are two.
    pub of: u32,
    /// Those that match, over all pages.
    pub matched: u32,
    /// The page that was served, from 1.
    pub page: u32,
    /// Pages there are, at least 1.
    pub pages: u32,
    /// The rows of the page, by name. None where there are two instants.
    pub rows: Vec<AsOfRow>,
    /// The differences of the page, by name.
    pub differences: Vec<AsOfDifference>,
}

/// The page, with what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsOfPage {
    /// The instant; `None` where what was asked is none.
    pub moment: Option<Moment>,
    /// The second instant, where there is one.
    pub to: Option<Moment>,
    /// The time zone of the organization.
    pub zone: String,
    /// The providers of then, or of now where nothing was found, by name.
    pub providers: Vec<(ProviderId, String)>,
    /// What was found.
    pub found: Option<AsOfFound>,
    /// Why nothing was, and what to do.
    pub problem: Option<String>,
    /// The server's clock.
    pub now: Timestamp,
}

macro_rules! display_name {
    ($($row:ty),+) => { $(impl $row {
        /// What to call the person: the name, or the e-mail where there is none.
        pub fn display_name(&self) -> &str {
            match self.name.as_str() {
                "" => &self.email,
                name => name,
            }
        }
    })+ };
}
display_name!(AsOfRow, AsOfDifference);

impl AsOfFound {
    /// Notes how many match, and which page of them is shown: of all matches, those in the range. A page that there is not is
    /// the nearest.
    pub fn cut(&mut self, matched: usize, page: u32, length: usize) -> std::ops::Range<usize> {
        let pages = matched.div_ceil(length).max(1);
        let page = usize::try_from(page).unwrap_or(usize::MAX).clamp(1, pages);
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        (self.matched, self.page, self.pages) = (count(matched), count(page), count(pages));
        let first = (page - 1) * length;
        first..matched.min(first + length)
    }
}

impl AsOfSource {
    /// `Own until 4 Mar 2026, only gpt-5*`, `Team Research`.
    pub fn words(&self) -> String {
        let mut words = match &self.team {
            Some(team) => format!("Team {team}"),
            None => "Own".to_owned(),
        };
        if let Some(end) = self.ends_at {
            words.push_str(" until ");
            words.push_str(&end.last_day().day());
        }
        if let Some(only) = self.models.words() {
            words.push_str(", ");
            words.push_str(&only);
        }
        words
    }
}

impl AsOfDifference {
    /// `Joined`, `Left` or `Changed`.
    pub fn kind(&self) -> &'static str {
        match (self.came, self.went) {
            (true, _) => "Joined",
            (_, true) => "Left",
            _ => "Changed",
        }
    }
}
