//! Changes that were refused because of somebody's role or a rule about who makes them, in the audit log.

use super::tally::{Counted, Tally};
use crate::actor::Principal;
use crate::change::forbidden;
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::{OrganizationId, Problem, Timestamp, UserId};
use serde_json::json;
use std::collections::BTreeSet;
use store::audit::AuditRecord;

/// What was refused to one member.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refused {
    /// As whom they asked last.
    actor: Option<Actor>,
    changes: u32,
}

/// Refused changes that are not told yet.
pub(crate) type Refusals = Tally<(OrganizationId, UserId), Refused>;

impl Services {
    /// The refusal of a change that the actor may not make, which is counted.
    pub(crate) fn refuse(&self, actor: &Actor, message: &str) -> Problem {
        let key = (actor.organization, actor.user);
        self.inner.refusals.count(key, self.now(), |refused| {
            refused.actor = Some(actor.clone());
            refused.changes = refused.changes.saturating_add(1);
        });
        forbidden(message)
    }

    /// Writes down the refused changes that were counted since `until` or longer.
    pub(super) async fn write_refused_changes(&self, until: Timestamp) {
        loop {
            let counted = self.inner.refusals.take(until);
            if counted.is_empty() {
                return;
            }
            if let Err(error) = self.tell_refused(&counted).await {
                self.inner.refusals.put_back(counted, |now, before| {
                    now.changes = now.changes.saturating_add(before.changes);
                });
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "refused changes wait to be written down");
                return;
            }
        }
    }

    async fn tell_refused(
        &self,
        counted: &[((OrganizationId, UserId), Counted<Refused>)],
    ) -> Result<(), Error> {
        let tx = self.inner.store.write().await?;
        let places: BTreeSet<_> = counted
            .iter()
            .map(|((organization, _), _)| *organization)
            .collect();
        for organization in places {
            tx.lock_organization(organization).await?;
        }
        let mut entries = Vec::new();
        for ((organization, user), counted) in counted {
            // Of an account that is gone since, only the address can be told.
            let account = store::users::get(&tx, *user).await?;
            let Some(actor) = counted.what.actor.clone() else {
                continue;
            };
            let target = AuditTarget::Member(actor.member);
            let (email, role) = (actor.email.clone(), actor.role);
            let record = Principal::Member(actor).record(
                Some(*organization),
                counted.last,
                AuditAction::ChangeRefuse,
                target,
                &email,
            );
            entries.push(AuditRecord {
                actor: account.map(|account| account.id),
                after: Some(json!({
                    "changes": counted.what.changes,
                    "since": counted.since.rfc3339(),
                    "role": role,
                })),
                ..record
            });
        }
        store::audit::insert_many(&tx, entries).await?;
        Ok(tx.commit().await?)
    }
}
