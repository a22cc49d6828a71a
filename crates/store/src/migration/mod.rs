//! The tables, as migrations. A released migration is never edited; a change is a new one.

/// A migration that runs these statements, spelled for the database. Named after its file.
macro_rules! statements {
    ($sql:expr) => {
        use sea_orm_migration::prelude::*;

        #[derive(DeriveMigrationName)]
        pub(crate) struct Migration;

        #[async_trait::async_trait]
        impl MigrationTrait for Migration {
            async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                super::run(manager, $sql).await
            }
        }
    };
}

mod m20261125_000001_initial;
mod m20261125_000002_enforcement;
mod m20261125_000003_access_changes;
mod m20261126_000001_usage_source;
mod m20261126_000002_issuers;
mod m20261126_000011_answers;
mod m20261126_000021_invited_name;
mod m20261126_000021_refold;
mod m20261126_000031_entered_models;
mod m20261126_000031_usage_requests;
mod m20261126_000041_numbers_in_names;
mod m20261126_000071_usage_batch;
mod m20261127_000001_team_providers;
mod m20261127_000021_bulk_changes;
mod m20261127_000061_usage_of_provider;
mod m20261127_000081_grant_ends;
mod m20261127_000091_access_requests;
mod m20261127_000101_models_off;
mod m20261127_000111_audit_chain;
mod m20261127_000121_grant_models;
mod m20261127_000201_usage_buckets;
mod m20261127_000301_scim;
mod m20261128_000201_spend;
mod m20261128_000202_request_log;
mod m20261128_000301_mail;
mod m20261128_000311_sign_on;
mod m20261128_000401_budgets;
mod m20261128_000501_sessions;
mod m20261128_000601_unused_notice;
mod m20261129_000101_second_factor;
mod m20261129_000201_budget_periods;
mod m20261129_000202_budget_warnings;
mod m20261130_000101_key_policy;
mod m20261130_000301_own_prices;
mod m20261130_000401_reviews;
mod m20261130_000601_templates;
mod m20261130_000701_saved_views;
mod m20261130_000702_row_editing;
mod refold;
mod resort;

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager};

pub(crate) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261125_000001_initial::Migration),
            Box::new(m20261125_000002_enforcement::Migration),
            Box::new(m20261125_000003_access_changes::Migration),
            Box::new(m20261126_000001_usage_source::Migration),
            Box::new(m20261126_000002_issuers::Migration),
            Box::new(m20261126_000011_answers::Migration),
            Box::new(m20261126_000021_refold::Migration),
            Box::new(m20261126_000021_invited_name::Migration),
            Box::new(m20261126_000031_usage_requests::Migration),
            Box::new(m20261126_000031_entered_models::Migration),
            Box::new(m20261126_000041_numbers_in_names::Migration),
            Box::new(m20261126_000071_usage_batch::Migration),
            Box::new(m20261127_000001_team_providers::Migration),
            Box::new(m20261127_000021_bulk_changes::Migration),
            Box::new(m20261127_000061_usage_of_provider::Migration),
            Box::new(m20261127_000091_access_requests::Migration),
            Box::new(m20261127_000101_models_off::Migration),
            Box::new(m20261127_000111_audit_chain::Migration),
            Box::new(m20261127_000121_grant_models::Migration),
            Box::new(m20261127_000081_grant_ends::Migration),
            Box::new(m20261127_000301_scim::Migration),
            Box::new(m20261127_000201_usage_buckets::Migration),
            Box::new(m20261128_000301_mail::Migration),
            Box::new(m20261128_000201_spend::Migration),
            Box::new(m20261128_000202_request_log::Migration),
            Box::new(m20261128_000311_sign_on::Migration),
            Box::new(m20261128_000401_budgets::Migration),
            Box::new(m20261128_000501_sessions::Migration),
            Box::new(m20261128_000601_unused_notice::Migration),
            Box::new(m20261129_000201_budget_periods::Migration),
            Box::new(m20261129_000202_budget_warnings::Migration),
            Box::new(m20261129_000101_second_factor::Migration),
            Box::new(m20261130_000301_own_prices::Migration),
            Box::new(m20261130_000101_key_policy::Migration),
            Box::new(m20261130_000401_reviews::Migration),
            Box::new(m20261130_000701_saved_views::Migration),
            Box::new(m20261130_000702_row_editing::Migration),
            Box::new(m20261130_000601_templates::Migration),
        ]
    }
}

/// How each database spells what the `.sql` files leave open.
type Words = &'static [(&'static str, &'static str)];

const SQLITE: Words = &[
    ("{id}", "INTEGER PRIMARY KEY AUTOINCREMENT"),
    ("{int}", "INTEGER"),
    ("{bytes}", "BLOB"),
    // SQLite compares text byte by byte unless told otherwise.
    ("{bytewise}", "TEXT"),
    ("{table}", "STRICT"),
    ("{pair}", "STRICT, WITHOUT ROWID"),
];

const POSTGRES: Words = &[
    ("{id}", "bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"),
    ("{int}", "bigint"),
    ("{bytes}", "bytea"),
    ("{bytewise}", "text COLLATE \"C\""),
    ("{table}", ""),
    ("{pair}", ""),
];

/// The text of a migration as one database spells it.
fn spelled(sql: &str, database: DbBackend) -> String {
    let words = match database {
        DbBackend::Postgres => POSTGRES,
        _ => SQLITE,
    };
    words
        .iter()
        .fold(sql.to_owned(), |sql, (word, meaning)| sql.replace(word, meaning))
}

async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    db.execute_unprepared(&spelled(sql, db.get_database_backend()))
        .await?;
    Ok(())
}
