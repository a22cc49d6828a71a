//! How many requests a row of usage stands for: refusals in a flood are counted.

use super::spelled;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let column = spelled(
            "ALTER TABLE usage_event ADD COLUMN requests {int} NOT NULL DEFAULT 1",
            db.get_database_backend(),
        );
        db.execute_unprepared(&column).await?;
        Ok(())
    }
}
