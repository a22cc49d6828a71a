//! Copying a whole database while it is in use, and looking at a copy before it is trusted.

use crate::connection::Database;
use crate::error::{Error, Result};
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, Statement};
use std::path::Path;

/// Writes a copy of an SQLite database as of one instant. Other processes go on reading and writing meanwhile
/// (`VACUUM INTO`: <https://www.sqlite.org/lang_vacuum.html>). Fails when `to` exists.
pub async fn copy_sqlite(from: &Path, to: &Path) -> Result<()> {
    let connection = open_sqlite(from, false).await?;
    let copied = connection
        .execute_raw(Statement::from_sql_and_values(
            connection.get_database_backend(),
            "VACUUM INTO ?",
            [to.to_string_lossy().into_owned().into()],
        ))
        .await;
    connection.close().await?;
    copied?;
    Ok(())
}

/// What is wrong with an SQLite file, by its own account; nothing for a whole one. Does not change the file.
pub async fn damage_of_sqlite(path: &Path) -> Result<Option<String>> {
    let connection = open_sqlite(path, true).await?;
    let found = async {
        let integrity = first_text(&connection, "PRAGMA integrity_check(1)").await?;
        if integrity.as_deref() != Some("ok") {
            return Ok(integrity.or_else(|| Some("no answer to the integrity check".to_owned())));
        }
        let orphan = first_text(&connection, "PRAGMA foreign_key_check").await?;
        Ok(orphan.map(|table| format!("a row of {table} points to one that is not there")))
    }
    .await;
    connection.close().await?;
    found
}

/// Whether a PostgreSQL database holds no table yet, as one that a backup is restored into must.
pub async fn is_empty_postgres(url: &str) -> Result<bool> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let connection = sea_orm::Database::connect(options).await.map_err(Error::open)?;
    let tables = connection
        .query_all_raw(Statement::from_string(
            connection.get_database_backend(),
            "SELECT 1 FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) LIMIT 1",
        ))
        .await;
    connection.close().await?;
    Ok(tables?.is_empty())
}

/// Whether there is a database to be backed up.
pub fn exists(database: &Database) -> bool {
    match database {
        Database::Embedded(path) => path.is_file(),
        Database::Postgres(_) => true,
    }
}

async fn open_sqlite(path: &Path, immutable: bool) -> Result<DatabaseConnection> {
    let path = path.to_owned();
    let mut options = ConnectOptions::new("sqlite:");
    options
        .max_connections(1)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&path)
                .create_if_missing(false)
                .immutable(immutable)
                .read_only(immutable)
        });
    sea_orm::Database::connect(options).await.map_err(Error::open)
}

async fn first_text(connection: &DatabaseConnection, sql: &str) -> Result<Option<String>> {
    let row = connection
        .query_one_raw(Statement::from_string(connection.get_database_backend(), sql))
        .await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}
