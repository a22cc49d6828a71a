//! One change of one organization: locked, the actor's rights read again, its audit row in the same transaction.

use crate::{Actor, Error, Services};
use domain::{KeyId, MemberId, Problem, ProblemCode, ProviderId, Role, TeamId, Timestamp};
use serde_json::Value;
use store::WriteTx;
use store::audit::AuditRecord;

/// A change under way. Dropped without [`Change::commit`], nothing of it happened.
pub(crate) struct Change {
    pub(crate) services: Services,
    pub(crate) tx: WriteTx,
    /// Who is acting, with the role as it is now.
    pub(crate) actor: Actor,
    pub(crate) now: Timestamp,
}

/// What a change was made to, for the audit log.
pub(crate) struct Target<'a> {
    kind: &'static str,
    id: i64,
    label: &'a str,
}

impl<'a> Target<'a> {
    /// A row of AI Access, by its e-mail.
    pub(crate) fn member(id: MemberId, email: &'a str) -> Self {
        Self {
            kind: "member",
            id: id.0,
            label: email,
        }
    }

    /// A provider, by its name.
    pub(crate) fn provider(id: ProviderId, name: &'a str) -> Self {
        Self {
            kind: "provider",
            id: id.0,
            label: name,
        }
    }

    /// A virtual key, by its name.
    pub(crate) fn key(id: KeyId, name: &'a str) -> Self {
        Self {
            kind: "key",
            id: id.0,
            label: name,
        }
    }

    /// A team, by its name.
    pub(crate) fn team(id: TeamId, name: &'a str) -> Self {
        Self {
            kind: "team",
            id: id.0,
            label: name,
        }
    }
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
            actor,
            now: self.now(),
        })
    }

    /// Begins a change that takes an administrator.
    pub(crate) async fn administer(&self, actor: &Actor) -> Result<Change, Error> {
        let change = self.change(actor).await?;
        if change.actor.role.administers() {
            Ok(change)
        } else {
            Err(forbidden("Only admins and owners can change this. Ask one of them.").into())
        }
    }
}

impl Change {
    /// Writes the audit row.
    pub(crate) async fn audit(
        &self,
        action: &str,
        target: Target<'_>,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Result<(), Error> {
        let record = AuditRecord {
            organization: Some(self.actor.organization),
            at: self.now,
            actor: self.actor.account(),
            actor_email: self.actor.email.clone(),
            action: action.to_owned(),
            target_kind: target.kind.to_owned(),
            target_id: Some(target.id),
            target_label: target.label.to_owned(),
            before,
            after,
        };
        Ok(store::audit::insert(&self.tx, record).await?)
    }

    /// Refuses to act on somebody above the actor's own role.
    pub(crate) fn may_change(&self, role: Role) -> Result<(), Problem> {
        if self.actor.role.may_change(role) {
            Ok(())
        } else {
            Err(forbidden("Only an owner can change an owner."))
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
