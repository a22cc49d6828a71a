//! Saved views of AI Access.

use crate::connection::{Conn, WriteTx};
use crate::error::Result;
use crate::sql;
use domain::views::SavedView;
use domain::{MemberId, OrganizationId, Timestamp, ViewId};
use sea_orm::FromQueryResult;

/// A view to insert.
#[derive(Clone, Debug)]
pub struct NewView<'a> {
    /// Whose it is; `None` when all see it.
    pub member: Option<MemberId>,
    /// What it is called.
    pub name: &'a str,
    /// The query part of its address.
    pub query: &'a str,
    /// When it was saved.
    pub at: Timestamp,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    member_id: Option<i64>,
    name: String,
    query: String,
}

impl From<Row> for SavedView {
    fn from(row: Row) -> Self {
        Self {
            id: ViewId(row.id),
            name: row.name,
            query: row.query,
            shared: row.member_id.is_none(),
        }
    }
}

/// The views that a member sees: their own, then the shared ones, each in the order of their names.
pub async fn of_member(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
) -> Result<Vec<SavedView>> {
    let rows: Vec<Row> = sql::rows(
        conn,
        "SELECT id, member_id, name, query FROM saved_view \
         WHERE organization_id = ? AND (member_id = ? OR member_id IS NULL) \
         ORDER BY CASE WHEN member_id IS NULL THEN 1 ELSE 0 END, name, id",
        vec![organization.0.into(), member.0.into()],
    )
    .await?;
    Ok(rows.into_iter().map(SavedView::from).collect())
}

/// Inserts one.
pub async fn insert(tx: &WriteTx, organization: OrganizationId, view: &NewView<'_>) -> Result<()> {
    sql::execute(
        tx,
        "INSERT INTO saved_view (organization_id, member_id, name, query, created_at) VALUES (?, ?, ?, ?, ?)",
        vec![
            organization.0.into(),
            view.member.map(|member| member.0).into(),
            view.name.into(),
            view.query.into(),
            view.at.0.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Gives one another name, and to one member or to all.
pub async fn change(
    tx: &WriteTx,
    organization: OrganizationId,
    view: ViewId,
    name: &str,
    member: Option<MemberId>,
) -> Result<()> {
    sql::execute(
        tx,
        "UPDATE saved_view SET name = ?, member_id = ? WHERE organization_id = ? AND id = ?",
        vec![
            name.into(),
            member.map(|member| member.0).into(),
            organization.0.into(),
            view.0.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Deletes one.
pub async fn delete(tx: &WriteTx, organization: OrganizationId, view: ViewId) -> Result<()> {
    sql::execute(
        tx,
        "DELETE FROM saved_view WHERE organization_id = ? AND id = ?",
        vec![organization.0.into(), view.0.into()],
    )
    .await?;
    Ok(())
}
