//! What there is to do at the moment, for whoever watches the server from outside.

use crate::{Error, Services};
use std::time::Duration;
pub use store::PoolUse;

/// What is waiting and how much is in use.
#[derive(Clone, Debug)]
pub struct Load {
    /// How long ago the snapshot was last known to be what the database holds.
    pub snapshot_age: Duration,
    /// Requests to models that are not written down yet.
    pub usage_backlog: usize,
    /// Requests to models of which no account is kept, since the start.
    pub usage_lost: usize,
    /// How many wait in each queue, by what they wait to do.
    pub waiting: Vec<(&'static str, usize)>,
    /// The database's connections.
    pub pools: Vec<PoolUse>,
}

impl Services {
    /// What there is to do at the moment.
    pub fn load(&self) -> Load {
        let mut waiting = self.inner.shares.waiting().to_vec();
        waiting.push(("passwords", self.inner.passwords.waiting()));
        Load {
            waiting,
            snapshot_age: self.inner.snapshot.age(),
            usage_backlog: self.inner.usage.backlog(),
            usage_lost: self.inner.usage.lost(),
            pools: self.inner.store.pool_use(),
        }
    }

    /// Whether the tables are as this program wants them; fails when the database cannot be asked.
    pub async fn migrations_done(&self) -> Result<bool, Error> {
        Ok(self.inner.store.is_migrated().await?)
    }
}
