//! The rows of AI Access, and the changes that can be made to one.

use crate::access::ModelList;
use crate::ends;
use crate::mail::MailState;
use crate::provider::ProviderRef;
use crate::team::TeamRef;
use crate::{MemberId, MemberStatus, ProviderId, Role, TeamId, Timestamp};
use serde::{Deserialize, Serialize};

/// What is listed of a virtual key; never its secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyRef {
    /// The name its owner gave it.
    pub name: String,
    /// The last four characters of the key.
    pub last_four: String,
    /// Whether it still works.
    pub state: KeyState,
}

/// Whether a virtual key still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It works as far as its owner's access goes.
    Active,
    /// Its time is over.
    Expired,
    /// It was withdrawn.
    Revoked,
}

impl KeyState {
    /// The label people see.
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
        }
    }
}

/// A live grant: by which source a provider is allowed, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AllowedBy {
    /// What is allowed.
    pub provider: ProviderId,
    /// The team that carries it; `None` for the member's own grant.
    pub team: Option<TeamId>,
    /// When the grant ends; `None` is never.
    pub ends_at: Option<Timestamp>,
    /// Why it ends, if somebody said so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Of which models.
    #[serde(default, skip_serializing_if = "ModelList::is_all")]
    pub models: ModelList,
}

/// One row of the AI Access table: a member or an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MemberRow {
    /// Which row.
    pub id: MemberId,
    /// The version an edit must carry.
    pub version: i64,
    /// Display name; empty for an invitation.
    pub name: String,
    /// E-mail as it was typed.
    pub email: String,
    /// Organization role.
    pub role: Role,
    /// Active, suspended, invited or expired.
    pub status: MemberStatus,
    /// Teams, by name.
    pub teams: Vec<TeamRef>,
    /// Virtual keys, by name; revoked ones are not listed.
    pub keys: Vec<KeyRef>,
    /// Allowed providers from every source, by name, inactive ones included.
    pub providers: Vec<ProviderRef>,
    /// The sources of `providers`, the member's own grants first.
    pub allowed: Vec<AllowedBy>,
    /// Last sign-in; `None` is never.
    pub last_login: Option<Timestamp>,
    /// When an invitation ends; `None` for a member.
    pub expires_at: Option<Timestamp>,
    /// Where an invitation's mail stands; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailState>,
}

impl MemberRow {
    /// What to call the person: the name, or the e-mail where there is none.
    pub fn display_name(&self) -> &str {
        if self.name.is_empty() {
            &self.email
        } else {
            &self.name
        }
    }

    /// The sources by which a provider is allowed, the member's own grant first.
    pub fn sources(&self, provider: ProviderId) -> impl Iterator<Item = &AllowedBy> {
        self.allowed.iter().filter(move |by| by.provider == provider)
    }

    /// When an allowed provider no longer is, if nothing changes: at the end of its last source.
    pub fn end_of(&self, provider: ProviderId) -> Option<Timestamp> {
        self.sources(provider)
            .map(|by| by.ends_at)
            .reduce(ends::later)
            .flatten()
    }

    /// Whether an allowed provider, be it active or not, soon no longer is, if nothing changes.
    pub fn ends_soon(&self, now: Timestamp) -> bool {
        let mut ends = self
            .providers
            .iter()
            .filter_map(|provider| self.end_of(provider.id));
        ends.any(|end| ends::is_soon(end, now))
    }

    /// Whether the member has a grant of their own of a provider, whatever teams carry.
    pub fn owns(&self, provider: ProviderId) -> bool {
        self.sources(provider).any(|by| by.team.is_none())
    }

    /// The names of the member's teams that carry a provider.
    pub fn carriers(&self, provider: ProviderId) -> Vec<&str> {
        let carries = |team: TeamId| self.sources(provider).any(|by| by.team == Some(team));
        let carriers = self.teams.iter().filter(|team| carries(team.id));
        carriers.map(|team| team.name.as_str()).collect()
    }

    /// The providers that the member is allowed by a grant of their own, by name.
    pub fn own_providers(&self) -> Vec<ProviderRef> {
        let own = self.providers.iter().filter(|provider| self.owns(provider.id));
        own.cloned().collect()
    }

    /// Counted as "without allowed providers": active, and no allowed provider is active.
    pub fn lacks_provider(&self) -> bool {
        self.status == MemberStatus::Active
            && !self
                .providers
                .iter()
                .any(|p| p.status == crate::provider::ProviderStatus::Active)
    }
}

/// The numbers of the status line, all of one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusCounts {
    /// Members: active and suspended.
    pub users: u32,
    /// Invitations: pending and expired.
    pub invited: u32,
    /// Suspended members.
    pub suspended: u32,
    /// Active members for whom no allowed provider is active.
    pub without_providers: u32,
    /// Rows of which an allowed provider ends soon.
    pub ending: u32,
    /// There may be more of those, which would take too long to count.
    pub ending_more: bool,
}

/// One page of the table, with everything around it, all of one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberPage {
    /// The rows, in order.
    pub rows: Vec<MemberRow>,
    /// Rows that match search and filters, over all pages.
    pub matched: u32,
    /// The page that was served, from 1; an out-of-range request is clamped to the nearest.
    pub page: u32,
    /// Pages there are, at least 1.
    pub pages: u32,
    /// The status line of the whole organization.
    pub counts: StatusCounts,
    /// Every team, by name, for filters and dialogs.
    pub teams: Vec<TeamRef>,
    /// Every provider, by name, for filters and dialogs.
    pub providers: Vec<ProviderRef>,
    /// Grows with every change in the organization; the page is out of date when it is told of a higher one.
    pub revision: i64,
    /// The server's clock, so that "2 min ago" is the same in the first HTML and after.
    pub now: Timestamp,
}

/// A change of one member's Allowed providers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvidersChange {
    /// The row's version as it was read; another one in the table is a conflict.
    pub version: i64,
    /// Providers to allow.
    pub added: Vec<ProviderId>,
    /// Providers to take away.
    pub removed: Vec<ProviderId>,
}

/// A change of one row's teams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeamsChange {
    /// The row's version as it was read; another one in the table is a conflict.
    pub version: i64,
    /// Teams to join.
    pub added: Vec<TeamId>,
    /// Teams to leave.
    pub removed: Vec<TeamId>,
}

/// The answer to an edit of one row.
pub type EditOutcome = crate::problem::VersionedOutcome<Box<MemberRow>>;

/// What removing a member takes away, counted before it is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalEffect {
    /// Allowed providers that go.
    pub grants: u32,
    /// Virtual keys that stop working.
    pub keys: u32,
    /// Teams that are left.
    pub teams: u32,
    /// Keys of others whose secret the member was shown, by creating or rotating them. They go on working unless they
    /// are revoked with it.
    pub keys_for_others: u32,
    /// Invitations of the member that nobody has accepted yet. They end when the member may no longer give their role.
    pub invitations: u32,
}

/// What becomes of the keys that a member created or rotated for others, when the member is removed, suspended or given
/// a lower role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeysForOthers {
    /// They go on working.
    #[default]
    Keep,
    /// They are revoked.
    Revoke,
}
