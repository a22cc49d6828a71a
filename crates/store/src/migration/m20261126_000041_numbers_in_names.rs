//! Numbers in names are ordered by their value: “Provider 3” before “Provider 10”.

use super::resort;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        resort::everything(manager.get_connection()).await
    }
}
