//! The own sessions: which there are, and ending them.

use crate::actor::Principal;
use crate::auth::{Asker, nobody};
use crate::crypto::token_hash;
use crate::second_factor::unproven;
use crate::{Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::session::{AccountSecurity, SessionView, browser};
use domain::{SessionId, UserId};
use serde_json::json;
use store::WriteTx;
use store::audit::AuditRecord;

impl Services {
    /// The own sessions that have not ended. `token` is that of the session that asks.
    pub async fn account_security(
        &self,
        asker: impl Into<Asker>,
        token: &str,
    ) -> Result<AccountSecurity, Error> {
        let asker = asker.into();
        let user = asker.user;
        let now = self.now();
        let tx = self.inner.store.read().await?;
        let current = store::sessions::by_token(&tx, &token_hash(token)).await?;
        let current = current.map(|session| session.id);
        let sessions = store::sessions::of_user(&tx, user).await?;
        let sessions = sessions
            .into_iter()
            .filter(|session| now < session.ends_at())
            .map(|session| SessionView {
                id: session.id,
                browser: browser(&session.agent),
                created_at: session.created_at,
                last_seen_at: session.last_seen_at,
                current: current == Some(session.id),
            });
        let factor = store::second_factors::get(&tx, user).await?;
        Ok(AccountSecurity {
            second_factor: factor.and_then(|factor| factor.confirmed_at),
            recovery_codes: store::second_factors::recovery_codes(&tx, user).await?,
            demanded_by: unproven(&tx, asker).await?,
            sessions: sessions.collect(),
            now,
        })
    }

    /// Ends one of the own sessions; one that has ended already is no failure.
    pub async fn end_session(&self, user: UserId, session: SessionId) -> Result<(), Error> {
        let tx = self.inner.store.write().await?;
        if store::sessions::delete_one(&tx, user, session).await? {
            self.note_ended(&tx, user, 1).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Ends all of the own sessions but the one that asks.
    pub async fn end_other_sessions(&self, user: UserId, token: &str) -> Result<(), Error> {
        let tx = self.inner.store.write().await?;
        let ended = store::sessions::delete_others(&tx, user, &token_hash(token)).await?;
        if ended > 0 {
            self.note_ended(&tx, user, ended).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn note_ended(&self, tx: &WriteTx, user: UserId, sessions: u64) -> Result<(), Error> {
        let record = store::users::get(tx, user).await?.ok_or_else(nobody)?;
        let principal = Principal::Account {
            user,
            email: record.email.clone(),
        };
        let (action, target) = (AuditAction::UserSessionsEnd, AuditTarget::User(user));
        let deed = AuditRecord {
            after: Some(json!({ "sessions": sessions })),
            ..principal.record(None, self.now(), action, target, &record.email)
        };
        Ok(store::audit::insert(tx, deed).await?)
    }
}
