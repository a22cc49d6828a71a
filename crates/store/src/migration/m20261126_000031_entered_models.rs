//! Names of models entered by hand, and the version of Azure's API.

use super::spelled;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let columns = spelled(include_str!("entered_models.sql"), db.get_database_backend());
        db.execute_unprepared(&columns).await?;
        Ok(())
    }
}
