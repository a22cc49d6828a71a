//! The status line, and the column it counts by.

use crate::connection::{Conn, WriteTx};
use crate::error::Result;
use crate::sql::{self, Sql, count_of};
use domain::member::StatusCounts;
use domain::{MemberId, OrganizationId, ProviderId, Timestamp};
use sea_orm::FromQueryResult;

#[derive(FromQueryResult)]
struct CountsRow {
    active: i64,
    suspended: i64,
    invited: i64,
    without: i64,
}

/// The numbers of the status line, by one statement: each counts one stretch of one index.
pub async fn status_counts(
    conn: &impl Conn,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<StatusCounts> {
    let sql = status_counts_sql(organization, now);
    let rows: Vec<CountsRow> = sql::rows(conn, &sql.text, sql.values).await?;
    Ok(rows
        .into_iter()
        .next()
        .map(|row| StatusCounts {
            users: count_of(row.active + row.suspended),
            invited: count_of(row.invited),
            suspended: count_of(row.suspended),
            without_providers: count_of(row.without),
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
    /// All who have a grant of this provider.
    Holders(ProviderId),
}

/// Writes `allowed_until` anew. To be called after each change of grants and of a provider's status, and before a
/// provider is deleted with its status off.
pub(crate) async fn refresh_allowed(
    tx: &WriteTx,
    organization: OrganizationId,
    affected: Affected,
) -> Result<()> {
    let mut sql = Sql::default();
    sql.push("UPDATE member SET allowed_until = ").push(ALLOWED_UNTIL);
    sql.push(" WHERE organization_id = ").bind(organization.0);
    match affected {
        Affected::Member(member) => sql.push(" AND id = ").bind(member.0),
        Affected::Holders(provider) => sql
            .push(" AND id IN (SELECT member_id FROM provider_grant WHERE provider_id = ")
            .bind(provider.0)
            .push(")"),
    };
    // Rewriting a row touches every index of it; most holders have other providers as well.
    sql.push(" AND allowed_until IS DISTINCT FROM ")
        .push(ALLOWED_UNTIL);
    sql::execute(tx, &sql.text, sql.values).await?;
    Ok(())
}

/// The latest end among the grants of active providers; a grant without end has the largest number.
pub(crate) const ALLOWED_UNTIL: &str = "(SELECT max(coalesce(g.ends_at, 9223372036854775807)) \
     FROM provider_grant g JOIN provider p ON p.id = g.provider_id \
     WHERE g.member_id = member.id AND p.status = 'active')";
