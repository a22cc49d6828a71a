//! The pools of connections: one for each purpose, so that no load takes the connections of another.

use crate::connection::Database;
use crate::error::{Error, Result};
use sea_orm::sqlx::Error as SqlxError;
use sea_orm::sqlx::sqlite::SqliteConnection;
use sea_orm::{ConnectOptions, DatabaseConnection};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a caller waits for a connection: a queue of writers behind one slow commit must not fail.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long SQLite waits for another process that holds the file's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Rows SQLite's thread may be ahead of the reader; at the default of 50 an export mostly switches between the two.
const ROW_BUFFER: usize = 2_048;
/// Instructions of SQLite's machine between two looks at the clock: far less than a millisecond, unless each touches a
/// long text.
const LOOK_EVERY: i32 = 1_000;

/// What a pool is for.
#[derive(Clone, Copy)]
struct Purpose {
    /// Connections on SQLite. Each has its own page cache, and more than the cores only wait for each other.
    sqlite: u32,
    /// Connections on PostgreSQL, whose own default allows a hundred in all.
    postgres: u32,
    /// Page cache of each SQLite connection, in KiB.
    cache: u32,
    /// How long a read may take; SQLite counts from taking the connection, PostgreSQL each statement.
    limit: Option<Duration>,
}

/// Pages. The cache holds the list index of some hundred thousand members.
const READERS: Purpose = Purpose {
    sqlite: 5,
    postgres: 8,
    cache: 32_768,
    limit: Some(Duration::from_millis(domain::limits::READ_TIMEOUT)),
};
/// Exports, which read for longer than a page may.
const EXPORTS: Purpose = Purpose {
    sqlite: 1,
    postgres: 2,
    cache: 16_384,
    limit: Some(Duration::from_millis(domain::limits::EXPORT_TIMEOUT)),
};
/// What decides about access and what the gateway asks; on PostgreSQL one of them listens for changes.
const ACCESS: Purpose = Purpose {
    sqlite: 2,
    postgres: 3,
    cache: 4_096,
    limit: None,
};
/// Changes. SQLite has one writer: writers queue in order instead of polling the file's lock.
const WRITERS: Purpose = Purpose {
    sqlite: 1,
    postgres: 6,
    cache: 32_768,
    limit: None,
};

/// One pool for each purpose. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    pub(crate) readers: DatabaseConnection,
    pub(crate) exports: DatabaseConnection,
    pub(crate) access: DatabaseConnection,
    pub(crate) writers: DatabaseConnection,
}

impl Pools {
    pub(crate) async fn open(database: &Database) -> Result<Self> {
        // The writer first: on SQLite it makes the file.
        Ok(Self {
            writers: WRITERS.open(database).await?,
            readers: READERS.open(database).await?,
            exports: EXPORTS.open(database).await?,
            access: ACCESS.open(database).await?,
        })
    }

    /// Closes every connection; the writers last, since on SQLite that folds the write-ahead log into the file.
    pub(crate) async fn close(self) -> Result<()> {
        for pool in [self.readers, self.exports, self.access, self.writers] {
            pool.close().await?;
        }
        Ok(())
    }
}

/// How many changes the database takes at once.
pub(crate) fn writers_at_once(postgres: bool) -> usize {
    let at_once = if postgres {
        WRITERS.postgres
    } else {
        WRITERS.sqlite
    };
    usize::try_from(at_once).unwrap_or(1)
}

impl Purpose {
    async fn open(self, database: &Database) -> Result<DatabaseConnection> {
        let options = match database {
            Database::Embedded(path) => self.sqlite(path),
            Database::Postgres(url) => self.postgres(url),
        };
        sea_orm::Database::connect(options).await.map_err(Error::open)
    }

    fn postgres(self, url: &str) -> ConnectOptions {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(self.postgres)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .sqlx_logging(false);
        if let Some(limit) = self.limit {
            options.statement_timeout(limit);
        }
        options
    }

    fn sqlite(self, path: &Path) -> ConnectOptions {
        let mut options = ConnectOptions::new("sqlite:");
        let path = path.to_owned();
        options
            .max_connections(self.sqlite)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(move |sqlite| {
                sqlite
                    .filename(&path)
                    .create_if_missing(true)
                    .foreign_keys(true)
                    .busy_timeout(BUSY_TIMEOUT)
                    .row_buffer_size(ROW_BUFFER)
                    .pragma("journal_mode", "WAL")
                    .pragma("synchronous", "FULL")
                    .pragma("temp_store", "MEMORY")
                    .pragma("cache_size", format!("-{}", self.cache))
            });
        if let Some(limit) = self.limit {
            options
                // A file needs no asking whether it is still there; setting the limit asks the thread anyway.
                .test_before_acquire(false)
                .map_sqlx_sqlite_pool_opts(move |pool| {
                    pool.after_connect(move |connection, _| Box::pin(limit_read(connection, limit)))
                })
                .map_sqlx_sqlite_before_acquire(move |connection, _| {
                    Box::pin(async move {
                        limit_read(connection, limit).await?;
                        Ok(true)
                    })
                });
        }
        options
    }
}

/// Has SQLite give up what is still read `limit` from now. It gives up once: what ends the transaction must get through.
async fn limit_read(connection: &mut SqliteConnection, limit: Duration) -> Result<(), SqlxError> {
    let mut ends = Some(Instant::now() + limit);
    let mut handle = connection.lock_handle().await?;
    handle.set_progress_handler(LOOK_EVERY, move || {
        let over = ends.is_some_and(|end| Instant::now() >= end);
        if over {
            ends = None;
        }
        !over
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::ConnectionTrait;

    /// Counts for ever.
    const ENDLESS: &str =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0";

    async fn gives_up(database: &Database) {
        let purpose = Purpose {
            sqlite: 1,
            postgres: 1,
            cache: 1_024,
            limit: Some(Duration::from_millis(50)),
        };
        let pool = purpose.open(database).await.expect("a pool");
        // Twice: the connection is as good as before.
        for _ in 0..2 {
            let error = pool.execute_unprepared(ENDLESS).await.expect_err("an end");
            let error = Error::from(error);
            assert!(matches!(error, Error::TooSlow(_)), "{error:?}");
            pool.execute_unprepared("SELECT 1").await.expect("a quick read");
        }
        pool.close().await.expect("closed");
    }

    #[tokio::test]
    async fn a_read_without_end_is_given_up_on_sqlite() {
        let folder = tempfile::tempdir().expect("a folder");
        gives_up(&Database::Embedded(folder.path().join("test.db"))).await;
    }

    #[tokio::test]
    async fn a_read_without_end_is_given_up_on_postgres() {
        let url = std::env::var("GATEHOUSE_TEST_POSTGRES").expect("the URL of a PostgreSQL server");
        gives_up(&Database::Postgres(url)).await;
    }
}
