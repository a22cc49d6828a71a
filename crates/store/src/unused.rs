//! Allowed providers that were not used, found by the sums of use by day.

use crate::connection::{Conn, WriteTx};
use crate::error::{Result, known};
use crate::sql::{self, Sql};
use domain::team::TeamRef;
use domain::unused::{UnusedPlace, UnusedQuery};
use domain::{MemberId, OrganizationId, ProviderId, Role, TeamId, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Value};
use serde::Deserialize;
use std::collections::HashMap;

/// One source of an allowed provider that was not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusedSource {
    /// Whose, and of what.
    pub place: UnusedPlace,
    /// What the person is called; may be empty.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// The provider's name.
    pub provider: String,
    /// The team that carries it; `None` for the member's own.
    pub team: Option<TeamRef>,
    /// Since when it is theirs: since it was given, but not since before they had an account.
    pub since: Timestamp,
    /// Until when; `None` is without end.
    pub ends_at: Option<Timestamp>,
    /// When the member said last that they still need it.
    pub kept_at: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct IdRow {
    id: i64,
}

/// Active members from an id on, by id: those whose grants are looked at next. The query's team narrows them.
pub async fn members_from(
    conn: &impl Conn,
    organization: OrganizationId,
    query: &UnusedQuery,
    from: MemberId,
    most: u32,
) -> Result<Vec<MemberId>> {
    let mut select = Sql::default();
    select
        .push("SELECT m.id FROM member m WHERE m.organization_id = ")
        .bind(organization.0)
        .push(" AND m.status = 'active' AND m.id >= ")
        .bind(from.0);
    if let Some(team) = query.team {
        select
            .push(" AND EXISTS (SELECT 1 FROM team_member tm WHERE tm.member_id = m.id AND tm.team_id = ")
            .bind(team.0)
            .push(")");
    }
    select.push(" ORDER BY m.id LIMIT ").bind(i64::from(most));
    let rows: Vec<IdRow> = sql::rows(conn, &select.text, select.values).await?;
    Ok(rows.into_iter().map(|row| MemberId(row.id)).collect())
}

/// A row as it comes, column by column.
#[derive(Deserialize)]
struct SourceRow {
    member: i64,
    provider: i64,
    name: String,
    email: String,
    role: String,
    provider_name: String,
    team: Option<i64>,
    team_name: Option<String>,
    granted_at: i64,
    account_at: i64,
    ends_at: Option<i64>,
    kept_at: Option<i64>,
}

const COLUMNS: &str = "g.member_id, g.provider_id, m.name, m.email, m.role, p.name, g.team_id, t.name, g.granted_at, \
                       u.created_at, g.ends_at, g.kept_at";

/// What of these active members' allowed providers they have not used since the query's day: each source that counts now, of
/// providers that are active, in no order.
pub async fn sources(
    conn: &impl Conn,
    organization: OrganizationId,
    members: &[MemberId],
    query: &UnusedQuery,
    now: Timestamp,
) -> Result<Vec<UnusedSource>> {
    let postgres = conn.inner().get_database_backend() == DbBackend::Postgres;
    let from = sources_from(organization, members, query, now, postgres);
    let rows: Vec<SourceRow> = sql::unordered(conn, COLUMNS, &from.text, from.values).await?;
    rows.into_iter().map(source).collect()
}

fn sources_from(
    organization: OrganizationId,
    members: &[MemberId],
    query: &UnusedQuery,
    now: Timestamp,
    postgres: bool,
) -> Sql {
    let listed = sql::ids_in_list(postgres);
    let list = sql::id_list(members.iter().map(|member| member.0));
    let mut from = Sql::default();
    from.push(
        "FROM (SELECT member_id, provider_id, CAST(NULL AS bigint) AS team_id, granted_at, ends_at, kept_at FROM provider_grant \
         WHERE member_id IN (",
    );
    from.push(listed).push(
        ") UNION ALL SELECT tm.member_id, tp.provider_id, tp.team_id, tp.granted_at, tp.ends_at, \
         CAST(NULL AS bigint) FROM team_member tm \
         JOIN team_provider tp ON tp.team_id = tm.team_id WHERE tm.member_id IN (",
    );
    from.push(listed);
    from.values.extend([list.clone().into(), list.into()]);
    from.push(
        ")) g JOIN member m ON m.id = g.member_id JOIN app_user u ON u.id = m.user_id \
         JOIN provider p ON p.id = g.provider_id LEFT JOIN team t ON t.id = g.team_id \
         WHERE m.status = 'active' AND p.status = 'active' AND +m.organization_id = ",
    );
    // Bare columns would be a reason to read everybody, every provider or the whole organization's use instead.
    from.bind(organization.0)
        .push(" AND +p.organization_id = ")
        .bind(organization.0)
        .push(" AND (g.ends_at IS NULL OR g.ends_at > ")
        .bind(now.0)
        .push(")");
    if let Some(provider) = query.provider {
        from.push(" AND p.id = ").bind(provider.0);
    }
    from.push(" AND NOT EXISTS (SELECT 1 FROM usage_day d")
        .push(match postgres {
            true => "",
            false => " INDEXED BY usage_day_member",
        })
        .push(" WHERE d.organization_id = ")
        .bind(organization.0)
        .push(
            " AND d.member_id = g.member_id AND d.provider_id = g.provider_id AND d.requests > d.refused AND d.at >= ",
        )
        .bind(query.since(now).0)
        .push(")");
    from
}

fn source(row: SourceRow) -> Result<UnusedSource> {
    Ok(UnusedSource {
        place: UnusedPlace {
            member: MemberId(row.member),
            provider: ProviderId(row.provider),
        },
        name: row.name,
        email: row.email,
        role: known("member.role", &row.role)?,
        provider: row.provider_name,
        team: row
            .team
            .map(TeamId)
            .zip(row.team_name)
            .map(|(id, name)| TeamRef { id, name }),
        since: Timestamp(row.granted_at.max(row.account_at)),
        ends_at: row.ends_at.map(Timestamp),
        kept_at: row.kept_at.map(Timestamp),
    })
}

/// The day on which each of these members last used each provider, whenever that was.
pub async fn last_days(
    conn: &impl Conn,
    organization: OrganizationId,
    members: &[MemberId],
) -> Result<HashMap<UnusedPlace, Timestamp>> {
    let postgres = conn.inner().get_database_backend() == DbBackend::Postgres;
    let listed = sql::ids_in_list(postgres);
    let from = format!(
        "FROM (SELECT member_id, provider_id, max(at) AS at FROM usage_day WHERE organization_id = ? \
         AND member_id IN ({listed}) AND requests > refused GROUP BY member_id, provider_id) d"
    );
    let list = sql::id_list(members.iter().map(|member| member.0));
    let values = vec![organization.0.into(), list.into()];
    let rows: Vec<(i64, i64, i64)> =
        sql::unordered(conn, "d.member_id, d.provider_id, d.at", &from, values).await?;
    let day = |(member, provider, at)| {
        let place = UnusedPlace {
            member: MemberId(member),
            provider: ProviderId(provider),
        };
        (place, Timestamp(at))
    };
    Ok(rows.into_iter().map(day).collect())
}

/// A member's own grant, in this organization.
const OWN: &str =
    "member_id = ? AND provider_id = (SELECT id FROM provider WHERE organization_id = ? AND id = ?)";

fn own(organization: OrganizationId, place: UnusedPlace) -> [Value; 3] {
    [
        place.member.0.into(),
        organization.0.into(),
        place.provider.0.into(),
    ]
}

/// Notes that an own grant has its end because nobody used it.
pub async fn mark_notice(tx: &WriteTx, organization: OrganizationId, place: UnusedPlace) -> Result<()> {
    let query = format!("UPDATE provider_grant SET notice_end = ends_at WHERE {OWN}");
    sql::execute(tx, &query, own(organization, place).into()).await?;
    Ok(())
}

/// Notes that a member still needs an own grant.
pub async fn mark_kept(
    tx: &WriteTx,
    organization: OrganizationId,
    place: UnusedPlace,
    now: Timestamp,
) -> Result<()> {
    let query = format!("UPDATE provider_grant SET notice_end = NULL, kept_at = ? WHERE {OWN}");
    let mut values = vec![now.0.into()];
    values.extend(own(organization, place));
    sql::execute(tx, &query, values).await?;
    Ok(())
}

/// Which of a member's own grants end because nobody used them, and have not ended.
pub async fn keepable(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<Vec<ProviderId>> {
    let rows: Vec<IdRow> = sql::rows(
        conn,
        "SELECT g.provider_id AS id FROM provider_grant g JOIN provider p ON p.id = g.provider_id \
         WHERE g.member_id = ? AND p.organization_id = ? AND g.notice_end = g.ends_at AND g.ends_at > ? ORDER BY g.provider_id",
        vec![member.0.into(), organization.0.into(), now.0.into()],
    )
    .await?;
    Ok(rows.into_iter().map(|row| ProviderId(row.id)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::testing::{NOW, TestDatabase};

    #[derive(FromQueryResult)]
    struct Step {
        detail: String,
    }

    async fn check(tx: &WriteTx, when: &str) {
        let members = [MemberId(1), MemberId(2)];
        let from = sources_from(OrganizationId(1), &members, &UnusedQuery::default(), NOW, false);
        let explain = format!("EXPLAIN QUERY PLAN SELECT {COLUMNS} {}", from.text);
        let steps: Vec<Step> = sql::rows(tx, &explain, from.values).await.expect("a plan");
        let plan: Vec<_> = steps.into_iter().map(|step| step.detail).collect();
        let by_index = |line: &String| {
            line.starts_with("SEARCH d USING")
                && line.ends_with("usage_day_member (organization_id=? AND member_id=? AND at>?)")
        };
        assert!(plan.iter().any(by_index), "{when}\n{plan:#?}");
        assert!(
            !plan.iter().any(|line| line.starts_with("SEARCH m USING INDEX")),
            "{when}\n{plan:#?}"
        );
        let scans = plan.iter().filter(|line| line.starts_with("SCAN"));
        let few = |line: &&String| line.contains("json_each") || line.contains("SCAN g");
        assert!(scans.clone().all(|line| few(&line)), "{when}\n{plan:#?}");
    }

    #[tokio::test]
    async fn nothing_is_read_but_what_is_of_the_members() {
        let test = TestDatabase::embedded();
        let store = Store::open(&test.database).await.expect("a store");
        let tx = store.write().await.expect("a change");
        check(&tx, "empty").await;
        sql::execute(&tx, "ANALYZE", Vec::new()).await.expect("numbers");
        check(&tx, "with numbers").await;
    }
}
