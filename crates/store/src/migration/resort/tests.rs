//! Names as an older version ordered them, opened by a server that orders numbers by their value.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::connection::Inner;
use crate::testing::{NOW, TestDatabase};
use crate::{Store, WriteTx, organizations, sql, teams};
use sea_orm::ConnectionTrait;

async fn keys(tx: &WriteTx) -> Vec<Vec<u8>> {
    let all = sql::statement(tx, "SELECT name_key FROM team ORDER BY id", Vec::new());
    let rows = tx.inner().query_all_raw(all).await.unwrap();
    rows.iter()
        .map(|row| row.try_get("", "name_key").unwrap())
        .collect()
}

async fn names_of_an_older_version_are_ordered_by_the_new_rule(test: &TestDatabase) {
    let store = Store::open(&test.database).await.unwrap();
    let tx = store.write().await.unwrap();
    let organization = organizations::insert(&tx, "acme", "Acme", NOW).await.unwrap();
    // More than one batch.
    for number in 1..=1_010 {
        let name = format!("Team {number}");
        teams::insert(&tx, organization, &name, NOW).await.unwrap();
    }
    let right = keys(&tx).await;
    // The bytes of these names are in the order of the old rule.
    let bytes = match tx.inner().get_database_backend() {
        sea_orm::DbBackend::Postgres => "convert_to(name_folded, 'UTF8')",
        _ => "CAST(name_folded AS BLOB)",
    };
    for change in [
        &format!("UPDATE team SET name_key = {bytes}"),
        "DELETE FROM seaql_migrations WHERE version = 'm20261126_000041_numbers_in_names'",
    ] {
        tx.inner().execute_unprepared(change).await.unwrap();
    }
    tx.commit().await.unwrap();
    store.close().await.unwrap();

    let store = Store::open(&test.database).await.unwrap();
    let tx = store.write().await.unwrap();
    assert_eq!(keys(&tx).await, right);
    let names = teams::rows_by_name(&tx, organization).await.unwrap();
    assert_eq!(
        (names[2].name.as_str(), names[9].name.as_str()),
        ("Team 3", "Team 10")
    );
    drop(tx);
    store.close().await.unwrap();
}

#[tokio::test]
async fn sqlite_names_of_an_older_version_are_ordered_by_the_new_rule() {
    names_of_an_older_version_are_ordered_by_the_new_rule(&TestDatabase::embedded()).await;
}

#[tokio::test]
async fn postgres_names_of_an_older_version_are_ordered_by_the_new_rule() {
    let test = TestDatabase::postgres().await;
    names_of_an_older_version_are_ordered_by_the_new_rule(&test).await;
    test.remove().await;
}
