//! Writes the keys by which names are ordered anew, after the rule of order has changed.

use crate::collation::sort_key;
use crate::sql::statement_for;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, FromQueryResult};

/// Rows of a batch, so that a table of any size fits in memory.
const BATCH: i64 = 500;

#[derive(FromQueryResult)]
struct Named {
    id: i64,
    name: String,
    name_key: Vec<u8>,
}

/// All of them, in every organization. A row is written only where its key differs.
pub(super) async fn everything(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    for table in ["team", "provider", "virtual_key", "member"] {
        keys(db, table).await?;
    }
    Ok(())
}

async fn keys(db: &impl ConnectionTrait, table: &str) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    // Somebody invited has no name yet, and no key.
    let some = format!(
        "SELECT id, name, name_key FROM {table} WHERE id > ? AND name_key IS NOT NULL ORDER BY id LIMIT {BATCH}"
    );
    let write = format!("UPDATE {table} SET name_key = ? WHERE id = ?");
    let mut last = 0_i64;
    loop {
        let batch = db
            .query_all_raw(statement_for(backend, &some, vec![last.into()]))
            .await?;
        if batch.is_empty() {
            return Ok(());
        }
        for row in batch {
            let row = Named::from_query_result(&row, "")?;
            last = row.id;
            let right = sort_key(&row.name);
            if right != row.name_key {
                db.execute_raw(statement_for(backend, &write, vec![right.into(), row.id.into()]))
                    .await?;
            }
        }
    }
}

#[cfg(test)]
mod tests;
