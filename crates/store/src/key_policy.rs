//! What an organization demands of virtual keys.

use crate::connection::{Conn, WriteTx};
use crate::error::Result;
use crate::sql;
use domain::OrganizationId;
use domain::key::policy::KeyPolicy;
use sea_orm::FromQueryResult;

#[derive(FromQueryResult)]
struct Row {
    days: Option<i64>,
    own_only: i64,
}

/// What an organization demands; nothing until it says so.
pub async fn of(conn: &impl Conn, organization: OrganizationId) -> Result<KeyPolicy> {
    let rows: Vec<Row> = sql::rows(
        conn,
        "SELECT days, own_only FROM key_policy WHERE organization_id = ?",
        vec![organization.0.into()],
    )
    .await?;
    let policy = |row: &Row| KeyPolicy {
        days: row.days.and_then(|days| u32::try_from(days).ok()),
        own_only: row.own_only != 0,
    };
    Ok(rows.first().map(policy).unwrap_or_default())
}

/// Sets what an organization demands.
pub async fn set(tx: &WriteTx, organization: OrganizationId, policy: KeyPolicy) -> Result<()> {
    sql::execute(
        tx,
        "INSERT INTO key_policy (organization_id, days, own_only) VALUES (?, ?, ?) \
         ON CONFLICT (organization_id) DO UPDATE SET days = excluded.days, own_only = excluded.own_only",
        vec![
            organization.0.into(),
            policy.days.map(i64::from).into(),
            i64::from(policy.own_only).into(),
        ],
    )
    .await?;
    Ok(())
}
