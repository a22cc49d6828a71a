//! The terms of grants, until when and of which models: set, told, and looked for when they end soon.

use crate::connection::{Conn, WriteTx};
use crate::error::Result;
use crate::members::{Affected, refresh_allowed};
use crate::sql::{self, Sql};
use domain::access::ModelList;
use domain::ends::{SOON, Terms};
use domain::limits::ENDING_COUNTED;
use domain::{MemberId, OrganizationId, ProviderId, TeamId, Timestamp, UserId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use std::collections::HashMap;

/// Allows a provider as the member's own on terms, or changes the terms of that grant. False when it is so already, or
/// either is not in this organization.
pub async fn set_own(
    tx: &WriteTx,
    organization: OrganizationId,
    (member, provider): (MemberId, ProviderId),
    by: UserId,
    now: Timestamp,
    end: &Terms,
) -> Result<bool> {
    let holder = (OWN, member.0);
    let done = set(tx, organization, holder, provider, by, now, end).await?;
    refresh_allowed(tx, organization, Affected::Member(member)).await?;
    Ok(done)
}

/// Lets a team carry a provider on terms, or changes them. False when it is so already, or either is not in this
/// organization. [`crate::team_grants::finish`] is to be called after it.
pub async fn set_of_team(
    tx: &WriteTx,
    organization: OrganizationId,
    (team, provider): (TeamId, ProviderId),
    by: UserId,
    now: Timestamp,
    end: &Terms,
) -> Result<bool> {
    set(tx, organization, (OF_TEAMS, team.0), provider, by, now, end).await
}

/// Where grants of one kind are: their table, the table of who holds them, and the column that names the holder.
struct Grants {
    table: &'static str,
    holders: &'static str,
    holder: &'static str,
}

const OWN: Grants = Grants {
    table: "provider_grant",
    holders: "member",
    holder: "member_id",
};
const OF_TEAMS: Grants = Grants {
    table: "team_provider",
    holders: "team",
    holder: "team_id",
};

/// Writes a grant with its terms. Who gave what is there stays, as long as it counts; what has ended begins anew. Nothing is
/// written where nothing changes.
async fn set(
    tx: &WriteTx,
    organization: OrganizationId,
    (grants, holder): (Grants, i64),
    provider: ProviderId,
    by: UserId,
    now: Timestamp,
    end: &Terms,
) -> Result<bool> {
    let Grants {
        table,
        holders,
        holder: column,
    } = grants;
    let begun = format!("{table}.ends_at <= excluded.granted_at");
    let query = format!(
        "INSERT INTO {table} ({column}, provider_id, granted_by, granted_at, ends_at, end_reason, models) \
         SELECT h.id, p.id, ?, ?, CAST(? AS bigint), CAST(? AS text), CAST(? AS text) FROM {holders} h, provider p \
         WHERE h.organization_id = ? AND p.organization_id = ? AND h.id = ? AND p.id = ? \
         ON CONFLICT ({column}, provider_id) DO UPDATE SET \
         granted_by = CASE WHEN {begun} THEN excluded.granted_by ELSE {table}.granted_by END, \
         granted_at = CASE WHEN {begun} THEN excluded.granted_at ELSE {table}.granted_at END, \
         ends_at = excluded.ends_at, end_reason = excluded.end_reason, models = excluded.models \
         WHERE {table}.ends_at IS DISTINCT FROM excluded.ends_at OR {table}.end_reason IS DISTINCT FROM excluded.end_reason \
         OR {table}.models IS DISTINCT FROM excluded.models"
    );
    let reason = (!end.reason.is_empty()).then(|| end.reason.clone());
    let values = vec![
        by.0.into(),
        now.0.into(),
        end.ends_at.map(|end| end.0).into(),
        reason.into(),
        end.models.to_stored().into(),
        organization.0.into(),
        organization.0.into(),
        holder.into(),
        provider.0.into(),
    ];
    Ok(sql::execute(tx, &query, values).await? == 1)
}

/// Why what teams carry ends, where somebody said so.
pub async fn reasons_of_teams(
    conn: &impl Conn,
    organization: OrganizationId,
) -> Result<HashMap<(TeamId, ProviderId), String>> {
    let rows: Vec<(i64, i64, String)> = sql::unordered(
        conn,
        "tp.team_id, tp.provider_id, tp.end_reason",
        "FROM team_provider tp JOIN team t ON t.id = tp.team_id \
         WHERE t.organization_id = ? AND tp.end_reason IS NOT NULL",
        vec![organization.0.into()],
    )
    .await?;
    let of_team = |(team, provider, reason)| ((TeamId(team), ProviderId(provider)), reason);
    Ok(rows.into_iter().map(of_team).collect())
}

type TermsRow = (i64, Option<i64>, Option<String>, Option<String>);

/// The terms of what one team carries; what has ended, and what has no end and all models, is left out.
pub async fn of_team(
    conn: &impl Conn,
    organization: OrganizationId,
    team: TeamId,
    now: Timestamp,
) -> Result<HashMap<ProviderId, Terms>> {
    let rows: Vec<TermsRow> = sql::unordered(
        conn,
        "tp.provider_id, tp.ends_at, tp.end_reason, tp.models",
        "FROM team_provider tp JOIN team t ON t.id = tp.team_id \
         WHERE t.organization_id = ? AND t.id = ? AND (tp.ends_at > ? OR tp.ends_at IS NULL AND tp.models IS NOT NULL)",
        vec![organization.0.into(), team.0.into(), now.0.into()],
    )
    .await?;
    let terms = |(provider, ends_at, reason, models): TermsRow| {
        let terms = Terms {
            ends_at: ends_at.map(Timestamp),
            reason: reason.unwrap_or_default(),
            models: ModelList::stored(models.as_deref()),
        };
        (ProviderId(provider), terms)
    };
    Ok(rows.into_iter().map(terms).collect())
}

/// The members who lose a provider between two instants if nothing changes: whose last source of it ends then. A select
/// of `id`, which may hold a member several times.
pub(crate) fn push_ending(
    sql: &mut Sql,
    organization: OrganizationId,
    between: (Timestamp, Timestamp),
    postgres: bool,
) {
    let (from, until) = between;
    // SQLite's planner does not know how few grants have an end.
    let index = if postgres {
        ""
    } else {
        " INDEXED BY provider_grant_ending"
    };
    sql.push("SELECT g.member_id AS id FROM provider_grant g")
        .push(index);
    sql.push(" WHERE g.provider_id IN (SELECT p.id FROM provider p WHERE p.organization_id = ")
        .bind(organization.0);
    sql.push(") AND g.ends_at > ").bind(from.0);
    sql.push(" AND g.ends_at <= ").bind(until.0);
    sql.push(
        " AND NOT EXISTS (SELECT 1 FROM team_member o JOIN team_provider l ON l.team_id = o.team_id \
         JOIN member holder ON holder.id = o.member_id WHERE o.member_id = g.member_id AND l.provider_id = g.provider_id \
         AND holder.user_id IS NOT NULL AND (l.ends_at IS NULL OR l.ends_at > ",
    )
    .bind(until.0);
    sql.push(
        ")) UNION ALL SELECT tm.member_id AS id FROM team t JOIN team_provider tp ON tp.team_id = t.id \
         JOIN team_member tm ON tm.team_id = t.id JOIN member holder ON holder.id = tm.member_id \
         WHERE t.organization_id = ",
    )
    .bind(organization.0);
    sql.push(" AND tp.ends_at > ").bind(from.0);
    sql.push(" AND tp.ends_at <= ").bind(until.0);
    sql.push(
        " AND holder.user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM provider_grant o \
         WHERE o.member_id = tm.member_id AND o.provider_id = tp.provider_id AND (o.ends_at IS NULL OR o.ends_at > ",
    )
    .bind(until.0);
    sql.push(
        ")) AND NOT EXISTS (SELECT 1 FROM team_member o JOIN team_provider l ON l.team_id = o.team_id \
         WHERE o.member_id = tm.member_id AND l.provider_id = tp.provider_id AND (l.ends_at IS NULL OR l.ends_at > ",
    )
    .bind(until.0)
    .push("))");
}

#[derive(FromQueryResult)]
struct EndingRow {
    grants: i64,
    people: i64,
}

/// How many lose a provider soon, and whether there may be more: of so many grants that end, only some are looked at.
pub(crate) async fn count_ending(
    conn: &impl Conn,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<(u32, bool)> {
    let postgres = conn.inner().get_database_backend() == DbBackend::Postgres;
    let mut sql = Sql::default();
    sql.push("SELECT count(*) AS grants, count(DISTINCT ending.id) AS people FROM (");
    push_ending(&mut sql, organization, (now, now.plus(SOON)), postgres);
    sql.push(" LIMIT ").bind(i64::from(ENDING_COUNTED) + 1);
    sql.push(") AS ending");
    let rows: Vec<EndingRow> = sql::rows(conn, &sql.text, sql.values).await?;
    let counted = |row: &EndingRow| {
        let more = sql::count_of(row.grants) > ENDING_COUNTED;
        (sql::count_of(row.people), more)
    };
    Ok(rows.first().map(counted).unwrap_or_default())
}
