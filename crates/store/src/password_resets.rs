//! Links for a new password. The token is never stored as it is: its hash finds it, its seal lets it be mailed.

use crate::connection::{Conn, WriteTx};
use crate::error::Result;
use crate::sql;
use domain::{Timestamp, UserId};
use sea_orm::FromQueryResult;

/// A link as stored.
#[derive(Clone)]
pub struct ResetRecord {
    /// Which.
    pub id: i64,
    /// Whose password it changes.
    pub user: UserId,
    /// The token, sealed.
    pub token_sealed: Vec<u8>,
    /// When its time is over.
    pub expires_at: Timestamp,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    user_id: i64,
    token_sealed: Vec<u8>,
    expires_at: i64,
}

impl From<Row> for ResetRecord {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            user: UserId(row.user_id),
            token_sealed: row.token_sealed,
            expires_at: Timestamp(row.expires_at),
        }
    }
}

const SELECT: &str = "SELECT id, user_id, token_sealed, expires_at FROM password_reset";

/// Makes a link; its id.
pub async fn insert(
    tx: &WriteTx,
    user: UserId,
    token_hash: &[u8],
    token_sealed: &[u8],
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Made {
        id: i64,
    }
    let made: Vec<Made> = sql::rows(
        tx,
        "INSERT INTO password_reset (user_id, token_hash, token_sealed, created_at, expires_at) \
         VALUES (?, ?, ?, ?, ?) RETURNING id",
        vec![
            user.0.into(),
            token_hash.to_vec().into(),
            token_sealed.to_vec().into(),
            now.0.into(),
            expires_at.0.into(),
        ],
    )
    .await?;
    Ok(made.first().map_or(0, |made| made.id))
}

/// How many were made for somebody since an instant.
pub async fn made_since(conn: &impl Conn, user: UserId, since: Timestamp) -> Result<u32> {
    sql::number_of(
        conn,
        "SELECT count(*) FROM password_reset WHERE user_id = ? AND created_at > ?",
        vec![user.0.into(), since.0.into()],
    )
    .await
}

/// The link with this token, be it over or not: who holds it knows nothing else.
pub async fn by_token(conn: &impl Conn, token_hash: &[u8]) -> Result<Option<ResetRecord>> {
    let rows: Vec<Row> = sql::rows(
        conn,
        &format!("{SELECT} WHERE token_hash = ?"),
        vec![token_hash.to_vec().into()],
    )
    .await?;
    Ok(rows.into_iter().next().map(Into::into))
}

/// One link of somebody.
pub async fn get(conn: &impl Conn, user: UserId, reset: i64) -> Result<Option<ResetRecord>> {
    let rows: Vec<Row> = sql::rows(
        conn,
        &format!("{SELECT} WHERE user_id = ? AND id = ?"),
        vec![user.0.into(), reset.into()],
    )
    .await?;
    Ok(rows.into_iter().next().map(Into::into))
}

/// Uses up a link whose time is not over; whose it was.
pub async fn take(tx: &WriteTx, token_hash: &[u8], now: Timestamp) -> Result<Option<UserId>> {
    #[derive(FromQueryResult)]
    struct Taken {
        user_id: i64,
    }
    let taken: Vec<Taken> = sql::rows(
        tx,
        "DELETE FROM password_reset WHERE token_hash = ? AND expires_at > ? RETURNING user_id",
        vec![token_hash.to_vec().into(), now.0.into()],
    )
    .await?;
    Ok(taken.first().map(|taken| UserId(taken.user_id)))
}

/// Ends all links of somebody: the password was changed.
pub async fn delete_of_user(tx: &WriteTx, user: UserId) -> Result<()> {
    sql::execute(
        tx,
        "DELETE FROM password_reset WHERE user_id = ?",
        vec![user.0.into()],
    )
    .await?;
    Ok(())
}

/// Forgets those whose time was over before an instant.
pub async fn forget_expired(tx: &WriteTx, before: Timestamp) -> Result<()> {
    sql::execute(
        tx,
        "DELETE FROM password_reset WHERE expires_at < ?",
        vec![before.0.into()],
    )
    .await?;
    Ok(())
}
