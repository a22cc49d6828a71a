//! Removing members, and leaving.

use super::access::{provider_names, team_names};
use super::must_have_joined;
use crate::as_of::row_gone;
use crate::change::Change;
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::member::{KeysForOthers, MemberRow, RemovalEffect};
use domain::{MemberId, Problem, Role};
use serde_json::{Value, json};
use store::members::MemberRecord;

impl Services {
    /// What removing a row would take away. For auditors and above.
    pub async fn removal_effect(&self, actor: &Actor, member: MemberId) -> Result<RemovalEffect, Error> {
        actor.reads_admin_side()?;
        let tx = self.read(actor).await?;
        store::members::removal_effect(&tx, actor.organization, member, self.now())
            .await?
            .ok_or_else(|| Problem::not_found("member").into())
    }

    /// Removes a member with grants, team memberships and keys. The keys that they created for others stay. For admins and
    /// owners.
    pub async fn remove(&self, actor: &Actor, member: MemberId) -> Result<(), Error> {
        self.remove_many(actor, &[member], KeysForOthers::Keep).await
    }

    /// Removes several members, all or none, with what they had: grants, team memberships, keys, and the invitations of
    /// theirs that nobody has accepted. Their sessions end where they belong to no other organization. For admins and
    /// owners.
    pub async fn remove_many(
        &self,
        actor: &Actor,
        members: &[MemberId],
        keys_for_others: KeysForOthers,
    ) -> Result<(), Error> {
        let change = self.administer(actor).await?;
        for member in members {
            let record = change.removable(*member).await?;
            change.remove(&record, keys_for_others).await?;
        }
        change.commit().await
    }

    /// Leaves the organization. For everybody but its last active owner.
    pub async fn leave(&self, actor: &Actor) -> Result<(), Error> {
        let change = self.change(actor).await?;
        let (organization, own) = (change.organization, change.actor()?.member);
        let record = store::members::get(&change.tx, organization, own, change.now)
            .await?
            .ok_or_else(|| Problem::not_found("member"))?;
        change.take_out(AuditAction::MemberLeave, &record).await?;
        change.end_invitations_of(&record, None).await?;
        change.commit().await
    }
}

impl Change {
    /// Ends what somebody's role gave them beyond their own row, as far as the role they have left does not. To be called
    /// after the change of the row itself.
    pub(crate) async fn end_standing(
        &self,
        record: &MemberRecord,
        left: Option<Role>,
        keys_for_others: KeysForOthers,
    ) -> Result<(), Error> {
        self.end_invitations_of(record, left).await?;
        let Some(user) = record.user else {
            return Ok(());
        };
        if keys_for_others == KeysForOthers::Revoke {
            self.revoke_issued_by(user).await?;
        }
        if left.is_none() {
            store::sessions::delete_of_outsider(&self.tx, user).await?;
        }
        Ok(())
    }

    /// The row of a member who is to be removed, by somebody who may; an invitation is revoked instead.
    pub(super) async fn removable(&self, member: MemberId) -> Result<MemberRecord, Error> {
        let record = self.changeable(member).await?;
        must_have_joined(
            &record,
            "This invitation has not been accepted. Revoke it instead.",
        )?;
        Ok(record)
    }

    /// Removes a member with what they had, in their row and beyond it.
    pub(crate) async fn remove(
        &self,
        record: &MemberRecord,
        keys_for_others: KeysForOthers,
    ) -> Result<(), Error> {
        self.take_out(AuditAction::MemberRemove, record).await?;
        self.end_standing(record, None, keys_for_others).await
    }

    /// Deletes a row with what it had, but for the last active owner's.
    async fn take_out(&self, action: AuditAction, record: &MemberRecord) -> Result<(), Error> {
        self.an_owner_stays(record).await?;
        let row = self.row(record.id).await?;
        let kept = self.grants_kept(record.id).await?;
        store::members::delete(&self.tx, self.organization, record.id, self.now).await?;
        self.audit(
            action,
            AuditTarget::Member(record.id),
            &record.email,
            Some(row_gone(&row, kept.grants)),
            None,
        )
        .await
    }
}

/// What the audit log keeps of a row that goes.
pub(crate) fn removed(row: &MemberRow) -> Value {
    let keys: Vec<_> = row
        .keys
        .iter()
        .map(|key| json!({ "name": key.name, "last_four": key.last_four }))
        .collect();
    json!({
        "name": row.name,
        "role": row.role,
        "status": row.status,
        "teams": team_names(&row.teams),
        "providers": provider_names(&row.own_providers()),
        "keys": keys,
    })
}
