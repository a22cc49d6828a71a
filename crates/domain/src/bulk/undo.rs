//! Undoing a change, part by part, as far as nothing was decided since.

use super::plan::may_change_rows;
use super::{Part, ProviderFact, Surroundings, TeamFact};
use crate::limits::UNDO_TIME;
use crate::role::{UnknownName, is_active_owner, named, owner_remains};
use crate::{MemberId, MemberStatus, Problem, ProblemCode, Role, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

named!(
    /// Why a part is left as it is: the first of these that holds.
    Kept {
        /// The row is gone.
        Gone = "gone", "is gone";
        /// A removed member's address has a row again.
        Exists = "exists", "has been invited again";
        /// The same thing of the row was changed since, even if it was changed back.
        ChangedSince = "changed_since", "has been changed since";
        /// The provider was deleted.
        ProviderGone = "provider_gone", "the provider was deleted";
        /// The team was deleted.
        TeamGone = "team_gone", "the team was deleted";
        /// Their role, or the one to be put back, is above the actor's.
        AboveOwnRole = "above_own_role", "only an owner can change an owner";
        /// No active owner would be left.
        LastOwner = "last_owner", "no active owner would be left";
    }
);

/// A part that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DonePart {
    /// What.
    pub part: Part,
    /// The same thing of the row was changed since by anything else.
    pub changed_since: bool,
}

/// What is where the row was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoTarget {
    /// The row.
    Row {
        /// Its role now.
        role: Role,
        /// Its status now.
        status: MemberStatus,
    },
    /// Nothing, but the address has another row.
    Another,
    /// Nothing.
    Nothing,
}

/// A row that was changed: as it was before, what was done to it, and what is there now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Which.
    pub member: MemberId,
    /// Its role before.
    pub role: Role,
    /// Its status before.
    pub status: MemberStatus,
    /// What was done.
    pub parts: Vec<DonePart>,
    /// What is there now.
    pub now: UndoTarget,
}

/// What undoing does to one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoRow {
    /// Which.
    pub member: MemberId,
    /// What is put back.
    pub restored: Vec<Part>,
    /// What is left as it is, and why.
    pub kept: Vec<(Part, Kept)>,
}

/// What undoing does to every row that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoPlan {
    /// The rows, by id.
    pub rows: Vec<UndoRow>,
}

/// Whether a change can be undone by somebody with this role.
pub fn may_undo(
    role: Role,
    parts: &[Part],
    applied_at: Timestamp,
    undone_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Problem> {
    may_change_rows(role)?;
    if !parts.is_empty() && parts.iter().all(|part| *part == Part::Resend) {
        return Err(Problem::new(
            ProblemCode::NotUndoable,
            "Invitations that were sent again cannot be taken back. Revoke them instead.",
        ));
    }
    if undone_at.is_some() {
        return Err(Problem::new(
            ProblemCode::AlreadyUndone,
            "This change has been undone already.",
        ));
    }
    if now >= applied_at.plus(UNDO_TIME) {
        return Err(Problem::new(
            ProblemCode::TooLate,
            "A change can be undone for ten minutes. Those are over.",
        ));
    }
    Ok(())
}

/// What undoing would put back and what it would leave.
pub fn plan_undo(role: Role, mut done: Vec<Done>, around: &Surroundings) -> UndoPlan {
    done.sort_unstable_by_key(|row| row.member);
    let mut rows: Vec<UndoRow> = done
        .iter()
        .map(|row| {
            let mut undo = UndoRow {
                member: row.member,
                restored: Vec::new(),
                kept: Vec::new(),
            };
            for done in &row.parts {
                match kept(role, around, row, *done) {
                    None => undo.restored.push(done.part),
                    Some(why) => undo.kept.push((done.part, why)),
                }
            }
            undo
        })
        .collect();
    keep_an_owner(&done, around, &mut rows);
    UndoPlan { rows }
}

/// Why a part is left as it is, owners as a whole aside.
fn kept(actor: Role, around: &Surroundings, row: &Done, done: DonePart) -> Option<Kept> {
    if done.part == Part::Remove {
        return match row.now {
            UndoTarget::Row { .. } | UndoTarget::Another => Some(Kept::Exists),
            UndoTarget::Nothing if !actor.may_change(row.role) => Some(Kept::AboveOwnRole),
            UndoTarget::Nothing => None,
        };
    }
    let UndoTarget::Row { role, .. } = row.now else {
        return Some(Kept::Gone);
    };
    let provider = |id| around.providers.get(id).copied().unwrap_or(ProviderFact::Deleted);
    let team = |id| around.teams.get(id).copied().unwrap_or(TeamFact::Deleted);
    let above = !actor.may_change(role) || (done.part == Part::Role && !actor.may_give(row.role));
    match &done.part {
        _ if done.changed_since => Some(Kept::ChangedSince),
        Part::AddProvider(id) | Part::RemoveProvider(id) if provider(id) == ProviderFact::Deleted => {
            Some(Kept::ProviderGone)
        }
        Part::AddTeam(id) | Part::RemoveTeam(id) if team(id) == TeamFact::Deleted => Some(Kept::TeamGone),
        _ if above => Some(Kept::AboveOwnRole),
        _ => None,
    }
}

/// Role and status that are there once these parts are put back.
fn after(row: &Done, restored: &[Part]) -> Option<(Role, MemberStatus)> {
    let mut there = match row.now {
        UndoTarget::Row { role, status } => Some((role, status)),
        UndoTarget::Another | UndoTarget::Nothing => None,
    };
    for part in restored {
        match (part, &mut there) {
            (Part::Remove, _) => there = Some((row.role, row.status)),
            (Part::Role, Some((role, _))) => *role = row.role,
            (Part::Suspend | Part::Reactivate, Some((_, status))) => *status = row.status,
            _ => {}
        }
    }
    there
}

/// When the undo as a whole would leave no active owner, the owners stay as they are.
fn keep_an_owner(done: &[Done], around: &Surroundings, rows: &mut [UndoRow]) {
    let owner =
        |at: Option<(Role, MemberStatus)>| at.is_some_and(|(role, status)| is_active_owner(role, status));
    let (mut leaving, mut joining) = (0, 0);
    for (row, undo) in done.iter().zip(rows.iter()) {
        let (was, is) = (owner(after(row, &[])), owner(after(row, &undo.restored)));
        leaving += u32::from(was && !is);
        joining += u32::from(!was && is);
    }
    if owner_remains(around.active_owners, leaving, joining) {
        return;
    }
    for (row, undo) in done.iter().zip(rows.iter_mut()) {
        if owner(after(row, &[])) {
            let costs = |part: &Part| !owner(after(row, &[*part]));
            let kept: Vec<Part> = undo.restored.extract_if(.., |part| costs(part)).collect();
            undo.kept
                .extend(kept.into_iter().map(|part| (part, Kept::LastOwner)));
        }
    }
}
