//! Apostrophes, quotes, hyphens and invisible characters fold to what is typed for them.

use super::refold;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        refold::everything(manager.get_connection()).await
    }
}
