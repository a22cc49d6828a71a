//! All tables of AI Access.

use super::spelled;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let search = match db.get_database_backend() {
            DbBackend::Postgres => include_str!("initial_search.postgres.sql"),
            _ => include_str!("initial_search.sqlite.sql"),
        };
        let tables = spelled(include_str!("initial.sql"), db.get_database_backend());
        db.execute_unprepared(&tables).await?;
        db.execute_unprepared(search).await?;
        Ok(())
    }
}
