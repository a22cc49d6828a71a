//! Changes that were applied, with what an undo must know for as long as there may be one. Triggers note which things of the
//! rows were changed since (`migration/bulk_changes.*.sql`).

use super::facts::BulkRow;
use super::write::insert as insert_rows;
use crate::connection::{Conn, WriteTx};
use crate::error::{Error, Result};
use crate::sql;
use domain::bulk::{DonePart, Part};
use domain::{BulkChangeId, OrganizationId, ProviderId, TeamId, Timestamp, UserId};
use sea_orm::{DbErr, FromQueryResult, Value};
use serde::Deserialize;
use std::collections::HashMap;

/// A change that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkRecord {
    /// Which.
    pub id: BulkChangeId,
    /// When.
    pub applied_at: Timestamp,
    /// When it was undone.
    pub undone_at: Option<Timestamp>,
}

fn stored(part: Part) -> (&'static str, i64) {
    match part {
        Part::AddProvider(id) => ("add_provider", id.0),
        Part::RemoveProvider(id) => ("remove_provider", id.0),
        Part::Role => ("role", 0),
        Part::AddTeam(id) => ("add_team", id.0),
        Part::RemoveTeam(id) => ("remove_team", id.0),
        Part::Suspend => ("suspend", 0),
        Part::Reactivate => ("reactivate", 0),
        Part::Remove => ("remove", 0),
        Part::Resend => ("resend", 0),
    }
}

fn part(name: &str, target: i64) -> Result<Part> {
    Ok(match name {
        "add_provider" => Part::AddProvider(ProviderId(target)),
        "remove_provider" => Part::RemoveProvider(ProviderId(target)),
        "role" => Part::Role,
        "add_team" => Part::AddTeam(TeamId(target)),
        "remove_team" => Part::RemoveTeam(TeamId(target)),
        "suspend" => Part::Suspend,
        "reactivate" => Part::Reactivate,
        "remove" => Part::Remove,
        "resend" => Part::Resend,
        _ => return Err(Error::corrupt("bulk_part.part", UnknownPart(name.to_owned()))),
    })
}

#[derive(Debug, thiserror::Error)]
#[error("part {0:?}")]
struct UnknownPart(String);

#[derive(FromQueryResult)]
struct Made {
    id: i64,
}

/// Writes a change down, after its rows have been written: what each was before, and what was done to it.
pub async fn insert(
    tx: &WriteTx,
    organization: OrganizationId,
    by: UserId,
    fingerprint: &str,
    now: Timestamp,
    changed: &[(&BulkRow, &[Part])],
) -> Result<BulkChangeId> {
    let made: Vec<Made> = sql::rows(
        tx,
        "INSERT INTO bulk_change (organization_id, actor_user_id, fingerprint, applied_at) VALUES (?, ?, ?, ?) RETURNING id",
        vec![
            organization.0.into(),
            by.0.into(),
            fingerprint.into(),
            now.0.into(),
        ],
    )
    .await?;
    let id = made.first().ok_or(DbErr::RecordNotInserted)?.id;
    let mut rows: Vec<Vec<Value>> = Vec::with_capacity(changed.len());
    let mut parts: Vec<Vec<Value>> = Vec::with_capacity(changed.len());
    for (row, done) in changed {
        let before = serde_json::to_string(row).map_err(|why| Error::corrupt("bulk_row.before", why))?;
        rows.push(vec![id.into(), row.id.0.into(), before.into()]);
        for part in *done {
            let (name, target) = stored(*part);
            parts.push(vec![id.into(), row.id.0.into(), name.into(), target.into()]);
        }
    }
    insert_rows(tx, "bulk_row (bulk_change_id, member_id, before)", rows, "").await?;
    insert_rows(
        tx,
        "bulk_part (bulk_change_id, member_id, part, target_id)",
        parts,
        "",
    )
    .await?;
    Ok(BulkChangeId(id))
}

#[derive(FromQueryResult)]
struct RecordRow {
    id: i64,
    applied_at: i64,
    undone_at: Option<i64>,
}

/// One change.
pub async fn get(
    conn: &impl Conn,
    organization: OrganizationId,
    change: BulkChangeId,
) -> Result<Option<BulkRecord>> {
    let rows: Vec<RecordRow> = sql::rows(
        conn,
        "SELECT id, applied_at, undone_at FROM bulk_change WHERE organization_id = ? AND id = ?",
        vec![organization.0.into(), change.0.into()],
    )
    .await?;
    Ok(rows.into_iter().next().map(|row| BulkRecord {
        id: BulkChangeId(row.id),
        applied_at: Timestamp(row.applied_at),
        undone_at: row.undone_at.map(Timestamp),
    }))
}

#[derive(Deserialize)]
struct Before {
    member_id: i64,
    before: String,
}

#[derive(Deserialize)]
struct PartRow {
    member_id: i64,
    part: String,
    target_id: i64,
    changed_since: i64,
}

/// What was done to each row, what it was before, and what was changed since; nothing once [`forget_until`] was here.
pub async fn parts(conn: &impl Conn, change: BulkRecord) -> Result<Vec<(BulkRow, Vec<DonePart>)>> {
    let values = || vec![change.id.0.into()];
    let rows: Vec<Before> = sql::unordered(
        conn,
        "member_id, before",
        "FROM bulk_row WHERE bulk_change_id = ?",
        values(),
    )
    .await?;
    let found: Vec<PartRow> = sql::unordered(
        conn,
        "member_id, part, target_id, changed_since",
        "FROM bulk_part WHERE bulk_change_id = ?",
        values(),
    )
    .await?;
    let mut of_member: HashMap<i64, Vec<DonePart>> = HashMap::with_capacity(rows.len());
    for row in found {
        let done = DonePart {
            part: part(&row.part, row.target_id)?,
            changed_since: row.changed_since != 0,
        };
        of_member.entry(row.member_id).or_default().push(done);
    }
    rows.into_iter()
        .map(|row| {
            let before =
                serde_json::from_str(&row.before).map_err(|why| Error::corrupt("bulk_row.before", why))?;
            let mut parts = of_member.remove(&row.member_id).unwrap_or_default();
            parts.sort_unstable_by_key(|done| done.part);
            Ok((before, parts))
        })
        .collect()
}

/// Notes that it was undone.
pub async fn mark_undone(
    tx: &WriteTx,
    organization: OrganizationId,
    change: BulkChangeId,
    now: Timestamp,
) -> Result<()> {
    sql::execute(
        tx,
        "UPDATE bulk_change SET undone_at = ? WHERE organization_id = ? AND id = ?",
        vec![now.0.into(), organization.0.into(), change.0.into()],
    )
    .await?;
    Ok(())
}

/// Forgets what an undo would have to know of changes that were applied until this instant.
pub async fn forget_until(tx: &WriteTx, organization: OrganizationId, until: Timestamp) -> Result<()> {
    for table in ["bulk_part", "bulk_row"] {
        sql::execute(
            tx,
            &format!(
                "DELETE FROM {table} WHERE bulk_change_id IN \
                 (SELECT id FROM bulk_change WHERE organization_id = ? AND applied_at <= ?)"
            ),
            vec![organization.0.into(), until.0.into()],
        )
        .await?;
    }
    Ok(())
}
