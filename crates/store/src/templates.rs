//! Templates: named sets of providers and teams.

use crate::connection::{Conn, WriteTx};
use crate::error::{Error, Result};
use crate::sql;
use domain::search::fold;
use domain::templates::TemplateContent;
use domain::{OrganizationId, TemplateId};
use sea_orm::{DbErr, FromQueryResult};

/// A template as stored: it may name what was deleted since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateRecord {
    /// Which.
    pub id: TemplateId,
    /// Counted up by each change.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// What it gives.
    pub content: TemplateContent,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    version: i64,
    name: String,
    content: String,
}

fn record(row: Row) -> Result<TemplateRecord> {
    Ok(TemplateRecord {
        id: TemplateId(row.id),
        version: row.version,
        name: row.name,
        content: serde_json::from_str(&row.content).map_err(|why| Error::corrupt("template.content", why))?,
    })
}

fn written(content: &TemplateContent) -> Result<String> {
    serde_json::to_string(content).map_err(|why| Error::corrupt("template.content", why))
}

/// Every template of an organization, by name.
pub async fn list(conn: &impl Conn, organization: OrganizationId) -> Result<Vec<TemplateRecord>> {
    let rows: Vec<Row> = sql::rows(
        conn,
        "SELECT id, version, name, content FROM template WHERE organization_id = ? ORDER BY name_folded",
        vec![organization.0.into()],
    )
    .await?;
    rows.into_iter().map(record).collect()
}

#[derive(FromQueryResult)]
struct Made {
    id: i64,
}

/// Makes a template. The caller sees to it that its name is free.
pub async fn insert(
    tx: &WriteTx,
    organization: OrganizationId,
    name: &str,
    content: &TemplateContent,
) -> Result<TemplateId> {
    let made: Vec<Made> = sql::rows(
        tx,
        "INSERT INTO template (organization_id, name, name_folded, content, version) VALUES (?, ?, ?, ?, 1) RETURNING id",
        vec![
            organization.0.into(),
            name.into(),
            fold(name).into(),
            written(content)?.into(),
        ],
    )
    .await?;
    let made = made.first().ok_or(DbErr::RecordNotInserted)?;
    Ok(TemplateId(made.id))
}

/// Gives a template another name and other content.
pub async fn update(
    tx: &WriteTx,
    organization: OrganizationId,
    template: TemplateId,
    name: &str,
    content: &TemplateContent,
) -> Result<()> {
    sql::execute(
        tx,
        "UPDATE template SET name = ?, name_folded = ?, content = ?, version = version + 1 WHERE organization_id = ? AND id = ?",
        vec![
            name.into(),
            fold(name).into(),
            written(content)?.into(),
            organization.0.into(),
            template.0.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Deletes a template; what was given by it stays.
pub async fn delete(tx: &WriteTx, organization: OrganizationId, template: TemplateId) -> Result<()> {
    sql::execute(
        tx,
        "DELETE FROM template WHERE organization_id = ? AND id = ?",
        vec![organization.0.into(), template.0.into()],
    )
    .await?;
    Ok(())
}
