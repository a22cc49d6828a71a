//! Hearing of changes that other servers make.

use crate::connection::Store;
use sea_orm::DbBackend;
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::sqlx::{Error as SqlxError, PgPool};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// The channel that the triggers of `access_changes.postgres.sql` notify.
const CHANNEL: &str = "gatehouse_access";
/// How long it waits before it listens again after a failure.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Tells that something which decides about access was changed, by whichever server. Only PostgreSQL tells; on SQLite
/// one looks.
#[derive(Debug)]
pub struct ChangeFeed(Arc<Notify>);

impl ChangeFeed {
    /// Ends when something was changed since the last time.
    pub async fn wait(&mut self) {
        self.0.notified().await;
    }
}

impl Store {
    /// Begins to listen, for as long as the [`ChangeFeed`] is kept.
    pub fn listen(&self) -> ChangeFeed {
        let bell = Arc::new(Notify::new());
        if self.access().get_database_backend() == DbBackend::Postgres {
            let pool = self.access().get_postgres_connection_pool().clone();
            let weak = Arc::downgrade(&bell);
            tokio::spawn(async move {
                while let Some(bell) = weak.upgrade() {
                    drop(bell);
                    // A failure is not told: who waits looks now and then anyway, and learns there that nothing answers.
                    let _ = hear(&pool, &weak).await;
                    tokio::time::sleep(AGAIN_AFTER).await;
                }
            });
        }
        ChangeFeed(bell)
    }
}

async fn hear(pool: &PgPool, bell: &std::sync::Weak<Notify>) -> Result<(), SqlxError> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // Also when the connection was lost and made again: something may have been missed.
        let _ = listener.try_recv().await?;
        match bell.upgrade() {
            Some(bell) => bell.notify_one(),
            None => return Ok(()),
        }
    }
}
