//! What a database cannot take holds up nothing else.

use crate::organization::{Access, ORG, prepare};
use crate::process::{Gatehouse, gatehouse_on};
use crate::thorough;
use domain::Timestamp;
use serde_json::json;
use services::Database;
use std::path::Path;
use store::Store;
use store::testing::TestDatabase;

/// Requests of a member that are written down.
async fn written(store: &Store, access: &Access, person: &crate::organization::Person) -> u64 {
    let tx = store.read().await.unwrap();
    let sums = store::usage::of_member(&tx, access.organization, person.member, Timestamp(0));
    sums.await.unwrap().iter().map(|(_, sum)| sum.requests).sum()
}

async fn others_are_accounted_for(folder: &Path, database: &Database) {
    let access = prepare(database, folder).await;
    let command = gatehouse_on(database, folder);
    let mut server = Gatehouse::start(command, folder, &access).await;
    let store = Store::open(database).await.unwrap();
    let mut asked = 0;
    for _ in 0..if thorough() { 50 } else { 2 } {
        for model in ["a\0b", "\0", "echo/\0", "m\0"] {
            let odd = server
                .ask_as(&access.member, &json!({ "model": model, "messages": [] }))
                .await
                .unwrap();
            assert!(odd.status().is_client_error(), "{model:?}: {}", odd.status());
        }
        for path in [
            format!("/o/{ORG}/access?q=%00"),
            format!("/o/{ORG}/chat?q=a%00b"),
            format!("/o/{ORG}/audit?q=%00"),
            "/invite/%00".to_owned(),
            "/login?email=%00".to_owned(),
        ] {
            let page = server.go_to(&path).await.unwrap();
            assert!(!page.status().is_server_error(), "{path}: {}", page.status());
        }
        let team = server.create_team("a\0b").await.unwrap();
        assert!(!team.status().is_server_error(), "{}", team.status());
        assert_eq!(server.ask().await.unwrap().status(), 200);
        asked += 1;
        server
            .until("the others' requests are written", async || {
                written(&store, &access, &access.owner).await == asked
            })
            .await;
    }
    let said = server.stop().await;
    assert!(!said.contains("could not be written"), "{said}");
    assert_eq!(written(&store, &access, &access.member).await, 4 * asked);
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_with_nul_stops_nobodys_usage() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Embedded(folder.path().join("gatehouse.db"));
    others_are_accounted_for(folder.path(), &database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_with_nul_stops_nobodys_usage_on_postgres() {
    let database = TestDatabase::postgres().await;
    let folder = tempfile::tempdir().unwrap();
    others_are_accounted_for(folder.path(), &database.database).await;
    database.remove().await;
}
