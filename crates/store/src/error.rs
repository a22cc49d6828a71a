//! What can go wrong below the use cases.

use sea_orm::{DbErr, SqlErr};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A failure of the database layer. Sources are kept for the log; nothing here is meant for a client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database could not be opened or brought up to date.
    #[error("the database cannot be opened")]
    Open(#[source] Source),
    /// A row like this exists already, or one it points to is gone. Use cases check first, under the
    /// organization's lock, so this is the second fence.
    #[error("the database refused the row")]
    Constraint(#[source] Source),
    /// A statement failed.
    #[error("the database failed")]
    Database(#[source] Source),
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
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_) | SqlErr::ForeignKeyConstraintViolation(_)) => {
                Self::Constraint(Box::new(error))
            }
            _ => Self::Database(Box::new(error)),
        }
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
