//! Opening a database, and the two kinds of transaction everything runs in.

use crate::error::{Error, Result};
use crate::migration::Migrator;
use crate::pools::{Pools, writers_at_once};
use domain::OrganizationId;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, IsolationLevel,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use std::any::Any;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::timeout;

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

/// Locks migrations on PostgreSQL, so that two servers started at once do not both run them.
const MIGRATION_LOCK: i64 = 0x6761_7465_686f_7573;

/// How long a commit may take. Beyond, the connection is dead, and what the change holds back must not stay held.
const COMMITTED_WITHIN: Duration = Duration::from_secs(30);

/// A migrated database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pools: Pools,
}

/// What a transaction keeps until it is over, for example its place among those who may have one.
type Kept = Option<Box<dyn Any + Send + Sync>>;

impl Store {
    /// Opens the database and brings its tables up to date.
    pub async fn open(database: &Database) -> Result<Self> {
        let pools = Pools::open(database).await?;
        let store = Self { pools };
        store.migrate().await?;
        Ok(store)
    }

    async fn migrate(&self) -> Result<()> {
        let tx = self.begin_write().await.map_err(Error::open)?;
        if let Some(unknown) = prepare(&tx).await.map_err(Error::open)? {
            return Err(Error::Newer(unknown));
        }
        Migrator::up(&tx, None).await.map_err(Error::open)?;
        tx.commit().await.map_err(Error::open)
    }

    /// Every pool with what it is for; the one that must answer for the server to be ready first.
    pub(crate) fn pools(&self) -> [(&'static str, &DatabaseConnection); 4] {
        let pools = &self.pools;
        [
            ("access", &pools.access),
            ("readers", &pools.readers),
            ("writers", &pools.writers),
            ("exports", &pools.exports),
        ]
    }

    /// The connections that no load of pages reaches.
    pub(crate) fn access(&self) -> &DatabaseConnection {
        &self.pools.access
    }

    /// How many changes the database takes at once.
    pub fn writers_at_once(&self) -> usize {
        writers_at_once(self.pools.writers.get_database_backend() == DbBackend::Postgres)
    }

    /// Starts reading for a page: everything read in it is of one instant. A read that takes longer than
    /// [`domain::limits::READ_TIMEOUT`] fails with [`Error::TooSlow`].
    pub async fn read(&self) -> Result<ReadTx> {
        begin_read(&self.pools.readers).await
    }

    /// Starts reading for an export, which may take [`domain::limits::EXPORT_TIMEOUT`].
    pub async fn read_for_export(&self) -> Result<ReadTx> {
        begin_read(&self.pools.exports).await
    }

    /// Starts reading what decides about requests to models. It waits for no page and no export.
    pub async fn read_access(&self) -> Result<ReadTx> {
        begin_read(&self.pools.access).await
    }

    /// Starts a change. Dropping it without [`WriteTx::commit`] undoes it.
    pub async fn write(&self) -> Result<WriteTx> {
        Ok(WriteTx {
            tx: self.begin_write().await?,
            kept: None,
        })
    }

    async fn begin_write(&self) -> Result<DatabaseTransaction, sea_orm::DbErr> {
        let postgres = self.pools.writers.get_database_backend() == DbBackend::Postgres;
        self.pools
            .writers
            .begin_with_options(TransactionOptions {
                isolation_level: postgres.then_some(IsolationLevel::ReadCommitted),
                access_mode: None,
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            })
            .await
    }

    /// Answers when the database does; for health checks.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.pools.access.ping().await?)
    }

    /// Closes every connection; on SQLite this also folds the write-ahead log into the file.
    pub async fn close(self) -> Result<()> {
        self.pools.close().await
    }
}

/// Makes sure that nobody else migrates. Returns a migration that was done here and is not known.
async fn prepare(tx: &DatabaseTransaction) -> Result<Option<String>, sea_orm::DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            .await?;
    }
    Migrator::install(tx).await?;
    let done = Statement::from_string(
        tx.get_database_backend(),
        "SELECT version FROM seaql_migrations ORDER BY version DESC",
    );
    let known = Migrator::migrations();
    for row in tx.query_all_raw(done).await? {
        let version: String = row.try_get("", "version")?;
        if !known.iter().any(|migration| migration.name() == version) {
            return Ok(Some(version));
        }
    }
    Ok(None)
}

async fn begin_read(pool: &DatabaseConnection) -> Result<ReadTx> {
    let postgres = pool.get_database_backend() == DbBackend::Postgres;
    let options = TransactionOptions {
        isolation_level: postgres.then_some(IsolationLevel::RepeatableRead),
        access_mode: postgres.then_some(AccessMode::ReadOnly),
        sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
    };
    Ok(ReadTx {
        tx: pool.begin_with_options(options).await?,
        _kept: None,
    })
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
pub struct ReadTx {
    tx: DatabaseTransaction,
    _kept: Kept,
}

impl ReadTx {
    /// Keeps something until it is over.
    #[must_use]
    pub fn keeping(self, kept: impl Any + Send + Sync) -> Self {
        Self {
            tx: self.tx,
            _kept: Some(Box::new(kept)),
        }
    }
}

/// A change under way.
#[derive(Debug)]
pub struct WriteTx {
    tx: DatabaseTransaction,
    kept: Kept,
}

impl Inner for ReadTx {
    fn inner(&self) -> &DatabaseTransaction {
        &self.tx
    }
}
impl Conn for ReadTx {}

impl Inner for WriteTx {
    fn inner(&self) -> &DatabaseTransaction {
        &self.tx
    }
}
impl Conn for WriteTx {}

impl WriteTx {
    /// Keeps something until it is over.
    #[must_use]
    pub fn keeping(self, kept: impl Any + Send + Sync) -> Self {
        Self {
            tx: self.tx,
            kept: Some(Box::new(kept)),
        }
    }

    /// Makes the change lasting and visible.
    pub async fn commit(self) -> Result<()> {
        let Self { tx, kept } = self;
        match timeout(COMMITTED_WITHIN, tx.commit()).await {
            Ok(done) => done?,
            Err(silent) => return Err(Error::Unreachable(Box::new(silent))),
        }
        drop(kept);
        Ok(())
    }

    /// Holds back every other change of this organization until the end of this transaction, so that what is
    /// checked in it stays true. On SQLite there is one writer at a time anyway. False when there is no such
    /// organization.
    pub async fn lock_organization(&self, organization: OrganizationId) -> Result<bool> {
        let lock = match self.tx.get_database_backend() {
            DbBackend::Postgres => "SELECT id FROM organization WHERE id = $1 FOR UPDATE",
            _ => "SELECT id FROM organization WHERE id = $1",
        };
        let statement =
            Statement::from_sql_and_values(self.tx.get_database_backend(), lock, [organization.0.into()]);
        Ok(self.tx.query_one_raw(statement).await?.is_some())
    }
}
