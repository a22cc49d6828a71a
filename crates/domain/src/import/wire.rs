//! What goes between a page and the server.

use super::{Change, Plan};
use crate::limits::BULK_LISTED;
use crate::{BulkChangeId, MemberId, ProviderId, Role, TeamId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One thing that a plan does to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Gives another role.
    Role(Role),
    /// Allows a provider.
    AddProvider(ProviderId),
    /// Takes a provider away.
    RemoveProvider(ProviderId),
    /// Puts into a team.
    AddTeam(TeamId),
    /// Takes out of a team.
    RemoveTeam(TeamId),
}

impl Change {
    /// What it does, one by one.
    pub fn deeds(&self) -> impl Iterator<Item = Deed> {
        let Self {
            role,
            add_providers,
            remove_providers,
            add_teams,
            remove_teams,
        } = self;
        let role = role.iter().copied().map(Deed::Role);
        role.chain(add_providers.iter().copied().map(Deed::AddProvider))
            .chain(remove_providers.iter().copied().map(Deed::RemoveProvider))
            .chain(add_teams.iter().copied().map(Deed::AddTeam))
            .chain(remove_teams.iter().copied().map(Deed::RemoveTeam))
    }
}

/// A plan as a page shows it: all that is counted, and of each list the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Another one as soon as anything in the whole plan is another.
    pub fingerprint: String,
    /// When the file was exported; `None` when it does not say so.
    pub exported_at: Option<Timestamp>,
    /// The plan, with [`BULK_LISTED`] of each list at most.
    pub plan: Plan,
    /// How many there are of each.
    pub counts: Counts,
    /// How many rows each deed is done to.
    pub deeds: Vec<(Deed, u32)>,
    /// What to call whom the plan names.
    pub names: ShownNames,
}

/// How many rows are changed, and how many cells or rows are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows that are changed.
    pub rows: u32,
    /// Cells whose value changed since the export.
    pub conflicts: u32,
    /// Cells or rows that cannot be done.
    pub problems: u32,
    /// What is worth knowing.
    pub notes: u32,
}

/// What to call people, providers and teams; what is gone has no name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownNames {
    /// By their row of the table.
    pub people: BTreeMap<MemberId, String>,
    /// By id.
    pub providers: BTreeMap<ProviderId, String>,
    /// By id.
    pub teams: BTreeMap<TeamId, String>,
}

impl Shown {
    /// Without names as yet.
    pub fn of(mut plan: Plan, fingerprint: String, exported_at: Option<Timestamp>) -> Self {
        let count = |listed: usize| u32::try_from(listed).unwrap_or(u32::MAX);
        let counts = Counts {
            rows: count(plan.rows.len()),
            conflicts: count(plan.conflicts.len()),
            problems: count(plan.problems.len()).saturating_add(plan.more_problems),
            notes: count(plan.notes.len()).saturating_add(plan.more_notes),
        };
        let mut deeds = BTreeMap::new();
        for deed in plan.rows.iter().flat_map(|row| row.change.deeds()) {
            *deeds.entry(deed).or_default() += 1;
        }
        plan.rows.truncate(BULK_LISTED);
        plan.conflicts.truncate(BULK_LISTED);
        plan.problems.truncate(BULK_LISTED);
        plan.notes.truncate(BULK_LISTED);
        Self {
            fingerprint,
            exported_at,
            plan,
            counts,
            deeds: deeds.into_iter().collect(),
            names: ShownNames::default(),
        }
    }

    /// Whom its lists name.
    pub fn people(&self) -> Vec<MemberId> {
        let changed = self.plan.rows.iter().map(|row| row.member);
        let in_conflict = self.plan.conflicts.iter().map(|conflict| conflict.member);
        changed.chain(in_conflict).collect()
    }
}

/// What a page gets for a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// What would be done; nothing was.
    Planned(Box<Shown>),
    /// Nothing was done, since this is the plan by now.
    PlanChanged(Box<Shown>),
    /// The plan was done.
    Applied {
        /// By which it is undone.
        change: BulkChangeId,
        /// Rows that were changed.
        changed: u32,
    },
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::import::{PlannedRow, ProblemKind};

    #[test]
    fn a_page_gets_the_first_rows_and_the_count_of_all() {
        let mut plan = Plan::default();
        for row in 2..1_002 {
            let change = Change {
                role: (row % 2 == 0).then_some(Role::Admin),
                add_providers: vec![ProviderId(7)],
                ..Change::default()
            };
            let member = MemberId(row.into());
            plan.rows.push(PlannedRow { row, member, change });
            plan.problem(row, None, ProblemKind::NoEmail, None, None);
        }
        let shown = Shown::of(plan, "f".to_owned(), None);
        assert_eq!((shown.counts.rows, shown.counts.problems), (1_000, 1_000));
        assert_eq!(
            (shown.plan.rows.len(), shown.plan.problems.len()),
            (BULK_LISTED, BULK_LISTED)
        );
        assert_eq!(
            shown.deeds,
            [
                (Deed::Role(Role::Admin), 500),
                (Deed::AddProvider(ProviderId(7)), 1_000)
            ]
        );
        assert_eq!(shown.people().first(), Some(&MemberId(2)));
        let sent = serde_json::to_string(&Answer::Planned(Box::new(shown.clone()))).unwrap();
        assert_eq!(
            serde_json::from_str::<Answer>(&sent).unwrap(),
            Answer::Planned(Box::new(shown))
        );
    }
}
