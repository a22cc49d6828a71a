//! Lists in inputs: each value once, and no more than one request should change.

use crate::invite::InviteInput;
use crate::limits::{INVITE_TEAMS, LIST_IDS};
use crate::member::{ProvidersChange, TeamsChange};
use crate::problem::Problem;
use crate::query::MemberQuery;
use crate::team::TeamPeopleChange;

/// The distinct values of a list in the order of the first of each, refused when they are more than `most`.
pub fn at_most<T: Clone + Ord>(field: &str, list: &[T], most: usize) -> Result<Vec<T>, Problem> {
    let mut seen = std::collections::BTreeSet::new();
    let distinct: Vec<T> = list.iter().filter(|value| seen.insert(*value)).cloned().collect();
    if distinct.len() > most {
        return Err(Problem::invalid(
            field,
            format!(
                "Choose at most {most} at once; these are {}. Split them over several requests.",
                distinct.len()
            ),
        ));
    }
    Ok(distinct)
}

/// [`at_most`] as many ids as one request may name.
pub fn ids<T: Clone + Ord>(field: &str, list: &[T]) -> Result<Vec<T>, Problem> {
    at_most(field, list, LIST_IDS)
}

impl InviteInput {
    /// The input with each team once.
    pub fn check(&self) -> Result<Self, Problem> {
        Ok(Self {
            teams: at_most("teams", &self.teams, INVITE_TEAMS)?,
            ..self.clone()
        })
    }
}

impl ProvidersChange {
    /// The change with each provider once.
    pub fn check(&self) -> Result<Self, Problem> {
        Ok(Self {
            version: self.version,
            added: ids("added", &self.added)?,
            removed: ids("removed", &self.removed)?,
        })
    }
}

impl TeamsChange {
    /// The change with each team once.
    pub fn check(&self) -> Result<Self, Problem> {
        Ok(Self {
            version: self.version,
            added: ids("added", &self.added)?,
            removed: ids("removed", &self.removed)?,
        })
    }
}

impl TeamPeopleChange {
    /// The change with each member once.
    pub fn check(&self) -> Result<Self, Problem> {
        Ok(Self {
            added: ids("added", &self.added)?,
            removed: ids("removed", &self.removed)?,
            places: ids("places", &self.places)?,
        })
    }
}

impl MemberQuery {
    /// The query with each filter once. No list may be as long as a statement's parameters can be.
    pub fn check(&self) -> Result<Self, Problem> {
        Ok(Self {
            roles: distinct(&self.roles),
            statuses: distinct(&self.statuses),
            teams: ids("teams", &self.teams)?,
            providers: ids("providers", &self.providers)?,
            ..self.clone()
        })
    }
}

fn distinct<T: Copy + PartialEq>(list: &[T]) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    for value in list {
        if !kept.contains(value) {
            kept.push(*value);
        }
    }
    kept
}
