//! Changing a password: by the one before, or by a link that is mailed to the account's address.

use crate::actor::Principal;
use crate::auth::{Asker, SessionToken, nobody};
use crate::crypto::{CryptoError, Purpose, check_strength, new_token, token_hash};
use crate::device::{Client, Lane};
use crate::mail::ResetDetails;
use crate::{Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::limits::{RESET_LIFETIME, RESETS_AN_HOUR};
use domain::{Problem, ProblemCode, Timestamp, email, input};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::net::IpAddr;
use store::WriteTx;
use store::audit::AuditRecord;
use store::mail::MailKind;
use store::password_resets::ResetRecord;
use store::users::UserRecord;

impl Services {
    /// Changes the own password, ends every session of the person and starts a new one in the browser that calls itself
    /// `agent`.
    pub async fn change_password(
        &self,
        asker: impl Into<Asker>,
        current: &str,
        new: &str,
        agent: &str,
    ) -> Result<SessionToken, Error> {
        let Asker { user, sign_on } = asker.into();
        let tx = self.inner.store.read().await?;
        let record = store::users::get(&tx, user).await?.ok_or_else(nobody)?;
        drop(tx);
        let new = self.good_password("new", new, &record).await?;
        self.prove_own_password(&record, "current", current).await?;
        let hash = self.inner.passwords.hash(&new, Lane::default()).await?;
        let tx = self.inner.store.write().await?;
        self.replace_password(&tx, &record, &hash, None).await?;
        let session = self
            .start_session(&tx, user, &record.email_identity, agent, self.now())
            .await?;
        // The new session has proven no more than the one before it.
        store::sessions::set_sign_on(&tx, &token_hash(session.expose()), sign_on).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Refuses whoever is signed in and does not know the account's password. `field` is where it was typed.
    ///
    /// Whoever found a session open must not be able to guess the password through it. Counted by itself, whoever guesses
    /// at the sign-in form does not hold this up.
    pub(crate) async fn prove_own_password(
        &self,
        user: &UserRecord,
        field: &str,
        password: &str,
    ) -> Result<(), Error> {
        if user.password_hash.is_none() {
            return Err(Problem::invalid(
                field,
                "Your account has no password. Choose one with “Forgot password?” on the sign-in page first.",
            )
            .into());
        }
        let session = format!("session\0{}", user.email_identity);
        let client = Client::from(IpAddr::from([0, 0, 0, 0]));
        let stored = user.password_hash.as_deref();
        if self.try_password(&session, &client, password, stored).await? {
            return Ok(());
        }
        Err(Problem::invalid(field, "This is not your current password. Type it again.").into())
    }

    /// The new password, if it is one that is not easily guessed.
    async fn good_password(&self, field: &str, new: &str, user: &UserRecord) -> Result<String, Error> {
        let new = input::password(field, new)?;
        let tx = self.inner.store.read().await?;
        let organizations = store::organizations::memberships(&tx, user.id).await?;
        drop(tx);
        let mut known = vec![user.email.as_str(), user.name.as_str()];
        known.extend(organizations.iter().map(|place| place.name.as_str()));
        check_strength(field, &new, &known)?;
        Ok(new)
    }

    /// Sets a password that somebody has proven to be entitled to. Every session ends, and every link for a new password.
    async fn replace_password(
        &self,
        tx: &WriteTx,
        user: &UserRecord,
        hash: &str,
        after: Option<Value>,
    ) -> Result<(), Error> {
        store::users::set_password(tx, user.id, hash).await?;
        store::sessions::delete_of_user(tx, user.id).await?;
        store::password_resets::delete_of_user(tx, user.id).await?;
        let principal = Principal::Account {
            user: user.id,
            email: user.email.clone(),
        };
        let (action, target) = (AuditAction::UserPasswordChange, AuditTarget::User(user.id));
        let record = AuditRecord {
            after,
            ..principal.record(None, self.now(), action, target, &user.email)
        };
        Ok(store::audit::insert(tx, record).await?)
    }

    /// Has a link for a new password mailed, if there is an account with this address. Whether there is, the answer and the
    /// time it takes do not tell.
    pub async fn ask_for_reset(&self, email: &str) -> Result<(), Error> {
        if !self.mail_is_set_up() {
            return Err(Problem::new(
                ProblemCode::Invalid,
                "Email is not set up on this server. Ask an administrator of your organization for a new invitation.",
            )
            .into());
        }
        let address =
            email::check(email.trim()).map_err(|problem| Problem::invalid("email", problem.to_string()))?;
        let tx = self.inner.store.read().await?;
        let user = store::users::by_identity(&tx, &address.identity).await?;
        drop(tx);
        if let Some(user) = user {
            let services = self.clone();
            // Writing takes longer than not writing: nobody waits for it.
            tokio::spawn(async move {
                if let Err(error) = services.write_reset(&user).await {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "a link for a new password was not written"
                    );
                }
            });
        }
        Ok(())
    }

    async fn write_reset(&self, user: &UserRecord) -> Result<(), Error> {
        let now = self.now();
        let token = new_token()?;
        let purpose = Purpose::PasswordReset(&user.email_identity);
        let sealed = self
            .inner
            .vault
            .seal(&purpose, token.expose_secret().as_bytes())?;
        let tx = self.inner.store.write().await?;
        // Whoever asks for others fills no mailbox.
        let before = store::password_resets::made_since(&tx, user.id, now.plus(-Timestamp::HOUR)).await?;
        if before >= RESETS_AN_HOUR {
            return Ok(());
        }
        let hash = token_hash(token.expose_secret());
        let until = now.plus(RESET_LIFETIME);
        let reset = store::password_resets::insert(&tx, user.id, &hash, &sealed, now, until).await?;
        let details = serde_json::to_string(&ResetDetails { reset })?;
        store::mail::queue_for_user(&tx, MailKind::PasswordReset, user.id, &user.email, &details, now)
            .await?;
        tx.commit().await?;
        self.mail_is_due();
        Ok(())
    }

    /// The link of a stored reset, for its message.
    pub(crate) fn reset_link(&self, identity: &str, reset: &ResetRecord) -> Result<String, Error> {
        let purpose = Purpose::PasswordReset(identity);
        let token = self.inner.vault.unseal(&purpose, &reset.token_sealed)?;
        let token = String::from_utf8(token).map_err(|_| CryptoError::Open)?;
        Ok(format!("{}/reset-password/{token}", self.inner.public_url))
    }

    /// Whose password the link changes: their address. Refused when the link is over, used or none.
    pub async fn reset_of(&self, token: &str) -> Result<String, Error> {
        Ok(self.open_reset(token).await?.email)
    }

    async fn open_reset(&self, token: &str) -> Result<UserRecord, Error> {
        let tx = self.inner.store.read().await?;
        let reset = store::password_resets::by_token(&tx, &token_hash(token)).await?;
        let reset = reset
            .filter(|reset| self.now() < reset.expires_at)
            .ok_or_else(over)?;
        Ok(store::users::get(&tx, reset.user).await?.ok_or_else(over)?)
    }

    /// Sets a new password by a link, which then is used up, and ends every session of the person.
    pub async fn reset_password(
        &self,
        token: &str,
        new: &str,
        client: impl Into<Client>,
    ) -> Result<(), Error> {
        let user = self.open_reset(token).await?;
        let new = self.good_password("password", new, &user).await?;
        let lane: Lane = client.into().lane();
        let hash = self.inner.passwords.hash(&new, lane).await?;
        let tx = self.inner.store.write().await?;
        // Hashing takes long: the link may have been used meanwhile.
        let taken = store::password_resets::take(&tx, &token_hash(token), self.now()).await?;
        if taken != Some(user.id) {
            return Err(over().into());
        }
        let after = json!({ "by": "email" });
        self.replace_password(&tx, &user, &hash, Some(after)).await?;
        Ok(tx.commit().await?)
    }
}

fn over() -> Problem {
    Problem::new(
        ProblemCode::Expired,
        "This link has expired or was used already. Ask for a new one.",
    )
}
