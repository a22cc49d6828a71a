//! The chain of the audit log, over what is written already as well, and that what is written stays.

use crate::audit::chain::{Head, Said};
use crate::sql::statement_for;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Value};
use std::collections::BTreeMap;

/// Entries of a batch.
const BATCH: i64 = 2_000;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, include_str!("audit_chain.sql")).await?;
        let db = manager.get_connection();
        chain(db).await?;
        let triggers = match db.get_database_backend() {
            DbBackend::Postgres => include_str!("audit_chain.postgres.sql"),
            _ => include_str!("audit_chain.sqlite.sql"),
        };
        db.execute_unprepared(triggers).await?;
        Ok(())
    }
}

#[derive(FromQueryResult)]
struct Entry {
    id: i64,
    organization_id: Option<i64>,
    at: i64,
    actor_email: String,
    action: String,
    target_kind: String,
    target_id: Option<i64>,
    target_label: String,
    before: Option<String>,
    after: Option<String>,
}

async fn run(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<(), DbErr> {
    db.execute_raw(statement_for(db.get_database_backend(), sql, values))
        .await?;
    Ok(())
}

/// Chains what is there.
async fn chain(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let mut heads: BTreeMap<i64, Head> = BTreeMap::new();
    let mut last = 0;
    loop {
        let sql = "SELECT id, organization_id, at, actor_email, action, target_kind, target_id, target_label, before, after \
             FROM audit WHERE id > ? ORDER BY id LIMIT ?";
        let query = statement_for(db.get_database_backend(), sql, vec![last.into(), BATCH.into()]);
        let found = db.query_all_raw(query).await?;
        let entries: Result<Vec<Entry>, _> = found
            .iter()
            .map(|row| Entry::from_query_result(row, ""))
            .collect();
        let entries = entries?;
        let Some(end) = entries.last() else { break };
        last = end.id;
        for entry in &entries {
            let head = heads
                .entry(entry.organization_id.unwrap_or_default())
                .or_default();
            *head = head.with(&Said {
                organization: entry.organization_id,
                at: entry.at,
                actor_email: &entry.actor_email,
                action: &entry.action,
                target_kind: &entry.target_kind,
                target_id: entry.target_id,
                target_label: &entry.target_label,
                before: entry.before.as_deref(),
                after: entry.after.as_deref(),
            });
            let values = vec![head.length.into(), head.hash.to_vec().into(), entry.id.into()];
            run(db, "UPDATE audit SET place = ?, hash = ? WHERE id = ?", values).await?;
        }
    }
    for (organization, head) in heads {
        let values = vec![organization.into(), head.length.into(), head.hash.to_vec().into()];
        let sql = "INSERT INTO audit_chain (organization_id, length, hash) VALUES (?, ?, ?)";
        run(db, sql, values).await?;
    }
    Ok(())
}
