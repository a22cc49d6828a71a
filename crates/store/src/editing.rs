//! Who has a row of AI Access open for editing. Told by their page again and again, and forgotten when it stops.

use crate::connection::{Conn, WriteTx};
use crate::error::Result;
use crate::sql;
use domain::{MemberId, OrganizationId, Timestamp, UserId};
use sea_orm::FromQueryResult;

/// Notes that an account edits a row of its organization, and forgets what was noted before `forgotten`.
pub async fn note(
    tx: &WriteTx,
    organization: OrganizationId,
    member: MemberId,
    user: UserId,
    at: Timestamp,
    forgotten: Timestamp,
) -> Result<()> {
    sql::execute(
        tx,
        "DELETE FROM row_editing WHERE at < ?",
        vec![forgotten.0.into()],
    )
    .await?;
    sql::execute(
        tx,
        "INSERT INTO row_editing (member_id, user_id, at) \
         SELECT id, ?, ? FROM member WHERE organization_id = ? AND id = ? \
         ON CONFLICT (member_id, user_id) DO UPDATE SET at = excluded.at",
        vec![user.0.into(), at.0.into(), organization.0.into(), member.0.into()],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Row {
    name: String,
}

/// The names of the others who have edited a row since then.
pub async fn others(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    user: UserId,
    since: Timestamp,
) -> Result<Vec<String>> {
    let rows: Vec<Row> = sql::rows(
        conn,
        "SELECT coalesce(nullif(u.name, ''), u.email) AS name FROM row_editing e \
         JOIN member m ON m.id = e.member_id JOIN app_user u ON u.id = e.user_id \
         WHERE m.organization_id = ? AND e.member_id = ? AND e.user_id <> ? AND e.at >= ? ORDER BY u.email",
        vec![
            organization.0.into(),
            member.0.into(),
            user.0.into(),
            since.0.into(),
        ],
    )
    .await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}
