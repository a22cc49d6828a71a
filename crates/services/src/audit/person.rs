//! What people do with their own accounts, told where they belong.

use crate::actor::Principal;
use crate::export::ExportFile;
use crate::{Actor, Error, Services};
use domain::UserId;
use domain::audit::{AuditAction, AuditTarget};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::WriteTx;
use store::audit::AuditRecord;
use store::users::UserRecord;

/// Holds back the changes of every organization that one of these people belongs to, before anything else is locked: what is
/// told there in this transaction then waits for no change that waits for it. In one order, so that two such wait in line.
pub(crate) async fn lock_places(tx: &WriteTx, people: &[UserId]) -> Result<(), Error> {
    let mut places = BTreeSet::new();
    for user in people {
        let members = store::members::of_user(tx, *user).await?;
        places.extend(members.into_iter().map(|(organization, _)| organization));
    }
    for organization in places {
        tx.lock_organization(organization).await?;
    }
    Ok(())
}

impl Services {
    /// Writes down that somebody exported something, such as "members". A full disk does not keep them from it.
    pub(crate) async fn note_export(&self, actor: &Actor, what: &str, file: &ExportFile) {
        let target = AuditTarget::Organization(actor.organization);
        let organization = actor.organization;
        let principal = Principal::Member(actor.clone());
        let record = AuditRecord {
            after: Some(json!({ "file": file.file_name, "rows": file.rows })),
            ..principal.record(
                Some(organization),
                self.now(),
                AuditAction::ExportCreate,
                target,
                what,
            )
        };
        self.note(async |tx| {
            tx.lock_organization(organization).await?;
            store::audit::insert(tx, record).await
        })
        .await;
    }

    /// Writes down what a person did with their account, in every organization that they are active in: an account is not
    /// one organization's. Who belongs to none is told of where no organization reads.
    pub(crate) async fn note_of_person(
        &self,
        tx: &WriteTx,
        user: &UserRecord,
        action: AuditAction,
        after: Option<Value>,
    ) -> Result<(), Error> {
        let principal = Principal::Account {
            user: user.id,
            email: user.email.clone(),
        };
        self.note_about_person(tx, &principal, user, action, after).await
    }

    /// The same, of what somebody else did with an account.
    pub(crate) async fn note_about_person(
        &self,
        tx: &WriteTx,
        principal: &Principal,
        user: &UserRecord,
        action: AuditAction,
        after: Option<Value>,
    ) -> Result<(), Error> {
        let entry = |organization, target| AuditRecord {
            after: after.clone(),
            ..principal.record(organization, self.now(), action, target, &user.email)
        };
        let places = store::organizations::memberships(tx, user.id).await?;
        let mut entries: Vec<_> = places
            .iter()
            .map(|place| entry(Some(place.organization), AuditTarget::Member(place.member)))
            .collect();
        if entries.is_empty() {
            entries.push(entry(None, AuditTarget::User(user.id)));
        }
        Ok(store::audit::insert_many(tx, entries).await?)
    }
}
