//! Writing many rows: what differs between each row as it is and as it is to be, put together into few statements.

use super::edit::Edit;
use crate::Error;
use crate::as_of::row_gone;
use crate::change::Change;
use domain::audit::{AuditAction, AuditTarget};
use domain::{MemberId, MemberStatus, ProviderId, Role, TeamId, TeamRole, UserId};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use store::audit::AuditRecord;
use store::bulk_changes::{self as rows, BulkGrant, BulkRow};
use store::invitations::InvitationState;

/// The differences, by what is written.
#[derive(Default)]
struct Work<'a> {
    restored: Vec<&'a BulkRow>,
    removed: Vec<MemberId>,
    given: Vec<(MemberId, BulkGrant)>,
    taken: BTreeMap<ProviderId, Vec<MemberId>>,
    placed: Vec<(TeamId, MemberId, TeamRole)>,
    left: BTreeMap<TeamId, Vec<MemberId>>,
    roles: BTreeMap<Role, Vec<MemberId>>,
    roles_of_invitations: BTreeMap<Role, Vec<MemberId>>,
    suspended: Vec<MemberId>,
    reactivated: Vec<MemberId>,
    /// Rows that stay or come back, and get a new version.
    changed: Vec<MemberId>,
}

impl<'a> Work<'a> {
    fn of(edits: &'a [Edit<'a>]) -> Self {
        let mut work = Self::default();
        for edit in edits {
            match (edit.from, &edit.to) {
                (Some(from), Some(to)) => work.change(from, to),
                (Some(from), None) => work.removed.push(from.id),
                (None, Some(to)) => work.restore(to),
                (None, None) => {}
            }
        }
        work
    }

    fn restore(&mut self, to: &'a BulkRow) {
        self.restored.push(to);
        self.changed.push(to.id);
        self.given
            .extend(to.grants.iter().map(|grant| (to.id, grant.clone())));
        self.placed
            .extend(to.teams.iter().map(|(team, role)| (*team, to.id, *role)));
    }

    fn change(&mut self, from: &BulkRow, to: &BulkRow) {
        let id = to.id;
        let has = |provider| to.grants.iter().any(|grant| grant.provider == provider);
        let given = to.grants.iter().filter(|grant| !from.grants.contains(grant));
        self.given.extend(given.map(|grant| (id, grant.clone())));
        for grant in from.grants.iter().filter(|grant| !has(grant.provider)) {
            self.taken.entry(grant.provider).or_default().push(id);
        }
        let was_in = |team| from.teams.iter().any(|(had, _)| *had == team);
        let is_in = |team| to.teams.iter().any(|(has, _)| *has == team);
        let placed = to.teams.iter().filter(|(team, _)| !was_in(*team));
        self.placed.extend(placed.map(|(team, role)| (*team, id, *role)));
        for (team, _) in from.teams.iter().filter(|(team, _)| !is_in(*team)) {
            self.left.entry(*team).or_default().push(id);
        }
        if from.role != to.role {
            self.roles.entry(to.role).or_default().push(id);
            if to.status.is_invitation() {
                self.roles_of_invitations.entry(to.role).or_default().push(id);
            }
        }
        if from.status != to.status {
            match to.status {
                MemberStatus::Suspended => self.suspended.push(id),
                _ => self.reactivated.push(id),
            }
        }
        self.changed.push(id);
    }
}

impl Change {
    /// Writes rows, with an audit row for each thing of each member that changed, as single edits write them.
    pub(super) async fn write_rows(&self, edits: &[Edit<'_>]) -> Result<(), Error> {
        let (tx, organization, now) = (&self.tx, self.organization, self.now);
        let work = Work::of(edits);
        // Before the rows are gone with what they had.
        let mut deeds = self.deeds(edits, &work.removed).await?;
        rows::restore(tx, organization, &work.restored).await?;
        for (provider, members) in &work.taken {
            rows::take(tx, organization, *provider, members).await?;
        }
        rows::give(tx, &work.given).await?;
        for (team, members) in &work.left {
            rows::remove_from_team(tx, organization, *team, members).await?;
        }
        rows::put_in_teams(tx, &work.placed).await?;
        for (role, members) in &work.roles {
            rows::set_role(tx, organization, *role, members).await?;
        }
        for (role, members) in &work.roles_of_invitations {
            let by = self.actor()?.user;
            rows::set_role_of_invitations(tx, organization, *role, by, members).await?;
        }
        rows::set_suspended(tx, organization, true, &work.suspended).await?;
        rows::set_suspended(tx, organization, false, &work.reactivated).await?;
        rows::settle(tx, organization, &work.changed).await?;
        rows::remove(tx, organization, &work.removed, now).await?;
        deeds.extend(self.end_standing_of(edits).await?);
        Ok(store::audit::insert_many(tx, deeds).await?)
    }

    /// Ends what roles gave beyond the own row, as far as those that are left do not: sessions, and invitations to roles that
    /// may no longer be given. Answers with what the audit log is to hold of that.
    async fn end_standing_of(&self, edits: &[Edit<'_>]) -> Result<Vec<AuditRecord>, Error> {
        let (tx, organization, now) = (&self.tx, self.organization, self.now);
        let mut left: HashMap<UserId, (&BulkRow, Option<Role>)> = HashMap::new();
        for Edit { from, to } in edits {
            let Some((from, user)) = from.and_then(|from| Some((from, from.user?))) else {
                continue;
            };
            let role = match to {
                None => None,
                Some(to) if to.status == MemberStatus::Suspended && from.status != to.status => None,
                Some(to) if to.role < from.role => Some(to.role),
                Some(_) => continue,
            };
            left.insert(user, (from, role));
        }
        if left.is_empty() {
            return Ok(Vec::new());
        }
        let outside = left.iter().filter(|(_, (_, role))| role.is_none());
        let outside: Vec<UserId> = outside.map(|(user, _)| *user).collect();
        rows::end_sessions_of_outsiders(tx, &outside).await?;
        let users: Vec<UserId> = left.keys().copied().collect();
        let (mut ended, mut members, mut deeds) = (Vec::new(), Vec::new(), Vec::new());
        let mut inviters = HashMap::new();
        for invitation in rows::open_by(tx, organization, &users, now).await? {
            let Some((inviter, role)) = invitation.invited_by.and_then(|user| left.get(&user)) else {
                continue;
            };
            if role.is_some_and(|role| role.may_give(invitation.role)) {
                continue;
            }
            ended.push(invitation.id);
            members.push(invitation.member);
            inviters.insert(invitation.member, &inviter.email);
        }
        for row in store::members::rows(tx, organization, &members, now).await? {
            let mut before = row_gone(&row, Vec::new());
            before["invited_by"] = json!(inviters.get(&row.id));
            deeds.push(AuditRecord {
                before: Some(before),
                ..self.deed(AuditAction::InvitationRevoke, row.id, &row.email)
            });
        }
        rows::end_invitations(tx, organization, &ended, InvitationState::Revoked, now).await?;
        rows::remove(tx, organization, &members, now).await?;
        Ok(deeds)
    }

    /// A row of the audit log about a member.
    pub(super) fn deed(&self, action: AuditAction, member: MemberId, email: &str) -> AuditRecord {
        let target = AuditTarget::Member(member);
        self.principal
            .record(Some(self.organization), self.now, action, target, email)
    }
}
