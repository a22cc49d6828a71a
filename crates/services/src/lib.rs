//! The use cases of Gatehouse: who is asking, what they may do, one transaction, one audit row.
//!
//! Transports (the server functions of the browser, plain HTTP) call the methods of [`Services`] and
//! nothing below them. Every method of an organization takes the [`Actor`] first.

mod actor;
mod auth;
mod clock;
pub mod crypto;
pub mod demo;
mod error;
pub mod export;
mod first_steps;
mod invitations;
mod members;
mod providers;
mod setup;
mod teams;

pub use actor::Actor;
pub use auth::{Session, SessionToken};
pub use clock::Clock;
pub use error::{Error, StartError};
pub use export::{ExportFile, Format};
pub use invitations::Accepted;
pub use setup::SetUp;

use std::path::PathBuf;
use std::sync::Arc;

/// What the services need to start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the data lives.
    pub database: store::Database,
    /// Where the key for stored credentials lives; made when it is not there.
    pub data_dir: PathBuf,
    /// The address people use, for invitation links; without a trailing slash.
    pub public_url: String,
    /// Whether providers may be on loopback, private and link-local addresses.
    pub allow_private_providers: bool,
    /// What time it is.
    pub clock: Clock,
}

/// Every use case. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Services {
    inner: Arc<Inner>,
}

struct Inner {
    public_url: String,
    clock: Clock,
}

impl Services {
    /// Opens the database, bringing it up to date, and the key for stored credentials.
    pub async fn open(config: Config) -> Result<Self, StartError> {
        let Config {
            public_url, clock, ..
        } = config;
        Ok(Self {
            inner: Arc::new(Inner { public_url, clock }),
        })
    }
}
