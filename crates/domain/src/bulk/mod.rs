//! A change of many rows at once: what is asked, what it would do to each row, and how it is undone.
//!
//! No row is decided about alone: whether the last owner stays depends on all of them. So the plan is made over the whole
//! selection, shown, made again when it is applied, and applied only if it is still the one that was shown.

mod asked;
mod change;
mod kind;
mod like;
mod plan;
mod preview;
mod undo;
mod wire;

pub use asked::{BulkAsked, BulkForm};
pub use change::{BulkChange, Part, RowAction, Selection};
pub use kind::BulkKind;
pub use like::like;
pub use plan::plan;
pub use preview::{Cannot, Counts, PartCounts, Preview, PreviewRow};
pub use undo::{Done, DonePart, Kept, UndoPlan, UndoRow, UndoTarget, may_undo, plan_undo};
pub use wire::{ApplyInput, ApplyOutcome, BulkInput, Shown, Undone};

use crate::ends::Terms;
use crate::{MemberId, MemberStatus, ProviderId, Role, TeamId};
use std::collections::{BTreeMap, BTreeSet};

/// Who changes many rows, with the role as it is at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Their own row.
    pub member: MemberId,
    /// Their role.
    pub role: Role,
}

/// What is known of a selected row, at one instant: a grant whose end has passed counts as none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFacts {
    /// Organization role.
    pub role: Role,
    /// Active, suspended, invited or expired.
    pub status: MemberStatus,
    /// The row's own allowed providers, and on which terms.
    pub grants: BTreeMap<ProviderId, Terms>,
    /// Providers that the row has through teams. What an invitation's teams carry comes with joining.
    pub team_providers: BTreeSet<ProviderId>,
    /// Teams.
    pub teams: BTreeSet<TeamId>,
}

/// How it stands with a provider that somebody names. One that is not known never existed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderFact {
    /// It can be given.
    Active,
    /// It can only be taken away.
    Inactive,
    /// There was one.
    Deleted,
}

/// How it stands with a team that somebody names. One that is not known never existed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TeamFact {
    /// It can be joined.
    There,
    /// There was one.
    Deleted,
}

/// What is around the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The providers that the change names.
    pub providers: BTreeMap<ProviderId, ProviderFact>,
    /// The teams that the change names.
    pub teams: BTreeMap<TeamId, TeamFact>,
    /// Owners who are active, selected or not.
    pub active_owners: u32,
}
