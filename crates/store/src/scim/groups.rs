//! The teams that SCIM made, and whom it put into them.

use super::Which;
use crate::connection::{Conn, Inner, WriteTx};
use crate::error::Result;
use crate::members::{Affected, refresh_allowed};
use crate::sql::{self, Sql, id_list, ids_in_list};
use domain::{MemberId, OrganizationId, TeamId, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use std::collections::HashMap;

/// A group as stored, without its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRecord {
    /// Which team.
    pub team: TeamId,
    /// Its name.
    pub name: String,
    /// The directory's own id.
    pub external_id: Option<String>,
    /// When the team was made.
    pub created_at: Timestamp,
    /// When SCIM last changed something.
    pub modified_at: Timestamp,
    /// Counts up with each change by SCIM.
    pub version: i64,
    /// Counts up with each change of the team itself.
    pub team_version: i64,
}

#[derive(FromQueryResult)]
struct Row {
    team_id: i64,
    name: String,
    external_id: Option<String>,
    created_at: i64,
    modified_at: i64,
    version: i64,
    team_version: i64,
}

/// Groups in order of creation.
pub async fn groups(
    conn: &impl Conn,
    organization: OrganizationId,
    which: Which<'_>,
) -> Result<Vec<GroupRecord>> {
    let mut sql = Sql::default();
    sql.push(
        "SELECT g.team_id, t.name, g.external_id, t.created_at, g.modified_at, g.version, t.version AS team_version \
         FROM scim_group g JOIN team t ON t.id = g.team_id WHERE g.organization_id = ",
    )
    .bind(organization.0);
    which.push(&mut sql, "g.team_id", "t.name_folded", "g.external_id");
    let rows: Vec<Row> = sql::rows(conn, &sql.text, sql.values).await?;
    let record = |row: Row| GroupRecord {
        team: TeamId(row.team_id),
        name: row.name,
        external_id: row.external_id,
        created_at: Timestamp(row.created_at),
        modified_at: Timestamp(row.modified_at),
        version: row.version,
        team_version: row.team_version,
    };
    Ok(rows.into_iter().map(record).collect())
}

/// How many groups there are.
pub async fn groups_count(conn: &impl Conn, organization: OrganizationId) -> Result<u32> {
    let count = "SELECT count(*) FROM scim_group WHERE organization_id = ?";
    sql::number_of(conn, count, vec![organization.0.into()]).await
}

fn list(conn: &impl Inner) -> &'static str {
    ids_in_list(conn.inner().get_database_backend() == DbBackend::Postgres)
}

/// Somebody whom SCIM put into a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// Which member.
    pub member: MemberId,
    /// Display name; may be empty.
    pub name: String,
    /// E-mail.
    pub email: String,
}

#[derive(FromQueryResult)]
struct PlaceRow {
    team_id: i64,
    member_id: i64,
    name: String,
}

#[derive(FromQueryResult)]
struct MemberRow {
    team_id: i64,
    member_id: i64,
    name: String,
    email: String,
}

/// The groups of each of these users, oldest first: those into which SCIM put them.
pub async fn groups_of(
    conn: &impl Conn,
    organization: OrganizationId,
    members: &[MemberId],
) -> Result<HashMap<MemberId, Vec<(TeamId, String)>>> {
    let mut found: HashMap<MemberId, Vec<(TeamId, String)>> = HashMap::new();
    let query = format!(
        "SELECT tm.team_id, tm.member_id, t.name FROM team_member tm JOIN scim_group g ON g.team_id = tm.team_id \
         JOIN team t ON t.id = tm.team_id WHERE g.organization_id = ? AND tm.by_scim = 1 AND tm.member_id IN ({}) \
         ORDER BY tm.team_id",
        list(conn)
    );
    let ids = id_list(members.iter().map(|member| member.0));
    let rows: Vec<PlaceRow> = sql::rows(conn, &query, vec![organization.0.into(), ids.into()]).await?;
    for row in rows {
        let groups = found.entry(MemberId(row.member_id)).or_default();
        groups.push((TeamId(row.team_id), row.name));
    }
    Ok(found)
}

/// Those whom SCIM put into each of these groups, oldest first.
pub async fn members_of(
    conn: &impl Conn,
    organization: OrganizationId,
    teams: &[TeamId],
) -> Result<HashMap<TeamId, Vec<GroupMember>>> {
    let mut found: HashMap<TeamId, Vec<GroupMember>> = HashMap::new();
    let query = format!(
        "SELECT tm.team_id, tm.member_id, m.name, m.email FROM team_member tm JOIN scim_user s ON s.member_id = tm.member_id \
         JOIN member m ON m.id = tm.member_id WHERE s.organization_id = ? AND tm.by_scim = 1 AND tm.team_id IN ({}) \
         ORDER BY tm.member_id",
        list(conn)
    );
    let ids = id_list(teams.iter().map(|team| team.0));
    let rows: Vec<MemberRow> = sql::rows(conn, &query, vec![organization.0.into(), ids.into()]).await?;
    for row in rows {
        let members = found.entry(TeamId(row.team_id)).or_default();
        members.push(GroupMember {
            member: MemberId(row.member_id),
            name: row.name,
            email: row.email,
        });
    }
    Ok(found)
}

/// Makes a team SCIM's.
pub async fn insert_group(
    tx: &WriteTx,
    organization: OrganizationId,
    team: TeamId,
    external_id: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    sql::execute(
        tx,
        "INSERT INTO scim_group (team_id, organization_id, external_id, modified_at) VALUES (?, ?, ?, ?)",
        vec![
            team.0.into(),
            organization.0.into(),
            external_id.map(str::to_owned).into(),
            now.0.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Notes a change of a group, and counts its version up.
pub async fn update_group(
    tx: &WriteTx,
    organization: OrganizationId,
    team: TeamId,
    external_id: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    sql::execute(
        tx,
        "UPDATE scim_group SET external_id = ?, modified_at = ?, version = version + 1 \
         WHERE organization_id = ? AND team_id = ?",
        vec![
            external_id.map(str::to_owned).into(),
            now.0.into(),
            organization.0.into(),
            team.0.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Puts users into a group, who get a new version; ids that SCIM does not see are passed over.
pub async fn insert_members(
    tx: &WriteTx,
    organization: OrganizationId,
    team: TeamId,
    members: &[MemberId],
) -> Result<()> {
    let ids = id_list(members.iter().map(|member| member.0));
    let list = list(tx);
    let insert = format!(
        "INSERT INTO team_member (team_id, member_id, role, by_hand, by_scim) \
         SELECT g.team_id, s.member_id, 'member', 0, 1 FROM scim_group g JOIN scim_user s \
         ON s.organization_id = g.organization_id WHERE g.organization_id = ? AND g.team_id = ? \
         AND s.member_id IN ({list}) \
         ON CONFLICT (team_id, member_id) DO UPDATE SET by_scim = 1"
    );
    sql::execute(
        tx,
        &insert,
        vec![organization.0.into(), team.0.into(), ids.clone().into()],
    )
    .await?;
    touched(tx, organization, &ids).await?;
    refresh_allowed(tx, organization, Affected::Team(team)).await
}

/// Takes users out of a group, who get a new version. Whom a person put in stays in the team.
pub async fn delete_members(
    tx: &WriteTx,
    organization: OrganizationId,
    team: TeamId,
    members: &[MemberId],
) -> Result<()> {
    let ids = id_list(members.iter().map(|member| member.0));
    let list = list(tx);
    let group = "team_id = (SELECT team_id FROM scim_group WHERE organization_id = ? AND team_id = ?)";
    let values = || vec![organization.0.into(), team.0.into(), ids.clone().into()];
    let delete = format!("DELETE FROM team_member WHERE {group} AND by_hand = 0 AND member_id IN ({list})");
    sql::execute(tx, &delete, values()).await?;
    let keep = format!("UPDATE team_member SET by_scim = 0 WHERE {group} AND member_id IN ({list})");
    sql::execute(tx, &keep, values()).await?;
    touched(tx, organization, &ids).await?;
    for member in members {
        refresh_allowed(tx, organization, Affected::Member(*member)).await?;
    }
    Ok(())
}

/// Counts the versions of these users' rows up.
async fn touched(tx: &WriteTx, organization: OrganizationId, ids: &str) -> Result<()> {
    let update = format!(
        "UPDATE member SET version = version + 1 WHERE organization_id = ? AND id IN \
         (SELECT member_id FROM scim_user WHERE organization_id = ? AND member_id IN ({}))",
        list(tx)
    );
    let values = vec![organization.0.into(), organization.0.into(), ids.into()];
    sql::execute(tx, &update, values).await?;
    Ok(())
}
