//! What members ask for, and how it was decided. A request goes with its member and with its provider.

use crate::connection::{Conn, WriteTx};
use crate::error::{Error, Result, known};
use crate::sql::{self, Sql};
use domain::provider::ProviderRef;
use domain::requests::{AccessRequest, AccessRequestState, Askable, Closed, QueuedRequest};
use domain::{AccessRequestId, MemberId, OrganizationId, ProviderId, Role, Timestamp, UserId};
use sea_orm::FromQueryResult;

/// Whose open requests are meant. Those of suspended members wait until they are back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whose {
    /// Members of these roles.
    pub roles: Vec<Role>,
    /// Only those whom this member leads in a team, but not the member, and only for these providers.
    pub led: Option<(MemberId, Vec<ProviderId>)>,
}

impl Whose {
    /// Everybody's of these roles.
    pub fn of_roles(roles: impl IntoIterator<Item = Role>) -> Self {
        Self {
            roles: roles.into_iter().collect(),
            led: None,
        }
    }
}

/// The columns that [`Row`] reads, of `r`, `p` and `u`.
const COLUMNS: &str = "r.id, r.member_id, r.provider_id, p.name AS provider_name, p.status AS provider_status, p.api_type, \
     r.reason, r.wanted_until, r.asked_at, r.state, r.closed_at, \
     coalesce(nullif(u.name, ''), u.email) AS closed_by_name, r.note, r.approved_until";

/// Where they come from.
const FROM: &str = "FROM access_request r JOIN provider p ON p.id = r.provider_id \
     LEFT JOIN app_user u ON u.id = r.closed_by";

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    member_id: i64,
    provider_id: i64,
    provider_name: String,
    provider_status: String,
    api_type: String,
    reason: String,
    wanted_until: Option<i64>,
    asked_at: i64,
    state: String,
    closed_at: Option<i64>,
    closed_by_name: Option<String>,
    note: String,
    approved_until: Option<i64>,
}

impl TryFrom<Row> for AccessRequest {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: AccessRequestId(row.id),
            provider: ProviderRef {
                id: ProviderId(row.provider_id),
                name: row.provider_name,
                status: known("provider.status", &row.provider_status)?,
                api_type: known("provider.api_type", &row.api_type)?,
            },
            reason: row.reason,
            until: row.wanted_until.map(Timestamp),
            asked_at: Timestamp(row.asked_at),
            state: known("access_request.state", &row.state)?,
            closed: row.closed_at.map(|at| Closed {
                at: Timestamp(at),
                by: row.closed_by_name,
                note: row.note,
                until: row.approved_until.map(Timestamp),
            }),
        })
    }
}

/// Asks for a provider. `None` when the same is asked already, or either is not in this organization.
pub async fn insert(
    tx: &WriteTx,
    organization: OrganizationId,
    member: MemberId,
    provider: ProviderId,
    reason: &str,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<AccessRequestId>> {
    #[derive(FromQueryResult)]
    struct Made {
        id: i64,
    }
    let made: Vec<Made> = sql::rows(
        tx,
        "INSERT INTO access_request (organization_id, member_id, provider_id, reason, wanted_until, asked_at, state) \
         SELECT m.organization_id, m.id, p.id, ?, ?, ?, 'open' FROM member m, provider p \
         WHERE m.organization_id = ? AND p.organization_id = ? AND m.id = ? AND p.id = ? \
         ON CONFLICT (member_id, provider_id) WHERE state = 'open' DO NOTHING RETURNING id",
        vec![
            reason.into(),
            until.map(|until| until.0).into(),
            now.0.into(),
            organization.0.into(),
            organization.0.into(),
            member.0.into(),
            provider.0.into(),
        ],
    )
    .await?;
    Ok(made.first().map(|made| AccessRequestId(made.id)))
}

/// One request, and whose it is.
pub async fn get(
    conn: &impl Conn,
    organization: OrganizationId,
    request: AccessRequestId,
) -> Result<Option<(MemberId, AccessRequest)>> {
    let query = format!("SELECT {COLUMNS} {FROM} WHERE r.organization_id = ? AND r.id = ?");
    let values = vec![organization.0.into(), request.0.into()];
    let rows: Vec<Row> = sql::rows(conn, &query, values).await?;
    let row = rows.into_iter().next();
    row.map(|row| Ok((MemberId(row.member_id), row.try_into()?)))
        .transpose()
}

/// The open request of a member for a provider.
pub async fn open_of(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    provider: ProviderId,
) -> Result<Option<AccessRequest>> {
    let query = format!(
        "SELECT {COLUMNS} {FROM} WHERE r.organization_id = ? AND r.member_id = ? AND r.provider_id = ? \
         AND r.state = 'open'"
    );
    let values = vec![organization.0.into(), member.0.into(), provider.0.into()];
    let rows: Vec<Row> = sql::rows(conn, &query, values).await?;
    rows.into_iter().next().map(TryInto::try_into).transpose()
}

/// The requests of one member, the newest first.
pub async fn of_member(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    most: u32,
) -> Result<Vec<AccessRequest>> {
    let query = format!(
        "SELECT {COLUMNS} {FROM} WHERE r.organization_id = ? AND r.member_id = ? ORDER BY r.id DESC LIMIT ?"
    );
    let values = vec![organization.0.into(), member.0.into(), i64::from(most).into()];
    let rows: Vec<Row> = sql::rows(conn, &query, values).await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// How many requests of one member are open.
pub async fn open_count(conn: &impl Conn, organization: OrganizationId, member: MemberId) -> Result<u32> {
    sql::number_of(
        conn,
        "SELECT count(*) FROM access_request WHERE organization_id = ? AND member_id = ? AND state = 'open'",
        vec![organization.0.into(), member.0.into()],
    )
    .await
}

/// How a request is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing<'a> {
    /// What becomes of it.
    pub state: AccessRequestState,
    /// By whom.
    pub by: UserId,
    /// What is said with it; may be empty.
    pub note: &'a str,
    /// Until when it is approved; `None` is without end.
    pub until: Option<Timestamp>,
}

/// Closes an open request. False when it is not open, or not in this organization.
pub async fn close(
    tx: &WriteTx,
    organization: OrganizationId,
    request: AccessRequestId,
    closing: Closing<'_>,
    now: Timestamp,
) -> Result<bool> {
    let done = sql::execute(
        tx,
        "UPDATE access_request SET state = ?, closed_by = ?, closed_at = ?, note = ?, approved_until = ? \
         WHERE organization_id = ? AND id = ? AND state = 'open'",
        vec![
            closing.state.as_str().into(),
            closing.by.0.into(),
            now.0.into(),
            closing.note.into(),
            closing.until.map(|until| until.0).into(),
            organization.0.into(),
            request.0.into(),
        ],
    )
    .await?;
    Ok(done == 1)
}

/// The condition on `r` and its member `m`.
fn push_condition(sql: &mut Sql, organization: OrganizationId, whose: &Whose) {
    sql.push(" WHERE r.organization_id = ")
        .bind(organization.0)
        .push(" AND r.state = 'open' AND m.status = 'active' AND m.role IN ")
        .list(whose.roles.iter().map(|role| role.as_str()));
    if let Some((lead, providers)) = &whose.led {
        sql.push(" AND r.member_id <> ").bind(lead.0);
        // No database takes an empty list; nothing is equal to 0.
        sql.push(" AND r.provider_id IN ")
            .list(providers.iter().map(|provider| provider.0).chain([0]));
        sql.push(" AND EXISTS (SELECT 1 FROM team_member mine JOIN team_member theirs ON theirs.team_id = mine.team_id ")
            .push("WHERE mine.member_id = ")
            .bind(lead.0)
            .push(" AND mine.role = 'lead' AND theirs.member_id = r.member_id)");
    }
}

/// How many open requests there are.
pub async fn waiting(conn: &impl Conn, organization: OrganizationId, whose: &Whose) -> Result<u32> {
    let mut sql = Sql::default();
    sql.push("SELECT count(*) FROM access_request r JOIN member m ON m.id = r.member_id");
    push_condition(&mut sql, organization, whose);
    sql::number_of(conn, &sql.text, sql.values).await
}

#[derive(FromQueryResult)]
struct QueuedRow {
    #[sea_orm(nested)]
    request: Row,
    member_name: String,
    member_email: String,
    member_role: String,
}

impl TryFrom<QueuedRow> for QueuedRequest {
    type Error = Error;

    fn try_from(row: QueuedRow) -> Result<Self> {
        Ok(Self {
            member: MemberId(row.request.member_id),
            request: row.request.try_into()?,
            name: row.member_name,
            email: row.member_email,
            role: known("member.role", &row.member_role)?,
            may_decide: false,
        })
    }
}

/// Some of the open requests, the oldest first. Nobody is said to be able to decide.
pub async fn queue(
    conn: &impl Conn,
    organization: OrganizationId,
    whose: &Whose,
    skip: u32,
    most: u32,
) -> Result<Vec<QueuedRequest>> {
    let mut sql = Sql::default();
    sql.push("SELECT ")
        .push(COLUMNS)
        .push(", m.name AS member_name, m.email AS member_email, m.role AS member_role ")
        .push(FROM)
        .push(" JOIN member m ON m.id = r.member_id");
    push_condition(&mut sql, organization, whose);
    sql.push(" ORDER BY r.id LIMIT ")
        .bind(i64::from(most))
        .push(" OFFSET ")
        .bind(i64::from(skip));
    let rows: Vec<QueuedRow> = sql::rows(conn, &sql.text, sql.values).await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Whether a member leads a team in which the other is; without another, any team.
pub async fn leads(
    conn: &impl Conn,
    organization: OrganizationId,
    lead: MemberId,
    other: Option<MemberId>,
) -> Result<bool> {
    let mut sql = Sql::default();
    sql.push(
        "SELECT count(*) FROM team_member mine JOIN team t ON t.id = mine.team_id WHERE t.organization_id = ",
    )
    .bind(organization.0)
    .push(" AND mine.role = 'lead' AND mine.member_id = ")
    .bind(lead.0);
    if let Some(other) = other {
        sql.push(" AND EXISTS (SELECT 1 FROM team_member theirs WHERE theirs.team_id = mine.team_id AND theirs.member_id = ")
            .bind(other.0)
            .push(")");
    }
    Ok(sql::number_of(conn, &sql.text, sql.values).await? > 0)
}

/// The active providers of an organization with their slugs, by name.
pub async fn active_providers(conn: &impl Conn, organization: OrganizationId) -> Result<Vec<Askable>> {
    #[derive(FromQueryResult)]
    struct Active {
        id: i64,
        name: String,
        slug: String,
    }
    let rows: Vec<Active> = sql::rows(
        conn,
        "SELECT id, name, slug FROM provider WHERE organization_id = ? AND status = 'active' \
         ORDER BY name_key, name_folded",
        vec![organization.0.into()],
    )
    .await?;
    let askable = |row: Active| Askable {
        id: ProviderId(row.id),
        name: row.name,
        slug: row.slug,
    };
    Ok(rows.into_iter().map(askable).collect())
}
