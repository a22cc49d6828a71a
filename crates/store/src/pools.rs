//! The pools of connections: one for each purpose, so that no load takes the connections of another.

use crate::connection::Database;
use crate::error::{Error, Result};
use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::sqlite::SqliteConnection;
use sea_orm::sqlx::{Connection, Error as SqlxError};
use sea_orm::{ConnectOptions, DatabaseConnection};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How long a caller waits for a connection: a queue of writers behind one slow commit must not fail.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long SQLite waits for another process that holds the file's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long PostgreSQL may take to answer on a connection that somebody wants to use.
const USABLE_WITHIN: Duration = Duration::from_secs(1);
/// The same on one that somebody has used, and on which something that nobody waits for any more may still run.
const FREE_WITHIN: Duration = Duration::from_secs(2);
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
///
/// A connection whose transaction could not be ended, since the commit failed, is closed when it comes back. The library
/// would take the next transaction for one inside of that one: answered as made, and gone with the connection.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    pub(crate) readers: DatabaseConnection,
    pub(crate) exports: DatabaseConnection,
    pub(crate) access: DatabaseConnection,
    pub(crate) writers: DatabaseConnection,
}

impl Pools {
    pub(crate) async fn open(database: &Database) -> Result<Self> {
        let silence = Silence::default();
        // The writer first: on SQLite it makes the file.
        Ok(Self {
            writers: WRITERS.open(database, &silence).await?,
            readers: READERS.open(database, &silence).await?,
            exports: EXPORTS.open(database, &silence).await?,
            access: ACCESS.open(database, &silence).await?,
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
    async fn open(self, database: &Database, silence: &Silence) -> Result<DatabaseConnection> {
        let options = match database {
            Database::Embedded(path) => self.sqlite(path),
            Database::Postgres(url) => self.postgres(url, silence.clone()),
        };
        sea_orm::Database::connect(options).await.map_err(Error::open)
    }

    fn postgres(self, url: &str, silence: Silence) -> ConnectOptions {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(self.postgres)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .sqlx_logging(false)
            // The pool's own test waits for ever for a server that does not answer.
            .test_before_acquire(false)
            .map_sqlx_postgres_before_acquire(move |connection, about| {
                let silence = silence.clone();
                Box::pin(async move { silence.usable(connection, about.age).await })
            })
            .map_sqlx_postgres_pool_opts(|pool| {
                pool.after_release(|connection, _| {
                    Box::pin(async {
                        answers(connection, FREE_WITHIN).await?;
                        Ok(!connection.is_in_transaction())
                    })
                })
            });
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
        let limit = self.limit;
        options.map_sqlx_sqlite_pool_opts(move |pool| {
            let pool = pool.after_release(|connection, _| {
                Box::pin(async {
                    // Behind whatever was still to be done on it.
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            });
            match limit {
                Some(limit) => {
                    pool.after_connect(move |connection, _| Box::pin(limit_read(connection, limit)))
                }
                None => pool,
            }
        });
        if let Some(limit) = limit {
            options
                // A file needs no asking whether it is still there; setting the limit asks the thread anyway.
                .test_before_acquire(false)
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

/// When a connection to PostgreSQL did not answer, for all pools. Those that are as old are closed without being asked: a
/// network that cut one has most likely cut them all, and asking each in turn would hold up the return by seconds.
#[derive(Clone, Debug, Default)]
struct Silence(Arc<Mutex<Option<Instant>>>);

impl Silence {
    fn last(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn usable(&self, connection: &mut PgConnection, age: Duration) -> Result<bool, SqlxError> {
        let silent = *self.last();
        if silent.is_some_and(|silent| silent.elapsed() <= age) {
            return Err(SqlxError::Io(ErrorKind::TimedOut.into()));
        }
        let answered = answers(connection, USABLE_WITHIN).await;
        if answered.is_err() {
            *self.last() = Some(Instant::now());
        }
        answered
    }
}

/// Whether the server at the other end still answers; an error closes the connection at once.
async fn answers(connection: &mut PgConnection, within: Duration) -> Result<bool, SqlxError> {
    match timeout(within, connection.ping()).await {
        Ok(answered) => answered.map(|()| true),
        Err(silent) => Err(SqlxError::Io(silent.into())),
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
    use sea_orm::{ConnectionTrait, Statement, TransactionTrait};

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
        let pool = purpose.open(database, &Silence::default()).await.expect("a pool");
        // Twice: the connection is as good as before.
        for _ in 0..2 {
            let error = pool.execute_unprepared(ENDLESS).await.expect_err("an end");
            let error = Error::from(error);
            assert!(matches!(error, Error::TooSlow(_)), "{error:?}");
            pool.execute_unprepared("SELECT 1").await.expect("a quick read");
        }
        pool.close().await.expect("closed");
    }

    /// Refuses at the commit what refers to nothing; more is written afterwards, and read by another connection.
    async fn forgets_a_failed_commit(database: &Database) {
        let purpose = Purpose {
            sqlite: 1,
            postgres: 1,
            cache: 1_024,
            limit: None,
        };
        let (pool, other) = (
            purpose.open(database, &Silence::default()).await,
            purpose.open(database, &Silence::default()).await,
        );
        let (pool, other) = (pool.expect("a pool"), other.expect("a pool"));
        pool.execute_unprepared(
            "CREATE TABLE failed_commit (id integer PRIMARY KEY, \
             other integer REFERENCES failed_commit (id) DEFERRABLE INITIALLY DEFERRED)",
        )
        .await
        .expect("a table");
        for (row, lasting) in [("(1, NULL)", true), ("(2, 77)", false), ("(3, 1)", true)] {
            let tx = pool.begin().await.expect("a transaction");
            tx.execute_unprepared(&format!("INSERT INTO failed_commit VALUES {row}"))
                .await
                .expect("a row");
            assert_eq!(tx.commit().await.is_ok(), lasting, "{row}");
        }
        let rows = other
            .query_all_raw(Statement::from_string(
                other.get_database_backend(),
                "SELECT id FROM failed_commit ORDER BY id",
            ))
            .await
            .expect("rows");
        let ids: Vec<i32> = rows
            .iter()
            .map(|row| row.try_get("", "id").expect("an id"))
            .collect();
        assert_eq!(ids, [1, 3]);
        pool.execute_unprepared("DROP TABLE failed_commit")
            .await
            .expect("gone");
        pool.close().await.expect("closed");
        other.close().await.expect("closed");
    }

    #[tokio::test]
    async fn a_failed_commit_takes_nothing_later_with_it_on_sqlite() {
        let folder = tempfile::tempdir().expect("a folder");
        forgets_a_failed_commit(&Database::Embedded(folder.path().join("test.db"))).await;
    }

    #[tokio::test]
    async fn a_failed_commit_takes_nothing_later_with_it_on_postgres() {
        let database = crate::testing::TestDatabase::postgres().await;
        forgets_a_failed_commit(&database.database).await;
        database.remove().await;
    }

    #[tokio::test]
    async fn a_read_without_end_is_given_up_on_sqlite() {
        let folder = tempfile::tempdir().expect("a folder");
        gives_up(&Database::Embedded(folder.path().join("test.db"))).await;
    }

    #[tokio::test]
    async fn a_read_without_end_is_given_up_on_postgres() {
        let url = crate::testing::postgres_url();
        gives_up(&Database::Postgres(url)).await;
    }

    #[tokio::test]
    async fn once_a_connection_was_silent_none_as_old_is_waited_for() {
        let url = crate::testing::postgres_url();
        let purpose = Purpose {
            sqlite: 1,
            postgres: 1,
            cache: 1_024,
            limit: None,
        };
        let silence = Silence::default();
        let pool = purpose.open(&Database::Postgres(url), &silence).await;
        let pool = pool.expect("a pool");
        let process = async || {
            let asked = Statement::from_string(pool.get_database_backend(), "SELECT pg_backend_pid()");
            let row = pool.query_one_raw(asked).await.expect("an answer");
            let process: i32 = row.expect("a row").try_get_by_index(0).expect("a number");
            process
        };
        let old = process().await;
        assert_eq!(process().await, old, "one that answers is kept");
        *silence.last() = Some(Instant::now());
        let fresh = process().await;
        assert_ne!(fresh, old);
        assert_eq!(process().await, fresh, "and so is one that was made since");
        pool.close().await.expect("closed");
    }
}
