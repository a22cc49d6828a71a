//! Rows of the table with everything they show.

use super::status_at;
use crate::collation::sort_key;
use crate::connection::Conn;
use crate::error::{Error, Result, known};
use crate::{keys, providers, sql, teams};
use domain::member::{KeyRef, MemberRow};
use domain::{MemberId, OrganizationId, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend};
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Deserialize)]
struct Row {
    id: i64,
    version: i64,
    name: String,
    email: String,
    role: String,
    status: String,
    expires_at: Option<i64>,
    last_login_at: Option<i64>,
    /// Ids with commas between: one row a member, however many teams.
    team_ids: Option<String>,
    provider_ids: Option<String>,
}

#[derive(Deserialize)]
struct KeyRow {
    member_id: i64,
    id: i64,
    name: String,
    last_four: String,
    expires_at: Option<i64>,
}

/// The rows with these ids, in this order; those that are gone, or in another organization, are left out.
pub async fn rows(
    conn: &impl Conn,
    organization: OrganizationId,
    ids: &[MemberId],
    now: Timestamp,
) -> Result<Vec<MemberRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = sql::id_list(ids.iter().map(|id| id.0));
    let teams = Ranked::new(teams::refs(conn, organization).await?, |t| t.id.0);
    let providers = Ranked::new(providers::refs(conn, organization).await?, |p| p.id.0);
    let mut keys = keys_of(conn, organization, &list, now).await?;
    let mut found: HashMap<i64, MemberRow> = HashMap::with_capacity(ids.len());
    for row in members_of(conn, organization, list, now).await? {
        let row = MemberRow {
            id: MemberId(row.id),
            version: row.version,
            name: row.name,
            email: row.email,
            role: known("member.role", &row.role)?,
            status: status_at(&row.status, row.expires_at.map(Timestamp), now)?,
            teams: teams.pick(row.team_ids.as_deref())?,
            keys: keys.remove(&row.id).unwrap_or_default(),
            providers: providers.pick(row.provider_ids.as_deref())?,
            last_login: row.last_login_at.map(Timestamp),
            expires_at: row.expires_at.map(Timestamp),
        };
        found.insert(row.id.0, row);
    }
    Ok(ids.iter().filter_map(|id| found.remove(&id.0)).collect())
}

/// One row.
pub async fn row(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<Option<MemberRow>> {
    Ok(rows(conn, organization, &[member], now).await?.pop())
}

/// The mark keeps SQLite from going through the organization's rows instead of the ids.
pub(super) fn members_in_list(postgres: bool) -> String {
    format!(
        "FROM member m WHERE m.id IN ({}) AND {}m.organization_id = ?",
        sql::ids_in_list(postgres),
        if postgres { "" } else { "+" },
    )
}

/// With the same mark.
pub(super) fn keys_in_list(postgres: bool) -> String {
    format!(
        "FROM virtual_key k WHERE k.member_id IN ({}) AND {}k.organization_id = ? AND k.revoked_at IS NULL",
        sql::ids_in_list(postgres),
        if postgres { "" } else { "+" },
    )
}

async fn members_of(
    conn: &impl Conn,
    organization: OrganizationId,
    list: String,
    now: Timestamp,
) -> Result<Vec<Row>> {
    let postgres = conn.inner().get_database_backend() == DbBackend::Postgres;
    let joined = |column: &str| match postgres {
        true => format!("string_agg({column}::text, ',')"),
        false => format!("group_concat({column})"),
    };
    let columns = format!(
        "m.id, m.version, m.name, m.email, m.role, m.status, m.expires_at, m.last_login_at, \
         (SELECT {} FROM team_member tm WHERE tm.member_id = m.id), \
         (SELECT {} FROM provider_grant g WHERE g.member_id = m.id AND (g.ends_at IS NULL OR g.ends_at > ?))",
        joined("tm.team_id"),
        joined("g.provider_id"),
    );
    let from = members_in_list(postgres);
    let values = vec![now.0.into(), list.into(), organization.0.into()];
    sql::unordered(conn, &columns, &from, values).await
}

async fn keys_of(
    conn: &impl Conn,
    organization: OrganizationId,
    list: &str,
    now: Timestamp,
) -> Result<HashMap<i64, Vec<KeyRef>>> {
    let postgres = conn.inner().get_database_backend() == DbBackend::Postgres;
    let from = keys_in_list(postgres);
    let values = vec![list.into(), organization.0.into()];
    let rows: Vec<KeyRow> = sql::unordered(
        conn,
        "k.member_id, k.id, k.name, k.last_four, k.expires_at",
        &from,
        values,
    )
    .await?;
    let mut of_member: HashMap<i64, Vec<KeyRow>> = HashMap::new();
    for row in rows {
        of_member.entry(row.member_id).or_default().push(row);
    }
    let listed = |mut rows: Vec<KeyRow>| {
        if rows.len() > 1 {
            rows.sort_by_cached_key(|row| (sort_key(&row.name), row.id));
        }
        let key = |row: KeyRow| KeyRef {
            state: keys::state(None, row.expires_at.map(Timestamp), now),
            name: row.name,
            last_four: row.last_four,
        };
        rows.into_iter().map(key).collect()
    };
    Ok(of_member
        .into_iter()
        .map(|(member, rows)| (member, listed(rows)))
        .collect())
}

/// The few teams or providers of an organization in the order of their names, found by id.
struct Ranked<T> {
    in_order: Vec<T>,
    ranks: HashMap<i64, usize>,
}

impl<T: Clone> Ranked<T> {
    fn new(in_order: Vec<T>, id: impl Fn(&T) -> i64) -> Self {
        let ranks = in_order
            .iter()
            .enumerate()
            .map(|(rank, item)| (id(item), rank))
            .collect();
        Self { in_order, ranks }
    }

    fn pick(&self, ids: Option<&str>) -> Result<Vec<T>> {
        let Some(ids) = ids else {
            return Ok(Vec::new());
        };
        let mut ranks: Vec<usize> = Vec::new();
        for id in ids.split(',') {
            let id: i64 = id.parse().map_err(|e| Error::corrupt("id list", e))?;
            ranks.extend(self.ranks.get(&id));
        }
        ranks.sort_unstable();
        Ok(ranks
            .into_iter()
            .map(|rank| self.in_order[rank].clone())
            .collect())
    }
}
