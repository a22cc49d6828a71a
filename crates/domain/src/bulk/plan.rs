//! What a change would do, worked out.

use super::{
    BulkChange, Cannot, Part, Preview, PreviewRow, ProviderFact, RowFacts, Standing, Surroundings, TeamFact,
};
use crate::role::{is_active_owner, owner_remains};
use crate::{MemberId, MemberStatus, Problem, ProblemCode, Role};

/// What `change` would do to each row; `None` is one that is not there. Rows come once each, and the change is checked.
pub fn plan(
    actor: Standing,
    change: &BulkChange,
    mut rows: Vec<(MemberId, Option<RowFacts>)>,
    around: &Surroundings,
) -> Result<Preview, Problem> {
    may_change_rows(actor.role)?;
    change.names_what_exists(around)?;
    if change.role.is_some_and(|role| !actor.role.may_give(role)) {
        return Err(Problem::new(
            ProblemCode::AboveOwnRole,
            "Only an owner can make somebody an owner.",
        ));
    }
    rows.sort_unstable_by_key(|(member, _)| *member);
    let parts = change.parts();
    let mut planned: Vec<PreviewRow> = rows
        .iter()
        .map(|(member, facts)| {
            let mut row = PreviewRow {
                member: *member,
                will: Vec::new(),
                cannot: Vec::new(),
            };
            for part in &parts {
                match verdict(actor, change, around, *member, facts.as_ref(), *part) {
                    Verdict::Nothing => {}
                    Verdict::Will => row.will.push(*part),
                    Verdict::Cannot(why) => row.cannot.push((*part, why)),
                }
            }
            row
        })
        .collect();
    keep_an_owner(change, &rows, around, &mut planned);
    Ok(Preview::new(planned))
}

/// Refuses whoever may not change rows, at the preview, at apply and at undo.
pub(super) fn may_change_rows(role: Role) -> Result<(), Problem> {
    if role.administers() {
        Ok(())
    } else {
        Err(Problem::new(
            ProblemCode::Forbidden,
            "Only admins and owners can change this. Ask one of them.",
        ))
    }
}

enum Verdict {
    Nothing,
    Will,
    Cannot(Cannot),
}

/// What becomes of one part on one row, owners as a whole aside.
fn verdict(
    actor: Standing,
    change: &BulkChange,
    around: &Surroundings,
    member: MemberId,
    facts: Option<&RowFacts>,
    part: Part,
) -> Verdict {
    let Some(row) = facts else {
        return Verdict::Cannot(Cannot::Gone);
    };
    let invitation = row.status.is_invitation();
    // What an invitation's teams carry is not theirs yet.
    let through_team = |id| !invitation && row.team_providers.contains(id);
    let nothing = match &part {
        Part::AddProvider(id) => row.grants.get(id).is_some_and(|had| change.keeps(*id, had)),
        Part::RemoveProvider(id) => !row.grants.contains_key(id) && !through_team(id),
        Part::Role => change.role == Some(row.role),
        Part::AddTeam(id) => row.teams.contains(id),
        Part::RemoveTeam(id) => !row.teams.contains(id),
        Part::Suspend => row.status == MemberStatus::Suspended,
        Part::Reactivate => row.status == MemberStatus::Active,
        Part::Remove | Part::Resend => false,
    };
    if nothing {
        return Verdict::Nothing;
    }
    let provider = |id| around.providers.get(id).copied().unwrap_or(ProviderFact::Deleted);
    let team = |id| around.teams.get(id).copied().unwrap_or(TeamFact::Deleted);
    // In the order in which the reasons come.
    let reasons = [
        (Cannot::AboveOwnRole, !actor.role.may_change(row.role)),
        (
            Cannot::OwnRow,
            member == actor.member && matches!(part, Part::Suspend | Part::Remove),
        ),
        (
            Cannot::NotJoined,
            invitation
                && matches!(
                    part,
                    Part::AddProvider(_) | Part::Suspend | Part::Reactivate | Part::Remove
                ),
        ),
        (Cannot::Joined, !invitation && part == Part::Resend),
        (
            Cannot::ProviderGone,
            matches!(&part, Part::AddProvider(id) | Part::RemoveProvider(id) if provider(id) == ProviderFact::Deleted),
        ),
        (
            Cannot::TeamGone,
            matches!(&part, Part::AddTeam(id) | Part::RemoveTeam(id) if team(id) == TeamFact::Deleted),
        ),
        (
            Cannot::FromTeam,
            matches!(&part, Part::RemoveProvider(id) if !row.grants.contains_key(id)),
        ),
        (
            Cannot::ProviderInactive,
            // Who has it keeps it, and may get other terms.
            matches!(&part, Part::AddProvider(id) if provider(id) == ProviderFact::Inactive && !row.grants.contains_key(id)),
        ),
    ];
    match reasons.into_iter().find(|(_, holds)| *holds) {
        Some((why, _)) => Verdict::Cannot(why),
        None => Verdict::Will,
    }
}

/// Role and status that a row has once these parts are done; `None` once it is removed.
fn after(change: &BulkChange, row: &RowFacts, will: &[Part]) -> Option<(Role, MemberStatus)> {
    let mut role = row.role;
    let mut status = row.status;
    for part in will {
        match part {
            Part::Role => role = change.role.unwrap_or(role),
            Part::Suspend => status = MemberStatus::Suspended,
            Part::Reactivate => status = MemberStatus::Active,
            Part::Remove => return None,
            _ => {}
        }
    }
    Some((role, status))
}

/// When the change as a whole would leave no active owner, none of the active owners in it is changed.
fn keep_an_owner(
    change: &BulkChange,
    rows: &[(MemberId, Option<RowFacts>)],
    around: &Surroundings,
    planned: &mut [PreviewRow],
) {
    let (mut leaving, mut joining) = (0, 0);
    for ((_, facts), plan) in rows.iter().zip(planned.iter()) {
        let Some(row) = facts else { continue };
        let was = is_active_owner(row.role, row.status);
        let is = after(change, row, &plan.will).is_some_and(|(role, status)| is_active_owner(role, status));
        leaving += u32::from(was && !is);
        joining += u32::from(!was && is);
    }
    if owner_remains(around.active_owners, leaving, joining) {
        return;
    }
    for ((_, facts), plan) in rows.iter().zip(planned.iter_mut()) {
        if facts
            .as_ref()
            .is_some_and(|row| is_active_owner(row.role, row.status))
        {
            let costs = |part: &Part| match part {
                Part::Role => change.role != Some(Role::Owner),
                part => matches!(part, Part::Suspend | Part::Remove),
            };
            let kept: Vec<Part> = plan.will.extract_if(.., |part| costs(part)).collect();
            plan.cannot
                .extend(kept.into_iter().map(|part| (part, Cannot::LastOwner)));
        }
    }
}
