//! Role and status of a row, and the owner who always stays.

use super::{must_have_joined, stale};
use crate::change::Change;
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::member::{EditOutcome, KeysForOthers};
use domain::role::{is_active_owner, owner_remains};
use domain::{MemberId, MemberStatus, Problem, ProblemCode, Role};
use serde_json::json;
use store::members::MemberRecord;

impl Services {
    /// [`Self::change_role`], in which the keys that the member created for others stay.
    pub async fn set_role(
        &self,
        actor: &Actor,
        member: MemberId,
        version: Option<i64>,
        role: Role,
    ) -> Result<EditOutcome, Error> {
        self.change_role(actor, member, version, role, KeysForOthers::Keep)
            .await
    }

    /// Changes the organization role; with a version, only if the row is still as it was read. An invitation then
    /// gives the new role. A lower one ends the invitations of theirs to roles that they may no longer give. For admins
    /// and owners, up to their own role.
    pub async fn change_role(
        &self,
        actor: &Actor,
        member: MemberId,
        version: Option<i64>,
        role: Role,
        keys_for_others: KeysForOthers,
    ) -> Result<EditOutcome, Error> {
        let change = self.administer(actor).await?;
        let record = change.changeable(member).await?;
        change.may_give(role)?;
        if stale(&record, version) {
            return change.conflict(member).await;
        }
        if record.role != role {
            change.an_owner_stays(&record).await?;
            let organization = change.organization;
            store::members::set_role(&change.tx, organization, member, role).await?;
            if record.status.is_invitation() {
                let by = change.actor()?.user;
                store::invitations::set_role(&change.tx, organization, member, role, by).await?;
            }
            change
                .audit(
                    AuditAction::MemberRoleChange,
                    AuditTarget::Member(member),
                    &record.email,
                    Some(json!({ "role": record.role })),
                    Some(json!({ "role": role })),
                )
                .await?;
            if role < record.role {
                change.end_standing(&record, Some(role), keys_for_others).await?;
            }
        }
        change.saved(member).await
    }

    /// Suspends, in which the keys that the member created for others stay, or reactivates; with a version, only if the
    /// row is still as it was read. For admins and owners.
    pub async fn set_suspended(
        &self,
        actor: &Actor,
        member: MemberId,
        version: Option<i64>,
        suspended: bool,
    ) -> Result<EditOutcome, Error> {
        let keys_for_others = KeysForOthers::Keep;
        self.change_status(actor, member, version, suspended, keys_for_others)
            .await
    }

    /// Suspends or reactivates; with a version, only if the row is still as it was read. Suspending ends the invitations of
    /// theirs that nobody has accepted, and their sessions where they belong to no other organization. For admins and
    /// owners.
    pub async fn change_status(
        &self,
        actor: &Actor,
        member: MemberId,
        version: Option<i64>,
        suspended: bool,
        keys_for_others: KeysForOthers,
    ) -> Result<EditOutcome, Error> {
        let change = self.administer(actor).await?;
        let record = change.changeable(member).await?;
        must_have_joined(
            &record,
            "This invitation has not been accepted. Revoke it instead of suspending it.",
        )?;
        if stale(&record, version) {
            return change.conflict(member).await;
        }
        change.switch(&record, suspended, keys_for_others).await?;
        change.saved(member).await
    }
}

impl Change {
    /// Suspends a member or reactivates them; nothing when they are so already.
    pub(crate) async fn switch(
        &self,
        record: &MemberRecord,
        suspended: bool,
        keys_for_others: KeysForOthers,
    ) -> Result<(), Error> {
        if (record.status == MemberStatus::Suspended) == suspended {
            return Ok(());
        }
        if suspended {
            self.an_owner_stays(record).await?;
        }
        store::members::set_suspended(&self.tx, self.organization, record.id, suspended).await?;
        let (action, after) = if suspended {
            (AuditAction::MemberSuspend, MemberStatus::Suspended)
        } else {
            (AuditAction::MemberReactivate, MemberStatus::Active)
        };
        self.audit(
            action,
            AuditTarget::Member(record.id),
            &record.email,
            Some(json!({ "status": record.status })),
            Some(json!({ "status": after })),
        )
        .await?;
        if suspended {
            self.end_standing(record, None, keys_for_others).await?;
        }
        Ok(())
    }

    /// Refuses to give a role above the actor's own.
    pub(crate) fn may_give(&self, role: Role) -> Result<(), Problem> {
        if self.role().may_give(role) {
            Ok(())
        } else {
            Err(self.refuse("Only an owner can make somebody an owner."))
        }
    }

    /// Refuses to take away the last active owner. Invited and suspended owners do not count.
    pub(super) async fn an_owner_stays(&self, leaving: &MemberRecord) -> Result<(), Error> {
        if !is_active_owner(leaving.role, leaving.status) {
            return Ok(());
        }
        let owners = store::members::active_owners(&self.tx, self.organization).await?;
        if !owner_remains(owners, 1, 0) {
            return Err(Problem::new(
                ProblemCode::LastOwner,
                "This is the last active owner. Make somebody else an owner first.",
            )
            .into());
        }
        Ok(())
    }
}
