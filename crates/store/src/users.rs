//! Accounts, across organizations.

use crate::connection::{Conn, Inner, WriteTx};
use crate::entity::{app_user, member};
use crate::error::Result;
use domain::{OrganizationId, Timestamp, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};

/// An account as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRecord {
    /// Whose.
    pub id: UserId,
    /// Display name.
    pub name: String,
    /// E-mail as it was typed.
    pub email: String,
    /// The form by which two addresses are the same person.
    pub email_identity: String,
    /// The password's hash; `None` where nobody can sign in with one.
    pub password_hash: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Last sign-in.
    pub last_login: Option<Timestamp>,
    /// The organization whose pages were last opened.
    pub last_organization: Option<OrganizationId>,
}

/// An account to make.
#[derive(Clone, Copy, Debug)]
pub struct NewUser<'a> {
    /// Display name.
    pub name: &'a str,
    /// E-mail as it was typed.
    pub email: &'a str,
    /// The form by which two addresses are the same person.
    pub email_identity: &'a str,
    /// The password's hash.
    pub password_hash: Option<&'a str>,
}

impl From<app_user::Model> for UserRecord {
    fn from(row: app_user::Model) -> Self {
        Self {
            id: UserId(row.id),
            name: row.name,
            email: row.email,
            email_identity: row.email_identity,
            password_hash: row.password_hash,
            created_at: Timestamp(row.created_at),
            last_login: row.last_login_at.map(Timestamp),
            last_organization: row.last_organization_id.map(OrganizationId),
        }
    }
}

/// One account.
pub async fn get(conn: &impl Conn, user: UserId) -> Result<Option<UserRecord>> {
    let row = app_user::Entity::find_by_id(user.0).one(conn.inner()).await?;
    Ok(row.map(Into::into))
}

/// The account with this e-mail identity.
pub async fn by_identity(conn: &impl Conn, email_identity: &str) -> Result<Option<UserRecord>> {
    let row = app_user::Entity::find()
        .filter(app_user::Column::EmailIdentity.eq(email_identity))
        .one(conn.inner())
        .await?;
    Ok(row.map(Into::into))
}

/// Makes an account. [`crate::Error::Constraint`] when the identity is taken.
pub async fn insert(tx: &WriteTx, user: NewUser<'_>, now: Timestamp) -> Result<UserId> {
    let row = app_user::ActiveModel {
        name: Set(user.name.to_owned()),
        email: Set(user.email.to_owned()),
        email_identity: Set(user.email_identity.to_owned()),
        password_hash: Set(user.password_hash.map(str::to_owned)),
        created_at: Set(now.0),
        ..Default::default()
    };
    Ok(UserId(row.insert(tx.inner()).await?.id))
}

/// Replaces the password's hash.
pub async fn set_password(tx: &WriteTx, user: UserId, password_hash: &str) -> Result<()> {
    app_user::Entity::update_many()
        .col_expr(app_user::Column::PasswordHash, Expr::value(password_hash))
        .filter(app_user::Column::Id.eq(user.0))
        .exec(tx.inner())
        .await?;
    Ok(())
}

/// Replaces the name, if it is still `was`. False when it is not.
pub async fn set_name(tx: &WriteTx, user: UserId, was: &str, name: &str) -> Result<bool> {
    let done = app_user::Entity::update_many()
        .col_expr(app_user::Column::Name, Expr::value(name))
        .filter(app_user::Column::Id.eq(user.0))
        .filter(app_user::Column::Name.eq(was))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Notes whose pages a person opened.
pub async fn record_organization(tx: &WriteTx, user: UserId, organization: OrganizationId) -> Result<()> {
    app_user::Entity::update_many()
        .col_expr(app_user::Column::LastOrganizationId, Expr::value(organization.0))
        .filter(app_user::Column::Id.eq(user.0))
        .exec(tx.inner())
        .await?;
    Ok(())
}

/// Notes a sign-in, on the account and on each of its rows in AI Access.
pub async fn record_sign_in(tx: &WriteTx, user: UserId, now: Timestamp) -> Result<()> {
    app_user::Entity::update_many()
        .col_expr(app_user::Column::LastLoginAt, Expr::value(now.0))
        .filter(app_user::Column::Id.eq(user.0))
        .exec(tx.inner())
        .await?;
    member::Entity::update_many()
        .col_expr(member::Column::LastLoginAt, Expr::value(now.0))
        .filter(member::Column::UserId.eq(user.0))
        .exec(tx.inner())
        .await?;
    Ok(())
}
