//! Which batches of usage were written.

use super::spelled;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let table = spelled(include_str!("usage_batch.sql"), db.get_database_backend());
        db.execute_unprepared(&table).await?;
        Ok(())
    }
}
