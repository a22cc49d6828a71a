//! One row at a time, as use cases read it.

use crate::connection::Conn;
use crate::entity::member;
use crate::error::{Error, Result, known};
use crate::sql;
use domain::chat::Helper;
use domain::member::RemovalEffect;
use domain::{MemberId, MemberStatus, OrganizationId, Role, Timestamp, UserId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, Select};
use std::collections::HashMap;

/// A row of AI Access as stored, without its teams, keys and grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRecord {
    /// Which.
    pub id: MemberId,
    /// Whose account; `None` for an invitation.
    pub user: Option<UserId>,
    /// E-mail as it was typed.
    pub email: String,
    /// The form by which two addresses are the same person.
    pub email_identity: String,
    /// Display name; empty for an invitation.
    pub name: String,
    /// Organization role.
    pub role: Role,
    /// Status at the instant it was asked for.
    pub status: MemberStatus,
    /// The version an edit must carry.
    pub version: i64,
    /// When an invitation ends.
    pub expires_at: Option<Timestamp>,
    /// Last sign-in.
    pub last_login: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The status a row has at one instant: an invitation whose time is over is expired.
pub(crate) fn status_at(stored: &str, expires_at: Option<Timestamp>, now: Timestamp) -> Result<MemberStatus> {
    let status = known("member.status", stored)?;
    Ok(match status {
        MemberStatus::Invited if expires_at.is_some_and(|end| end <= now) => MemberStatus::Expired,
        status => status,
    })
}

fn record(row: member::Model, now: Timestamp) -> Result<MemberRecord> {
    let expires_at = row.expires_at.map(Timestamp);
    Ok(MemberRecord {
        id: MemberId(row.id),
        user: row.user_id.map(UserId),
        email: row.email,
        email_identity: row.email_identity,
        name: row.name,
        role: known("member.role", &row.role)?,
        status: status_at(&row.status, expires_at, now)?,
        version: row.version,
        expires_at,
        last_login: row.last_login_at.map(Timestamp),
        created_at: Timestamp(row.created_at),
    })
}

pub(super) fn of(organization: OrganizationId) -> Select<member::Entity> {
    member::Entity::find().filter(member::Column::OrganizationId.eq(organization.0))
}

/// One row.
pub async fn get(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<Option<MemberRecord>> {
    of(organization)
        .filter(member::Column::Id.eq(member.0))
        .one(conn.inner())
        .await?
        .map(|row| record(row, now))
        .transpose()
}

/// The row of an e-mail identity.
pub async fn by_identity(
    conn: &impl Conn,
    organization: OrganizationId,
    email_identity: &str,
    now: Timestamp,
) -> Result<Option<MemberRecord>> {
    of(organization)
        .filter(member::Column::EmailIdentity.eq(email_identity))
        .one(conn.inner())
        .await?
        .map(|row| record(row, now))
        .transpose()
}

/// The rows of many e-mail identities; those that nobody has are left out.
pub async fn ids_of_identities(
    conn: &impl Conn,
    organization: OrganizationId,
    identities: &[&str],
) -> Result<HashMap<String, MemberId>> {
    if identities.is_empty() {
        return Ok(HashMap::new());
    }
    let list = serde_json::to_string(identities).map_err(|e| Error::corrupt("identity list", e))?;
    let from = match conn.inner().get_database_backend() {
        DbBackend::Postgres => {
            "FROM member m WHERE m.organization_id = ? \
             AND m.email_identity IN (SELECT json_array_elements_text(?::json))"
        }
        _ => {
            "FROM member m WHERE m.organization_id = ? AND m.email_identity IN (SELECT value FROM json_each(?))"
        }
    };
    let values = vec![organization.0.into(), list.into()];
    let found: Vec<(String, i64)> = sql::unordered(conn, "m.email_identity, m.id", from, values).await?;
    Ok(found
        .into_iter()
        .map(|(identity, id)| (identity, MemberId(id)))
        .collect())
}

/// The row of a person.
pub async fn by_user(
    conn: &impl Conn,
    organization: OrganizationId,
    user: UserId,
    now: Timestamp,
) -> Result<Option<MemberRecord>> {
    of(organization)
        .filter(member::Column::UserId.eq(user.0))
        .one(conn.inner())
        .await?
        .map(|row| record(row, now))
        .transpose()
}

/// How many owners are active.
pub async fn active_owners(conn: &impl Conn, organization: OrganizationId) -> Result<u32> {
    sql::number_of(
        conn,
        "SELECT count(*) FROM member WHERE organization_id = ? AND role = 'owner' AND status = 'active'",
        vec![organization.0.into()],
    )
    .await
}

#[derive(FromQueryResult)]
struct HelperRow {
    name: String,
    email: String,
}

/// Active owners, then active admins, each by name: whom to ask for access.
pub async fn helpers(conn: &impl Conn, organization: OrganizationId, most: u32) -> Result<Vec<Helper>> {
    let rows: Vec<HelperRow> = sql::rows(
        conn,
        "SELECT name, email FROM member WHERE organization_id = ? AND status = 'active' \
         AND role IN ('owner', 'admin') ORDER BY role DESC, name_key NULLS LAST, id LIMIT ?",
        vec![organization.0.into(), i64::from(most).into()],
    )
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Helper {
            name: row.name,
            email: row.email,
        })
        .collect())
}

#[derive(FromQueryResult)]
struct EffectRow {
    grants: i64,
    keys: i64,
    teams: i64,
    keys_for_others: i64,
    invitations: i64,
}

/// What deleting a row would take away. `None` when it is gone.
pub async fn removal_effect(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<Option<RemovalEffect>> {
    let rows: Vec<EffectRow> = sql::rows(
        conn,
        "SELECT m.key_count AS keys, \
         (SELECT count(*) FROM team_member tm WHERE tm.member_id = m.id) AS teams, \
         (SELECT count(*) FROM provider_grant g WHERE g.member_id = m.id \
          AND (g.ends_at IS NULL OR g.ends_at > ?)) AS grants, \
         (SELECT count(*) FROM virtual_key k WHERE k.organization_id = m.organization_id AND k.issued_by = m.user_id \
          AND k.user_id <> m.user_id AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?)) \
         AS keys_for_others, \
         (SELECT count(*) FROM invitation i WHERE i.organization_id = m.organization_id AND i.invited_by = m.user_id \
          AND i.state = 'pending' AND i.expires_at > ?) AS invitations \
         FROM member m WHERE m.organization_id = ? AND m.id = ?",
        vec![
            now.0.into(),
            now.0.into(),
            now.0.into(),
            organization.0.into(),
            member.0.into(),
        ],
    )
    .await?;
    Ok(rows.into_iter().next().map(|row| RemovalEffect {
        grants: sql::count_of(row.grants),
        keys: sql::count_of(row.keys),
        teams: sql::count_of(row.teams),
        keys_for_others: sql::count_of(row.keys_for_others),
        invitations: sql::count_of(row.invitations),
    }))
}
