//! What decides about access, with a version and a note of each change.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let sql = match db.get_database_backend() {
            DbBackend::Postgres => include_str!("access_changes.postgres.sql"),
            _ => include_str!("access_changes.sqlite.sql"),
        };
        db.execute_unprepared(sql).await?;
        Ok(())
    }
}
