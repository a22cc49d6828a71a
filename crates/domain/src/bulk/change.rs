//! What is asked.

use super::Surroundings;
use crate::ends::Terms;
use crate::limits::BULK_IDS;
use crate::query::MemberQuery;
use crate::{MemberId, Problem, ProviderId, Role, TeamId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Which rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// These.
    Ids(Vec<MemberId>),
    /// All that match, over all pages; found again when the change is applied.
    Matching(Box<MemberQuery>),
}

impl Selection {
    /// The selection with each row once, if it is one.
    pub fn check(&self) -> Result<Self, Problem> {
        match self {
            Self::Ids(ids) if ids.is_empty() => {
                Err(Problem::invalid("selection", "Select at least one row."))
            }
            Self::Ids(ids) if ids.len() > BULK_IDS => Err(Problem::invalid(
                "selection",
                format!("At most {BULK_IDS} rows can be selected one by one. Use a search instead."),
            )),
            Self::Ids(ids) => Ok(Self::Ids(once(ids))),
            Self::Matching(query) => Ok(Self::Matching(Box::new(query.check()?))),
        }
    }
}

/// What becomes of a whole row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowAction {
    /// Locks a member out.
    Suspend,
    /// Lets a suspended member in again.
    Reactivate,
    /// Removes a member with all they have.
    Remove,
    /// Gives an invitation a new link and its full time.
    Resend,
}

/// What is to be done to every selected row. Its parts are independent of each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkChange {
    /// Providers to allow.
    pub add_providers: Vec<ProviderId>,
    /// Until when `add_providers` are allowed, also to those who have them; `None` is without end, and leaves the ends of those
    /// who have them as they are.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// The terms of those of `add_providers` that have some of their own, to which `until` does not apply. Who has such a provider
    /// on other terms gets these. They are worked out where the change is applied and never sent.
    #[serde(skip)]
    pub terms: BTreeMap<ProviderId, Terms>,
    /// Providers to take away.
    pub remove_providers: Vec<ProviderId>,
    /// The role to give.
    pub role: Option<Role>,
    /// Teams to join.
    pub add_teams: Vec<TeamId>,
    /// Teams to leave.
    pub remove_teams: Vec<TeamId>,
    /// What becomes of the rows.
    pub action: Option<RowAction>,
}

/// One part of a change. Its text is that of the case files: `+p1`, `-t2`, `role`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Allow a provider.
    AddProvider(ProviderId),
    /// Take a provider away.
    RemoveProvider(ProviderId),
    /// Give the role.
    Role,
    /// Put into a team.
    AddTeam(TeamId),
    /// Take out of a team.
    RemoveTeam(TeamId),
    /// Lock out.
    Suspend,
    /// Let in again.
    Reactivate,
    /// Remove with all they have.
    Remove,
    /// Replace the invitation's link.
    Resend,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddProvider(id) => write!(f, "+p{id}"),
            Self::RemoveProvider(id) => write!(f, "-p{id}"),
            Self::Role => f.write_str("role"),
            Self::AddTeam(id) => write!(f, "+t{id}"),
            Self::RemoveTeam(id) => write!(f, "-t{id}"),
            Self::Suspend => f.write_str("suspend"),
            Self::Reactivate => f.write_str("reactivate"),
            Self::Remove => f.write_str("remove"),
            Self::Resend => f.write_str("resend"),
        }
    }
}

impl RowAction {
    fn part(self) -> Part {
        match self {
            Self::Suspend => Part::Suspend,
            Self::Reactivate => Part::Reactivate,
            Self::Remove => Part::Remove,
            Self::Resend => Part::Resend,
        }
    }
}

impl BulkChange {
    /// The change with each provider and team once, if it is one. Removing and resending stand alone: nothing is left to
    /// change of who is removed, and what cannot be undone is not mixed with what can.
    pub fn check(&self) -> Result<Self, Problem> {
        let checked = Self {
            add_providers: once(&self.add_providers),
            until: self.until,
            terms: self.terms.clone(),
            remove_providers: once(&self.remove_providers),
            role: self.role,
            add_teams: once(&self.add_teams),
            remove_teams: once(&self.remove_teams),
            action: self.action,
        };
        let alone = matches!(self.action, Some(RowAction::Remove | RowAction::Resend));
        match checked.parts().len() {
            0 => Err(wrong("Choose what to change.")),
            _ if checked.until.is_some() && checked.add_providers.is_empty() => {
                Err(wrong("An expiration date needs providers to allow."))
            }
            2.. if alone => Err(wrong("Remove and resend cannot be combined with other changes.")),
            _ if shared(&checked.add_providers, &checked.remove_providers) => {
                Err(wrong("A provider cannot be both allowed and removed."))
            }
            _ if shared(&checked.add_teams, &checked.remove_teams) => {
                Err(wrong("A team cannot be both joined and left."))
            }
            _ => Ok(checked),
        }
    }

    /// Whether somebody who has a provider that it allows on some terms has it on the same ones afterwards.
    pub(super) fn keeps(&self, provider: ProviderId, had: &Terms) -> bool {
        match self.terms.get(&provider) {
            Some(terms) => terms == had,
            None => self.until.is_none_or(|end| had.ends_at == Some(end)),
        }
    }

    /// On which terms somebody has a provider after it was allowed, who had it on these or not at all.
    pub fn terms_of(&self, provider: ProviderId, had: Option<&Terms>) -> Terms {
        match self.terms.get(&provider) {
            Some(terms) => terms.clone(),
            None => Terms {
                ends_at: self.until,
                ..had.cloned().unwrap_or_default()
            },
        }
    }

    /// Refuses a provider or a team that never existed.
    pub(super) fn names_what_exists(&self, around: &Surroundings) -> Result<(), Problem> {
        if !self.providers().all(|id| around.providers.contains_key(&id)) {
            return Err(wrong(
                "One of these providers does not exist. Load the page again.",
            ));
        }
        if !self.teams().all(|id| around.teams.contains_key(&id)) {
            return Err(wrong("One of these teams does not exist. Load the page again."));
        }
        Ok(())
    }

    /// The providers that it names.
    pub fn providers(&self) -> impl Iterator<Item = ProviderId> {
        self.add_providers.iter().chain(&self.remove_providers).copied()
    }

    /// The teams that it names.
    pub fn teams(&self) -> impl Iterator<Item = TeamId> {
        self.add_teams.iter().chain(&self.remove_teams).copied()
    }

    /// Its parts, always in the same order.
    pub fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        parts.extend(self.add_providers.iter().copied().map(Part::AddProvider));
        parts.extend(self.remove_providers.iter().copied().map(Part::RemoveProvider));
        parts.extend(self.role.map(|_| Part::Role));
        parts.extend(self.add_teams.iter().copied().map(Part::AddTeam));
        parts.extend(self.remove_teams.iter().copied().map(Part::RemoveTeam));
        parts.extend(self.action.map(RowAction::part));
        parts
    }
}

fn wrong(message: &str) -> Problem {
    Problem::invalid("change", message)
}

fn once<T: Copy + Ord>(list: &[T]) -> Vec<T> {
    list.iter()
        .copied()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

fn shared<T: PartialEq>(some: &[T], others: &[T]) -> bool {
    some.iter().any(|one| others.contains(one))
}
