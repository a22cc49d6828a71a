//! Allowed providers: one row each member and provider. A grant whose end has come counts as none everywhere.

use crate::connection::{Conn, WriteTx};
use crate::error::Result;
use crate::members::{Affected, refresh_allowed};
use crate::sql;
use domain::history::Granted;
use domain::{MemberId, OrganizationId, ProviderId, Timestamp, UserId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};

/// A grant as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantRecord {
    /// What is allowed.
    pub provider: ProviderId,
    /// Who allowed it; `None` when that person is gone.
    pub granted_by: Option<UserId>,
    /// When.
    pub granted_at: Timestamp,
    /// Until when; `None` is without end.
    pub ends_at: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct GrantRow {
    provider_id: i64,
    granted_by: Option<i64>,
    granted_at: i64,
    ends_at: Option<i64>,
}

/// The grants of one member, by provider id.
pub async fn of_member(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<Vec<GrantRecord>> {
    let rows: Vec<GrantRow> = sql::rows(
        conn,
        "SELECT g.provider_id, g.granted_by, g.granted_at, g.ends_at FROM provider_grant g \
         JOIN member m ON m.id = g.member_id \
         WHERE m.organization_id = ? AND g.member_id = ? AND (g.ends_at IS NULL OR g.ends_at > ?) \
         ORDER BY g.provider_id",
        vec![organization.0.into(), member.0.into(), now.0.into()],
    )
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| GrantRecord {
            provider: ProviderId(row.provider_id),
            granted_by: row.granted_by.map(UserId),
            granted_at: Timestamp(row.granted_at),
            ends_at: row.ends_at.map(Timestamp),
        })
        .collect())
}

/// A grant with the name of who gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// What is allowed.
    pub provider: ProviderId,
    /// When it was.
    pub at: Timestamp,
    /// Who allowed it; `None` when that person is gone.
    pub by: Option<String>,
}

#[derive(FromQueryResult)]
struct GivenRow {
    provider_id: i64,
    granted_at: i64,
    by_name: Option<String>,
}

/// Who gave the grants of one member, by provider id.
pub async fn given(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<Vec<Given>> {
    let rows: Vec<GivenRow> = sql::rows(
        conn,
        "SELECT g.provider_id, g.granted_at, coalesce(nullif(u.name, ''), u.email) AS by_name FROM provider_grant g \
         JOIN member m ON m.id = g.member_id LEFT JOIN app_user u ON u.id = g.granted_by \
         WHERE m.organization_id = ? AND g.member_id = ? AND (g.ends_at IS NULL OR g.ends_at > ?) \
         ORDER BY g.provider_id",
        vec![organization.0.into(), member.0.into(), now.0.into()],
    )
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Given {
            provider: ProviderId(row.provider_id),
            at: Timestamp(row.granted_at),
            by: row.by_name,
        })
        .collect())
}

/// Allows a provider, without end. False when it is allowed already, or either is not in this organization.
pub async fn insert(
    tx: &WriteTx,
    organization: OrganizationId,
    member: MemberId,
    provider: ProviderId,
    granted_by: UserId,
    now: Timestamp,
) -> Result<bool> {
    let done = sql::execute(
        tx,
        "INSERT INTO provider_grant (member_id, provider_id, granted_by, granted_at) \
         SELECT m.id, p.id, ?, ? FROM member m, provider p \
         WHERE m.organization_id = ? AND p.organization_id = ? AND m.id = ? AND p.id = ? \
         ON CONFLICT (member_id, provider_id) DO UPDATE \
         SET granted_by = excluded.granted_by, granted_at = excluded.granted_at, ends_at = NULL \
         WHERE provider_grant.ends_at <= excluded.granted_at",
        vec![
            granted_by.0.into(),
            now.0.into(),
            organization.0.into(),
            organization.0.into(),
            member.0.into(),
            provider.0.into(),
        ],
    )
    .await?;
    refresh_allowed(tx, organization, Affected::Member(member)).await?;
    Ok(done == 1)
}

/// Takes a provider away. False when it was not allowed.
pub async fn delete(
    tx: &WriteTx,
    organization: OrganizationId,
    member: MemberId,
    provider: ProviderId,
) -> Result<bool> {
    let done = sql::execute(
        tx,
        "DELETE FROM provider_grant WHERE member_id = ? AND provider_id = \
         (SELECT id FROM provider WHERE organization_id = ? AND id = ?)",
        vec![member.0.into(), organization.0.into(), provider.0.into()],
    )
    .await?;
    refresh_allowed(tx, organization, Affected::Member(member)).await?;
    Ok(done == 1)
}

/// How many have this provider, whatever their status.
pub async fn count_of_provider(
    conn: &impl Conn,
    organization: OrganizationId,
    provider: ProviderId,
    now: Timestamp,
) -> Result<u32> {
    sql::number_of(
        conn,
        "SELECT count(*) FROM provider_grant g JOIN provider p ON p.id = g.provider_id \
         WHERE p.organization_id = ? AND p.id = ? AND (g.ends_at IS NULL OR g.ends_at > ?)",
        vec![organization.0.into(), provider.0.into(), now.0.into()],
    )
    .await
}

#[derive(FromQueryResult)]
struct GivenToRow {
    member_id: i64,
    granted_at: i64,
    by_name: Option<String>,
}

/// When and by whom a provider was allowed to each of these members.
pub async fn given_to(
    conn: &impl Conn,
    organization: OrganizationId,
    provider: ProviderId,
    members: &[MemberId],
    now: Timestamp,
) -> Result<Vec<(MemberId, Granted)>> {
    let postgres = conn.inner().get_database_backend() == DbBackend::Postgres;
    let mut query = sql::Sql::default();
    query.push(
        "SELECT g.member_id, g.granted_at, coalesce(nullif(u.name, ''), u.email) AS by_name FROM provider_grant g \
         JOIN provider p ON p.id = g.provider_id LEFT JOIN app_user u ON u.id = g.granted_by WHERE p.organization_id = ",
    );
    query.bind(organization.0).push(" AND p.id = ").bind(provider.0);
    query.push(" AND (g.ends_at IS NULL OR g.ends_at > ").bind(now.0);
    query
        .push(") AND g.member_id IN (")
        .push(sql::ids_in_list(postgres))
        .push(")");
    query
        .values
        .push(sql::id_list(members.iter().map(|member| member.0)).into());
    let rows: Vec<GivenToRow> = sql::rows(conn, &query.text, query.values).await?;
    let granted = |row: GivenToRow| {
        let at = Timestamp(row.granted_at);
        (MemberId(row.member_id), Granted { at, by: row.by_name })
    };
    Ok(rows.into_iter().map(granted).collect())
}
