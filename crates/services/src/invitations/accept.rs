//! The other end of an invitation: what its link shows, and accepting it.

use crate::actor::Principal;
use crate::as_of::keeping;
use crate::auth::nobody;
use crate::crypto::{check_strength, token_hash};
use crate::device::Client;
use crate::{Error, Services, SessionToken};
use domain::as_of::Kept;
use domain::audit::{AuditAction, AuditTarget};
use domain::input::{self, Findings};
use domain::invite::{AcceptInput, InvitationView, InvitedAccount};
use domain::{MemberStatus, Problem, ProblemCode, Timestamp, UserId};
use serde_json::json;
use store::Conn;
use store::audit::AuditRecord;
use store::invitations::{InvitationRecord, InvitationState};
use store::users::{NewUser, UserRecord};

/// An accepted invitation.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The organization that was joined.
    pub slug: String,
    /// A session for a person who was not signed in.
    pub session: Option<SessionToken>,
}

/// What is asked for: to accept an invitation of an organization, with what was typed, from somewhere.
#[derive(Clone, Copy)]
struct Asks<'a> {
    invitation: &'a InvitationRecord,
    organization: &'a str,
    input: &'a AcceptInput,
    client: &'a Client,
}

/// Who accepts, after whatever proof it took.
enum Who {
    /// Signed in with the invited address.
    SignedIn(UserRecord),
    /// Not signed in, but knows the account's password.
    Known(UserRecord),
    /// Has no account yet: name and password hash of the new one.
    New(String, String),
}

impl Services {
    /// What the page behind a link shows.
    pub async fn invitation(&self, token: &str, signed_in: Option<UserId>) -> Result<InvitationView, Error> {
        let tx = self.inner.store.read().await?;
        let Some(invitation) = store::invitations::by_token(&tx, &token_hash(token)).await? else {
            return Ok(InvitationView::Unknown);
        };
        let Some(organization) = store::organizations::get(&tx, invitation.organization).await? else {
            return Ok(InvitationView::Unknown);
        };
        let organization = organization.name;
        Ok(match invitation.state {
            InvitationState::Replaced => InvitationView::Unknown,
            InvitationState::Accepted => InvitationView::Used { organization },
            InvitationState::Revoked => InvitationView::Revoked { organization },
            InvitationState::Pending if over(&invitation, self.now()) => {
                InvitationView::Expired { organization }
            }
            InvitationState::Pending if !inviter_stands(&tx, &invitation, self.now()).await? => {
                InvitationView::Revoked { organization }
            }
            InvitationState::Pending => InvitationView::Open {
                organization,
                account: account(&tx, &invitation, signed_in).await?,
                email: invitation.email,
                name: invitation.name,
                role: invitation.role,
                expires_at: invitation.expires_at,
            },
        })
    }

    /// Accepts an invitation. `client` is where the request came from, for the rate limit of passwords.
    pub async fn accept(
        &self,
        token: &str,
        input: &AcceptInput,
        signed_in: Option<UserId>,
        client: impl Into<Client>,
    ) -> Result<Accepted, Error> {
        let client = client.into();
        let hash = token_hash(token);
        let tx = self.inner.store.read().await?;
        let invitation = open(&tx, &hash, self.now()).await?;
        let account = match signed_in {
            Some(user) => Some(store::users::get(&tx, user).await?.ok_or_else(nobody)?),
            None => store::users::by_identity(&tx, &invitation.email_identity).await?,
        };
        let organization = store::organizations::get(&tx, invitation.organization)
            .await?
            .ok_or_else(unknown)?;
        // Hashing takes long: not within a transaction.
        drop(tx);
        let asks = Asks {
            invitation: &invitation,
            organization: &organization.name,
            input,
            client: &client,
        };
        let who = self.prove(asks, account, signed_in.is_some()).await?;

        let now = self.now();
        let tx = self.inner.store.write().await?;
        tx.lock_organization(invitation.organization).await?;
        // Somebody else may have accepted, revoked or resent it meanwhile.
        let invitation = open(&tx, &hash, now).await?;
        let organization = store::organizations::get(&tx, invitation.organization)
            .await?
            .ok_or_else(unknown)?;
        let member = invitation.member.ok_or_else(unknown)?;
        let (user, name, signs_in, last_login) = match who {
            Who::SignedIn(user) => (user.id, user.name, false, user.last_login),
            Who::Known(user) => (user.id, user.name, true, Some(now)),
            Who::New(name, password_hash) => {
                let identity = &invitation.email_identity;
                if store::users::by_identity(&tx, identity).await?.is_some() {
                    return Err(Problem::new(
                        ProblemCode::Conflict,
                        "An account with this address has just been made. Load this page again and use its password.",
                    )
                    .into());
                }
                let new = NewUser {
                    name: &name,
                    email: &invitation.email,
                    email_identity: identity,
                    password_hash: Some(&password_hash),
                };
                (store::users::insert(&tx, new, now).await?, name, true, Some(now))
            }
        };
        store::invitations::end(
            &tx,
            organization.id,
            invitation.id,
            InvitationState::Accepted,
            now,
        )
        .await?;
        let row = store::members::get(&tx, organization.id, member, now).await?;
        let kept = Kept {
            expires_at: row.and_then(|row| row.expires_at),
            ..Kept::default()
        };
        store::members::activate(&tx, organization.id, member, user, &name, last_login).await?;
        let record = AuditRecord {
            before: Some(keeping(json!({ "status": "invited", "name": "" }), &kept)),
            after: Some(json!({ "status": "active", "role": invitation.role, "name": name })),
            ..Principal::Account {
                user,
                email: invitation.email.clone(),
            }
            .record(
                Some(organization.id),
                now,
                AuditAction::InvitationAccept,
                AuditTarget::Member(member),
                &invitation.email,
            )
        };
        store::audit::insert(&tx, record).await?;
        let session = if signs_in {
            store::users::record_sign_in(&tx, user, now).await?;
            let identity = &invitation.email_identity;
            Some(
                self.start_session(&tx, user, identity, client.agent(), now)
                    .await?,
            )
        } else {
            None
        };
        self.commit(tx).await?;
        Ok(Accepted {
            slug: organization.slug,
            session,
        })
    }

    /// Makes sure that whoever accepts is the person who was invited.
    async fn prove(
        &self,
        asks: Asks<'_>,
        account: Option<UserRecord>,
        signed_in: bool,
    ) -> Result<Who, Error> {
        let Asks {
            invitation,
            organization,
            input,
            client,
        } = asks;
        match account {
            Some(user) if signed_in && user.email_identity == invitation.email_identity => Ok(Who::SignedIn(user)),
            Some(user) if signed_in => Err(Problem::new(
                ProblemCode::WrongAccount,
                format!(
                    "This invitation is for {}, and you are signed in as {}. Sign out and open the link again.",
                    invitation.email, user.email
                ),
            )
            .into()),
            Some(user) => {
                let (identity, stored) = (&user.email_identity, user.password_hash.as_deref());
                if !self.try_password(identity, client, &input.password, stored).await? {
                    return Err(Problem::invalid(
                        "password",
                        format!("This is not the password of the account {}. Type it again.", user.email),
                    )
                    .into());
                }
                // The link is no way around the second step of signing in.
                if self.code_due(&user).await?.is_some() {
                    return Err(Problem::new(
                        ProblemCode::WrongAccount,
                        format!("{} has a second factor. Sign in first, then open this link again.", user.email),
                    )
                    .into());
                }
                Ok(Who::Known(user))
            }
            None => {
                let mut found = Findings::default();
                let name = found.keep(input::name("name", &input.name, "your name"));
                let password = found.keep(input::password("password", &input.password));
                let (name, password) = found.finish((name, password))?;
                check_strength("password", &password, &[&invitation.email, &name, organization])?;
                let hash = self.inner.passwords.hash(&password, client.lane()).await?;
                Ok(Who::New(name, hash))
            }
        }
    }
}

/// The invitation with this token, if it can be accepted now.
async fn open(conn: &impl Conn, token_hash: &[u8], now: Timestamp) -> Result<InvitationRecord, Error> {
    let invitation = store::invitations::by_token(conn, token_hash)
        .await?
        .ok_or_else(unknown)?;
    let (code, message) = match invitation.state {
        InvitationState::Replaced => return Err(unknown().into()),
        InvitationState::Accepted => (
            ProblemCode::AlreadyAccepted,
            "This invitation has already been accepted. Sign in to continue.",
        ),
        InvitationState::Revoked => (
            ProblemCode::Revoked,
            "This invitation was revoked. Ask the person who invited you for a new one.",
        ),
        InvitationState::Pending if over(&invitation, now) => (
            ProblemCode::Expired,
            "This invitation has expired. Ask the person who invited you for a new one.",
        ),
        InvitationState::Pending if !inviter_stands(conn, &invitation, now).await? => (
            ProblemCode::Revoked,
            "The person who invited you can no longer grant this role. Ask the organization for a new invitation.",
        ),
        InvitationState::Pending => return Ok(invitation),
    };
    Err(Problem::new(code, message).into())
}

/// Whether an invitation can be accepted now.
pub(crate) async fn still_open(
    conn: &impl Conn,
    invitation: &InvitationRecord,
    now: Timestamp,
) -> Result<bool, Error> {
    let pending = invitation.state == InvitationState::Pending && !over(invitation, now);
    Ok(pending && inviter_stands(conn, invitation, now).await?)
}

/// Whether whoever invited may still give the role. It is the invitation's fence behind ending it with its inviter: that
/// happens in another transaction, perhaps at the same time.
async fn inviter_stands(
    conn: &impl Conn,
    invitation: &InvitationRecord,
    now: Timestamp,
) -> Result<bool, Error> {
    let Some(inviter) = invitation.invited_by else {
        return Ok(false);
    };
    let inviter = store::members::by_user(conn, invitation.organization, inviter, now).await?;
    Ok(inviter.is_some_and(|inviter| {
        inviter.status == MemberStatus::Active && inviter.role.may_give(invitation.role)
    }))
}

fn over(invitation: &InvitationRecord, now: Timestamp) -> bool {
    now >= invitation.expires_at
}

fn unknown() -> Problem {
    Problem::new(
        ProblemCode::NotFound,
        "This link has no invitation, or a newer one has replaced it. Use the latest link you were given.",
    )
}

async fn account(
    conn: &impl Conn,
    invitation: &InvitationRecord,
    signed_in: Option<UserId>,
) -> Result<InvitedAccount, Error> {
    if let Some(user) = signed_in
        && let Some(user) = store::users::get(conn, user).await?
    {
        return Ok(if user.email_identity == invitation.email_identity {
            InvitedAccount::SignedIn
        } else {
            InvitedAccount::Other {
                signed_in: user.email,
            }
        });
    }
    Ok(
        match store::users::by_identity(conn, &invitation.email_identity).await? {
            Some(_) => InvitedAccount::Existing,
            None => InvitedAccount::New,
        },
    )
}
