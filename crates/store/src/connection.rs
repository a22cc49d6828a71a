//! Opening a database, and the two kinds of transaction everything runs in.

use crate::error::{Error, Result};
use crate::migration::Migrator;
use domain::OrganizationId;
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend,
    IsolationLevel, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Where the data is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// An SQLite file, created when it is missing.
    Embedded(PathBuf),
    /// A PostgreSQL database by its URL.
    Postgres(String),
}

/// Without the address of a server, which holds a password.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded(path) => f.debug_tuple("Embedded").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

/// Readers at once on SQLite. Each has its own page cache, and more than the cores only wait for each other.
const SQLITE_READERS: u32 = 4;
/// Connections to PostgreSQL, whose own default allows a hundred in all.
const POSTGRES_CONNECTIONS: u32 = 16;
/// How long a caller waits for a connection: a queue of writers behind one slow commit must not fail.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long SQLite waits for another process that holds the file's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Rows SQLite's thread may be ahead of the reader; at the default of 50 an export mostly switches between the two.
const ROW_BUFFER: usize = 2_048;
/// Locks migrations on PostgreSQL, so that two servers started at once do not both run them.
const MIGRATION_LOCK: i64 = 0x6761_7465_686f_7573;

/// A migrated database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    readers: DatabaseConnection,
    /// On SQLite a pool of exactly one connection: writers queue here, in order, instead of polling the file's lock.
    writer: DatabaseConnection,
}

impl Store {
    /// Opens the database and brings its tables up to date.
    pub async fn open(database: &Database) -> Result<Self> {
        let store = match database {
            Database::Embedded(path) => {
                let writer = sqlite(path, 1).await?;
                let readers = sqlite(path, SQLITE_READERS).await?;
                Self { readers, writer }
            }
            Database::Postgres(url) => {
                let mut options = ConnectOptions::new(url);
                options
                    .max_connections(POSTGRES_CONNECTIONS)
                    .acquire_timeout(ACQUIRE_TIMEOUT)
                    .sqlx_logging(false);
                let pool = sea_orm::Database::connect(options).await.map_err(Error::open)?;
                Self {
                    readers: pool.clone(),
                    writer: pool,
                }
            }
        };
        store.migrate().await.map_err(Error::open)?;
        Ok(store)
    }

    async fn migrate(&self) -> Result<(), sea_orm::DbErr> {
        let tx = self.begin_write().await?;
        if tx.get_database_backend() == DbBackend::Postgres {
            tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
                .await?;
        }
        Migrator::up(&tx, None).await?;
        tx.commit().await
    }

    /// Every pool with what it is for; the one that must answer for the server to be ready first.
    pub(crate) fn pools(&self) -> [(&'static str, &DatabaseConnection); 2] {
        [("readers", &self.readers), ("writers", &self.writer)]
    }

    pub(crate) fn readers(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// Starts reading: everything read in it is of one instant.
    pub async fn read(&self) -> Result<ReadTx> {
        let postgres = self.readers.get_database_backend() == DbBackend::Postgres;
        let options = TransactionOptions {
            isolation_level: postgres.then_some(IsolationLevel::RepeatableRead),
            access_mode: postgres.then_some(AccessMode::ReadOnly),
            sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
        };
        Ok(ReadTx(self.readers.begin_with_options(options).await?))
    }

    /// Starts a change. Dropping it without [`WriteTx::commit`] undoes it.
    pub async fn write(&self) -> Result<WriteTx> {
        Ok(WriteTx(self.begin_write().await?))
    }

    async fn begin_write(&self) -> Result<DatabaseTransaction, sea_orm::DbErr> {
        let postgres = self.writer.get_database_backend() == DbBackend::Postgres;
        self.writer
            .begin_with_options(TransactionOptions {
                isolation_level: postgres.then_some(IsolationLevel::ReadCommitted),
                access_mode: None,
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            })
            .await
    }

    /// Answers when the database does; for health checks.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.readers.ping().await?)
    }

    /// Closes every connection; on SQLite this also folds the write-ahead log into the file.
    pub async fn close(self) -> Result<()> {
        self.readers.clone().close().await?;
        Ok(self.writer.close().await?)
    }
}

async fn sqlite(path: &std::path::Path, connections: u32) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new("sqlite:");
    let path = path.to_owned();
    options
        .max_connections(connections)
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
                // In KiB: holds the list index of some hundred thousand members.
                .pragma("cache_size", "-32768")
        });
    sea_orm::Database::connect(options).await.map_err(Error::open)
}

mod sealed {
    pub trait Inner: Sync {
        fn inner(&self) -> &sea_orm::DatabaseTransaction;
    }
}
pub(crate) use sealed::Inner;

/// A running transaction of either kind. Implemented here and nowhere else.
pub trait Conn: Inner {}

/// A snapshot to read from.
#[derive(Debug)]
pub struct ReadTx(DatabaseTransaction);

/// A change under way.
#[derive(Debug)]
pub struct WriteTx(DatabaseTransaction);

impl Inner for ReadTx {
    fn inner(&self) -> &DatabaseTransaction {
        &self.0
    }
}
impl Conn for ReadTx {}

impl Inner for WriteTx {
    fn inner(&self) -> &DatabaseTransaction {
        &self.0
    }
}
impl Conn for WriteTx {}

impl WriteTx {
    /// Makes the change lasting and visible.
    pub async fn commit(self) -> Result<()> {
        Ok(self.0.commit().await?)
    }

    /// Holds back every other change of this organization until the end of this transaction, so that what is
    /// checked in it stays true. On SQLite there is one writer at a time anyway. False when there is no such
    /// organization.
    pub async fn lock_organization(&self, organization: OrganizationId) -> Result<bool> {
        let lock = match self.0.get_database_backend() {
            DbBackend::Postgres => "SELECT id FROM organization WHERE id = $1 FOR UPDATE",
            _ => "SELECT id FROM organization WHERE id = $1",
        };
        let statement =
            Statement::from_sql_and_values(self.0.get_database_backend(), lock, [organization.0.into()]);
        Ok(self.0.query_one_raw(statement).await?.is_some())
    }
}
