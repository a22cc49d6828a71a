//! Server-side sessions. The token itself is never stored, only its hash.

use crate::connection::{Conn, Inner, WriteTx};
use crate::entity::session;
use crate::error::Result;
use crate::sql;
use domain::offboarding::SignedIn;
use domain::session::SessionPolicy;
use domain::{OrganizationId, SessionId, Timestamp, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, Set};

/// A session as stored, with what the organizations of its person demand of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Its row.
    pub id: SessionId,
    /// Who is signed in.
    pub user: UserId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, as far as it was noted.
    pub last_seen_at: Timestamp,
    /// When it ends at the latest by what was noted at its last use.
    pub expires_at: Timestamp,
    /// The browser as it named itself; empty where it is not known.
    pub agent: String,
    /// The strictest of what the organizations demand in which the person is active.
    pub policy: SessionPolicy,
    /// The organization whose provider of single sign-on signed the person in, if one did.
    pub sign_on: Option<OrganizationId>,
}

impl SessionRecord {
    /// When it ends if it is not used, by the policies as they are now.
    pub fn ends_at(&self) -> Timestamp {
        self.policy
            .end(self.created_at, self.last_seen_at)
            .min(self.expires_at)
    }
}

/// Begins a session.
pub async fn insert(
    tx: &WriteTx,
    token_hash: &[u8],
    user: UserId,
    agent: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    let row = session::ActiveModel {
        token_hash: Set(token_hash.to_vec()),
        user_id: Set(user.0),
        created_at: Set(now.0),
        last_seen_at: Set(now.0),
        expires_at: Set(expires_at.0),
        agent: Set(agent.to_owned()),
        ..Default::default()
    };
    row.insert(tx.inner()).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    user_id: i64,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    agent: String,
    days: Option<i64>,
    idle_hours: Option<i64>,
    sign_on_organization: Option<i64>,
}

/// A session with the strictest policy of its person's organizations; a condition on `s` follows.
const WITH_POLICY: &str = "SELECT s.id, s.user_id, s.created_at, s.last_seen_at, s.expires_at, s.agent, s.sign_on_organization, \
    (SELECT min(p.days) FROM member m JOIN session_policy p ON p.organization_id = m.organization_id \
     WHERE m.user_id = s.user_id AND m.status = 'active') AS days, \
    (SELECT min(p.idle_hours) FROM member m JOIN session_policy p ON p.organization_id = m.organization_id \
     WHERE m.user_id = s.user_id AND m.status = 'active') AS idle_hours \
    FROM session s WHERE";

fn record(row: Row) -> SessionRecord {
    SessionRecord {
        id: SessionId(row.id),
        user: UserId(row.user_id),
        created_at: Timestamp(row.created_at),
        last_seen_at: Timestamp(row.last_seen_at),
        expires_at: Timestamp(row.expires_at),
        agent: row.agent,
        policy: policy(row.days, row.idle_hours),
        sign_on: row.sign_on_organization.map(OrganizationId),
    }
}

fn policy(days: Option<i64>, idle_hours: Option<i64>) -> SessionPolicy {
    let number = |stored: Option<i64>| stored.and_then(|stored| u32::try_from(stored).ok());
    SessionPolicy {
        days: number(days),
        idle_hours: number(idle_hours),
    }
}

/// The session with this token, ended or not.
pub async fn by_token(conn: &impl Conn, token_hash: &[u8]) -> Result<Option<SessionRecord>> {
    let rows: Vec<Row> = sql::rows(
        conn,
        &format!("{WITH_POLICY} s.token_hash = ?"),
        vec![token_hash.into()],
    )
    .await?;
    Ok(rows.into_iter().next().map(record))
}

/// Notes whose provider of single sign-on vouches for the person; `None` where they have proven who they are themselves.
pub async fn set_sign_on(
    tx: &WriteTx,
    token_hash: &[u8],
    organization: Option<OrganizationId>,
) -> Result<()> {
    session::Entity::update_many()
        .col_expr(
            session::Column::SignOnOrganization,
            Expr::value(organization.map(|organization| organization.0)),
        )
        .filter(session::Column::TokenHash.eq(token_hash))
        .exec(tx.inner())
        .await?;
    Ok(())
}

/// The sessions of a person, ended or not, the last used first.
pub async fn of_user(conn: &impl Conn, user: UserId) -> Result<Vec<SessionRecord>> {
    let rows: Vec<Row> = sql::rows(
        conn,
        &format!("{WITH_POLICY} s.user_id = ? ORDER BY s.last_seen_at DESC, s.id DESC"),
        vec![user.0.into()],
    )
    .await?;
    Ok(rows.into_iter().map(record).collect())
}

#[derive(FromQueryResult)]
struct PolicyRow {
    days: Option<i64>,
    idle_hours: Option<i64>,
}

/// What an organization demands of sessions.
pub async fn policy_of(conn: &impl Conn, organization: OrganizationId) -> Result<SessionPolicy> {
    let rows: Vec<PolicyRow> = sql::rows(
        conn,
        "SELECT days, idle_hours FROM session_policy WHERE organization_id = ?",
        vec![organization.0.into()],
    )
    .await?;
    let found = rows.first().map(|row| policy(row.days, row.idle_hours));
    Ok(found.unwrap_or_default())
}

/// Sets what an organization demands of sessions.
pub async fn set_policy(tx: &WriteTx, organization: OrganizationId, policy: SessionPolicy) -> Result<()> {
    sql::execute(
        tx,
        "INSERT INTO session_policy (organization_id, days, idle_hours) VALUES (?, ?, ?) \
         ON CONFLICT (organization_id) DO UPDATE SET days = excluded.days, idle_hours = excluded.idle_hours",
        vec![
            organization.0.into(),
            policy.days.map(i64::from).into(),
            policy.idle_hours.map(i64::from).into(),
        ],
    )
    .await?;
    Ok(())
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

/// Ends one session of a person, by its row; whether there was one.
pub async fn delete_one(tx: &WriteTx, user: UserId, session: SessionId) -> Result<bool> {
    let done = session::Entity::delete_many()
        .filter(session::Column::UserId.eq(user.0))
        .filter(session::Column::Id.eq(session.0))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected > 0)
}

/// Ends every session of a person but the one with this token; how many there were.
pub async fn delete_others(tx: &WriteTx, user: UserId, token_hash: &[u8]) -> Result<u64> {
    let done = session::Entity::delete_many()
        .filter(session::Column::UserId.eq(user.0))
        .filter(session::Column::TokenHash.ne(token_hash))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected)
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
