//! What can go wrong below the use cases.

use sea_orm::sqlx::Error as SqlxError;
use sea_orm::{DbErr, RuntimeErr, SqlErr, SqlxSqliteError};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A failure of the database layer. Sources are kept for the log; nothing here is meant for a client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database could not be opened or brought up to date.
    #[error("the database cannot be opened")]
    Open(#[source] Source),
    /// A newer release wrote the database, and knows things in it that this one would damage.
    #[error(
        "The database belongs to a newer release of Gatehouse: it has {0}, which this release does not know. \
         Start that release, or restore a backup from before the upgrade."
    )]
    Newer(String),
    /// A row like this exists already, or one it points to is gone. Use cases check first, under the
    /// organization's lock, so this is the second fence.
    #[error("the database refused the row")]
    Constraint(#[source] Source),
    /// A statement failed.
    #[error("the database failed")]
    Database(#[source] Source),
    /// A read took longer than it may and was given up.
    #[error("the read took too long")]
    TooSlow(#[source] Source),
    /// The database does not answer, or no connection to it came free in time.
    #[error("the database cannot be reached")]
    Unreachable(#[source] Source),
    /// There is no room left on the disk. Nothing of the transaction was written.
    #[error("the disk is full")]
    DiskFull(#[source] Source),
    /// A text holds what the database cannot store, which is the second fence behind the checks of input.
    #[error("the database cannot store the text")]
    Unstorable(#[source] Source),
    /// A stored value is none of the values it may be.
    #[error("the database holds an unknown {column}: {source}")]
    Corrupt {
        /// Where it stands.
        column: &'static str,
        /// What is wrong with it.
        source: Source,
    },
}

impl Error {
    pub(crate) fn open(error: DbErr) -> Self {
        Self::Open(Box::new(error))
    }

    /// Whether it passes without anybody changing what was asked: once the database is back, or has room.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::DiskFull(_))
    }

    pub(crate) fn corrupt(
        column: &'static str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Corrupt {
            column,
            source: Box::new(source),
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(_) | SqlErr::ForeignKeyConstraintViolation(_)) =
            error.sql_err()
        {
            return Self::Constraint(Box::new(error));
        }
        let kind = match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unreachable,
            DbErr::Exec(RuntimeErr::SqlxError(why)) | DbErr::Query(RuntimeErr::SqlxError(why)) => {
                kind_of(why.as_ref())
            }
            _ => Self::Database,
        };
        kind(Box::new(error))
    }
}

fn kind_of(why: &SqlxError) -> fn(Source) -> Error {
    let SqlxError::Database(why) = why else {
        return match why {
            SqlxError::Io(_) | SqlxError::PoolTimedOut | SqlxError::PoolClosed | SqlxError::WorkerCrashed => {
                Error::Unreachable
            }
            _ => Error::Database,
        };
    };
    let code = why.code().unwrap_or_default();
    if why.try_downcast_ref::<SqlxSqliteError>().is_some() {
        return match code.as_ref() {
            // SQLITE_INTERRUPT, by the limit of a read.
            "9" => Error::TooSlow,
            // SQLITE_FULL, and SQLITE_IOERR_SHMSIZE: the index of the write-ahead log could not grow.
            "13" | "4874" => Error::DiskFull,
            _ => Error::Database,
        };
    }
    match code.as_ref() {
        // query_canceled, by the statement's timeout.
        "57014" => Error::TooSlow,
        // admin_shutdown, crash_shutdown, cannot_connect_now and too_many_connections.
        "57P01" | "57P02" | "57P03" | "53300" => Error::Unreachable,
        // disk_full.
        "53100" => Error::DiskFull,
        // character_not_in_repertoire and untranslatable_character: NUL in a text.
        "22021" | "22P05" => Error::Unstorable,
        _ => Error::Database,
    }
}

/// The outcome of a call to the store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Reads a stored name back into its type.
pub(crate) fn known<T>(column: &'static str, stored: &str) -> Result<T>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    stored.parse().map_err(|e| Error::corrupt(column, e))
}
