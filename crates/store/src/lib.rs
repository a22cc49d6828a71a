//! The database of Gatehouse: tables, migrations and queries on SQLite and PostgreSQL.
//!
//! The only crate that knows sea-orm. Everything runs in a [`ReadTx`] (one instant) or a [`WriteTx`] (one
//! change); domain types and plain records go in and out. What belongs to an organization is only ever found
//! with that organization's id.

mod change_feed;
mod collation;
mod connection;
pub mod editing;
mod entity;
mod error;
mod load;
mod migration;
mod pools;
mod sql;

pub mod access;
pub mod access_requests;
pub mod answers;
pub mod as_of;
pub mod audit;
pub mod backup;
pub mod budgets;
pub mod bulk;
pub mod bulk_changes;
pub mod conversations;
pub mod grant_ends;
pub mod grants;
pub mod idempotency;
pub mod instance;
pub mod invitations;
pub mod key_policy;
pub mod keys;
pub mod mail;
pub mod members;
pub mod organizations;
pub mod password_resets;
pub mod prices;
pub mod providers;
pub mod reviews;
pub mod scim;
pub mod second_factors;
pub mod sessions;
pub mod sign_on;
pub mod team_grants;
pub mod teams;
pub mod templates;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod time_zones;
pub mod unused;
pub mod usage;
pub mod users;
pub mod views;

pub use change_feed::ChangeFeed;
pub use collation::sort_key;
pub use connection::{Conn, Database, ReadTx, Store, WriteTx};
pub use error::{Error, Result};
pub use load::PoolUse;
