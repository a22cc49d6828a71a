//! What a page offers to change.

use super::{BulkChange, RowAction};
use crate::{ProviderId, Role, TeamId, Timestamp};
use std::collections::BTreeSet;

/// What can be changed on a page: one thing at a time, so that a preview can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkKind {
    /// Allow providers.
    AddProviders,
    /// Take providers away.
    RemoveProviders,
    /// Give a role.
    Role,
    /// Put into teams.
    AddTeams,
    /// Take out of teams.
    RemoveTeams,
    /// Something with the whole row.
    Action(RowAction),
}

impl BulkKind {
    /// Every one, in the order of a page.
    pub const ALL: [Self; 9] = [
        Self::AddProviders,
        Self::RemoveProviders,
        Self::Role,
        Self::AddTeams,
        Self::RemoveTeams,
        Self::Action(RowAction::Suspend),
        Self::Action(RowAction::Reactivate),
        Self::Action(RowAction::Resend),
        Self::Action(RowAction::Remove),
    ];

    /// Its text in forms and addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AddProviders => "add-providers",
            Self::RemoveProviders => "remove-providers",
            Self::Role => "role",
            Self::AddTeams => "add-teams",
            Self::RemoveTeams => "remove-teams",
            Self::Action(RowAction::Suspend) => "suspend",
            Self::Action(RowAction::Reactivate) => "reactivate",
            Self::Action(RowAction::Resend) => "resend",
            Self::Action(RowAction::Remove) => "remove",
        }
    }

    /// The one with this text.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What it is called.
    pub fn label(self) -> &'static str {
        match self {
            Self::AddProviders => "Allow providers",
            Self::RemoveProviders => "Remove providers",
            Self::Role => "Change role",
            Self::AddTeams => "Add to teams",
            Self::RemoveTeams => "Remove from teams",
            Self::Action(RowAction::Suspend) => "Suspend",
            Self::Action(RowAction::Reactivate) => "Reactivate",
            Self::Action(RowAction::Resend) => "Create new invitation links",
            Self::Action(RowAction::Remove) => "Remove from the organization",
        }
    }

    /// What the button says that does it, before the number of rows.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Action(RowAction::Suspend) => "Suspend",
            Self::Action(RowAction::Reactivate) => "Reactivate",
            Self::Action(RowAction::Remove) => "Remove",
            _ => "Change",
        }
    }

    /// Whether somebody loses something by it.
    pub fn takes_away(self) -> bool {
        matches!(
            self,
            Self::RemoveProviders | Self::Action(RowAction::Suspend | RowAction::Remove)
        )
    }

    /// Whether providers or teams have to be chosen for it.
    pub fn needs_choice(self) -> bool {
        !matches!(self, Self::Role | Self::Action(_))
    }

    /// The change: `chosen` are ids of providers or teams, `until` is when allowed providers end.
    pub fn change(self, chosen: &BTreeSet<i64>, role: Role, until: Option<Timestamp>) -> BulkChange {
        let providers = || chosen.iter().copied().map(ProviderId).collect();
        let teams = || chosen.iter().copied().map(TeamId).collect();
        let mut change = BulkChange::default();
        match self {
            Self::AddProviders => {
                change.add_providers = providers();
                change.until = until;
            }
            Self::RemoveProviders => change.remove_providers = providers(),
            Self::Role => change.role = Some(role),
            Self::AddTeams => change.add_teams = teams(),
            Self::RemoveTeams => change.remove_teams = teams(),
            Self::Action(action) => change.action = Some(action),
        }
        change
    }
}

impl RowAction {
    /// What it does to people, for whoever is about to do it.
    pub fn about(self) -> &'static str {
        match self {
            Self::Suspend => "They are signed out and their keys stop working. Everything else is kept.",
            Self::Reactivate => "They can sign in again and use what they are allowed.",
            Self::Remove => {
                "They lose their access and teams, their keys are revoked and their conversations deleted. Undo brings back neither keys nor conversations."
            }
            Self::Resend => "The old links stop working. This cannot be undone.",
        }
    }
}
