//! The members that SCIM made or linked.

use super::Which;
use crate::connection::{Conn, WriteTx};
use crate::error::{Result, known};
use crate::sql::{self, Sql};
use domain::{MemberId, MemberStatus, OrganizationId, Timestamp};
use sea_orm::FromQueryResult;

/// A user as stored, with what the member's row says of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimUserRecord {
    /// Which member.
    pub member: MemberId,
    /// The attributes that are kept, as JSON.
    pub kept: String,
    /// Active or suspended.
    pub status: MemberStatus,
    /// Whether the member was there before SCIM.
    pub linked: bool,
    /// When the member was made.
    pub created_at: Timestamp,
    /// When SCIM last changed something.
    pub modified_at: Timestamp,
    /// Counts up with each change by SCIM.
    pub version: i64,
    /// Counts up with each change of the member's row.
    pub member_version: i64,
}

/// What SCIM says of a user.
#[derive(Clone, Copy, Debug)]
pub struct NewScimUser<'a> {
    /// The user name with its letter case folded.
    pub user_name_folded: &'a str,
    /// The directory's own id.
    pub external_id: Option<&'a str>,
    /// The attributes that are kept, as JSON.
    pub kept: &'a str,
}

#[derive(FromQueryResult)]
struct Row {
    member_id: i64,
    kept: String,
    status: String,
    linked_at: Option<i64>,
    created_at: i64,
    modified_at: i64,
    version: i64,
    member_version: i64,
}

/// Users in order of creation.
pub async fn users(
    conn: &impl Conn,
    organization: OrganizationId,
    which: Which<'_>,
) -> Result<Vec<ScimUserRecord>> {
    let mut sql = Sql::default();
    sql.push(
        "SELECT s.member_id, s.kept, m.status, s.linked_at, m.created_at, s.modified_at, s.version, m.version AS member_version \
         FROM scim_user s JOIN member m ON m.id = s.member_id WHERE s.organization_id = ",
    )
    .bind(organization.0);
    which.push(&mut sql, "s.member_id", "s.user_name_folded", "s.external_id");
    let rows: Vec<Row> = sql::rows(conn, &sql.text, sql.values).await?;
    rows.into_iter()
        .map(|row| {
            Ok(ScimUserRecord {
                member: MemberId(row.member_id),
                kept: row.kept,
                status: known("member.status", &row.status)?,
                linked: row.linked_at.is_some(),
                created_at: Timestamp(row.created_at),
                modified_at: Timestamp(row.modified_at),
                version: row.version,
                member_version: row.member_version,
            })
        })
        .collect()
}

/// The user with this name, folded as it is stored.
pub async fn user_by_name(
    conn: &impl Conn,
    organization: OrganizationId,
    name_folded: &str,
) -> Result<Option<MemberId>> {
    let found = users(conn, organization, Which::Name(name_folded)).await?;
    Ok(found.first().map(|user| user.member))
}

/// How many users there are.
pub async fn users_count(conn: &impl Conn, organization: OrganizationId) -> Result<u32> {
    let count = "SELECT count(*) FROM scim_user WHERE organization_id = ?";
    sql::number_of(conn, count, vec![organization.0.into()]).await
}

/// Lets SCIM keep a member from now on; `linked` where it did not make them.
pub async fn insert_user(
    tx: &WriteTx,
    organization: OrganizationId,
    member: MemberId,
    new: NewScimUser<'_>,
    linked: bool,
    now: Timestamp,
) -> Result<()> {
    sql::execute(
        tx,
        "INSERT INTO scim_user (member_id, organization_id, linked_at, user_name_folded, external_id, kept, modified_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        vec![
            member.0.into(),
            organization.0.into(),
            linked.then_some(now.0).into(),
            new.user_name_folded.into(),
            new.external_id.map(str::to_owned).into(),
            new.kept.into(),
            now.0.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Writes what SCIM says now, and counts the version up.
pub async fn update_user(
    tx: &WriteTx,
    organization: OrganizationId,
    member: MemberId,
    new: NewScimUser<'_>,
    now: Timestamp,
) -> Result<()> {
    sql::execute(
        tx,
        "UPDATE scim_user SET user_name_folded = ?, external_id = ?, kept = ?, modified_at = ?, version = version + 1 \
         WHERE organization_id = ? AND member_id = ?",
        vec![
            new.user_name_folded.into(),
            new.external_id.map(str::to_owned).into(),
            new.kept.into(),
            now.0.into(),
            organization.0.into(),
            member.0.into(),
        ],
    )
    .await?;
    Ok(())
}
