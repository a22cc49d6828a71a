//! Teams.

use crate::provider::ProviderRef;
use crate::{MemberId, TeamId, TeamRole, Timestamp};
use serde::{Deserialize, Serialize};

/// A team's name, as shown in a row or a filter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TeamRef {
    /// Which team.
    pub id: TeamId,
    /// Its name.
    pub name: String,
}

/// A team in the list of teams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamView {
    /// Which team.
    pub id: TeamId,
    /// Its name, unique in the organization whatever the letter case.
    pub name: String,
    /// How many rows (members and invitations) belong to it.
    pub members: u32,
    /// The providers that it carries, by name, inactive ones included: whoever is in the team may use them.
    pub providers: Vec<ProviderRef>,
    /// The version an edit must carry.
    pub version: i64,
}

/// One provider as it concerns a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamProvider {
    /// The provider.
    pub provider: ProviderRef,
    /// Whether the team carries it.
    pub carried: bool,
    /// Until when it does; `None` is without end.
    pub ends_at: Option<Timestamp>,
    /// How many members of the team have it by no other source: who gain it when the team is given it, or lose it when
    /// the team loses it.
    pub only_here: u32,
}

/// What a team carries, and what a change of that would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamProviders {
    /// The team.
    pub team: TeamView,
    /// Its members, without invitations.
    pub joined: u32,
    /// Every provider of the organization, by name.
    pub providers: Vec<TeamProvider>,
}

/// One person in a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamPerson {
    /// Whose row.
    pub member: MemberId,
    /// Display name; empty for an invitation.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// Lead or member.
    pub role: TeamRole,
}

/// A change to the people of one team. Relative: it never undoes somebody else's change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeamPeopleChange {
    /// Who joins.
    pub added: Vec<MemberId>,
    /// Who leaves.
    pub removed: Vec<MemberId>,
    /// Who of those in the team gets which place in it.
    #[serde(default)]
    pub places: Vec<(MemberId, TeamRole)>,
}
