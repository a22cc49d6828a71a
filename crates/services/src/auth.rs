//! Signing in and out, sessions, and who somebody is in an organization.

use crate::crypto::{new_token, token_hash};
use crate::{Actor, Error, Services};
use domain::limits::{SESSION_IDLE, SESSION_LIFETIME};
use domain::organization::{Me, OrganizationLink, Viewer};
use domain::{MemberStatus, Problem, ProblemCode, Timestamp, UserId, email, input};
use secrecy::{ExposeSecret, SecretString};
use store::WriteTx;
use store::audit::AuditRecord;

/// How long a use of a session goes unnoted, so that not every request writes.
const TOUCH_AFTER: i64 = Timestamp::MINUTE;

/// A session's secret, for the cookie. Its `Debug` form shows nothing.
#[derive(Clone, Debug)]
pub struct SessionToken(SecretString);

impl SessionToken {
    /// The text to put into the cookie.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// A session that is still good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who is signed in.
    pub user: UserId,
    /// When the session ends if it is not used.
    pub expires_at: Timestamp,
}

impl Services {
    /// Signs in with e-mail and password. `client` is where the request came from, for the rate limit.
    ///
    /// An unknown address and a wrong password get the same answer after the same work.
    pub async fn sign_in(&self, email: &str, password: &str, client: &str) -> Result<SessionToken, Error> {
        let identity = email::check(email.trim())
            .map(|email| email.identity)
            .unwrap_or_default();
        let attempt = self.inner.limiter.attempt(&identity, client, self.now())?;
        let tx = self.inner.store.read().await?;
        let user = store::users::by_identity(&tx, &identity).await?;
        drop(tx);
        let stored = user.as_ref().and_then(|user| user.password_hash.as_deref());
        let right = self.inner.passwords.verify(password, stored).await?;
        let Some(user) = user.filter(|_| right) else {
            return Err(Problem::new(
                ProblemCode::Unauthenticated,
                "The email or the password is wrong. Check both and try again.",
            )
            .into());
        };
        self.inner.limiter.succeeded(&attempt);
        let now = self.now();
        let tx = self.inner.store.write().await?;
        store::sessions::delete_expired(&tx, now).await?;
        store::users::record_sign_in(&tx, user.id, now).await?;
        let session = start_session(&tx, user.id, now).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Ends one session; one that has ended already is no failure.
    pub async fn sign_out(&self, token: &str) -> Result<(), Error> {
        let tx = self.inner.store.write().await?;
        store::sessions::delete(&tx, &token_hash(token)).await?;
        Ok(tx.commit().await?)
    }

    /// The session behind a cookie, if it is still good.
    pub async fn session(&self, token: &str) -> Result<Option<Session>, Error> {
        let now = self.now();
        let hash = token_hash(token);
        let tx = self.inner.store.read().await?;
        let found = store::sessions::by_token(&tx, &hash).await?;
        drop(tx);
        let Some(session) = found.filter(|session| now < session.expires_at) else {
            return Ok(None);
        };
        let mut expires_at = session.expires_at;
        if now.0 - session.last_seen_at.0 >= TOUCH_AFTER {
            expires_at = now
                .plus(SESSION_IDLE)
                .min(session.created_at.plus(SESSION_LIFETIME));
            let tx = self.inner.store.write().await?;
            store::sessions::touch(&tx, &hash, now, expires_at).await?;
            tx.commit().await?;
        }
        Ok(Some(Session {
            user: session.user,
            expires_at,
        }))
    }

    /// The signed-in person.
    pub async fn me(&self, user: UserId) -> Result<Me, Error> {
        let tx = self.inner.store.read().await?;
        let record = store::users::get(&tx, user).await?.ok_or_else(nobody)?;
        Ok(Me {
            name: record.name,
            email: record.email,
            organizations: store::organizations::links_of(&tx, user).await?,
        })
    }

    /// The person as a member of the organization in the URL; not found unless an active one.
    pub async fn actor(&self, user: UserId, slug: &str) -> Result<Actor, Error> {
        let tx = self.inner.store.read().await?;
        let record = store::users::get(&tx, user).await?.ok_or_else(nobody)?;
        let place = store::organizations::membership_of(&tx, user, slug)
            .await?
            .ok_or_else(no_organization)?;
        Ok(Actor {
            user,
            email: record.email,
            organization: place.organization,
            slug: place.slug,
            member: place.member,
            role: place.role,
        })
    }

    /// What the frame around each page of an organization needs.
    pub async fn viewer(&self, user: UserId, slug: &str) -> Result<Viewer, Error> {
        let tx = self.inner.store.read().await?;
        let record = store::users::get(&tx, user).await?.ok_or_else(nobody)?;
        let place = store::organizations::membership_of(&tx, user, slug)
            .await?
            .ok_or_else(no_organization)?;
        Ok(Viewer {
            me: Me {
                name: record.name,
                email: record.email,
                organizations: store::organizations::links_of(&tx, user).await?,
            },
            organization: OrganizationLink {
                slug: place.slug,
                name: place.name,
                role: place.role,
            },
            member: place.member,
            status: MemberStatus::Active,
        })
    }

    /// Changes the own password, ends every session of the person and starts a new one.
    pub async fn change_password(
        &self,
        user: UserId,
        current: &str,
        new: &str,
    ) -> Result<SessionToken, Error> {
        let new = input::password("new", new)?;
        let tx = self.inner.store.read().await?;
        let record = store::users::get(&tx, user).await?.ok_or_else(nobody)?;
        drop(tx);
        // Whoever found a session open must not be able to guess the password through it.
        let attempt = self
            .inner
            .limiter
            .attempt(&record.email_identity, "own password", self.now())?;
        if !self
            .inner
            .passwords
            .verify(current, record.password_hash.as_deref())
            .await?
        {
            return Err(
                Problem::invalid("current", "This is not your current password. Type it again.").into(),
            );
        }
        self.inner.limiter.succeeded(&attempt);
        let hash = self.inner.passwords.hash(&new).await?;
        let now = self.now();
        let tx = self.inner.store.write().await?;
        store::users::set_password(&tx, user, &hash).await?;
        store::sessions::delete_of_user(&tx, user).await?;
        let session = start_session(&tx, user, now).await?;
        let deed = AuditRecord {
            organization: None,
            at: now,
            actor: Some(user),
            actor_email: record.email.clone(),
            action: "user.password.change".to_owned(),
            target_kind: "user".to_owned(),
            target_id: Some(user.0),
            target_label: record.email,
            before: None,
            after: None,
        };
        store::audit::insert(&tx, deed).await?;
        tx.commit().await?;
        Ok(session)
    }
}

/// Starts a session of a person whose identity has been proven.
pub(crate) async fn start_session(tx: &WriteTx, user: UserId, now: Timestamp) -> Result<SessionToken, Error> {
    let token = new_token()?;
    let hash = token_hash(token.expose_secret());
    store::sessions::insert(tx, &hash, user, now, now.plus(SESSION_IDLE)).await?;
    Ok(SessionToken(token))
}

/// The account behind a session is gone.
pub(crate) fn nobody() -> Problem {
    Problem::new(
        ProblemCode::Unauthenticated,
        "Your session has ended. Sign in again.",
    )
}

fn no_organization() -> Problem {
    Problem::new(
        ProblemCode::NotFound,
        "This organization does not exist, or you are not an active member of it.",
    )
}
