//! What a use case can fail with, and what of it a person gets to read.

use domain::limits::READ_TIMEOUT;
use domain::{Problem, ProblemCode, Secret};

/// A failed use case. Only a [`Problem`] is meant for people; the rest is for the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request was understood and refused.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The password is right, and the account has a second factor: what the browser brings back with its code.
    #[error("a code is due")]
    CodeDue(Secret),
    /// The database failed.
    #[error("the database failed")]
    Store(#[from] store::Error),
    /// Sealing, opening or hashing a secret failed.
    #[error("a secret could not be handled")]
    Crypto(#[from] crate::crypto::CryptoError),
    /// The export could not be written.
    #[error("the export could not be written")]
    Export(#[from] crate::export::ExportError),
    /// An uploaded file could not be kept until it is read.
    #[error("an uploaded file could not be kept")]
    Upload(#[source] std::io::Error),
    /// A value could not be written as JSON, or a stored one not read.
    #[error("stored JSON could not be written or read")]
    Json(#[from] serde_json::Error),
    /// A task was stopped before it ended.
    #[error("a background task ended early")]
    Task(#[from] tokio::task::JoinError),
}

impl Error {
    /// What a client may see: the problem itself, or that something failed on our side.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Problem(problem) => problem.clone(),
            Self::CodeDue(_) => Problem::new(
                ProblemCode::Unauthenticated,
                "Enter the code of your authenticator app as well.",
            ),
            Self::Store(store::Error::TooSlow(_)) => Problem::new(
                ProblemCode::Overloaded,
                format!(
                    "This took longer than {} seconds and was stopped. Narrow the search or the filters, then try again.",
                    READ_TIMEOUT / 1_000
                ),
            )
            .retry_after(5),
            Self::Store(store::Error::Unreachable(_)) => Problem::new(
                ProblemCode::Overloaded,
                "The database does not answer at the moment. Try again in a few seconds.",
            )
            .retry_after(2),
            Self::Store(store::Error::DiskFull(_)) => Problem::new(
                ProblemCode::StorageFull,
                "Nothing was saved: the server's disk is full. Ask the operator of this server to free space, then try again.",
            ),
            Self::Export(error) if error.is_disk_full() => Problem::new(
                ProblemCode::StorageFull,
                "The file could not be written: the server's disk is full. Ask the operator of this server to free space, then try again.",
            ),
            Self::Upload(error) if error.kind() == std::io::ErrorKind::StorageFull => Problem::new(
                ProblemCode::StorageFull,
                "The file could not be taken in: the server's disk is full. Ask the operator of this server to free space, then try again.",
            ),
            Self::Store(store::Error::Unstorable(_)) => Problem::new(
                ProblemCode::Invalid,
                "The text contains a character that cannot be stored. Remove hidden characters from it.",
            ),
            _ => Problem::new(
                ProblemCode::Internal,
                "Something went wrong on the server. Try again; if it happens again, ask the operator of this server to check its log.",
            ),
        }
    }

    /// Whether nothing can be done about it but to wait: the database is away, or has no room.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Store(error) if error.passes())
    }

    /// Whether the log should hear of it: everything that is not a plain refusal.
    pub fn is_internal(&self) -> bool {
        !matches!(self, Self::Problem(_) | Self::CodeDue(_))
    }
}

/// Why the services could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used.
    #[error("the data folder {path} cannot be used")]
    DataDir {
        /// Which folder.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database cannot be opened.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// What decides about access cannot be read.
    #[error("what decides about access cannot be read")]
    Access(#[source] Box<Error>),
    /// The key for stored credentials cannot be read or made.
    #[error("the credential key cannot be used")]
    Key(#[from] crate::crypto::KeyError),
    /// Mail cannot be sent with these settings.
    #[error(transparent)]
    Mail(#[from] crate::mail::MailerError),
    /// The code for first set-up cannot be made.
    #[error("the code for first set-up cannot be made")]
    Code(#[from] crate::crypto::CryptoError),
}
