//! Writing to many rows. What a row holds of its grants and its version are written once, by [`settle`], however much of it
//! changed.

use super::facts::{BulkGrant, BulkRow};
use super::{ROWS_AT_ONCE, push_members};
use crate::connection::{Inner, WriteTx};
use crate::error::Result;
use crate::members::{allowed_until, name_key};
use crate::sql::{self, Sql};
use domain::search::search_text;
use domain::{MemberId, MemberStatus, OrganizationId, ProviderId, Role, TeamId, TeamRole, Timestamp, UserId};
use sea_orm::{ConnectionTrait, DbBackend, Value};

fn postgres(tx: &WriteTx) -> bool {
    tx.inner().get_database_backend() == DbBackend::Postgres
}

/// Runs a statement that ends with a condition on the members of an organization.
async fn run(tx: &WriteTx, mut sql: Sql, organization: OrganizationId, members: &[MemberId]) -> Result<()> {
    if members.is_empty() {
        return Ok(());
    }
    push_members(&mut sql, "m", organization, members, postgres(tx));
    sql::execute(tx, &sql.text, sql.values).await?;
    Ok(())
}

/// The same, where the table is another one with a column `member_id`.
async fn run_beside(
    tx: &WriteTx,
    mut sql: Sql,
    organization: OrganizationId,
    members: &[MemberId],
) -> Result<()> {
    if members.is_empty() {
        return Ok(());
    }
    sql.push(" AND member_id IN (SELECT m.id FROM member m WHERE ");
    push_members(&mut sql, "m", organization, members, postgres(tx));
    sql.push(")");
    sql::execute(tx, &sql.text, sql.values).await?;
    Ok(())
}

/// Inserts rows, many in one statement.
pub(super) async fn insert(tx: &WriteTx, into: &str, rows: Vec<Vec<Value>>, conflict: &str) -> Result<()> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut sql = Sql::default();
        sql.push("INSERT INTO ").push(into).push(" VALUES ");
        for (index, row) in rows.by_ref().take(ROWS_AT_ONCE).enumerate() {
            sql.push(if index == 0 { "" } else { ", " }).list(row);
        }
        sql.push(conflict);
        sql::execute(tx, &sql.text, sql.values).await?;
    }
    Ok(())
}

/// Takes away the own grants of a provider.
pub async fn take(
    tx: &WriteTx,
    organization: OrganizationId,
    provider: ProviderId,
    members: &[MemberId],
) -> Result<()> {
    let mut sql = Sql::default();
    sql.push("DELETE FROM provider_grant WHERE provider_id = ")
        .bind(provider.0);
    run_beside(tx, sql, organization, members).await
}

/// Gives members of an organization grants of its providers. One that is there has ended, or gets another end.
pub async fn give(tx: &WriteTx, grants: &[(MemberId, BulkGrant)]) -> Result<()> {
    let row = |(member, grant): &(MemberId, BulkGrant)| -> Vec<Value> {
        vec![
            member.0.into(),
            grant.provider.0.into(),
            grant.by.map(|by| by.0).into(),
            grant.at.0.into(),
            grant.ends_at.map(|end| end.0).into(),
            grant.reason.clone().into(),
            grant.models.to_stored().into(),
        ]
    };
    const INTO: &str =
        "provider_grant (member_id, provider_id, granted_by, granted_at, ends_at, end_reason, models)";
    const ENDED: &str = " ON CONFLICT (member_id, provider_id) DO UPDATE SET granted_by = excluded.granted_by, \
         granted_at = excluded.granted_at, ends_at = excluded.ends_at, end_reason = excluded.end_reason, \
         models = excluded.models";
    insert(tx, INTO, grants.iter().map(row).collect(), ENDED).await
}

/// Puts rows of an organization into teams of it, each to its place.
pub async fn put_in_teams(tx: &WriteTx, places: &[(TeamId, MemberId, TeamRole)]) -> Result<()> {
    let row = |(team, member, role): &(TeamId, MemberId, TeamRole)| -> Vec<Value> {
        vec![team.0.into(), member.0.into(), role.as_str().into()]
    };
    const INTO: &str = "team_member (team_id, member_id, role)";
    insert(tx, INTO, places.iter().map(row).collect(), "").await
}

/// Takes rows out of a team.
pub async fn remove_from_team(
    tx: &WriteTx,
    organization: OrganizationId,
    team: TeamId,
    members: &[MemberId],
) -> Result<()> {
    let mut sql = Sql::default();
    sql.push("DELETE FROM team_member WHERE team_id = ").bind(team.0);
    run_beside(tx, sql, organization, members).await
}

/// Changes the role; what invitations give is changed by [`super::set_role_of_invitations`].
pub async fn set_role(
    tx: &WriteTx,
    organization: OrganizationId,
    role: Role,
    members: &[MemberId],
) -> Result<()> {
    let mut sql = Sql::default();
    sql.push("UPDATE member AS m SET role = ")
        .bind(role.as_str())
        .push(" WHERE ");
    run(tx, sql, organization, members).await
}

/// Suspends or reactivates members.
pub async fn set_suspended(
    tx: &WriteTx,
    organization: OrganizationId,
    suspended: bool,
    members: &[MemberId],
) -> Result<()> {
    let status = match suspended {
        true => MemberStatus::Suspended,
        false => MemberStatus::Active,
    };
    let mut sql = Sql::default();
    sql.push("UPDATE member AS m SET status = ")
        .bind(status.as_str())
        .push(" WHERE ");
    run(tx, sql, organization, members).await
}

/// Removes rows with grants and places in teams, and revokes their keys.
pub async fn remove(
    tx: &WriteTx,
    organization: OrganizationId,
    members: &[MemberId],
    now: Timestamp,
) -> Result<()> {
    let mut sql = Sql::default();
    sql.push("UPDATE virtual_key SET revoked_at = ")
        .bind(now.0)
        .push(" WHERE revoked_at IS NULL");
    run_beside(tx, sql, organization, members).await?;
    let mut sql = Sql::default();
    sql.push("DELETE FROM member AS m WHERE ");
    run(tx, sql, organization, members).await
}

/// Ends the sessions of those of these people who are no active member anywhere.
pub async fn end_sessions_of_outsiders(tx: &WriteTx, users: &[UserId]) -> Result<()> {
    let mut sql = Sql::default();
    sql.push("DELETE FROM session WHERE user_id IN (")
        .push(sql::ids_in_list(postgres(tx)))
        .push(") AND NOT EXISTS (SELECT 1 FROM member m WHERE m.user_id = session.user_id AND m.status = 'active')");
    sql.values
        .push(sql::id_list(users.iter().map(|user| user.0)).into());
    sql::execute(tx, &sql.text, sql.values).await?;
    Ok(())
}

/// Brings removed members back under their ids. Their grants and places in teams are for the caller to put back.
pub async fn restore(tx: &WriteTx, organization: OrganizationId, members: &[&BulkRow]) -> Result<()> {
    let row = |row: &&BulkRow| -> Vec<Value> {
        vec![
            row.id.0.into(),
            organization.0.into(),
            row.user.map(|user| user.0).into(),
            row.email.as_str().into(),
            row.email_identity.as_str().into(),
            row.name.as_str().into(),
            name_key(&row.name).into(),
            row.role.as_str().into(),
            row.status.as_str().into(),
            row.last_login.map(|at| at.0).into(),
            search_text(&row.name, &row.email, &[]).into(),
            row.version.into(),
            row.created_at.0.into(),
        ]
    };
    const INTO: &str = "member (id, organization_id, user_id, email, email_identity, name, name_key, role, status, \
         last_login_at, search_text, version, created_at)";
    insert(tx, INTO, members.iter().map(row).collect(), "").await
}

/// Counts versions up, and writes anew what rows hold of their grants. To be called after all else.
pub async fn settle(tx: &WriteTx, organization: OrganizationId, members: &[MemberId]) -> Result<()> {
    if members.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::default();
    sql.push("UPDATE member SET version = version + 1, allowed_until = ")
        .push(&allowed_until());
    sql.push(" WHERE ");
    push_members(&mut sql, "member", organization, members, postgres(tx));
    sql::execute(tx, &sql.text, sql.values).await?;
    Ok(())
}
