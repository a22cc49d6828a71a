//! Providers that teams carry.

use crate::connection::{Conn, WriteTx};
use crate::error::Result;
use crate::members::{Affected, refresh_allowed};
use crate::sql;
use domain::access::ModelList;
use domain::history::Granted;
use domain::provider::ProviderTeam;
use domain::team::TeamRef;
use domain::{OrganizationId, ProviderId, TeamId, Timestamp, UserId};
use sea_orm::FromQueryResult;
use std::collections::HashMap;

/// Lets a team carry a provider, without end. False when it does already, or either is not in this organization.
pub async fn insert(
    tx: &WriteTx,
    organization: OrganizationId,
    team: TeamId,
    provider: ProviderId,
    granted_by: UserId,
    now: Timestamp,
) -> Result<bool> {
    let done = sql::execute(
        tx,
        "INSERT INTO team_provider (team_id, provider_id, granted_by, granted_at) \
         SELECT t.id, p.id, ?, ? FROM team t, provider p \
         WHERE t.organization_id = ? AND p.organization_id = ? AND t.id = ? AND p.id = ? \
         ON CONFLICT (team_id, provider_id) DO UPDATE \
         SET granted_by = excluded.granted_by, granted_at = excluded.granted_at, ends_at = NULL, end_reason = NULL, \
         models = NULL \
         WHERE team_provider.ends_at <= excluded.granted_at",
        vec![
            granted_by.0.into(),
            now.0.into(),
            organization.0.into(),
            organization.0.into(),
            team.0.into(),
            provider.0.into(),
        ],
    )
    .await?;
    Ok(done == 1)
}

/// Takes a provider from a team. False when it did not carry it.
pub async fn delete(
    tx: &WriteTx,
    organization: OrganizationId,
    team: TeamId,
    provider: ProviderId,
) -> Result<bool> {
    let done = sql::execute(
        tx,
        "DELETE FROM team_provider WHERE team_id = (SELECT id FROM team WHERE organization_id = ? AND id = ?) \
         AND provider_id = ?",
        vec![organization.0.into(), team.0.into(), provider.0.into()],
    )
    .await?;
    Ok(done == 1)
}

/// Writes down who can use something and who cannot, and counts the team's version up. To be called once after
/// [`insert`] and [`delete`].
pub async fn finish(tx: &WriteTx, organization: OrganizationId, team: TeamId) -> Result<()> {
    sql::execute(
        tx,
        "UPDATE team SET version = version + 1 WHERE organization_id = ? AND id = ?",
        vec![organization.0.into(), team.0.into()],
    )
    .await?;
    refresh_allowed(tx, organization, Affected::Team(team)).await
}

#[derive(FromQueryResult)]
struct ElsewhereRow {
    provider_id: i64,
    people: i64,
}

/// Of the members in a team, how many may use a provider without the team: by a grant of their own, or by another team.
/// Providers that nobody has otherwise are left out; invitations do not count.
pub async fn elsewhere(
    conn: &impl Conn,
    organization: OrganizationId,
    team: TeamId,
    now: Timestamp,
) -> Result<HashMap<ProviderId, u32>> {
    let rows: Vec<ElsewhereRow> = sql::rows(
        conn,
        "SELECT g.provider_id, count(DISTINCT g.member_id) AS people FROM (\
         SELECT o.member_id, o.provider_id, o.ends_at FROM team_member tm \
         JOIN provider_grant o ON o.member_id = tm.member_id WHERE tm.team_id = ? UNION ALL \
         SELECT other.member_id, tp.provider_id, tp.ends_at FROM team_member tm \
         JOIN team_member other ON other.member_id = tm.member_id AND other.team_id <> tm.team_id \
         JOIN team_provider tp ON tp.team_id = other.team_id WHERE tm.team_id = ?) g \
         JOIN member m ON m.id = g.member_id \
         WHERE m.organization_id = ? AND m.user_id IS NOT NULL AND (g.ends_at IS NULL OR g.ends_at > ?) \
         GROUP BY g.provider_id",
        vec![team.0.into(), team.0.into(), organization.0.into(), now.0.into()],
    )
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (ProviderId(row.provider_id), sql::count_of(row.people)))
        .collect())
}

/// How many members are in a team, without invitations.
pub async fn joined(conn: &impl Conn, organization: OrganizationId, team: TeamId) -> Result<u32> {
    sql::number_of(
        conn,
        "SELECT count(*) FROM team_member tm JOIN member m ON m.id = tm.member_id \
         WHERE tm.team_id = ? AND m.organization_id = ? AND m.user_id IS NOT NULL",
        vec![team.0.into(), organization.0.into()],
    )
    .await
}

#[derive(FromQueryResult)]
struct CarrierRow {
    id: i64,
    name: String,
    version: i64,
    members: i64,
    granted_at: i64,
    by_name: Option<String>,
    ends_at: Option<i64>,
    end_reason: Option<String>,
    models: Option<String>,
}

/// The teams that carry a provider, by name.
pub async fn carriers(
    conn: &impl Conn,
    organization: OrganizationId,
    provider: ProviderId,
    now: Timestamp,
) -> Result<Vec<ProviderTeam>> {
    let rows: Vec<CarrierRow> = sql::rows(
        conn,
        "SELECT t.id, t.name, t.version, (SELECT count(*) FROM team_member tm WHERE tm.team_id = t.id) AS members, \
         tp.granted_at, coalesce(nullif(u.name, ''), u.email) AS by_name, tp.ends_at, tp.end_reason, tp.models \
         FROM team_provider tp JOIN team t ON t.id = tp.team_id LEFT JOIN app_user u ON u.id = tp.granted_by \
         WHERE t.organization_id = ? AND tp.provider_id = ? AND (tp.ends_at IS NULL OR tp.ends_at > ?) \
         ORDER BY t.name_key, t.name_folded",
        vec![organization.0.into(), provider.0.into(), now.0.into()],
    )
    .await?;
    let carrier = |row: CarrierRow| ProviderTeam {
        version: row.version,
        members: sql::count_of(row.members),
        granted: Granted {
            team: Some(TeamRef {
                id: TeamId(row.id),
                name: row.name,
            }),
            at: Timestamp(row.granted_at),
            by: row.by_name,
            ends_at: row.ends_at.map(Timestamp),
            reason: row.end_reason.unwrap_or_default(),
            models: ModelList::stored(row.models.as_deref()),
        },
    };
    Ok(rows.into_iter().map(carrier).collect())
}
