//! Opening.
use store::{Database, Store};
#[tokio::test]
async fn opens() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let store = Store::open(&Database::Embedded(dir.path().join("a b%.db")))
            .await
            .unwrap();
        let tx = store.write().await.unwrap();
        tx.commit().await.unwrap();
        store.close().await.unwrap();
    }
    if let Ok(url) = std::env::var("GATEHOUSE_TEST_POSTGRES") {
        let store = Store::open(&Database::Postgres(url)).await.unwrap();
        store.ping().await.unwrap();
    }
}
