//! What the page of one member tells: what they have and since when, what they used, and what was done.

use crate::Timestamp;
use crate::access::{ModelList, ProviderAccess};
use crate::member::MemberRow;
use crate::spend::SpendSum;
use crate::team::TeamRef;
use crate::usage::UsageSum;
use serde::{Deserialize, Serialize};

/// How a provider came to be allowed: one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// The team that carries it; `None` for the member's own grant.
    pub team: Option<TeamRef>,
    /// Since when.
    pub at: Timestamp,
    /// Until when; `None` is without end.
    pub ends_at: Option<Timestamp>,
    /// Why it ends, if somebody said so.
    pub reason: String,
    /// Of which models.
    pub models: ModelList,
    /// Who allowed it; `None` when that person is gone.
    pub by: Option<String>,
}

/// One provider as it concerns one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderStanding {
    /// Usable, or why not.
    pub access: ProviderAccess,
    /// Its live grants, the member's own first; without one it is not allowed.
    pub granted: Vec<Granted>,
}

/// One member with everything an administrator decides about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberDetails {
    /// The account has a second factor.
    pub second_factor: bool,
    /// The row of AI Access.
    pub row: MemberRow,
    /// Every provider, by name.
    pub providers: Vec<ProviderStanding>,
    /// Every team of the organization, by name.
    pub teams: Vec<TeamRef>,
    /// Usage of each of the last thirty days in UTC, today last.
    pub days: Vec<DayUsage>,
    /// What this month cost so far; a month of UTC, as on Spend.
    pub month: SpendSum,
    /// The server's clock.
    pub now: Timestamp,
}

/// What was used on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayUsage {
    /// When the day began, in UTC.
    pub day: Timestamp,
    /// What was used.
    pub sum: UsageSum,
}

/// One deed of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Its place in the log; later deeds have larger ones.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who: a name, or what was used where nobody is signed in.
    pub by: String,
    /// What, as the rest of a sentence that begins with `by`.
    pub what: String,
}

/// Some deeds, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryPage {
    /// The deeds.
    pub entries: Vec<HistoryEntry>,
    /// Whether there are older ones.
    pub older: bool,
    /// The server's clock.
    pub now: Timestamp,
}
