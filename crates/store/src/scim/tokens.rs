//! The tokens of connections. A token itself is never stored, only its hash.

use crate::connection::{Conn, WriteTx};
use crate::error::Result;
use crate::sql;
use domain::{OrganizationId, ScimTokenId, Timestamp, UserId};
use sea_orm::FromQueryResult;

/// A token as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// Which.
    pub id: ScimTokenId,
    /// Of which organization.
    pub organization: OrganizationId,
    /// What it is called.
    pub name: String,
    /// Who made it; `None` once the account is gone.
    pub created_by: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, as far as it was noted.
    pub last_used_at: Option<Timestamp>,
}

/// A token to make.
#[derive(Clone, Copy)]
pub struct NewToken<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Hash of the token.
    pub hash: &'a [u8],
    /// Who makes it.
    pub created_by: UserId,
    /// When it ends.
    pub expires_at: Timestamp,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    organization_id: i64,
    name: String,
    created_by_name: Option<String>,
    created_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl From<Row> for TokenRecord {
    fn from(row: Row) -> Self {
        Self {
            id: ScimTokenId(row.id),
            organization: OrganizationId(row.organization_id),
            name: row.name,
            created_by: row.created_by_name,
            created_at: Timestamp(row.created_at),
            expires_at: Timestamp(row.expires_at),
            revoked_at: row.revoked_at.map(Timestamp),
            last_used_at: row.last_used_at.map(Timestamp),
        }
    }
}

const SELECT: &str = "SELECT t.id, t.organization_id, t.name, coalesce(nullif(u.name, ''), u.email) AS created_by_name, \
     t.created_at, t.expires_at, t.revoked_at, t.last_used_at \
     FROM scim_token t LEFT JOIN app_user u ON u.id = t.created_by";

/// Makes a token.
pub async fn insert_token(
    tx: &WriteTx,
    organization: OrganizationId,
    new: NewToken<'_>,
    now: Timestamp,
) -> Result<ScimTokenId> {
    #[derive(FromQueryResult)]
    struct Made {
        id: i64,
    }
    let made: Vec<Made> = sql::rows(
        tx,
        "INSERT INTO scim_token (organization_id, name, token_hash, created_by, created_at, expires_at) \
         VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
        vec![
            organization.0.into(),
            new.name.into(),
            new.hash.to_vec().into(),
            new.created_by.0.into(),
            now.0.into(),
            new.expires_at.0.into(),
        ],
    )
    .await?;
    Ok(ScimTokenId(made.first().map_or(0, |made| made.id)))
}

/// The token with this hash, in whatever organization and state: who holds it knows nothing else.
pub async fn token_by_hash(conn: &impl Conn, hash: &[u8]) -> Result<Option<TokenRecord>> {
    let query = format!("{SELECT} WHERE t.token_hash = ?");
    let rows: Vec<Row> = sql::rows(conn, &query, vec![hash.to_vec().into()]).await?;
    Ok(rows.into_iter().next().map(Into::into))
}

/// Those that are not revoked, newest first.
pub async fn tokens(conn: &impl Conn, organization: OrganizationId) -> Result<Vec<TokenRecord>> {
    let query = format!("{SELECT} WHERE t.organization_id = ? AND t.revoked_at IS NULL ORDER BY t.id DESC");
    let rows: Vec<Row> = sql::rows(conn, &query, vec![organization.0.into()]).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Revokes a token. False when it is revoked already, or not of this organization.
pub async fn revoke_token(
    tx: &WriteTx,
    organization: OrganizationId,
    token: ScimTokenId,
    now: Timestamp,
) -> Result<bool> {
    let done = sql::execute(
        tx,
        "UPDATE scim_token SET revoked_at = ? WHERE organization_id = ? AND id = ? AND revoked_at IS NULL",
        vec![now.0.into(), organization.0.into(), token.0.into()],
    )
    .await?;
    Ok(done == 1)
}

/// Notes a use.
pub async fn touch_token(tx: &WriteTx, token: ScimTokenId, now: Timestamp) -> Result<()> {
    sql::execute(
        tx,
        "UPDATE scim_token SET last_used_at = ? WHERE id = ?",
        vec![now.0.into(), token.0.into()],
    )
    .await?;
    Ok(())
}
