//! Allowed providers, from every source: a member's own, and what the member's teams carry. A grant whose end has come
//! counts as none everywhere.

use crate::connection::{Conn, WriteTx};
use crate::error::Result;
use crate::members::{Affected, refresh_allowed};
use crate::sql;
use domain::access::ModelList;
use domain::history::Granted;
use domain::team::TeamRef;
use domain::{MemberId, OrganizationId, ProviderId, TeamId, Timestamp, UserId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};

/// A grant with the name of who gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRecord {
    /// What is allowed.
    pub provider: ProviderId,
    /// The team that carries it; `None` for the member's own.
    pub team: Option<TeamId>,
    /// When it was given.
    pub granted_at: Timestamp,
    /// Who allowed it; `None` when that person is gone.
    pub granted_by: Option<String>,
    /// Until when; `None` is without end.
    pub ends_at: Option<Timestamp>,
    /// Why it ends; may be empty.
    pub reason: String,
    /// Of which models.
    pub models: ModelList,
}

#[derive(FromQueryResult)]
struct GrantRow {
    provider_id: i64,
    team_id: Option<i64>,
    granted_at: i64,
    by_name: Option<String>,
    ends_at: Option<i64>,
    end_reason: Option<String>,
    models: Option<String>,
}

/// All grants of the row that is called `row` in a statement, from every source and ended ones included: a select of
/// `provider_id` and `ends_at`. Invitations have none until they are accepted.
pub(crate) fn every_source(row: &str) -> String {
    format!(
        "SELECT provider_id, ends_at FROM provider_grant WHERE member_id = {row}.id UNION ALL \
         SELECT tp.provider_id, tp.ends_at FROM team_member tm JOIN team_provider tp ON tp.team_id = tm.team_id \
         WHERE tm.member_id = {row}.id AND {row}.user_id IS NOT NULL"
    )
}

/// All members that have a provider in this list, from any source and ended grants included: a select of `member_id`
/// and `ends_at`, which may hold a member several times.
pub(crate) fn every_holder(providers: &str) -> String {
    format!(
        "SELECT member_id, ends_at FROM provider_grant WHERE provider_id IN {providers} UNION ALL \
         SELECT tm.member_id, tp.ends_at FROM team_provider tp JOIN team_member tm ON tm.team_id = tp.team_id \
         JOIN member holder ON holder.id = tm.member_id \
         WHERE tp.provider_id IN {providers} AND holder.user_id IS NOT NULL"
    )
}

/// The grants of one member, by provider id, the own one before those of teams.
pub async fn of_member(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<Vec<GrantRecord>> {
    let rows: Vec<GrantRow> = sql::rows(
        conn,
        "SELECT g.provider_id, g.team_id, g.granted_at, coalesce(nullif(u.name, ''), u.email) AS by_name, g.ends_at, \
         g.end_reason, g.models FROM (SELECT member_id, provider_id, CAST(NULL AS bigint) AS team_id, granted_by, granted_at, \
         ends_at, end_reason, models \
         FROM provider_grant WHERE member_id = ? UNION ALL \
         SELECT tm.member_id, tp.provider_id, tp.team_id, tp.granted_by, tp.granted_at, tp.ends_at, tp.end_reason, tp.models \
         FROM team_member tm JOIN team_provider tp ON tp.team_id = tm.team_id WHERE tm.member_id = ?) g \
         JOIN member m ON m.id = g.member_id AND m.user_id IS NOT NULL LEFT JOIN app_user u ON u.id = g.granted_by \
         WHERE m.organization_id = ? AND (g.ends_at IS NULL OR g.ends_at > ?) \
         ORDER BY g.provider_id, g.team_id NULLS FIRST",
        vec![member.0.into(), member.0.into(), organization.0.into(), now.0.into()],
    )
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| GrantRecord {
            provider: ProviderId(row.provider_id),
            team: row.team_id.map(TeamId),
            granted_at: Timestamp(row.granted_at),
            granted_by: row.by_name,
            ends_at: row.ends_at.map(Timestamp),
            reason: row.end_reason.unwrap_or_default(),
            models: ModelList::stored(row.models.as_deref()),
        })
        .collect())
}

/// Allows a provider as the member's own, without end and with all models. False when it is allowed already, or either is not in this organization.
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
         SET granted_by = excluded.granted_by, granted_at = excluded.granted_at, ends_at = NULL, end_reason = NULL, \
         models = NULL \
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

/// Takes away the member's own grant of a provider; those of teams stay. False when there was none.
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

/// How many have this provider from any source, whatever their status.
pub async fn count_of_provider(
    conn: &impl Conn,
    organization: OrganizationId,
    provider: ProviderId,
    now: Timestamp,
) -> Result<u32> {
    let query = format!("SELECT {HOLDERS} FROM provider p WHERE p.organization_id = ? AND p.id = ?");
    let values = vec![
        now.0.into(),
        now.0.into(),
        now.0.into(),
        organization.0.into(),
        provider.0.into(),
    ];
    sql::number_of(conn, &query, values).await
}

/// How many have the provider `p` from any source; the marks are three times the same instant. Own grants are counted
/// by their index alone, and of the people of teams those who have none.
pub(crate) const HOLDERS: &str = "(SELECT count(*) FROM provider_grant g WHERE g.provider_id = p.id \
     AND (g.ends_at IS NULL OR g.ends_at > ?)) + (SELECT count(DISTINCT tm.member_id) FROM team_provider tp \
     JOIN team_member tm ON tm.team_id = tp.team_id JOIN member m ON m.id = tm.member_id \
     WHERE tp.provider_id = p.id AND (tp.ends_at IS NULL OR tp.ends_at > ?) AND m.user_id IS NOT NULL \
     AND NOT EXISTS (SELECT 1 FROM provider_grant o WHERE o.member_id = tm.member_id AND o.provider_id = p.id \
     AND (o.ends_at IS NULL OR o.ends_at > ?)))";

#[derive(FromQueryResult)]
struct GivenToRow {
    member_id: i64,
    team_id: Option<i64>,
    team_name: Option<String>,
    granted_at: i64,
    by_name: Option<String>,
    ends_at: Option<i64>,
    end_reason: Option<String>,
    models: Option<String>,
}

/// By which sources a provider is allowed to each of these members, since when and by whom; a member's own before those
/// of teams.
pub async fn given_to(
    conn: &impl Conn,
    organization: OrganizationId,
    provider: ProviderId,
    members: &[MemberId],
    now: Timestamp,
) -> Result<Vec<(MemberId, Granted)>> {
    let listed = sql::ids_in_list(conn.inner().get_database_backend() == DbBackend::Postgres);
    let query = format!(
        "SELECT g.member_id, g.team_id, t.name AS team_name, g.granted_at, \
         coalesce(nullif(u.name, ''), u.email) AS by_name, g.ends_at, g.end_reason, g.models FROM (\
         SELECT member_id, provider_id, CAST(NULL AS bigint) AS team_id, granted_by, granted_at, ends_at, end_reason, models \
         FROM provider_grant WHERE provider_id = ? AND member_id IN ({listed}) UNION ALL \
         SELECT tm.member_id, tp.provider_id, tp.team_id, tp.granted_by, tp.granted_at, tp.ends_at, tp.end_reason, tp.models \
         FROM team_provider tp JOIN team_member tm ON tm.team_id = tp.team_id \
         WHERE tp.provider_id = ? AND tm.member_id IN ({listed})) g \
         JOIN provider p ON p.id = g.provider_id LEFT JOIN team t ON t.id = g.team_id \
         LEFT JOIN app_user u ON u.id = g.granted_by \
         WHERE p.organization_id = ? AND (g.ends_at IS NULL OR g.ends_at > ?) \
         ORDER BY g.member_id, g.team_id NULLS FIRST"
    );
    let list = sql::id_list(members.iter().map(|member| member.0));
    let values = vec![
        provider.0.into(),
        list.clone().into(),
        provider.0.into(),
        list.into(),
        organization.0.into(),
        now.0.into(),
    ];
    let rows: Vec<GivenToRow> = sql::rows(conn, &query, values).await?;
    let granted = |row: GivenToRow| {
        let team = row.team_id.zip(row.team_name);
        let granted = Granted {
            team: team.map(|(id, name)| TeamRef { id: TeamId(id), name }),
            at: Timestamp(row.granted_at),
            by: row.by_name,
            ends_at: row.ends_at.map(Timestamp),
            reason: row.end_reason.unwrap_or_default(),
            models: ModelList::stored(row.models.as_deref()),
        };
        (MemberId(row.member_id), granted)
    };
    Ok(rows.into_iter().map(granted).collect())
}
