//! A fresh database of either kind for each test.

#![allow(dead_code, reason = "each test file uses its part")]

pub mod world;

use std::future::Future;
use store::testing::TestDatabase;
use store::{Database, Store};

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
    runtime().block_on(async {
        let on = TestDatabase::embedded();
        test(Store::open(&on.database).await.unwrap()).await;
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
    runtime().block_on(async {
        let on = TestDatabase::postgres().await;
        // In a task of its own, so that the database goes even when the test panics.
        let outcome = tokio::spawn(test(on.database.clone())).await;
        on.remove().await;
        match outcome {
            Ok(value) => value,
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
    })
}
