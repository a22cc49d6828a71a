//! Databases for tests: empty, one each, gone when the test is over.

use crate::Database;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The URL of a PostgreSQL server in which databases may be created.
const SERVER: &str = "GATEHOUSE_TEST_POSTGRES";

/// An empty database of one test.
#[derive(Debug)]
pub struct TestDatabase {
    /// How to open it.
    pub database: Database,
    /// The folder of an embedded one, deleted with this; another one's has room for the test's other files.
    pub folder: tempfile::TempDir,
    server: Option<(DatabaseConnection, String)>,
}

impl TestDatabase {
    /// One in a file.
    ///
    /// # Panics
    /// When there is no room for it.
    pub fn embedded() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self {
            database: Database::Embedded(folder.path().join("gatehouse.db")),
            folder,
            server: None,
        }
    }

    /// One on the PostgreSQL server of the environment.
    ///
    /// # Panics
    /// When there is no such server: a test that could not run must not pass.
    pub async fn postgres() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Ok(url) = std::env::var(SERVER) else {
            panic!(
                "set {SERVER} to the URL of a PostgreSQL server in which databases may be created; script/test starts one"
            );
        };
        let server = match sea_orm::Database::connect(&url).await {
            Ok(server) => server,
            Err(error) => panic!("the PostgreSQL server of {SERVER} cannot be reached: {error}"),
        };
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| d.as_micros());
        let name = format!(
            "test_{}_{since}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        // Each with the collation of the machine's C, which no name order may depend on.
        server
            .execute_unprepared(&format!(
                "CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
            ))
            .await
            .expect("a new database");
        let (before, options) = url
            .split_once('?')
            .map_or((url.as_str(), None), |(a, b)| (a, Some(b)));
        let base = before.rsplit_once('/').map_or(before, |(base, _)| base);
        let options = options.map(|o| format!("?{o}")).unwrap_or_default();
        Self {
            database: Database::Postgres(format!("{base}/{name}{options}")),
            folder: tempfile::tempdir().expect("a temporary folder"),
            server: Some((server, name)),
        }
    }

    /// Deletes it. One that a failed test leaves goes with the server.
    pub async fn remove(self) {
        if let Some((server, name)) = self.server {
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            server
                .execute_unprepared(&drop)
                .await
                .expect("the database can be dropped");
        }
    }
}

/// Gives a provider another slug, which the product never does: cases of the access rule ask what would follow.
pub async fn set_slug(tx: &crate::WriteTx, provider: domain::ProviderId, slug: &str) -> crate::Result<()> {
    crate::sql::execute(
        tx,
        "UPDATE provider SET slug = ?, version = version + 1 WHERE id = ?",
        vec![slug.into(), provider.0.into()],
    )
    .await?;
    Ok(())
}

/// Gives an allowed provider an end, for which the product has no page.
pub async fn end_grant(
    tx: &crate::WriteTx,
    member: domain::MemberId,
    provider: domain::ProviderId,
    end: domain::Timestamp,
) -> crate::Result<()> {
    crate::sql::execute(
        tx,
        "UPDATE provider_grant SET ends_at = ? WHERE member_id = ? AND provider_id = ?",
        vec![end.0.into(), member.0.into(), provider.0.into()],
    )
    .await?;
    Ok(())
}

/// Gives a row of AI Access this version, as if it had been edited so often.
pub async fn set_version(tx: &crate::WriteTx, member: domain::MemberId, version: i64) -> crate::Result<()> {
    let values = vec![version.into(), member.0.into()];
    crate::sql::execute(tx, "UPDATE member SET version = ? WHERE id = ?", values).await?;
    Ok(())
}

/// Makes what decides about access unreadable, as a database that fails would.
pub async fn hide_organizations(tx: &crate::WriteTx) -> crate::Result<()> {
    crate::sql::execute(tx, "ALTER TABLE organization RENAME TO hidden", Vec::new()).await?;
    Ok(())
}

/// Has the database refuse each request to a model of this name, as it might one that nobody thought of.
pub async fn refuse_usage_of(store: &crate::Store, model: &str) -> crate::Result<()> {
    let tx = store.write().await?;
    let postgres =
        crate::connection::Inner::inner(&tx).get_database_backend() == sea_orm::DbBackend::Postgres;
    let sql = if postgres {
        format!("ALTER TABLE usage_event ADD CHECK (model <> '{model}')")
    } else {
        format!(
            "CREATE TRIGGER refuse_usage BEFORE INSERT ON usage_event WHEN NEW.model = '{model}' \
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    };
    crate::connection::Inner::inner(&tx)
        .execute_unprepared(&sql)
        .await?;
    tx.commit().await
}

/// Rows of usage, however many requests each stands for.
pub async fn usage_rows(store: &crate::Store) -> crate::Result<u32> {
    let tx = store.read().await?;
    crate::sql::number_of(&tx, "SELECT count(*) FROM usage_event", Vec::new()).await
}
