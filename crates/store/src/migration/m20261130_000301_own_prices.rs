//! Own prices, and corrections of what requests cost.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, include_str!("own_prices.sql")).await?;
        let db = manager.get_connection();
        let triggers = match db.get_database_backend() {
            DbBackend::Postgres => include_str!("own_prices.postgres.sql"),
            _ => include_str!("own_prices.sqlite.sql"),
        };
        db.execute_unprepared(triggers).await?;
        Ok(())
    }
}
