//! Many rows at once, for the sample organization and for measuring: a few statements instead of several for each
//! person. The rows come out as the one-at-a-time functions would have made them.

use crate::collation::sort_key;
use crate::connection::{Inner, WriteTx};
use crate::error::Result;
use crate::members::{allowed_until, name_key};
use crate::sql::{self, Sql};
use domain::search::{fold, search_text};
use domain::{MemberId, MemberStatus, OrganizationId, ProviderId, Role, TeamId, TeamRole, Timestamp, UserId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Value};
use std::collections::HashMap;

/// Rows in one statement: SQLite takes 32,766 marks in one, and the widest row here has fourteen.
const ROWS_AT_ONCE: usize = 1_000;

/// One person or invitation with all that belongs to it.
#[derive(Clone, Debug)]
pub struct BulkMember {
    /// Whose account; `None` makes one, unless this is an invitation.
    pub user: Option<UserId>,
    /// The hash of the password of an account that is made.
    pub password_hash: Option<String>,
    /// Display name; empty for an invitation.
    pub name: String,
    /// E-mail as it was typed.
    pub email: String,
    /// The form by which two addresses are the same person.
    pub email_identity: String,
    /// Organization role.
    pub role: Role,
    /// Status; an invitation is expired when `expires_at` says so.
    pub status: MemberStatus,
    /// When an invitation ends.
    pub expires_at: Option<Timestamp>,
    /// Last sign-in.
    pub last_login: Option<Timestamp>,
    /// Teams, and the place in each.
    pub teams: Vec<(TeamId, TeamRole)>,
    /// Allowed providers, and until when.
    pub providers: Vec<(ProviderId, Option<Timestamp>)>,
    /// Virtual keys; members only.
    pub keys: Vec<BulkKey>,
}

/// A key that opens nothing, since its secret is known to nobody.
#[derive(Clone, Debug)]
pub struct BulkKey {
    /// The name its owner gave it.
    pub name: String,
    /// The public part of the key.
    pub public_id: String,
    /// The last four characters of the key.
    pub last_four: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was withdrawn.
    pub revoked_at: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct Made {
    id: i64,
    email_identity: String,
}

/// Makes them all; their ids in the order given. [`crate::Error::Constraint`] when an address is taken.
pub async fn insert_members(
    tx: &WriteTx,
    organization: OrganizationId,
    members: &[BulkMember],
    now: Timestamp,
) -> Result<Vec<MemberId>> {
    let mut ids = Vec::with_capacity(members.len());
    for members in members.chunks(ROWS_AT_ONCE) {
        let users = insert_users(tx, members, now).await?;
        let made = insert_rows(tx, organization, members, &users, now).await?;
        insert_teams(tx, members, &made).await?;
        insert_grants(tx, members, &made, now).await?;
        insert_keys(tx, organization, members, &made, &users, now).await?;
        ids.extend(
            members
                .iter()
                .filter_map(|m| made.get(m.email_identity.as_str()))
                .map(|id| MemberId(*id)),
        );
    }
    let mut allowed = Sql::default();
    allowed
        .push("UPDATE member SET allowed_until = ")
        .push(&allowed_until());
    allowed
        .push(" WHERE allowed_until IS NULL AND organization_id = ")
        .bind(organization.0);
    allowed.push(
        " AND (id IN (SELECT member_id FROM provider_grant) OR id IN (SELECT tm.member_id FROM team_provider tp \
         JOIN team_member tm ON tm.team_id = tp.team_id))",
    );
    sql::execute(tx, &allowed.text, allowed.values).await?;
    if tx.inner().get_database_backend() == DbBackend::Postgres {
        // Until its own sweep comes round, its planner takes tables that were filled at once for empty.
        tx.inner()
            .execute_unprepared("ANALYZE member, team_member, provider_grant, virtual_key")
            .await?;
    }
    Ok(ids)
}

async fn insert_users(tx: &WriteTx, members: &[BulkMember], now: Timestamp) -> Result<HashMap<String, i64>> {
    let rows = members
        .iter()
        .filter(|m| !m.status.is_invitation() && m.user.is_none());
    let rows = rows.map(|m| -> Vec<Value> {
        vec![
            m.name.as_str().into(),
            m.email.as_str().into(),
            m.email_identity.as_str().into(),
            m.password_hash.clone().into(),
            now.0.into(),
            m.last_login.map(|t| t.0).into(),
        ]
    });
    const INTO: &str = "app_user (name, email, email_identity, password_hash, created_at, last_login_at)";
    let mut users = insert_returning(tx, INTO, rows.collect()).await?;
    for member in members {
        if let Some(user) = member.user {
            users.insert(member.email_identity.clone(), user.0);
        }
    }
    Ok(users)
}

async fn insert_rows(
    tx: &WriteTx,
    organization: OrganizationId,
    members: &[BulkMember],
    users: &HashMap<String, i64>,
    now: Timestamp,
) -> Result<HashMap<String, i64>> {
    let rows = members.iter().map(|m| -> Vec<Value> {
        let status = match m.status {
            MemberStatus::Expired => MemberStatus::Invited,
            status => status,
        };
        let keys: Vec<&str> = m
            .keys
            .iter()
            .filter(|key| key.revoked_at.is_none())
            .map(|key| key.name.as_str())
            .collect();
        vec![
            organization.0.into(),
            users.get(&m.email_identity).copied().into(),
            m.email.as_str().into(),
            m.email_identity.as_str().into(),
            m.name.as_str().into(),
            name_key(&m.name).into(),
            m.role.as_str().into(),
            status.as_str().into(),
            m.expires_at.map(|t| t.0).into(),
            m.last_login.map(|t| t.0).into(),
            search_text(&m.name, &m.email, &keys).into(),
            i64::try_from(keys.len()).unwrap_or(i64::MAX).into(),
            now.0.into(),
        ]
    });
    const INTO: &str = "member (organization_id, user_id, email, email_identity, name, name_key, role, status, \
         expires_at, last_login_at, search_text, key_count, created_at)";
    insert_returning(tx, INTO, rows.collect()).await
}

async fn insert_teams(tx: &WriteTx, members: &[BulkMember], made: &HashMap<String, i64>) -> Result<()> {
    let rows = members.iter().flat_map(|m| {
        let member = made.get(&m.email_identity).copied();
        m.teams.iter().map(move |(team, role)| -> Vec<Value> {
            vec![team.0.into(), member.into(), role.as_str().into()]
        })
    });
    insert(tx, "team_member (team_id, member_id, role)", rows.collect()).await
}

async fn insert_grants(
    tx: &WriteTx,
    members: &[BulkMember],
    made: &HashMap<String, i64>,
    now: Timestamp,
) -> Result<()> {
    let rows = members.iter().flat_map(|m| {
        let member = made.get(&m.email_identity).copied();
        m.providers.iter().map(move |(provider, ends_at)| -> Vec<Value> {
            vec![
                member.into(),
                provider.0.into(),
                now.0.into(),
                ends_at.map(|t| t.0).into(),
            ]
        })
    });
    insert(
        tx,
        "provider_grant (member_id, provider_id, granted_at, ends_at)",
        rows.collect(),
    )
    .await
}

async fn insert_keys(
    tx: &WriteTx,
    organization: OrganizationId,
    members: &[BulkMember],
    made: &HashMap<String, i64>,
    users: &HashMap<String, i64>,
    now: Timestamp,
) -> Result<()> {
    let rows = members.iter().flat_map(|m| {
        let member = made.get(&m.email_identity).copied();
        let user = users.get(&m.email_identity).copied();
        m.keys.iter().map(move |key| -> Vec<Value> {
            vec![
                organization.0.into(),
                member.into(),
                user.into(),
                key.name.as_str().into(),
                fold(&key.name).into(),
                sort_key(&key.name).into(),
                key.public_id.as_str().into(),
                // No secret has an empty hash.
                Vec::<u8>::new().into(),
                key.last_four.as_str().into(),
                now.0.into(),
                key.expires_at.map(|t| t.0).into(),
                key.revoked_at.map(|t| t.0).into(),
            ]
        })
    });
    const INTO: &str = "virtual_key (organization_id, member_id, user_id, name, name_folded, name_key, public_id, \
         secret_hash, last_four, created_at, expires_at, revoked_at)";
    insert(tx, INTO, rows.collect()).await
}

fn insert_into(into: &str, rows: Vec<Vec<Value>>) -> Sql {
    let mut sql = Sql::default();
    sql.push("INSERT INTO ").push(into).push(" VALUES ");
    for (index, row) in rows.into_iter().enumerate() {
        sql.push(if index == 0 { "" } else { ", " }).list(row);
    }
    sql
}

async fn insert(tx: &WriteTx, into: &str, rows: Vec<Vec<Value>>) -> Result<()> {
    for rows in rows.chunks(ROWS_AT_ONCE) {
        let sql = insert_into(into, rows.to_vec());
        sql::execute(tx, &sql.text, sql.values).await?;
    }
    Ok(())
}

/// The ids that were given, by e-mail identity.
async fn insert_returning(tx: &WriteTx, into: &str, rows: Vec<Vec<Value>>) -> Result<HashMap<String, i64>> {
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = insert_into(into, rows);
    sql.push(" RETURNING id, email_identity");
    let made: Vec<Made> = sql::rows(tx, &sql.text, sql.values).await?;
    Ok(made.into_iter().map(|row| (row.email_identity, row.id)).collect())
}
