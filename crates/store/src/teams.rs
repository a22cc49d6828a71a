//! Teams and who belongs to them.

use crate::collation::sort_key;
use crate::connection::{Conn, Inner, WriteTx};
use crate::entity::team;
use crate::error::{Result, known};
use crate::members::{Affected, refresh_allowed};
use crate::{access, providers, sql};
use domain::search::fold;
use domain::team::{TeamPerson, TeamRef, TeamView};
use domain::{MemberId, OrganizationId, ProviderId, TeamId, TeamRole, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, Set};
use std::collections::{HashMap, HashSet};

#[derive(FromQueryResult)]
struct ViewRow {
    id: i64,
    name: String,
    version: i64,
    members: i64,
}

const VIEW: &str = "SELECT t.id, t.name, t.version, \
     (SELECT count(*) FROM team_member tm WHERE tm.team_id = t.id) AS members \
     FROM team t WHERE t.organization_id = ?";

async fn views(
    conn: &impl Conn,
    organization: OrganizationId,
    rows: Vec<ViewRow>,
    now: Timestamp,
) -> Result<Vec<TeamView>> {
    let mut carried: HashMap<TeamId, HashSet<ProviderId>> = HashMap::new();
    for of_team in access::carried(conn, organization).await? {
        let live = of_team.grants.iter().filter(|grant| grant.is_live(now));
        carried.insert(of_team.team, live.map(|grant| grant.provider).collect());
    }
    let providers = match carried.is_empty() {
        true => Vec::new(),
        false => providers::refs(conn, organization).await?,
    };
    let view = |row: ViewRow| {
        let carried = carried.remove(&TeamId(row.id)).unwrap_or_default();
        let of_team = providers.iter().filter(|provider| carried.contains(&provider.id));
        TeamView {
            id: TeamId(row.id),
            name: row.name,
            members: sql::count_of(row.members),
            providers: of_team.cloned().collect(),
            version: row.version,
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Every team, by name.
pub async fn list(conn: &impl Conn, organization: OrganizationId, now: Timestamp) -> Result<Vec<TeamView>> {
    let query = format!("{VIEW} ORDER BY t.name_key, t.name_folded");
    let rows = sql::rows(conn, &query, vec![organization.0.into()]).await?;
    views(conn, organization, rows, now).await
}

/// Every team's name, by name.
pub async fn refs(conn: &impl Conn, organization: OrganizationId) -> Result<Vec<TeamRef>> {
    Ok(rows_by_name(conn, organization)
        .await?
        .into_iter()
        .map(to_ref)
        .collect())
}

pub(crate) async fn rows_by_name(conn: &impl Conn, organization: OrganizationId) -> Result<Vec<team::Model>> {
    Ok(team::Entity::find()
        .filter(team::Column::OrganizationId.eq(organization.0))
        .order_by_asc(team::Column::NameKey)
        .order_by_asc(team::Column::NameFolded)
        .all(conn.inner())
        .await?)
}

pub(crate) fn to_ref(row: team::Model) -> TeamRef {
    TeamRef {
        id: TeamId(row.id),
        name: row.name,
    }
}

/// One team.
pub async fn get(
    conn: &impl Conn,
    organization: OrganizationId,
    team: TeamId,
    now: Timestamp,
) -> Result<Option<TeamView>> {
    let query = format!("{VIEW} AND t.id = ?");
    let rows = sql::rows(conn, &query, vec![organization.0.into(), team.0.into()]).await?;
    Ok(views(conn, organization, rows, now).await?.pop())
}

/// The team that has this name, whatever the letter case and accents.
pub async fn by_name(conn: &impl Conn, organization: OrganizationId, name: &str) -> Result<Option<TeamId>> {
    let row = team::Entity::find()
        .filter(team::Column::OrganizationId.eq(organization.0))
        .filter(team::Column::NameFolded.eq(fold(name)))
        .one(conn.inner())
        .await?;
    Ok(row.map(|row| TeamId(row.id)))
}

/// Makes a team. [`crate::Error::Constraint`] when the name is taken.
pub async fn insert(
    tx: &WriteTx,
    organization: OrganizationId,
    name: &str,
    now: Timestamp,
) -> Result<TeamId> {
    let row = team::ActiveModel {
        organization_id: Set(organization.0),
        name: Set(name.to_owned()),
        name_folded: Set(fold(name)),
        name_key: Set(sort_key(name)),
        version: Set(1),
        created_at: Set(now.0),
        ..Default::default()
    };
    Ok(TeamId(row.insert(tx.inner()).await?.id))
}

/// Renames a team and counts its version up. False when it is gone.
pub async fn rename(tx: &WriteTx, organization: OrganizationId, team: TeamId, name: &str) -> Result<bool> {
    let done = team::Entity::update_many()
        .col_expr(team::Column::Name, Expr::value(name))
        .col_expr(team::Column::NameFolded, Expr::value(fold(name)))
        .col_expr(team::Column::NameKey, Expr::value(sort_key(name)))
        .col_expr(team::Column::Version, Expr::col(team::Column::Version).add(1))
        .filter(team::Column::OrganizationId.eq(organization.0))
        .filter(team::Column::Id.eq(team.0))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Deletes a team with what it carries; those who were in it get a new version. False when it is gone.
pub async fn delete(tx: &WriteTx, organization: OrganizationId, team: TeamId) -> Result<bool> {
    let carried = sql::execute(
        tx,
        "DELETE FROM team_provider WHERE team_id = (SELECT id FROM team WHERE organization_id = ? AND id = ?)",
        vec![organization.0.into(), team.0.into()],
    )
    .await?;
    if carried > 0 {
        refresh_allowed(tx, organization, Affected::Team(team)).await?;
    }
    sql::execute(
        tx,
        "UPDATE member SET version = version + 1 WHERE organization_id = ? \
         AND id IN (SELECT member_id FROM team_member WHERE team_id = ?)",
        vec![organization.0.into(), team.0.into()],
    )
    .await?;
    let done = team::Entity::delete_many()
        .filter(team::Column::OrganizationId.eq(organization.0))
        .filter(team::Column::Id.eq(team.0))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Puts a row of AI Access into a team, where it stays whatever SCIM does. False when somebody did that already, or either
/// is not in this organization.
pub async fn add(
    tx: &WriteTx,
    organization: OrganizationId,
    team: TeamId,
    member: MemberId,
    role: TeamRole,
) -> Result<bool> {
    let done = sql::execute(
        tx,
        "INSERT INTO team_member (team_id, member_id, role) SELECT t.id, m.id, ? FROM team t, member m \
         WHERE t.organization_id = ? AND m.organization_id = ? AND t.id = ? AND m.id = ? \
         ON CONFLICT (team_id, member_id) DO UPDATE SET by_hand = 1 WHERE team_member.by_hand = 0",
        vec![
            role.as_str().into(),
            organization.0.into(),
            organization.0.into(),
            team.0.into(),
            member.0.into(),
        ],
    )
    .await?;
    refresh_allowed(tx, organization, Affected::Member(member)).await?;
    Ok(done == 1)
}

/// Gives somebody in a team another place in it. False when they have it already, or are not in the team.
pub async fn set_place(
    tx: &WriteTx,
    organization: OrganizationId,
    team: TeamId,
    member: MemberId,
    role: TeamRole,
) -> Result<bool> {
    let done = sql::execute(
        tx,
        "UPDATE team_member SET role = ? WHERE role <> ? AND member_id = ? AND team_id = \
         (SELECT id FROM team WHERE organization_id = ? AND id = ?)",
        vec![
            role.as_str().into(),
            role.as_str().into(),
            member.0.into(),
            organization.0.into(),
            team.0.into(),
        ],
    )
    .await?;
    Ok(done == 1)
}

/// Takes a row of AI Access out of a team. False when it was not in it.
pub async fn remove(
    tx: &WriteTx,
    organization: OrganizationId,
    team: TeamId,
    member: MemberId,
) -> Result<bool> {
    let done = sql::execute(
        tx,
        "DELETE FROM team_member WHERE member_id = ? AND team_id = \
         (SELECT id FROM team WHERE organization_id = ? AND id = ?)",
        vec![member.0.into(), organization.0.into(), team.0.into()],
    )
    .await?;
    refresh_allowed(tx, organization, Affected::Member(member)).await?;
    Ok(done == 1)
}

#[derive(FromQueryResult)]
struct PersonRow {
    id: i64,
    name: String,
    email: String,
    role: String,
}

/// The people of one team, by name; those without one last, by e-mail.
pub async fn people(conn: &impl Conn, organization: OrganizationId, team: TeamId) -> Result<Vec<TeamPerson>> {
    let rows: Vec<PersonRow> = sql::rows(
        conn,
        "SELECT m.id, m.name, m.email, tm.role FROM team_member tm JOIN member m ON m.id = tm.member_id \
         WHERE m.organization_id = ? AND tm.team_id = ? \
         ORDER BY m.name_key NULLS LAST, m.email_identity",
        vec![organization.0.into(), team.0.into()],
    )
    .await?;
    rows.into_iter().map(person).collect()
}

fn person(row: PersonRow) -> Result<TeamPerson> {
    Ok(TeamPerson {
        member: MemberId(row.id),
        name: row.name,
        email: row.email,
        role: known("team_member.role", &row.role)?,
    })
}

/// The people of one team who are active, but for one, by name; at most so many.
pub async fn others(
    conn: &impl Conn,
    organization: OrganizationId,
    team: TeamId,
    except: MemberId,
    most: u32,
) -> Result<Vec<TeamPerson>> {
    let rows: Vec<PersonRow> = sql::rows(
        conn,
        "SELECT m.id, m.name, m.email, tm.role FROM team_member tm JOIN member m ON m.id = tm.member_id \
         WHERE m.organization_id = ? AND tm.team_id = ? AND m.id <> ? AND m.status = 'active' \
         ORDER BY m.name_key NULLS LAST, m.email_identity LIMIT ?",
        vec![
            organization.0.into(),
            team.0.into(),
            except.0.into(),
            i64::from(most).into(),
        ],
    )
    .await?;
    rows.into_iter().map(person).collect()
}

/// The teams that one member leads and nobody else, by name.
pub async fn led_alone(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
) -> Result<Vec<TeamRef>> {
    let rows: Vec<RefRow> = sql::rows(
        conn,
        "SELECT t.id, t.name FROM team_member tm JOIN team t ON t.id = tm.team_id \
         WHERE t.organization_id = ? AND tm.member_id = ? AND tm.role = ? AND NOT EXISTS \
         (SELECT 1 FROM team_member o WHERE o.team_id = t.id AND o.role = tm.role AND o.member_id <> tm.member_id) \
         ORDER BY t.name_key, t.name_folded",
        vec![organization.0.into(), member.0.into(), TeamRole::Lead.as_str().into()],
    )
    .await?;
    Ok(rows.into_iter().map(team_ref).collect())
}

#[derive(FromQueryResult)]
struct RefRow {
    id: i64,
    name: String,
}

/// The teams of one row of AI Access, by name.
pub async fn of_member(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
) -> Result<Vec<TeamRef>> {
    let rows: Vec<RefRow> = sql::rows(
        conn,
        "SELECT t.id, t.name FROM team_member tm JOIN team t ON t.id = tm.team_id \
         WHERE t.organization_id = ? AND tm.member_id = ? ORDER BY t.name_key, t.name_folded",
        vec![organization.0.into(), member.0.into()],
    )
    .await?;
    Ok(rows.into_iter().map(team_ref).collect())
}

fn team_ref(row: RefRow) -> TeamRef {
    TeamRef {
        id: TeamId(row.id),
        name: row.name,
    }
}
