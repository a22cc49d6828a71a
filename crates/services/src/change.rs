//! One change of one organization: locked, the actor's rights read again, its audit row in the same transaction.

use crate::actor::Principal;
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::{OrganizationId, Problem, ProblemCode, Role, Timestamp};
use serde_json::Value;
use store::WriteTx;
use store::audit::AuditRecord;

/// What others are told where it takes an administrator.
const ADMINS_ONLY: &str = "Only admins and owners can change this. Ask one of them.";

/// A change under way. Dropped without [`Change::commit`], nothing of it happened.
pub(crate) struct Change {
    pub(crate) services: Services,
    pub(crate) tx: WriteTx,
    pub(crate) organization: OrganizationId,
    /// On whose behalf; a member with the role as it is now.
    pub(crate) principal: Principal,
    pub(crate) now: Timestamp,
}

impl Services {
    /// Begins a change that anybody in the organization may make.
    pub(crate) async fn change(&self, actor: &Actor) -> Result<Change, Error> {
        let tx = self.write(actor).await?;
        let mut actor = actor.clone();
        // The organization first: who waits for the lock must see what was done meanwhile.
        let there = tx.lock_organization(actor.organization).await?;
        let place = store::organizations::membership_of(&tx, actor.user, &actor.slug).await?;
        match place {
            Some(place) if there && place.organization == actor.organization => {
                actor.role = place.role;
                actor.member = place.member;
            }
            _ => return Err(no_longer_member().into()),
        }
        Ok(Change {
            services: self.clone(),
            tx,
            organization: actor.organization,
            principal: Principal::Member(actor),
            now: self.now(),
        })
    }

    /// Refuses whoever is no administrator what only a change of theirs needs.
    pub(crate) fn administers(&self, actor: &Actor) -> Result<(), Problem> {
        match actor.role.administers() {
            true => Ok(()),
            false => Err(self.refuse(actor, ADMINS_ONLY)),
        }
    }

    /// Begins a change that takes an administrator.
    pub(crate) async fn administer(&self, actor: &Actor) -> Result<Change, Error> {
        let change = self.change(actor).await?;
        if change.role().administers() {
            Ok(change)
        } else {
            Err(change.refuse(ADMINS_ONLY).into())
        }
    }
}

impl Change {
    /// The role that decides what may be done: the operator can what owners can, and so can a directory with the members
    /// that are its.
    pub(crate) fn role(&self) -> Role {
        match &self.principal {
            Principal::Member(actor) => actor.role,
            Principal::Account { .. } => Role::Member,
            Principal::Directory { .. } | Principal::Operator { .. } => Role::Owner,
        }
    }

    /// The member who makes the change. Refused where there is none.
    pub(crate) fn actor(&self) -> Result<&Actor, Problem> {
        match &self.principal {
            Principal::Member(actor) => Ok(actor),
            Principal::Account { .. } | Principal::Directory { .. } | Principal::Operator { .. } => Err(
                forbidden("Only a member of the organization can do this. Sign in first."),
            ),
        }
    }

    /// Writes the audit row.
    pub(crate) async fn audit(
        &self,
        action: AuditAction,
        target: AuditTarget,
        label: &str,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Result<(), Error> {
        let record = self
            .principal
            .record(Some(self.organization), self.now, action, target, label);
        let record = AuditRecord {
            before,
            after,
            ..record
        };
        Ok(store::audit::insert(&self.tx, record).await?)
    }

    /// The refusal of what the actor may not do, which the audit log tells.
    pub(crate) fn refuse(&self, message: &str) -> Problem {
        match &self.principal {
            Principal::Member(actor) => self.services.refuse(actor, message),
            Principal::Account { .. } | Principal::Directory { .. } | Principal::Operator { .. } => {
                forbidden(message)
            }
        }
    }

    /// Refuses whoever is no owner. `what` is what only owners can do: `change the organization's settings`.
    pub(crate) fn owns(&self, what: &str) -> Result<(), Problem> {
        match self.role() {
            Role::Owner => Ok(()),
            _ => Err(self.refuse(&format!("Only owners can {what}. Ask one of them."))),
        }
    }

    /// Refuses to act on somebody above the actor's own role.
    pub(crate) fn may_change(&self, role: Role) -> Result<(), Problem> {
        if self.role().may_change(role) {
            Ok(())
        } else {
            Err(self.refuse("Only an owner can change an owner."))
        }
    }

    /// Makes it last. From then on it is what requests to models are decided by.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        self.services.commit(self.tx).await
    }
}

impl Actor {
    /// Refuses whoever may not see the admin side.
    pub(crate) fn reads_admin_side(&self) -> Result<(), Problem> {
        if self.role.reads_admin_side() {
            Ok(())
        } else {
            Err(forbidden(
                "Only auditors, admins and owners can see this. Ask an owner for access.",
            ))
        }
    }
}

pub(crate) fn forbidden(message: &str) -> Problem {
    Problem::new(ProblemCode::Forbidden, message)
}

fn no_longer_member() -> Problem {
    Problem::new(
        ProblemCode::Unauthenticated,
        "You are no longer an active member of this organization. Sign in again, or ask an owner.",
    )
}
