//! Server-side sessions. The token itself is never stored, only its hash.

use crate::connection::{Conn, Inner, WriteTx};
use crate::entity::session;
use crate::error::Result;
use crate::sql;
use domain::offboarding::SignedIn;
use domain::{OrganizationId, Timestamp, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, Set};

/// A session as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Who is signed in.
    pub user: UserId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, as far as it was noted.
    pub last_seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// Begins a session.
pub async fn insert(
    tx: &WriteTx,
    token_hash: &[u8],
    user: UserId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    let row = session::ActiveModel {
        token_hash: Set(token_hash.to_vec()),
        user_id: Set(user.0),
        created_at: Set(now.0),
        last_seen_at: Set(now.0),
        expires_at: Set(expires_at.0),
        ..Default::default()
    };
    row.insert(tx.inner()).await?;
    Ok(())
}

/// The session with this token, ended or not.
pub async fn by_token(conn: &impl Conn, token_hash: &[u8]) -> Result<Option<SessionRecord>> {
    let row = session::Entity::find()
        .filter(session::Column::TokenHash.eq(token_hash))
        .one(conn.inner())
        .await?;
    Ok(row.map(|row| SessionRecord {
        user: UserId(row.user_id),
        created_at: Timestamp(row.created_at),
        last_seen_at: Timestamp(row.last_seen_at),
        expires_at: Timestamp(row.expires_at),
    }))
}

/// Notes a use, and until when the session now lasts.
pub async fn touch(tx: &WriteTx, token_hash: &[u8], now: Timestamp, expires_at: Timestamp) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::LastSeenAt, Expr::value(now.0))
        .col_expr(session::Column::ExpiresAt, Expr::value(expires_at.0))
        .filter(session::Column::TokenHash.eq(token_hash))
        .exec(tx.inner())
        .await?;
    Ok(())
}

/// Ends one session.
pub async fn delete(tx: &WriteTx, token_hash: &[u8]) -> Result<()> {
    session::Entity::delete_many()
        .filter(session::Column::TokenHash.eq(token_hash))
        .exec(tx.inner())
        .await?;
    Ok(())
}

/// Ends every session of a person; how many there were.
pub async fn delete_of_user(tx: &WriteTx, user: UserId) -> Result<u64> {
    let done = session::Entity::delete_many()
        .filter(session::Column::UserId.eq(user.0))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected)
}

/// Ends every session of a person who is no active member anywhere; how many there were. Where they are one, the
/// sessions go on there: what was taken from them elsewhere is refused by the membership, not by the session.
pub async fn delete_of_outsider(tx: &WriteTx, user: UserId) -> Result<u64> {
    sql::execute(
        tx,
        "DELETE FROM session WHERE user_id = ? AND NOT EXISTS \
         (SELECT 1 FROM member m WHERE m.user_id = session.user_id AND m.status = 'active')",
        vec![user.0.into()],
    )
    .await
}

#[derive(FromQueryResult)]
struct SignedInRow {
    sessions: i64,
    last_seen: Option<i64>,
    elsewhere: i64,
}

/// Where somebody is signed in, seen from one organization.
pub async fn signed_in(
    conn: &impl Conn,
    user: UserId,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<SignedIn> {
    let rows: Vec<SignedInRow> = sql::rows(
        conn,
        "SELECT count(*) AS sessions, max(s.last_seen_at) AS last_seen, \
         (SELECT count(*) FROM member m WHERE m.user_id = ? AND m.status = 'active' AND m.organization_id <> ?) AS elsewhere \
         FROM session s WHERE s.user_id = ? AND s.expires_at > ?",
        vec![user.0.into(), organization.0.into(), user.0.into(), now.0.into()],
    )
    .await?;
    let told = |row: &SignedInRow| SignedIn {
        sessions: sql::count_of(row.sessions),
        last_seen: row.last_seen.map(Timestamp),
        elsewhere: row.elsewhere > 0,
    };
    Ok(rows.first().map(told).unwrap_or_default())
}

/// Forgets sessions that are over.
pub async fn delete_expired(tx: &WriteTx, now: Timestamp) -> Result<u64> {
    let done = session::Entity::delete_many()
        .filter(session::Column::ExpiresAt.lte(now.0))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected)
}
