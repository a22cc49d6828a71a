//! A plan that was made, in the words of the cases.

use super::{Conflict, Expect, Note, Plan, PlannedRow, Problem, Refusal, RefusedKind, Words};
use crate::import::{self as made, Column, Conflicting, Refused};
use crate::{MemberId, ProviderId, TeamId};
use std::collections::BTreeMap;

/// What the cases call what the plan has ids of.
pub struct Labels<'a> {
    /// Of a row of the table.
    pub member: &'a dyn Fn(MemberId) -> String,
    /// Of a provider.
    pub provider: &'a dyn Fn(ProviderId) -> String,
    /// Of a team.
    pub team: &'a dyn Fn(TeamId) -> String,
}

impl Labels<'_> {
    fn providers(&self, ids: &[ProviderId]) -> Vec<String> {
        ids.iter().map(|id| (self.provider)(*id)).collect()
    }

    fn teams(&self, ids: &[TeamId]) -> Vec<String> {
        ids.iter().map(|id| (self.team)(*id)).collect()
    }
}

impl Plan {
    /// A plan in labels.
    pub fn of(plan: &made::Plan, labels: &Labels<'_>) -> Self {
        let row = |planned: &made::PlannedRow| PlannedRow {
            row: planned.row,
            member: (labels.member)(planned.member),
            role: planned.change.role,
            add_providers: labels.providers(&planned.change.add_providers),
            remove_providers: labels.providers(&planned.change.remove_providers),
            add_teams: labels.teams(&planned.change.add_teams),
            remove_teams: labels.teams(&planned.change.remove_teams),
        };
        let conflict = |conflict: &made::Conflict| {
            let (column, [exported, file, now]) = match &conflict.cell {
                Conflicting::Role { exported, file, now } => {
                    (Column::Role, [exported, file, now].map(|role| Words::Role(*role)))
                }
                Conflicting::Teams { exported, file, now } => (
                    Column::Teams,
                    [exported, file, now].map(|ids| Words::Labels(labels.teams(ids))),
                ),
                Conflicting::Providers { exported, file, now } => (
                    Column::Providers,
                    [exported, file, now].map(|ids| Words::Labels(labels.providers(ids))),
                ),
            };
            Conflict {
                row: conflict.row,
                member: (labels.member)(conflict.member),
                column,
                exported,
                file,
                now,
            }
        };
        let problem = |problem: &made::ImportProblem| Problem {
            row: problem.row,
            kind: problem.kind,
            column: problem.column,
            text: problem.text.clone(),
            suggest: problem.suggest.clone(),
        };
        let note = |note: &made::Note| Note {
            row: note.row,
            kind: note.kind,
            column: note.column,
            text: note.text.clone(),
            first: note.first,
        };
        Self {
            rows: plan.rows.iter().map(row).collect(),
            conflicts: plan.conflicts.iter().map(conflict).collect(),
            problems: plan.problems.iter().map(problem).collect(),
            notes: plan.notes.iter().map(note).collect(),
        }
    }

    /// With every list in one order, since they are compared as sets.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        for row in &mut self.rows {
            for labels in [
                &mut row.add_providers,
                &mut row.remove_providers,
                &mut row.add_teams,
                &mut row.remove_teams,
            ] {
                labels.sort();
            }
        }
        for conflict in &mut self.conflicts {
            for words in [&mut conflict.exported, &mut conflict.file, &mut conflict.now] {
                if let Words::Labels(labels) = words {
                    labels.sort();
                }
            }
        }
        self.rows.sort();
        self.conflicts.sort();
        self.problems.sort();
        self.notes.sort();
        self
    }
}

impl From<&Refused> for Refusal {
    fn from(refused: &Refused) -> Self {
        let plain = |refused| Self {
            refused,
            column: None,
            rows: None,
            limit: None,
        };
        match refused {
            Refused::Forbidden => plain(RefusedKind::Forbidden),
            Refused::EmptyFile => plain(RefusedKind::EmptyFile),
            Refused::NoEmailColumn => plain(RefusedKind::NoEmailColumn),
            Refused::DuplicateColumn { column } => Self {
                column: Some(*column),
                ..plain(RefusedKind::DuplicateColumn)
            },
            Refused::TooManyRows { rows, limit } => Self {
                rows: Some(*rows),
                limit: Some(*limit),
                ..plain(RefusedKind::TooManyRows)
            },
        }
    }
}

impl Expect {
    /// Fails where what was found is not what is expected of case `id`.
    ///
    /// # Panics
    /// Then.
    pub fn compare(&self, id: &str, found: Result<&made::Plan, &Refused>, labels: &Labels<'_>) {
        match (found, self) {
            (Ok(plan), Self::Plan(planned)) => {
                assert_eq!(
                    Plan::of(plan, labels).in_order(),
                    planned.plan.clone().in_order(),
                    "{id}"
                );
            }
            (Ok(plan), Self::Counts(counts)) => {
                let mut found = BTreeMap::new();
                for problem in &plan.problems {
                    *found.entry(problem.kind).or_default() += 1;
                }
                assert_eq!(found, counts.plan_counts, "{id}");
            }
            (Err(refused), Self::Refused(wanted)) => assert_eq!(&Refusal::from(refused), wanted, "{id}"),
            (found, wanted) => panic!("{id}: {found:?}, not {wanted:?}"),
        }
    }
}
