//! What is known of many rows.

use super::push_members;
use crate::connection::{Conn, Inner};
use crate::error::{Result, known};
use crate::members::status_at;
use crate::sql::{self, Sql};
use domain::access::ModelList;
use domain::ends::Terms;
use domain::{MemberId, MemberStatus, OrganizationId, ProviderId, Role, TeamId, TeamRole, Timestamp, UserId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// A member's own grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkGrant {
    /// What is allowed.
    pub provider: ProviderId,
    /// Who allowed it.
    pub by: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// Until when; `None` is without end.
    pub ends_at: Option<Timestamp>,
    /// Why it ends, if somebody said so.
    #[serde(default)]
    pub reason: Option<String>,
    /// Of which models.
    #[serde(default)]
    pub models: ModelList,
}

impl BulkGrant {
    /// On which terms.
    pub fn terms(&self) -> Terms {
        Terms {
            ends_at: self.ends_at,
            reason: self.reason.clone().unwrap_or_default(),
            models: self.models.clone(),
        }
    }

    /// The same grant on other terms.
    #[must_use]
    pub fn on(self, terms: Terms) -> Self {
        Self {
            ends_at: terms.ends_at,
            reason: Some(terms.reason).filter(|reason| !reason.is_empty()),
            models: terms.models,
            ..self
        }
    }
}

/// A row with all that a change of many may change of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkRow {
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
    /// When an invitation ends.
    pub expires_at: Option<Timestamp>,
    /// Last sign-in.
    pub last_login: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The version an edit must carry.
    pub version: i64,
    /// Own grants that have not ended.
    pub grants: Vec<BulkGrant>,
    /// Teams, and the place in each.
    pub teams: Vec<(TeamId, TeamRole)>,
}

/// Provider, who gave it, when, until when and why.
type GrantRow = (i64, Option<i64>, i64, Option<i64>, Option<String>, Option<String>);

#[derive(Deserialize)]
struct Row {
    id: i64,
    user_id: Option<i64>,
    email: String,
    email_identity: String,
    name: String,
    role: String,
    status: String,
    expires_at: Option<i64>,
    last_login_at: Option<i64>,
    created_at: i64,
    version: i64,
    grants: Vec<GrantRow>,
    teams: Vec<(i64, String)>,
}

fn postgres(conn: &impl Inner) -> bool {
    conn.inner().get_database_backend() == DbBackend::Postgres
}

/// The rows with these ids, in no order; those that are gone, or in another organization, are left out.
pub async fn rows(
    conn: &impl Conn,
    organization: OrganizationId,
    ids: &[MemberId],
    now: Timestamp,
) -> Result<Vec<BulkRow>> {
    let list = |columns: &str, from: &str| match postgres(conn) {
        true => format!("(SELECT coalesce(json_agg(json_build_array({columns})), '[]') {from})"),
        false => format!("json((SELECT json_group_array(json_array({columns})) {from}))"),
    };
    let columns = format!(
        "m.id, m.user_id, m.email, m.email_identity, m.name, m.role, m.status, m.expires_at, m.last_login_at, m.created_at, \
         m.version, {}, {}",
        list(
            "g.provider_id, g.granted_by, g.granted_at, g.ends_at, g.end_reason, g.models",
            "FROM provider_grant g WHERE g.member_id = m.id AND (g.ends_at IS NULL OR g.ends_at > ?)",
        ),
        list(
            "tm.team_id, tm.role",
            "FROM team_member tm WHERE tm.member_id = m.id"
        ),
    );
    let mut from = Sql::default();
    from.values.push(now.0.into());
    from.push("FROM member m WHERE ");
    push_members(&mut from, "m", organization, ids, postgres(conn));
    let rows: Vec<Row> = sql::unordered(conn, &columns, &from.text, from.values).await?;
    rows.into_iter().map(|row| read(row, now)).collect()
}

fn read(row: Row, now: Timestamp) -> Result<BulkRow> {
    let expires_at = row.expires_at.map(Timestamp);
    let grant = |(provider, by, at, ends_at, reason, models): GrantRow| BulkGrant {
        provider: ProviderId(provider),
        by: by.map(UserId),
        at: Timestamp(at),
        ends_at: ends_at.map(Timestamp),
        reason,
        models: ModelList::stored(models.as_deref()),
    };
    Ok(BulkRow {
        id: MemberId(row.id),
        user: row.user_id.map(UserId),
        email: row.email,
        email_identity: row.email_identity,
        name: row.name,
        role: known("member.role", &row.role)?,
        status: status_at(&row.status, expires_at, now)?,
        expires_at,
        last_login: row.last_login_at.map(Timestamp),
        created_at: Timestamp(row.created_at),
        version: row.version,
        grants: row.grants.into_iter().map(grant).collect(),
        teams: row
            .teams
            .into_iter()
            .map(|(team, role)| Ok((TeamId(team), known("team_member.role", &role)?)))
            .collect::<Result<_>>()?,
    })
}

#[derive(FromQueryResult)]
struct IdRow {
    id: i64,
}

/// Which of these once existed in the organization: their deletion is in the audit log.
async fn deleted(
    conn: &impl Conn,
    organization: OrganizationId,
    kind: &str,
    ids: Vec<i64>,
) -> Result<Vec<i64>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::default();
    sql.push("SELECT DISTINCT target_id AS id FROM audit WHERE organization_id = ")
        .bind(organization.0);
    sql.push(" AND target_kind = ")
        .bind(kind)
        .push(" AND target_id IN ")
        .list(ids);
    let rows: Vec<IdRow> = sql::rows(conn, &sql.text, sql.values).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Which of these providers, which are not there, once were.
pub async fn deleted_providers(
    conn: &impl Conn,
    organization: OrganizationId,
    ids: &[ProviderId],
) -> Result<HashSet<ProviderId>> {
    let ids = ids.iter().map(|id| id.0).collect();
    let found = deleted(conn, organization, "provider", ids).await?;
    Ok(found.into_iter().map(ProviderId).collect())
}

/// Which of these teams, which are not there, once were.
pub async fn deleted_teams(
    conn: &impl Conn,
    organization: OrganizationId,
    ids: &[TeamId],
) -> Result<HashSet<TeamId>> {
    let ids = ids.iter().map(|id| id.0).collect();
    let found = deleted(conn, organization, "team", ids).await?;
    Ok(found.into_iter().map(TeamId).collect())
}

#[derive(Deserialize)]
struct Holder {
    email_identity: String,
    id: i64,
}

/// The rows that have these addresses.
pub async fn holders_of(
    conn: &impl Conn,
    organization: OrganizationId,
    identities: &[&str],
) -> Result<HashMap<String, MemberId>> {
    if identities.is_empty() {
        return Ok(HashMap::new());
    }
    let list = match postgres(conn) {
        true => "SELECT value FROM json_array_elements_text(?::json)",
        false => "SELECT value FROM json_each(?)",
    };
    let found: Vec<Holder> = sql::unordered(
        conn,
        "m.email_identity, m.id",
        &format!("FROM member m WHERE m.organization_id = ? AND m.email_identity IN ({list})"),
        vec![
            organization.0.into(),
            serde_json::json!(identities).to_string().into(),
        ],
    )
    .await?;
    Ok(found
        .into_iter()
        .map(|holder| (holder.email_identity, MemberId(holder.id)))
        .collect())
}
