//! What an edited cell may do, given how its row stood at the export and stands now.

use super::names::Names;
use super::plan::{Conflict, Conflicting, NoteKind, ProblemKind};
use super::planner::{Planner, sorted};
use super::read::{Said, Trouble};
use super::{Column, ExportedRow};
use crate::{MemberStatus, ProviderId, Role, TeamId};
use std::hash::Hash;

/// A row of the file, and of the table.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) number: u32,
    pub(super) now: &'a ExportedRow,
    /// What the export wrote, or what it would write now.
    pub(super) base: &'a ExportedRow,
}

/// What is given and what is taken.
type Edit<I> = (Vec<I>, Vec<I>);

/// What the file says of a list, beside what the export wrote and what there is now. What has been deleted since is in
/// none of them.
struct Lists<I> {
    exported: Vec<I>,
    file: Vec<I>,
    now: Vec<I>,
    /// What has been deleted since and the file still names.
    gone: Vec<I>,
}

impl<I: Copy + Ord + Hash> Lists<I> {
    /// `None` when the cell says what the export wrote, if in another way.
    fn edited(names: &Names<I>, file: &[I], base: &[I], now: &[I]) -> Option<Self> {
        let file = sorted(file);
        if file == sorted(base) {
            return None;
        }
        let (gone, file) = file.into_iter().partition(|id| names.is_gone(*id));
        let there = |ids: &[I]| kept(sorted(ids), |id| !names.is_gone(id));
        Some(Self {
            exported: there(base),
            file,
            now: there(now),
            gone,
        })
    }

    fn nothing_to_do(&self) -> bool {
        self.file == self.now || self.file == self.exported
    }

    fn added(&self) -> Vec<I> {
        without(&self.file, &self.now)
    }

    fn removed(&self) -> Vec<I> {
        without(&self.now, &self.file)
    }
}

impl Planner {
    /// The row's new role.
    pub(super) fn role(&mut self, Row { number, now, base }: Row<'_>, said: Said<Role>) -> Option<Role> {
        let role = self.said(number, Column::Role, said)?;
        if role == base.role || role == now.role {
            return None;
        }
        if now.role != base.role {
            self.plan.conflicts.push(Conflict {
                row: number,
                member: now.member,
                cell: Conflicting::Role {
                    exported: base.role,
                    file: role,
                    now: now.role,
                },
            });
            return None;
        }
        let own = self.standing.role;
        if !own.may_change(now.role) || !own.may_give(role) {
            self.plan
                .problem(number, Some(Column::Role), ProblemKind::AboveOwnRole, None, None);
            return None;
        }
        if now.member == self.standing.member && role < now.role {
            self.plan.cell_note(number, NoteKind::OwnRow, Column::Role, None);
        }
        if now.status == MemberStatus::Active {
            if now.role == Role::Owner {
                self.lowered.insert(number);
            } else if role == Role::Owner {
                self.raised.insert(number);
            }
        }
        Some(role)
    }

    /// Teams that the row joins and leaves.
    pub(super) fn teams_of(
        &mut self,
        Row { number, now, base }: Row<'_>,
        said: Said<Vec<TeamId>>,
    ) -> Edit<TeamId> {
        let column = Column::Teams;
        let Some(file) = self.said(number, column, said) else {
            return Edit::default();
        };
        let Some(lists) = Lists::edited(&self.teams, &file, &base.teams, &now.teams) else {
            return Edit::default();
        };
        for id in &lists.gone {
            let name = self.teams.name(*id).to_owned();
            self.plan
                .cell_note(number, NoteKind::TeamGone, column, Some(name));
        }
        if lists.nothing_to_do() {
            return Edit::default();
        }
        if lists.now != lists.exported {
            self.plan.conflicts.push(Conflict {
                row: number,
                member: now.member,
                cell: Conflicting::Teams {
                    exported: lists.exported,
                    file: lists.file,
                    now: lists.now,
                },
            });
            return Edit::default();
        }
        if !self.standing.role.may_change(now.role) {
            self.plan
                .problem(number, Some(column), ProblemKind::AboveOwnRole, None, None);
            return Edit::default();
        }
        (lists.added(), lists.removed())
    }

    /// Providers that the row is given and loses.
    pub(super) fn providers_of(
        &mut self,
        Row { number, now, base }: Row<'_>,
        said: Said<Vec<ProviderId>>,
    ) -> Edit<ProviderId> {
        let column = Column::Providers;
        let Some(file) = self.said(number, column, said) else {
            return Edit::default();
        };
        let Some(lists) = Lists::edited(&self.providers, &file, &base.providers, &now.providers) else {
            return Edit::default();
        };
        for id in &lists.gone {
            let name = self.providers.name(*id).to_owned();
            self.plan
                .cell_note(number, NoteKind::ProviderGone, column, Some(name));
        }
        if lists.nothing_to_do() {
            return Edit::default();
        }
        if lists.now != lists.exported {
            self.plan.conflicts.push(Conflict {
                row: number,
                member: now.member,
                cell: Conflicting::Providers {
                    exported: lists.exported,
                    file: lists.file,
                    now: lists.now,
                },
            });
            return Edit::default();
        }
        let mut refuse = |kind, text| self.plan.problem(number, Some(column), kind, text, None);
        let added = lists.added();
        if !self.standing.role.may_change(now.role) {
            refuse(ProblemKind::AboveOwnRole, None);
            return Edit::default();
        }
        if now.status.is_invitation() && !added.is_empty() {
            refuse(ProblemKind::NotJoined, None);
            return Edit::default();
        }
        let inactive = kept(added.clone(), |id| self.providers.is_inactive(id));
        for id in &inactive {
            refuse(
                ProblemKind::ProviderInactive,
                Some(self.providers.name(*id).to_owned()),
            );
        }
        let removed = lists.removed();
        let carried = kept(removed.clone(), |id| now.from_team.contains(&id));
        for id in &carried {
            refuse(ProblemKind::FromTeam, Some(self.providers.name(*id).to_owned()));
        }
        if !inactive.is_empty() || !carried.is_empty() {
            return Edit::default();
        }
        (added, removed)
    }

    /// What a cell says; what cannot be read of it is told.
    fn said<T>(&mut self, row: u32, column: Column, said: Said<T>) -> Option<T> {
        match said {
            Said::Missing | Said::Written => None,
            Said::Says(value) => Some(value),
            Said::Unreadable(troubles) => {
                for Trouble { kind, text, suggest } in troubles {
                    self.plan.problem(row, Some(column), kind, text, suggest);
                }
                None
            }
        }
    }
}

fn kept<I: Copy>(mut ids: Vec<I>, keep: impl Fn(I) -> bool) -> Vec<I> {
    ids.retain(|id| keep(*id));
    ids
}

/// Those of a sorted list that are not in another.
fn without<I: Copy + Ord>(ids: &[I], others: &[I]) -> Vec<I> {
    let missing = |id: &&I| others.binary_search(id).is_err();
    ids.iter().filter(missing).copied().collect()
}
