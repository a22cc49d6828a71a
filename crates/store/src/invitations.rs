//! Invitations: who was asked in, and what became of it. The row in AI Access is the member's.

use crate::connection::{Conn, Inner, WriteTx};
use crate::entity::invitation;
use crate::error::{Result, known};
use domain::{MemberId, OrganizationId, Role, Timestamp, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use std::fmt;
use std::str::FromStr;

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    /// It can be accepted while its time lasts.
    Pending,
    /// It made a member.
    Accepted,
    /// It was withdrawn.
    Revoked,
    /// It was sent again, with another token.
    Replaced,
}

impl InvitationState {
    /// The name it is stored by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Revoked => "revoked",
            Self::Replaced => "replaced",
        }
    }
}

/// A stored state that is none.
#[derive(Debug, thiserror::Error)]
#[error("invitation state {0:?}")]
pub struct UnknownState(String);

impl FromStr for InvitationState {
    type Err = UnknownState;

    fn from_str(s: &str) -> Result<Self, UnknownState> {
        [Self::Pending, Self::Accepted, Self::Revoked, Self::Replaced]
            .into_iter()
            .find(|state| state.as_str() == s)
            .ok_or_else(|| UnknownState(s.to_owned()))
    }
}

/// An invitation as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationRecord {
    /// Which.
    pub id: i64,
    /// Who invites.
    pub organization: OrganizationId,
    /// Its row in AI Access; `None` once that is gone.
    pub member: Option<MemberId>,
    /// E-mail as it was typed.
    pub email: String,
    /// The form by which two addresses are the same person.
    pub email_identity: String,
    /// What the person may be called, as the inviter wrote it; often empty.
    pub name: String,
    /// The role it gives.
    pub role: Role,
    /// The token, sealed with a key that is not in the database, so that the link can be copied again.
    pub token_sealed: Vec<u8>,
    /// What became of it.
    pub state: InvitationState,
    /// Who invited.
    pub invited_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its time is over.
    pub expires_at: Timestamp,
}

impl fmt::Debug for InvitationRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvitationRecord")
            .field("id", &self.id)
            .field("organization", &self.organization)
            .field("member", &self.member)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// An invitation to make.
#[derive(Clone, Copy)]
pub struct NewInvitation<'a> {
    /// Its row in AI Access.
    pub member: MemberId,
    /// E-mail as it was typed.
    pub email: &'a str,
    /// The form by which two addresses are the same person.
    pub email_identity: &'a str,
    /// What the person may be called; may be empty.
    pub name: &'a str,
    /// The role it gives.
    pub role: Role,
    /// Hash of the token.
    pub token_hash: &'a [u8],
    /// The token, sealed.
    pub token_sealed: &'a [u8],
    /// Who invites.
    pub invited_by: UserId,
    /// When its time is over.
    pub expires_at: Timestamp,
}

fn record(row: invitation::Model) -> Result<InvitationRecord> {
    Ok(InvitationRecord {
        id: row.id,
        organization: OrganizationId(row.organization_id),
        member: row.member_id.map(MemberId),
        email: row.email,
        email_identity: row.email_identity,
        name: row.name,
        role: known("invitation.role", &row.role)?,
        token_sealed: row.token_sealed,
        state: known("invitation.state", &row.state)?,
        invited_by: row.invited_by.map(UserId),
        created_at: Timestamp(row.created_at),
        expires_at: Timestamp(row.expires_at),
    })
}

/// Makes a pending invitation. [`crate::Error::Constraint`] when the address has one already.
pub async fn insert(
    tx: &WriteTx,
    organization: OrganizationId,
    new: NewInvitation<'_>,
    now: Timestamp,
) -> Result<i64> {
    let row = invitation::ActiveModel {
        organization_id: Set(organization.0),
        member_id: Set(Some(new.member.0)),
        email: Set(new.email.to_owned()),
        email_identity: Set(new.email_identity.to_owned()),
        name: Set(new.name.to_owned()),
        role: Set(new.role.as_str().to_owned()),
        token_hash: Set(new.token_hash.to_vec()),
        token_sealed: Set(new.token_sealed.to_vec()),
        state: Set(InvitationState::Pending.as_str().to_owned()),
        invited_by: Set(Some(new.invited_by.0)),
        created_at: Set(now.0),
        expires_at: Set(new.expires_at.0),
        ..Default::default()
    };
    Ok(row.insert(tx.inner()).await?.id)
}

/// The invitation with this token, in whatever organization and state: who holds the token knows nothing else.
pub async fn by_token(conn: &impl Conn, token_hash: &[u8]) -> Result<Option<InvitationRecord>> {
    invitation::Entity::find()
        .filter(invitation::Column::TokenHash.eq(token_hash))
        .one(conn.inner())
        .await?
        .map(record)
        .transpose()
}

/// The latest invitation behind a row of AI Access, in whatever state.
pub async fn of_member(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
) -> Result<Option<InvitationRecord>> {
    invitation::Entity::find()
        .filter(invitation::Column::OrganizationId.eq(organization.0))
        .filter(invitation::Column::MemberId.eq(member.0))
        .order_by_desc(invitation::Column::Id)
        .one(conn.inner())
        .await?
        .map(record)
        .transpose()
}

/// Ends a pending invitation. False when it was not pending (any more).
pub async fn end(
    tx: &WriteTx,
    organization: OrganizationId,
    invitation: i64,
    state: InvitationState,
    now: Timestamp,
) -> Result<bool> {
    let mut update = invitation::Entity::update_many()
        .col_expr(invitation::Column::State, Expr::value(state.as_str()))
        .filter(invitation::Column::OrganizationId.eq(organization.0))
        .filter(invitation::Column::Id.eq(invitation))
        .filter(invitation::Column::State.eq(InvitationState::Pending.as_str()));
    match state {
        InvitationState::Accepted => {
            update = update.col_expr(invitation::Column::AcceptedAt, Expr::value(now.0));
        }
        InvitationState::Revoked | InvitationState::Replaced => {
            update = update.col_expr(invitation::Column::RevokedAt, Expr::value(now.0));
        }
        InvitationState::Pending => {}
    }
    Ok(update.exec(tx.inner()).await?.rows_affected == 1)
}

/// The invitations of somebody that can be accepted now, oldest first.
pub async fn open_of(
    conn: &impl Conn,
    organization: OrganizationId,
    invited_by: UserId,
    now: Timestamp,
) -> Result<Vec<InvitationRecord>> {
    invitation::Entity::find()
        .filter(invitation::Column::OrganizationId.eq(organization.0))
        .filter(invitation::Column::InvitedBy.eq(invited_by.0))
        .filter(invitation::Column::State.eq(InvitationState::Pending.as_str()))
        .filter(invitation::Column::ExpiresAt.gt(now.0))
        .order_by_asc(invitation::Column::Id)
        .all(conn.inner())
        .await?
        .into_iter()
        .map(record)
        .collect()
}

/// Whether an invitation that can be accepted now has this token and is behind this row.
pub async fn has_token(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<bool> {
    let found = by_token(conn, token_hash).await?;
    Ok(found.is_some_and(|invitation| {
        invitation.organization == organization
            && invitation.member == Some(member)
            && invitation.state == InvitationState::Pending
            && now < invitation.expires_at
    }))
}

/// Gives a pending invitation another role, when its row is given one; whoever does so answers for it from then on.
pub async fn set_role(
    tx: &WriteTx,
    organization: OrganizationId,
    member: MemberId,
    role: Role,
    by: UserId,
) -> Result<()> {
    invitation::Entity::update_many()
        .col_expr(invitation::Column::Role, Expr::value(role.as_str()))
        .col_expr(invitation::Column::InvitedBy, Expr::value(by.0))
        .filter(invitation::Column::OrganizationId.eq(organization.0))
        .filter(invitation::Column::MemberId.eq(member.0))
        .filter(invitation::Column::State.eq(InvitationState::Pending.as_str()))
        .exec(tx.inner())
        .await?;
    Ok(())
}
