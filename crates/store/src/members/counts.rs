//! The status line, and the column it counts by.

use crate::connection::{Conn, WriteTx};
use crate::error::Result;
use crate::grant_ends::count_ending;
use crate::grants::{every_holder, every_source};
use crate::sql::{self, Sql, count_of};
use domain::member::StatusCounts;
use domain::{MemberId, OrganizationId, ProviderId, TeamId, Timestamp};
use sea_orm::FromQueryResult;

#[derive(FromQueryResult)]
struct CountsRow {
    active: i64,
    suspended: i64,
    invited: i64,
    without: i64,
}

/// The numbers of the status line: each counts one stretch of one index, and what ends soon up to a limit.
pub async fn status_counts(
    conn: &impl Conn,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<StatusCounts> {
    let sql = status_counts_sql(organization, now);
    let rows: Vec<CountsRow> = sql::rows(conn, &sql.text, sql.values).await?;
    let (ending, ending_more) = count_ending(conn, organization, now).await?;
    Ok(rows
        .into_iter()
        .next()
        .map(|row| StatusCounts {
            users: count_of(row.active + row.suspended),
            invited: count_of(row.invited),
            suspended: count_of(row.suspended),
            without_providers: count_of(row.without),
            ending,
            ending_more,
        })
        .unwrap_or_default())
}

pub(super) fn status_counts_sql(organization: OrganizationId, now: Timestamp) -> Sql {
    let mut sql = Sql::default();
    sql.push("SELECT");
    for (name, condition) in [
        ("active", "status = 'active'"),
        ("suspended", "status = 'suspended'"),
        ("invited", "status = 'invited'"),
    ] {
        sql.push(" (SELECT count(*) FROM member WHERE organization_id = ")
            .bind(organization.0);
        sql.push(" AND ")
            .push(condition)
            .push(") AS ")
            .push(name)
            .push(",");
    }
    sql.push(" (SELECT count(*) FROM member WHERE organization_id = ")
        .bind(organization.0);
    sql.push(" AND status = 'active' AND allowed_until IS NULL)");
    sql.push(" + (SELECT count(*) FROM member WHERE organization_id = ")
        .bind(organization.0);
    sql.push(" AND status = 'active' AND allowed_until <= ")
        .bind(now.0)
        .push(") AS without");
    sql
}

/// Whose grants changed.
#[derive(Clone, Copy)]
pub(crate) enum Affected {
    Member(MemberId),
    /// All who have a grant of this provider, from any source.
    Holders(ProviderId),
    /// All who are in this team.
    Team(TeamId),
}

/// Writes `allowed_until` anew. To be called after each change of grants, of who is in a team and of a provider's status,
/// and before a provider is deleted with its status off.
pub(crate) async fn refresh_allowed(
    tx: &WriteTx,
    organization: OrganizationId,
    affected: Affected,
) -> Result<()> {
    let (mut sql, until) = (Sql::default(), allowed_until());
    sql.push("UPDATE member SET allowed_until = ").push(&until);
    sql.push(" WHERE organization_id = ").bind(organization.0);
    match affected {
        Affected::Member(member) => sql.push(" AND id = ").bind(member.0),
        Affected::Holders(provider) => {
            sql.push(" AND id IN (SELECT member_id FROM (")
                .push(&every_holder("(?)"))
                .push(") AS holders)");
            sql.values.extend([provider.0.into(), provider.0.into()]);
            &mut sql
        }
        Affected::Team(team) => sql
            .push(" AND id IN (SELECT member_id FROM team_member WHERE team_id = ")
            .bind(team.0)
            .push(")"),
    };
    // Rewriting a row touches every index of it; most holders have other providers as well.
    sql.push(" AND allowed_until IS DISTINCT FROM ").push(&until);
    sql::execute(tx, &sql.text, sql.values).await?;
    Ok(())
}

/// The latest end among the grants of active providers from every source; a grant without end has the largest number.
pub(crate) fn allowed_until() -> String {
    format!(
        "(SELECT max(coalesce(g.ends_at, 9223372036854775807)) FROM ({}) g JOIN provider p ON p.id = g.provider_id \
         WHERE p.status = 'active')",
        every_source("member")
    )
}
