//! Whose account a person is who comes back from the provider.

use super::provider::{Asked, Person};
use super::refused;
use crate::actor::Principal;
use crate::as_of::{invitation_gone, keeping};
use crate::audit::{With, signed_in};
use crate::auth::SessionToken;
use crate::crypto::token_hash;
use crate::device::Client;
use crate::invitations::still_open;
use crate::{Error, Services};
use domain::as_of::Kept;
use domain::audit::{AuditAction, AuditTarget};
use domain::email::Email;
use domain::sign_on::domain_of;
use domain::{MemberId, MemberStatus, Problem, ProblemCode, Timestamp, UserId, email, input};
use serde_json::json;
use store::WriteTx;
use store::audit::AuditRecord;
use store::invitations::{InvitationRecord, InvitationState};
use store::members::NewMember;
use store::organizations::OrganizationRecord;
use store::sign_on::Identity;
use store::users::{NewUser, UserRecord};

/// One change: somebody comes in.
struct Arrival<'a> {
    services: &'a Services,
    tx: &'a WriteTx,
    place: &'a OrganizationRecord,
    asked: &'a Asked,
    person: &'a Person,
    now: Timestamp,
}

impl Services {
    /// Signs the person in: the account that the issuer knows by this subject, else one with the verified address, else a
    /// new one. `signed_in` is who was signed in as they began, and so may link an account that has more to lose.
    pub(super) async fn join(
        &self,
        place: &OrganizationRecord,
        asked: &Asked,
        person: Person,
        signed_in: Option<UserId>,
        client: &Client,
    ) -> Result<SessionToken, Error> {
        let now = self.now();
        let tx = self.inner.store.write().await?;
        tx.lock_organization(place.id).await?;
        let arrival = Arrival {
            services: self,
            tx: &tx,
            place,
            asked,
            person: &person,
            now,
        };
        let user = match store::sign_on::identity(&tx, &person.issuer, &person.subject).await? {
            Some(identity) => {
                let user = store::users::get(&tx, identity.user).await?.ok_or_else(unknown)?;
                arrival
                    .may_come_again(&user, identity.by_person, signed_in)
                    .await?;
                user
            }
            None => arrival.bound(signed_in).await?,
        };
        arrival.membership(&user).await?;
        store::sessions::delete_expired(&tx, now).await?;
        store::users::record_sign_in(&tx, user.id, now).await?;
        store::users::record_organization(&tx, user.id, place.id).await?;
        let session = self
            .start_session(&tx, user.id, &user.email_identity, client.agent(), now)
            .await?;
        store::sessions::set_sign_on(&tx, &token_hash(session.expose()), Some(place.id)).await?;
        arrival.note_sign_in(&user, client).await?;
        self.commit(tx).await?;
        tracing::info!(user = user.id.0, network = %client.address(), "signed in by single sign-on");
        Ok(session)
    }
}

impl Arrival<'_> {
    /// Tells it in this organization alone, which is the one that is locked.
    async fn note_sign_in(&self, user: &UserRecord, client: &Client) -> Result<(), Error> {
        let member = store::members::by_user(self.tx, self.place.id, user.id, self.now).await?;
        let Some(member) = member else {
            return Ok(());
        };
        let record = AuditRecord {
            after: Some(signed_in(With::SignOn, client)),
            ..self.record(user, AuditAction::SignIn, AuditTarget::SignIn(member.id))
        };
        Ok(store::audit::insert(self.tx, record).await?)
    }

    /// The account of somebody whom the issuer was not known to know; known from now on.
    async fn bound(&self, signed_in: Option<UserId>) -> Result<UserRecord, Error> {
        let address = self.address()?;
        let found = store::users::by_identity(self.tx, &address.identity).await?;
        let by_person = found.as_ref().is_some_and(|user| signed_in == Some(user.id));
        let user = match found {
            Some(user) if by_person => user,
            Some(user) => {
                self.may_link(&user).await?;
                user
            }
            None => self.new_account(&address).await?,
        };
        self.bind(&user, by_person).await?;
        Ok(user)
    }

    async fn bind(&self, user: &UserRecord, by_person: bool) -> Result<(), Error> {
        let identity = Identity {
            user: user.id,
            by_person,
        };
        let Person { issuer, subject, .. } = self.person;
        store::sign_on::bind(self.tx, issuer, subject, identity, self.now).await?;
        let (action, target) = (AuditAction::IdentityLink, AuditTarget::User(user.id));
        let record = AuditRecord {
            after: Some(json!({ "issuer": issuer })),
            ..self.record(user, action, target)
        };
        Ok(store::audit::insert(self.tx, record).await?)
    }

    /// What was linked on the provider's word opens this organization and no other. Once the account belongs to another
    /// one as well, its person has to link it.
    async fn may_come_again(
        &self,
        user: &UserRecord,
        by_person: bool,
        signed_in: Option<UserId>,
    ) -> Result<(), Error> {
        if by_person {
            return Ok(());
        }
        if signed_in == Some(user.id) {
            return self.bind(user, true).await;
        }
        if self.belongs_elsewhere(user).await? {
            return Err(link_first("Your account belongs to another organization as well.").into());
        }
        Ok(())
    }

    async fn belongs_elsewhere(&self, user: &UserRecord) -> Result<bool, Error> {
        let places = store::members::of_user(self.tx, user.id).await?;
        Ok(places.iter().any(|(place, _)| *place != self.place.id))
    }

    /// The address that the provider vouches for.
    fn address(&self) -> Result<Email, Problem> {
        let address = self.person.email.as_deref().ok_or_else(|| {
            refused("The provider did not send an email that it has verified, which it takes the first time.")
        })?;
        email::check(address).map_err(|_| refused("The provider sent an email that is not usable."))
    }

    /// Refuses to hand over an account on the word of this provider alone that reaches further than this organization, or
    /// administers it.
    async fn may_link(&self, user: &UserRecord) -> Result<(), Error> {
        let here = store::members::by_user(self.tx, self.place.id, user.id, self.now).await?;
        let administers = here.is_some_and(|member| member.role.administers());
        // The provider knows the account by another name: the address has a new holder.
        if store::sign_on::is_known(self.tx, &self.person.issuer, user.id).await? {
            return Err(link_first("Your email belonged to somebody else's account at the provider.").into());
        }
        if administers || self.belongs_elsewhere(user).await? {
            return Err(link_first("An account with your email was there before.").into());
        }
        Ok(())
    }

    async fn new_account(&self, address: &Email) -> Result<UserRecord, Error> {
        // Only who has a place to go gets an account.
        if self.invitation(&address.identity).await?.is_none() && !self.is_ours(&address.text) {
            return Err(not_ours(&self.place.name).into());
        }
        let new = NewUser {
            name: &self.name(address),
            email: &address.text,
            email_identity: &address.identity,
            password_hash: None,
        };
        let user = store::users::insert(self.tx, new, self.now).await?;
        Ok(store::users::get(self.tx, user).await?.ok_or_else(unknown)?)
    }

    /// What the provider calls them, if it can be shown; else the beginning of the address.
    fn name(&self, address: &Email) -> String {
        input::name("name", &self.person.name, "the name").unwrap_or_else(|_| {
            let local = address.text.split('@').next().unwrap_or_default();
            local.to_owned()
        })
    }

    fn is_ours(&self, address: &str) -> bool {
        domain_of(address).is_some_and(|domain| self.asked.domains.contains(&domain))
    }

    /// The row with this address that waits for somebody to accept it.
    async fn invitation(&self, identity: &str) -> Result<Option<(MemberId, InvitationRecord)>, Error> {
        let row = store::members::by_identity(self.tx, self.place.id, identity, self.now).await?;
        let Some(row) = row.filter(|row| row.status.is_invitation()) else {
            return Ok(None);
        };
        let invitation = store::invitations::of_member(self.tx, self.place.id, row.id).await?;
        match invitation {
            Some(invitation) if still_open(self.tx, &invitation, self.now).await? => {
                Ok(Some((row.id, invitation)))
            }
            _ => Ok(None),
        }
    }

    /// Sees to it that the person belongs to the organization: by the row they have, their invitation, or their domain.
    async fn membership(&self, user: &UserRecord) -> Result<(), Error> {
        let (tx, place, now) = (self.tx, self.place.id, self.now);
        if store::members::by_user(tx, place, user.id, now).await?.is_some() {
            return Ok(());
        }
        let (member, role, kept) = match self.invitation(&user.email_identity).await? {
            Some((member, invitation)) => {
                store::invitations::end(tx, place, invitation.id, InvitationState::Accepted, now).await?;
                let row = store::members::get(tx, place, member, now).await?;
                store::members::activate(tx, place, member, user.id, &user.name, Some(now)).await?;
                let kept = Kept {
                    expires_at: row.and_then(|row| row.expires_at),
                    ..Kept::default()
                };
                (member, invitation.role, kept)
            }
            None => {
                if !self.is_ours(&user.email) {
                    return Err(not_ours(&self.place.name).into());
                }
                // An invitation that has run out makes way.
                if let Some(row) = store::members::by_identity(tx, place, &user.email_identity, now).await? {
                    let open = store::invitations::of_member(tx, place, row.id).await?;
                    if let Some(open) = open {
                        store::invitations::end(tx, place, open.id, InvitationState::Revoked, now).await?;
                    }
                    let record = AuditRecord {
                        before: Some(invitation_gone(tx, place, row.id, now).await?),
                        ..self.record(user, AuditAction::InvitationRevoke, AuditTarget::Member(row.id))
                    };
                    store::members::delete(tx, place, row.id, now).await?;
                    store::audit::insert(tx, record).await?;
                }
                let kept = Kept {
                    absent: true,
                    ..Kept::default()
                };
                (self.member(user).await?, self.asked.role, kept)
            }
        };
        let (action, target) = (AuditAction::MemberJoin, AuditTarget::Member(member));
        let before = match kept.absent {
            true => json!({}),
            false => json!({ "status": MemberStatus::Invited, "name": "" }),
        };
        let record = AuditRecord {
            before: Some(keeping(before, &kept)),
            after: Some(json!({ "role": role, "issuer": self.person.issuer })),
            ..self.record(user, action, target)
        };
        Ok(store::audit::insert(tx, record).await?)
    }

    async fn member(&self, user: &UserRecord) -> Result<MemberId, Error> {
        let new = NewMember {
            user: user.id,
            name: &user.name,
            email: &user.email,
            email_identity: &user.email_identity,
            role: self.asked.role,
            last_login: Some(self.now),
        };
        Ok(store::members::insert_active(self.tx, self.place.id, new, self.now).await?)
    }

    fn record(&self, user: &UserRecord, action: AuditAction, target: AuditTarget) -> AuditRecord {
        let principal = Principal::Account {
            user: user.id,
            email: user.email.clone(),
        };
        principal.record(
            Some(self.place.id),
            self.services.now(),
            action,
            target,
            &user.email,
        )
    }
}

fn unknown() -> Problem {
    refused("Your account is gone.")
}

fn link_first(why: &str) -> Problem {
    Problem::new(
        ProblemCode::WrongAccount,
        format!("{why} Sign in with its password once to link it to single sign-on."),
    )
}

fn not_ours(organization: &str) -> Problem {
    Problem::new(
        ProblemCode::Forbidden,
        format!(
            "Your email is not in a domain of {organization}, and has no open invitation. Ask one of its admins to invite you."
        ),
    )
}
