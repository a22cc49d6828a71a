//! The own account.

use crate::actor::Principal;
use crate::auth::nobody;
use crate::{Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::{Problem, ProblemCode, UserId, input};
use serde_json::json;
use store::audit::AuditRecord;

impl Services {
    /// Changes the own name, in each organization that the person belongs to. `was` is the name as it was shown: if it
    /// has been changed since, in another window, nothing is.
    pub async fn change_name(&self, user: UserId, was: &str, name: &str) -> Result<(), Error> {
        let name = input::name("name", name, "your name")?;
        let now = self.now();
        let tx = self.inner.store.write().await?;
        let places = store::members::of_user(&tx, user).await?;
        for (organization, _) in &places {
            tx.lock_organization(*organization).await?;
        }
        let record = store::users::get(&tx, user).await?.ok_or_else(nobody)?;
        if record.name == name {
            return Ok(());
        }
        if !store::users::set_name(&tx, user, was, &name).await? {
            return Err(changed_meanwhile(&record.name).into());
        }
        let principal = Principal::Account {
            user,
            email: record.email.clone(),
        };
        for (organization, member) in places {
            store::members::set_name(&tx, organization, member, &name).await?;
            let (action, target) = (AuditAction::UserNameChange, AuditTarget::Member(member));
            let deed = AuditRecord {
                before: Some(json!({ "name": record.name })),
                after: Some(json!({ "name": name })),
                ..principal.record(Some(organization), now, action, target, &record.email)
            };
            store::audit::insert(&tx, deed).await?;
        }
        self.commit(tx).await
    }
}

fn changed_meanwhile(name: &str) -> Problem {
    let message = format!("Your name was changed to {name} in another window. Save again to replace it.");
    Problem::new(ProblemCode::Conflict, message.clone()).with_field("name", message)
}
