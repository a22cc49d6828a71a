//! Signing in and out, sessions, and who somebody is in an organization.

use crate::access_requests::waiting_for;
use crate::audit::{With, Wrong, lock_places};
use crate::crypto::{new_token, token_hash};
use crate::device::{Client, Lane, new_device};
use crate::mail::SignInDetails;
use crate::reviews::reviews_waiting;
use crate::second_factor::prove_second_factor;
use crate::{Actor, Error, Services};
use domain::limits::SESSION_IDLE;
use domain::organization::{Me, OrganizationLink, Viewer};
use domain::{MemberStatus, OrganizationId, Problem, ProblemCode, Timestamp, UserId, email, slug};
use secrecy::{ExposeSecret, SecretString};
use store::mail::MailKind;
use store::organizations::Membership;
use store::sessions::SessionRecord;
use store::users::UserRecord;
use store::{ReadTx, WriteTx};

/// How long a use of a session goes unnoted, so that not every request writes.
const TOUCH_AFTER: i64 = Timestamp::MINUTE;

/// A session's secret, for the cookie. Its `Debug` form shows nothing.
#[derive(Clone, Debug)]
pub struct SessionToken {
    session: SecretString,
    device: SecretString,
}

impl SessionToken {
    /// The text to put into the cookie.
    pub fn expose(&self) -> &str {
        self.session.expose_secret()
    }

    /// What the browser is to show when it signs the person in again: others' wrong tries then do not delay it.
    pub fn device(&self) -> &str {
        self.device.expose_secret()
    }
}

/// A session that is still good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who is signed in.
    pub user: UserId,
    /// When the session ends if it is not used.
    pub expires_at: Timestamp,
    /// The organization whose provider of single sign-on signed them in, if one did.
    pub sign_on: Option<OrganizationId>,
}

/// Who asks to be let into an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker {
    /// The account.
    pub(crate) user: UserId,
    /// The organization whose provider of single sign-on vouches for them, if one does.
    pub(crate) sign_on: Option<OrganizationId>,
}

impl From<Session> for Asker {
    fn from(session: Session) -> Self {
        Self {
            user: session.user,
            sign_on: session.sign_on,
        }
    }
}

/// Somebody who signed in with a password.
impl From<UserId> for Asker {
    fn from(user: UserId) -> Self {
        Self { user, sign_on: None }
    }
}

impl Services {
    /// Signs in with e-mail and password. `client` is where the request came from, for the rate limit.
    ///
    /// An unknown address and a wrong password get the same answer after the same work. [`Error::CodeDue`] where the account
    /// has a second factor: the password alone gives no session.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        client: impl Into<Client>,
    ) -> Result<SessionToken, Error> {
        let client = client.into();
        let identity = email::check(email.trim())
            .map(|email| email.identity)
            .unwrap_or_default();
        let tx = self.inner.store.read().await?;
        let user = store::users::by_identity(&tx, &identity).await?;
        drop(tx);
        let stored = user.as_ref().and_then(|user| user.password_hash.as_deref());
        let tried = self.try_password(&identity, &client, password, stored).await;
        if let Some(user) = &user
            && matches!(tried, Ok(false) | Err(Error::Problem(_)))
        {
            self.sign_in_failed(user.id, Wrong::Password, &client);
        }
        let right = tried?;
        let Some(user) = user.filter(|_| right) else {
            return Err(Problem::new(
                ProblemCode::Unauthenticated,
                "The email or the password is wrong. Check both and try again.",
            )
            .into());
        };
        let tx = self.inner.store.read().await?;
        let required = store::sign_on::required_of(&tx, user.id).await?;
        drop(tx);
        if let Some(organization) = required {
            return Err(Problem::new(
                ProblemCode::Forbidden,
                format!("{organization} requires single sign-on. Choose “Continue with single sign-on”."),
            )
            .into());
        }
        if let Some(attempt) = self.code_due(&user).await? {
            return Err(Error::CodeDue(attempt));
        }
        self.complete_sign_in(&user, With::Password, &client).await
    }

    /// Signs in whoever has proven all that their account asks for.
    pub(crate) async fn complete_sign_in(
        &self,
        user: &UserRecord,
        with: With,
        client: &Client,
    ) -> Result<SessionToken, Error> {
        let now = self.now();
        let known = client
            .device_of(&self.inner.vault, &user.email_identity)
            .is_some();
        let tx = self.inner.store.write().await?;
        lock_places(&tx, &[user.id]).await?;
        store::sessions::delete_expired(&tx, now).await?;
        store::users::record_sign_in(&tx, user.id, now).await?;
        let session = self
            .start_session(&tx, user.id, &user.email_identity, client.agent(), now)
            .await?;
        if !known && self.mail_is_set_up() {
            let from = client.address().to_string();
            let details = serde_json::to_string(&SignInDetails { at: now, from })?;
            store::mail::queue_for_user(&tx, MailKind::NewSignIn, user.id, &user.email, &details, now)
                .await?;
        }
        self.note_sign_in(&tx, user, with, client).await?;
        tx.commit().await?;
        self.mail_is_due();
        Ok(session)
    }

    /// Whether the password is the stored one, after whatever wait earlier wrong ones make.
    pub(crate) async fn try_password(
        &self,
        identity: &str,
        client: &Client,
        password: &str,
        stored: Option<&str>,
    ) -> Result<bool, Error> {
        let inner = &self.inner;
        let device = client.device_of(&inner.vault, identity);
        let attempt = inner.limiter.attempt(identity, client, device, self.now())?;
        if attempt.wait > 0 {
            inner.clock.wait(attempt.wait).await;
        }
        let lane = attempt.known.map_or(client.lane(), Lane::Known);
        let checked = inner.passwords.verify(password, stored, lane).await;
        match checked {
            Ok(true) => inner.limiter.succeeded(&attempt),
            Ok(false) => {}
            Err(_) => inner.limiter.not_made(&attempt),
        }
        checked
    }

    /// Starts a session of a person whose identity has been proven.
    pub(crate) async fn start_session(
        &self,
        tx: &WriteTx,
        user: UserId,
        identity: &str,
        agent: &str,
        now: Timestamp,
    ) -> Result<SessionToken, Error> {
        let session = new_token()?;
        let hash = token_hash(session.expose_secret());
        store::sessions::insert(tx, &hash, user, agent, now, now.plus(SESSION_IDLE)).await?;
        let device = new_device(&self.inner.vault, identity)?;
        Ok(SessionToken { session, device })
    }

    /// Ends one session; one that has ended already is no failure.
    pub async fn sign_out(&self, token: &str) -> Result<(), Error> {
        self.unless_away(async {
            let tx = self.inner.store.write().await?;
            store::sessions::delete(&tx, &token_hash(token)).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// The session behind a cookie, if it is still good.
    pub async fn session(&self, token: &str) -> Result<Option<Session>, Error> {
        let now = self.now();
        let hash = token_hash(token);
        let Some(session) = self.good_session(&hash, now).await? else {
            return Ok(None);
        };
        let mut expires_at = session.ends_at();
        if now.0 - session.last_seen_at.0 >= TOUCH_AFTER {
            expires_at = session.policy.end(session.created_at, now);
            let noted = self
                .note(async |tx| store::sessions::touch(tx, &hash, now, expires_at).await)
                .await;
            if !noted {
                expires_at = session.ends_at();
            }
        }
        Ok(Some(Session {
            user: session.user,
            expires_at,
            sign_on: session.sign_on,
        }))
    }

    /// Whether a session is good. Other than [`Services::session`] this is no use of it: a page that is only open does
    /// not keep it from ending.
    pub(crate) async fn is_session_good(&self, hash: &[u8]) -> Result<bool, Error> {
        Ok(self.good_session(hash, self.now()).await?.is_some())
    }

    async fn good_session(&self, hash: &[u8], now: Timestamp) -> Result<Option<SessionRecord>, Error> {
        let tx = self.inner.store.read().await?;
        let found = store::sessions::by_token(&tx, hash).await?;
        Ok(found.filter(|session| now < session.ends_at()))
    }

    /// Writes down what was noticed while somebody reads, and whether that went well. What they read does not depend on
    /// it: a full disk must not keep people from what is there.
    pub(crate) async fn note(&self, write: impl AsyncFnOnce(&WriteTx) -> store::Result<()>) -> bool {
        let written = async {
            let tx = self.inner.store.write().await?;
            write(&tx).await?;
            tx.commit().await
        };
        match written.await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a note was not written");
                false
            }
        }
    }

    /// The signed-in person.
    pub async fn me(&self, user: UserId) -> Result<Me, Error> {
        let tx = self.inner.store.read().await?;
        let record = store::users::get(&tx, user).await?.ok_or_else(nobody)?;
        me(&tx, record).await
    }

    /// The person as a member of the organization in the URL; not found unless they are one, refused while suspended and
    /// while the organization demands a second factor of them.
    pub async fn actor(&self, asker: impl Into<Asker>, slug: &str) -> Result<Actor, Error> {
        let asker = asker.into();
        let user = asker.user;
        let tx = self.inner.store.read().await?;
        let record = store::users::get(&tx, user).await?.ok_or_else(nobody)?;
        let place = place(&tx, asker, slug).await?;
        Ok(Actor {
            user,
            email: record.email,
            organization: place.organization,
            slug: place.slug,
            member: place.member,
            role: place.role,
        })
    }

    /// What the frame around each page of an organization needs. Refused as by [`Services::actor`].
    pub async fn viewer(&self, asker: impl Into<Asker>, slug: &str) -> Result<Viewer, Error> {
        let asker = asker.into();
        let user = asker.user;
        let tx = self.inner.store.read().await?;
        let record = store::users::get(&tx, user).await?.ok_or_else(nobody)?;
        let place = place(&tx, asker, slug).await?;
        let before = record.last_organization;
        let actor = Actor {
            user,
            email: record.email.clone(),
            organization: place.organization,
            slug: place.slug.clone(),
            member: place.member,
            role: place.role,
        };
        let waiting = waiting_for(&tx, &actor, self.now()).await?;
        let reviews = reviews_waiting(&tx, &actor, self.now()).await?;
        let views = match actor.role.reads_admin_side() {
            true => store::views::of_member(&tx, actor.organization, actor.member).await?,
            false => Vec::new(),
        };
        let me = me(&tx, record).await?;
        drop(tx);
        if before != Some(place.organization) {
            self.note(async |tx| store::users::record_organization(tx, user, place.organization).await)
                .await;
        }
        Ok(Viewer {
            me,
            organization: OrganizationLink {
                slug: place.slug,
                name: place.name,
                role: place.role,
            },
            member: place.member,
            status: MemberStatus::Active,
            waiting,
            reviews,
            mail: self.mail_is_set_up(),
            views,
        })
    }
}

/// The person with where signing in leads to: where they were last, else where their role is highest.
async fn me(tx: &ReadTx, record: UserRecord) -> Result<Me, Error> {
    let organizations = store::organizations::links_of(tx, record.id).await?;
    let last = match record.last_organization {
        Some(last) => store::organizations::get(tx, last).await?,
        None => None,
    };
    let still_there = last.map(|last| last.slug).filter(|slug| {
        organizations
            .iter()
            .any(|organization| organization.slug == *slug)
    });
    // The first by name of those with the same role.
    let highest = organizations
        .iter()
        .rev()
        .max_by_key(|organization| organization.role);
    let suspended = store::organizations::suspended_in(tx, record.id).await?;
    Ok(Me {
        suspended: suspended.into_iter().map(|(_, name)| name).collect(),
        home: still_there.or_else(|| highest.map(|organization| organization.slug.clone())),
        name: record.name,
        email: record.email,
        organizations,
    })
}

/// The person's place in the organization of the URL.
async fn place(tx: &ReadTx, asker: Asker, slug: &str) -> Result<Membership, Error> {
    let user = asker.user;
    // What is no slug, such as a text with a NUL, names no organization.
    if slug::check(slug).is_err() {
        return Err(no_organization().into());
    }
    if let Some(place) = store::organizations::membership_of(tx, user, slug).await? {
        prove_second_factor(tx, asker, &place).await?;
        return Ok(place);
    }
    // That they are suspended there is told to them, and to nobody else.
    let suspended = store::organizations::suspended_in(tx, user).await?;
    let here = suspended.into_iter().find(|(suspended, _)| suspended == slug);
    Err(here
        .map_or_else(no_organization, |(_, name)| suspended_here(&name))
        .into())
}

/// The account behind a session is gone.
pub(crate) fn nobody() -> Problem {
    Problem::new(
        ProblemCode::Unauthenticated,
        "Your session has ended. Sign in again.",
    )
}

fn suspended_here(organization: &str) -> Problem {
    Problem::new(
        ProblemCode::Forbidden,
        format!(
            "Your access to {organization} is suspended. Ask one of its owners or admins to reactivate you."
        ),
    )
}

fn no_organization() -> Problem {
    Problem::new(
        ProblemCode::NotFound,
        "This organization does not exist, or you are not an active member of it.",
    )
}
