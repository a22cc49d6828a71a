//! What the database has to do at the moment, and whether it is ready for it.

use crate::connection::Store;
use crate::error::Result;
use crate::migration::Migrator;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use sea_orm_migration::MigratorTrait;

/// The connections of one pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUse {
    /// What the pool is for.
    pub name: &'static str,
    /// Connections that are open.
    pub open: usize,
    /// Those of them that somebody uses.
    pub busy: usize,
    /// How many may be open.
    pub most: usize,
}

impl PoolUse {
    fn of(name: &'static str, pool: &DatabaseConnection) -> Self {
        let (open, idle, most) = match pool.get_database_backend() {
            DbBackend::Postgres => {
                let pool = pool.get_postgres_connection_pool();
                (pool.size(), pool.num_idle(), pool.options().get_max_connections())
            }
            _ => {
                let pool = pool.get_sqlite_connection_pool();
                (pool.size(), pool.num_idle(), pool.options().get_max_connections())
            }
        };
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        Self {
            name,
            open: count(open),
            busy: count(open).saturating_sub(idle),
            most: count(most),
        }
    }
}

impl Store {
    /// How each pool is used.
    pub fn pool_use(&self) -> Vec<PoolUse> {
        self.pools()
            .into_iter()
            .map(|(name, pool)| PoolUse::of(name, pool))
            .collect()
    }

    /// Whether the tables are as this program wants them; fails when the database cannot be asked. A newer program may have
    /// been there in the meantime.
    pub async fn is_migrated(&self) -> Result<bool> {
        let (_, pool) = self.pools()[0];
        let statement = Statement::from_string(
            pool.get_database_backend(),
            "SELECT count(*) AS done FROM seaql_migrations",
        );
        let row = pool.query_one_raw(statement).await?;
        let done: i64 = row.map_or(Ok(0), |row| row.try_get("", "done"))?;
        Ok(usize::try_from(done).is_ok_and(|done| done >= Migrator::migrations().len()))
    }
}
