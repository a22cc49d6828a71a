//! A fresh database of either kind for each test.

#![allow(dead_code, reason = "each test file uses its part")]

pub mod world;

use domain::{MemberStatus, OrganizationId, Role, Timestamp};
use sea_orm::ConnectionTrait;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use store::bulk::BulkMember;
use store::{Database, Store, WriteTx};

/// The instant of the tests.
pub const NOW: Timestamp = Timestamp(1_772_366_400_000);

/// Makes a test of `async fn name(store: Store)` on each database.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                $crate::support::on_sqlite(super::$name);
            })+
        }
        mod postgres {
            $(#[test]
            fn $name() {
                $crate::support::on_postgres(super::$name);
            })+
        }
    };
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

pub fn on_sqlite<F>(test: impl FnOnce(Store) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let dir = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let database = Database::Embedded(dir.path().join("test.db"));
        test(Store::open(&database).await.unwrap()).await;
    });
}

pub fn on_postgres<F>(test: impl FnOnce(Store) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    beside_postgres(move |database| async move {
        let store = Store::open(&database).await.unwrap();
        test(store).await;
    });
}

/// Gives a test an empty PostgreSQL database to open by itself.
pub fn beside_postgres<F, T>(test: impl FnOnce(Database) -> F) -> T
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let server = std::env::var("GATEHOUSE_TEST_POSTGRES").expect(
        "GATEHOUSE_TEST_POSTGRES must be the URL of a PostgreSQL server that tests may make databases on; \
         script/test starts one",
    );
    runtime().block_on(async {
        let name = format!("gatehouse_test_{:016x}", RandomState::new().hash_one(()));
        let admin = sea_orm::Database::connect(&server).await.unwrap();
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        let database = Database::Postgres(on_server(&server, &name));
        // In a task of its own, so that the database goes even when the test panics.
        let outcome = tokio::spawn(test(database)).await;
        admin
            .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
            .await
            .unwrap();
        match outcome {
            Ok(value) => value,
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
    })
}

/// The URL of another database on the same server.
fn on_server(server: &str, database: &str) -> String {
    let (scheme, rest) = server.split_once("://").expect("a URL");
    let (rest, options) = rest
        .split_once('?')
        .map_or((rest, String::new()), |(r, o)| (r, format!("?{o}")));
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    format!("{scheme}://{host}/{database}{options}")
}

pub async fn organization(tx: &WriteTx, slug: &str) -> OrganizationId {
    store::organizations::insert(tx, slug, slug, NOW).await.unwrap()
}

/// An active member with nothing.
pub fn person(name: &str, email: &str) -> BulkMember {
    BulkMember {
        user: None,
        password_hash: None,
        name: name.to_owned(),
        email: email.to_owned(),
        email_identity: email.to_lowercase(),
        role: Role::Member,
        status: MemberStatus::Active,
        expires_at: None,
        last_login: None,
        teams: Vec::new(),
        providers: Vec::new(),
        keys: Vec::new(),
    }
}
