//! What somebody would leave behind, seen before they go, and how it is handed over.

use crate::key::KeyView;
use crate::member::{KeysForOthers, MemberRow, RemovalEffect};
use crate::team::{TeamPerson, TeamRef};
use crate::{MemberId, TeamId, Timestamp};
use serde::{Deserialize, Serialize};

/// Where somebody is signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// How many sessions have not ended.
    pub sessions: u32,
    /// When one of them was last used.
    pub last_seen: Option<Timestamp>,
    /// Whether they belong to another organization, too: the sessions then go on, and reach only that.
    pub elsewhere: bool,
}

/// A team that only this member leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedAlone {
    /// The team.
    pub team: TeamRef,
    /// Who else is in it and active, by name: who could lead it.
    pub others: Vec<TeamPerson>,
}

/// What a member would leave behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offboarding {
    /// The member.
    pub row: MemberRow,
    /// What goes with the row.
    pub effect: RemovalEffect,
    /// Where they are signed in.
    pub signed_in: SignedIn,
    /// Their keys that work, the latest used first: whatever sends them stops working.
    pub keys: Vec<KeyView>,
    /// Their conversations in Chat, which nobody else can read.
    pub conversations: u32,
    /// Teams that would be without a lead, by name.
    pub led: Vec<LedAlone>,
    /// Whether whoever looks may remove the member.
    pub may_remove: bool,
    /// When.
    pub now: Timestamp,
}

/// What is done before a member is removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandOver {
    /// Who is to lead which team.
    pub leads: Vec<(TeamId, MemberId)>,
    /// What becomes of the keys that the member created for others.
    pub keys_for_others: KeysForOthers,
}
