//! Rows of the table with everything they show.

use super::status_at;
use crate::collation::sort_key;
use crate::connection::Conn;
use crate::error::{Error, Result, known};
use crate::{access, grant_ends, keys, mail, providers, sql, teams};
use domain::access::{ModelList, TeamGrants};
use domain::member::{AllowedBy, KeyRef, MemberRow};
use domain::{MemberId, OrganizationId, ProviderId, TeamId, Timestamp};
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
    joined: bool,
    /// Ids with commas between: one row a member, however many teams.
    team_ids: Option<String>,
    /// Own grants, with commas between: the provider's id, the end if there is one, and in hexadecimal digits the reason,
    /// which may hold anything; with colons between.
    grants: Option<String>,
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
    let carried = access::carried(conn, organization).await?;
    let reasons = grant_ends::reasons_of_teams(conn, organization).await?;
    let mut keys = keys_of(conn, organization, &list, now).await?;
    let mut found: HashMap<i64, MemberRow> = HashMap::with_capacity(ids.len());
    let rows = members_of(conn, organization, list, now).await?;
    let invited = || rows.iter().filter(|row| !row.joined).map(|row| MemberId(row.id));
    let mut mails = match invited().next() {
        Some(_) => mail::of_invitations(conn, organization, invited()).await?,
        None => HashMap::new(),
    };
    for row in rows {
        let teams = teams.pick(ids_of(row.team_ids.as_deref())?);
        let mut allowed = own_grants(row.grants.as_deref())?;
        if row.joined {
            allowed.extend(carried_by(
                teams.iter().map(|team| team.id),
                &carried,
                &reasons,
                now,
            ));
        }
        let row = MemberRow {
            id: MemberId(row.id),
            version: row.version,
            name: row.name,
            email: row.email,
            role: known("member.role", &row.role)?,
            status: status_at(&row.status, row.expires_at.map(Timestamp), now)?,
            providers: providers.pick(allowed.iter().map(|by| by.provider.0).collect()),
            allowed,
            teams,
            keys: keys.remove(&row.id).unwrap_or_default(),
            last_login: row.last_login_at.map(Timestamp),
            expires_at: row.expires_at.map(Timestamp),
            mail: mails.remove(&MemberId(row.id)),
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
    let hex = |column: &str| match postgres {
        true => format!("encode(convert_to({column}, 'UTF8'), 'hex')"),
        false => format!("hex({column})"),
    };
    let columns = format!(
        "m.id, m.version, m.name, m.email, m.role, m.status, m.expires_at, m.last_login_at, {}, \
         (SELECT {} FROM team_member tm WHERE tm.member_id = m.id), \
         (SELECT {} FROM provider_grant g WHERE g.member_id = m.id AND (g.ends_at IS NULL OR g.ends_at > ?))",
        match postgres {
            true => "m.user_id IS NOT NULL",
            // Its JSON knows true and false as well, its comparisons do not.
            false => "json(iif(m.user_id IS NOT NULL, 'true', 'false'))",
        },
        joined("tm.team_id"),
        joined(&format!(
            "(g.provider_id || ':' || coalesce(CAST(g.ends_at AS text), '') || ':' || coalesce({}, '') \
             || ':' || coalesce({}, ''))",
            hex("g.end_reason"),
            hex("g.models"),
        )),
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

    /// Those with these ids, each once.
    fn pick(&self, ids: Vec<i64>) -> Vec<T> {
        let mut ranks: Vec<usize> = ids.iter().filter_map(|id| self.ranks.get(id).copied()).collect();
        ranks.sort_unstable();
        ranks.dedup();
        ranks
            .into_iter()
            .map(|rank| self.in_order[rank].clone())
            .collect()
    }
}

fn number(text: &str) -> Result<i64> {
    text.parse().map_err(|e| Error::corrupt("id list", e))
}

fn ids_of(list: Option<&str>) -> Result<Vec<i64>> {
    list.map_or(Ok(Vec::new()), |ids| ids.split(',').map(number).collect())
}

fn own_grants(list: Option<&str>) -> Result<Vec<AllowedBy>> {
    let grant = |text: &str| {
        let (provider, end) = text.split_once(':').unwrap_or((text, ""));
        let (end, reason) = end.split_once(':').unwrap_or((end, ""));
        let (reason, models) = reason.split_once(':').unwrap_or((reason, ""));
        Ok(AllowedBy {
            provider: ProviderId(number(provider)?),
            team: None,
            ends_at: match end {
                "" => None,
                end => Some(Timestamp(number(end)?)),
            },
            reason: text_of(reason)?,
            models: ModelList::stored(
                match models {
                    "" => None,
                    models => Some(text_of(models)?),
                }
                .as_deref(),
            ),
        })
    };
    list.map_or(Ok(Vec::new()), |list| list.split(',').map(grant).collect())
}

/// The text whose octets these hexadecimal digits are.
fn text_of(digits: &str) -> Result<String> {
    let octet = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).map_err(|e| Error::corrupt("grants", e))?;
        u8::from_str_radix(pair, 16).map_err(|e| Error::corrupt("grants", e))
    };
    let octets: Vec<u8> = digits.as_bytes().chunks(2).map(octet).collect::<Result<_>>()?;
    String::from_utf8(octets).map_err(|e| Error::corrupt("grants", e))
}

/// What some teams carry, of the grants of all teams in the order of their ids.
fn carried_by<'a>(
    teams: impl Iterator<Item = TeamId> + 'a,
    carried: &'a [TeamGrants],
    reasons: &'a HashMap<(TeamId, ProviderId), String>,
    now: Timestamp,
) -> impl Iterator<Item = AllowedBy> + 'a {
    teams.flat_map(move |team| {
        let live = TeamGrants::of(carried, team)
            .iter()
            .filter(move |grant| grant.is_live(now));
        live.map(move |grant| AllowedBy {
            provider: grant.provider,
            team: Some(team),
            ends_at: grant.ends_at,
            reason: reasons.get(&(team, grant.provider)).cloned().unwrap_or_default(),
            models: grant.models.clone(),
        })
    })
}
