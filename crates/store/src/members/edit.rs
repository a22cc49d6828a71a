//! One row at a time, as use cases change it.

use crate::collation::sort_key;
use crate::connection::{Conn, Inner, WriteTx};
use crate::entity::{member, virtual_key};
use crate::error::Result;
use crate::keys;
use crate::members::counts::{Affected, refresh_allowed};
use crate::members::record::of;
use domain::search::search_text;
use domain::{MemberId, MemberStatus, OrganizationId, Role, Timestamp, UserId};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, UpdateMany,
};

/// A row to make for a person with an account.
#[derive(Clone, Copy, Debug)]
pub struct NewMember<'a> {
    /// Whose account.
    pub user: UserId,
    /// Display name.
    pub name: &'a str,
    /// E-mail as it was typed.
    pub email: &'a str,
    /// The form by which two addresses are the same person.
    pub email_identity: &'a str,
    /// Organization role.
    pub role: Role,
    /// Last sign-in.
    pub last_login: Option<Timestamp>,
}

fn change(organization: OrganizationId, member: MemberId) -> UpdateMany<member::Entity> {
    member::Entity::update_many()
        .filter(member::Column::OrganizationId.eq(organization.0))
        .filter(member::Column::Id.eq(member.0))
}

/// Makes the row of an active member. [`crate::Error::Constraint`] when the address has a row.
pub async fn insert_active(
    tx: &WriteTx,
    organization: OrganizationId,
    new: NewMember<'_>,
    now: Timestamp,
) -> Result<MemberId> {
    let row = member::ActiveModel {
        organization_id: Set(organization.0),
        user_id: Set(Some(new.user.0)),
        email: Set(new.email.to_owned()),
        email_identity: Set(new.email_identity.to_owned()),
        name: Set(new.name.to_owned()),
        name_key: Set(name_key(new.name)),
        role: Set(new.role.as_str().to_owned()),
        status: Set(MemberStatus::Active.as_str().to_owned()),
        last_login_at: Set(new.last_login.map(|t| t.0)),
        search_text: Set(search_text(new.name, new.email, &[])),
        created_at: Set(now.0),
        ..Default::default()
    };
    Ok(MemberId(row.insert(tx.inner()).await?.id))
}

/// Makes the row of an invitation. [`crate::Error::Constraint`] when the address has a row.
pub async fn insert_invited(
    tx: &WriteTx,
    organization: OrganizationId,
    email: &str,
    email_identity: &str,
    role: Role,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<MemberId> {
    let row = member::ActiveModel {
        organization_id: Set(organization.0),
        email: Set(email.to_owned()),
        email_identity: Set(email_identity.to_owned()),
        name: Set(String::new()),
        role: Set(role.as_str().to_owned()),
        status: Set(MemberStatus::Invited.as_str().to_owned()),
        expires_at: Set(Some(expires_at.0)),
        search_text: Set(search_text("", email, &[])),
        created_at: Set(now.0),
        ..Default::default()
    };
    Ok(MemberId(row.insert(tx.inner()).await?.id))
}

pub(crate) fn name_key(name: &str) -> Option<Vec<u8>> {
    (!name.is_empty()).then(|| sort_key(name))
}

/// Turns an invitation's row into that of an active member; its teams stay. False when it is no invitation.
pub async fn activate(
    tx: &WriteTx,
    organization: OrganizationId,
    member: MemberId,
    user: UserId,
    name: &str,
    last_login: Option<Timestamp>,
) -> Result<bool> {
    let done = change(organization, member)
        .filter(member::Column::Status.eq(MemberStatus::Invited.as_str()))
        .col_expr(member::Column::UserId, Expr::value(user.0))
        .col_expr(member::Column::Name, Expr::value(name))
        .col_expr(member::Column::NameKey, Expr::value(name_key(name)))
        .col_expr(member::Column::Status, Expr::value(MemberStatus::Active.as_str()))
        .col_expr(member::Column::ExpiresAt, Expr::value(None::<i64>))
        .col_expr(member::Column::LastLoginAt, Expr::value(last_login.map(|t| t.0)))
        .col_expr(member::Column::Version, Expr::col(member::Column::Version).add(1))
        .exec(tx.inner())
        .await?;
    refresh(tx, organization, member).await?;
    // What the row's teams carry counts from now on.
    refresh_allowed(tx, organization, Affected::Member(member)).await?;
    Ok(done.rows_affected == 1)
}

/// Sets the role and counts the version up. False when the row is gone.
pub async fn set_role(
    tx: &WriteTx,
    organization: OrganizationId,
    member: MemberId,
    role: Role,
) -> Result<bool> {
    let done = change(organization, member)
        .col_expr(member::Column::Role, Expr::value(role.as_str()))
        .col_expr(member::Column::Version, Expr::col(member::Column::Version).add(1))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Suspends or reactivates a member and counts the version up. False when the row is no member's, or already so.
pub async fn set_suspended(
    tx: &WriteTx,
    organization: OrganizationId,
    member: MemberId,
    suspended: bool,
) -> Result<bool> {
    let (from, to) = if suspended {
        (MemberStatus::Active, MemberStatus::Suspended)
    } else {
        (MemberStatus::Suspended, MemberStatus::Active)
    };
    let done = change(organization, member)
        .filter(member::Column::Status.eq(from.as_str()))
        .col_expr(member::Column::Status, Expr::value(to.as_str()))
        .col_expr(member::Column::Version, Expr::col(member::Column::Version).add(1))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Moves the end of an invitation. False when the row is no invitation.
pub async fn set_expiry(
    tx: &WriteTx,
    organization: OrganizationId,
    member: MemberId,
    expires_at: Timestamp,
) -> Result<bool> {
    let done = change(organization, member)
        .filter(member::Column::Status.eq(MemberStatus::Invited.as_str()))
        .col_expr(member::Column::ExpiresAt, Expr::value(expires_at.0))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected == 1)
}

/// The rows of a person in every organization, whatever their status, in the order in which organizations are locked.
pub async fn of_user(conn: &impl Conn, user: UserId) -> Result<Vec<(OrganizationId, MemberId)>> {
    let rows: Vec<(i64, i64)> = member::Entity::find()
        .select_only()
        .column(member::Column::OrganizationId)
        .column(member::Column::Id)
        .filter(member::Column::UserId.eq(user.0))
        .order_by_asc(member::Column::OrganizationId)
        .into_tuple()
        .all(conn.inner())
        .await?;
    let ids = |(organization, member)| (OrganizationId(organization), MemberId(member));
    Ok(rows.into_iter().map(ids).collect())
}

/// Sets the name, with what is kept in the row about it, and counts the version up.
pub async fn set_name(
    tx: &WriteTx,
    organization: OrganizationId,
    member: MemberId,
    name: &str,
) -> Result<()> {
    change(organization, member)
        .col_expr(member::Column::Name, Expr::value(name))
        .col_expr(member::Column::NameKey, Expr::value(name_key(name)))
        .col_expr(member::Column::Version, Expr::col(member::Column::Version).add(1))
        .exec(tx.inner())
        .await?;
    refresh(tx, organization, member).await
}

/// Sets the address, which no other row of the organization has, and counts the version up. The account behind the row
/// keeps its own.
pub async fn set_email(
    tx: &WriteTx,
    organization: OrganizationId,
    member: MemberId,
    email: &str,
    email_identity: &str,
) -> Result<()> {
    change(organization, member)
        .col_expr(member::Column::Email, Expr::value(email))
        .col_expr(member::Column::EmailIdentity, Expr::value(email_identity))
        .col_expr(member::Column::Version, Expr::col(member::Column::Version).add(1))
        .exec(tx.inner())
        .await?;
    refresh(tx, organization, member).await
}

/// Counts the version up, for a change of teams or grants.
pub async fn bump_version(tx: &WriteTx, organization: OrganizationId, member: MemberId) -> Result<()> {
    change(organization, member)
        .col_expr(member::Column::Version, Expr::col(member::Column::Version).add(1))
        .exec(tx.inner())
        .await?;
    Ok(())
}

/// Deletes a row with its grants and places in teams, and revokes its keys. False when it is gone.
pub async fn delete(
    tx: &WriteTx,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<bool> {
    keys::revoke_of_member(tx, organization, member, now).await?;
    let done = member::Entity::delete_many()
        .filter(member::Column::OrganizationId.eq(organization.0))
        .filter(member::Column::Id.eq(member.0))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Writes anew what is kept in a row about its name, e-mail and keys. To be called after each change of those;
/// this module and [`crate::keys`] do.
pub async fn refresh(tx: &WriteTx, organization: OrganizationId, member: MemberId) -> Result<()> {
    let Some(row) = of(organization)
        .filter(member::Column::Id.eq(member.0))
        .one(tx.inner())
        .await?
    else {
        return Ok(());
    };
    let names: Vec<String> = virtual_key::Entity::find()
        .select_only()
        .column(virtual_key::Column::Name)
        .filter(virtual_key::Column::MemberId.eq(member.0))
        .filter(virtual_key::Column::RevokedAt.is_null())
        .order_by_asc(virtual_key::Column::Id)
        .into_tuple()
        .all(tx.inner())
        .await?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    change(organization, member)
        .col_expr(
            member::Column::SearchText,
            Expr::value(search_text(&row.name, &row.email, &names)),
        )
        .col_expr(
            member::Column::KeyCount,
            Expr::value(i64::try_from(names.len()).unwrap_or(i64::MAX)),
        )
        .exec(tx.inner())
        .await?;
    Ok(())
}
