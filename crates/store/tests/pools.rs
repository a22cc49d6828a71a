//! No load of pages reaches what decides about access.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::time::Duration;
use store::{Store, access};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// As long as anybody may have to wait on a busy machine; a pool that is used up keeps one waiting for longer.
const SOON: Duration = Duration::from_secs(20);

async fn readers_that_are_all_busy_hold_up_neither_access_nor_changes_nor_exports(store: Store) {
    // More than either database has connections for pages: some are held, the others wait.
    let mut readers = JoinSet::new();
    for _ in 0..20 {
        let store = store.clone();
        readers.spawn(async move { store.read().await });
    }
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(readers.join_next().await.unwrap().unwrap().unwrap());
    }
    let tx = timeout(SOON, store.read_access())
        .await
        .expect("access waits for no page")
        .unwrap();
    assert!(access::versions(&tx).await.unwrap().is_empty());
    drop(tx);
    timeout(SOON, store.read_for_export())
        .await
        .expect("an export waits for no page")
        .unwrap();
    timeout(SOON, store.write())
        .await
        .expect("a change waits for no page")
        .unwrap();
    timeout(SOON, store.ping())
        .await
        .expect("the health check waits for no page")
        .unwrap();
    readers.abort_all();
}

on_both!(readers_that_are_all_busy_hold_up_neither_access_nor_changes_nor_exports);
