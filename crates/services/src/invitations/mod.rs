//! Inviting people and accepting invitations.

mod accept;
mod link;

pub use accept::Accepted;
pub(crate) use accept::still_open;

use crate::as_of::{invitation_gone, keeping};
use crate::change::Change;
use crate::crypto::token_hash;
use crate::{Actor, Error, Services};
use domain::as_of::Kept;
use domain::audit::{AuditAction, AuditTarget};
use domain::invite::{Entry, InviteInput, InviteLine, InviteOutcome, InviteResult, Person, Reading, read};
use domain::limits::{INVITATION_LIFETIME, INVITE_ADDRESSES, INVITE_TEXT_BYTES};
use domain::{MemberId, MemberStatus, Problem, ProblemCode, Role, TeamRole};
use serde_json::json;
use store::invitations::{InvitationRecord, InvitationState};
use store::members::MemberRecord;

use link::Invited;

impl Services {
    /// Invites every address of the field; one outcome for each. For admins and owners, up to their own role.
    pub async fn invite(&self, actor: &Actor, input: &InviteInput) -> Result<InviteResult, Error> {
        let input = &input.check()?;
        let Reading { people, lines: read } = people(&input.emails)?;
        let content = (&input.emails, input.role, &input.teams);
        let request = self.idempotent("invite", &input.idempotency_key, &content)?;
        let change = self.administer(actor).await?;
        if let Some(answer) = request.answered(&change).await? {
            return change.still_open(answer).await;
        }
        change.may_give(input.role)?;
        change.teams_exist(&input.teams).await?;
        let mut lines = Vec::with_capacity(people.len());
        for Person { entry, name } in people {
            let (email, outcome) = match entry {
                Entry::Valid { text, identity } => {
                    let outcome = self.invite_one(&change, input, (&text, &identity), &name).await?;
                    (text, outcome)
                }
                Entry::Duplicate { text, .. } => (text, InviteOutcome::Duplicate),
                Entry::Invalid {
                    text,
                    reason,
                    character,
                } => {
                    let why = domain::email::EmailProblem { reason, character }.to_string();
                    (text, InviteOutcome::Invalid { why })
                }
            };
            lines.push(InviteLine { email, outcome });
        }
        let result = InviteResult { lines, read };
        request.remember(&change, &result).await?;
        change.commit().await?;
        self.mail_is_due();
        Ok(result)
    }

    pub(crate) async fn invite_one(
        &self,
        change: &Change,
        input: &InviteInput,
        (email, identity): (&str, &str),
        name: &str,
    ) -> Result<InviteOutcome, Error> {
        let (tx, organization, now) = (&change.tx, change.organization, change.now);
        if let Some(row) = store::members::by_identity(tx, organization, identity, now).await? {
            return Ok(match row.status {
                MemberStatus::Active | MemberStatus::Suspended => {
                    InviteOutcome::AlreadyMember { member: row.id }
                }
                MemberStatus::Invited | MemberStatus::Expired => InviteOutcome::AlreadyInvited {
                    member: row.id,
                    expired: row.status == MemberStatus::Expired,
                },
            });
        }
        let expires_at = now.plus(INVITATION_LIFETIME);
        let member =
            store::members::insert_invited(tx, organization, email, identity, input.role, expires_at, now)
                .await?;
        for team in &input.teams {
            store::teams::add(tx, organization, *team, member, TeamRole::Member).await?;
        }
        let link = self
            .new_link(
                change,
                Invited {
                    member,
                    email,
                    identity,
                    name,
                    role: input.role,
                    expires_at,
                },
            )
            .await?;
        change.mail_invitations(&[member]).await?;
        let after = json!({ "role": input.role, "teams": input.teams, "expires_at": expires_at.rfc3339() });
        change
            .audit(
                AuditAction::InvitationCreate,
                AuditTarget::Member(member),
                email,
                None,
                Some(after),
            )
            .await?;
        Ok(InviteOutcome::Invited {
            member,
            link,
            expires_at,
        })
    }

    /// The link of a pending invitation, to pass on. For admins and owners, up to their own role: with the link
    /// goes the role.
    pub async fn invitation_link(&self, actor: &Actor, member: MemberId) -> Result<String, Error> {
        let change = self.administer(actor).await?;
        let (record, invitation) = change.invitation(member).await?;
        if record.status == MemberStatus::Expired {
            return Err(Problem::new(
                ProblemCode::Expired,
                "This invitation has expired. Resend it to get a new link.",
            )
            .into());
        }
        let link = self.link_again(&invitation)?;
        let (action, target) = (AuditAction::InvitationLinkRead, AuditTarget::Member(member));
        change.audit(action, target, &record.email, None, None).await?;
        change.commit().await?;
        Ok(link)
    }

    /// Replaces the link by a new one with its full time; the old one stops working. For admins and owners, up to
    /// their own role.
    pub async fn resend(&self, actor: &Actor, member: MemberId) -> Result<String, Error> {
        let change = self.administer(actor).await?;
        let (record, invitation) = change.invitation(member).await?;
        let (tx, organization, now) = (&change.tx, change.organization, change.now);
        store::invitations::end(tx, organization, invitation.id, InvitationState::Replaced, now).await?;
        let expires_at = now.plus(INVITATION_LIFETIME);
        store::members::set_expiry(tx, organization, member, expires_at).await?;
        let link = self
            .new_link(
                &change,
                Invited {
                    member,
                    email: &record.email,
                    identity: &record.email_identity,
                    name: &invitation.name,
                    role: record.role,
                    expires_at,
                },
            )
            .await?;
        change.mail_invitations(&[member]).await?;
        change
            .audit(
                AuditAction::InvitationResend,
                AuditTarget::Member(member),
                &record.email,
                Some(keeping(
                    json!({ "expires_at": invitation.expires_at.rfc3339() }),
                    &Kept {
                        expires_at: record.expires_at,
                        ..Kept::default()
                    },
                )),
                Some(json!({ "expires_at": expires_at.rfc3339() })),
            )
            .await?;
        change.commit().await?;
        self.mail_is_due();
        Ok(link)
    }

    /// Withdraws an invitation. For admins and owners, up to their own role.
    pub async fn revoke(&self, actor: &Actor, member: MemberId) -> Result<(), Error> {
        let change = self.administer(actor).await?;
        change.withdraw(member).await?;
        change.commit().await
    }
}

impl Change {
    /// The answer that was given before, without the links that opened something then and open nothing now.
    async fn still_open(&self, mut before: InviteResult) -> Result<InviteResult, Error> {
        let (tx, organization, now) = (&self.tx, self.organization, self.now);
        for line in &mut before.lines {
            let InviteOutcome::Invited { member, link, .. } = &line.outcome else {
                continue;
            };
            let token = link.rsplit('/').next().unwrap_or_default();
            let hash = token_hash(token);
            if store::invitations::has_token(tx, organization, *member, &hash, now).await? {
                continue;
            }
            let row = store::members::get(tx, organization, *member, now).await?;
            line.outcome = match row {
                Some(row) if row.status.is_invitation() => InviteOutcome::AlreadyInvited {
                    member: row.id,
                    expired: row.status == MemberStatus::Expired,
                },
                Some(row) => InviteOutcome::AlreadyMember { member: row.id },
                None => InviteOutcome::Invalid {
                    why: "This invitation was revoked. Invite the address again.".to_owned(),
                },
            };
        }
        Ok(before)
    }

    /// Ends what somebody invited to above the role that they may still give; none is left to give when they are removed
    /// or suspended.
    pub(crate) async fn end_invitations_of(
        &self,
        inviter: &MemberRecord,
        left: Option<Role>,
    ) -> Result<(), Error> {
        let (tx, organization, now) = (&self.tx, self.organization, self.now);
        let Some(user) = inviter.user else {
            return Ok(());
        };
        for invitation in store::invitations::open_of(tx, organization, user, now).await? {
            if left.is_some_and(|role| role.may_give(invitation.role)) {
                continue;
            }
            let Some(member) = invitation.member else {
                continue;
            };
            store::invitations::end(tx, organization, invitation.id, InvitationState::Revoked, now).await?;
            let mut before = invitation_gone(tx, organization, member, now).await?;
            store::members::delete(tx, organization, member, now).await?;
            before["role"] = json!(invitation.role);
            before["invited_by"] = json!(inviter.email);
            self.audit(
                AuditAction::InvitationRevoke,
                AuditTarget::Member(member),
                &invitation.email,
                Some(before),
                None,
            )
            .await?;
        }
        Ok(())
    }

    /// Withdraws an invitation.
    pub(crate) async fn withdraw(&self, member: MemberId) -> Result<(), Error> {
        let (record, invitation) = self.invitation(member).await?;
        let (tx, organization, now) = (&self.tx, self.organization, self.now);
        store::invitations::end(tx, organization, invitation.id, InvitationState::Revoked, now).await?;
        let before = invitation_gone(tx, organization, member, now).await?;
        store::members::delete(tx, organization, member, now).await?;
        self.audit(
            AuditAction::InvitationRevoke,
            AuditTarget::Member(member),
            &record.email,
            Some(before),
            None,
        )
        .await
    }

    /// The invitation behind a row that the actor may change, pending or expired.
    async fn invitation(&self, member: MemberId) -> Result<(MemberRecord, InvitationRecord), Error> {
        let record = self.changeable(member).await?;
        let invitation = store::invitations::of_member(&self.tx, self.organization, member).await?;
        match invitation {
            Some(invitation) if record.status.is_invitation() => Ok((record, invitation)),
            Some(_) => Err(Problem::new(
                ProblemCode::AlreadyAccepted,
                "This invitation has already been accepted. The person is a member now.",
            )
            .into()),
            None => Err(Problem::not_found("invitation").into()),
        }
    }
}

/// What was pasted, if it is something and not too much.
fn people(text: &str) -> Result<Reading, Problem> {
    if text.len() > INVITE_TEXT_BYTES {
        return Err(Problem::invalid(
            "emails",
            format!(
                "The text is too long: at most {} KiB at once. Invite in several steps.",
                INVITE_TEXT_BYTES / 1024
            ),
        ));
    }
    let reading = read(text);
    match reading.people.len() {
        0 => Err(Problem::invalid("emails", "Enter at least one email address.")),
        n if n > INVITE_ADDRESSES => Err(Problem::invalid(
            "emails",
            format!(
                "{n} addresses: at most {INVITE_ADDRESSES} can be invited at once. Invite in several steps."
            ),
        )),
        _ => Ok(reading),
    }
}
