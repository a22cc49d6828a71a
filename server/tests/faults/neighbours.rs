//! One member sends long messages and searches in them, all at once: the others notice nothing.

use crate::organization::{ORG, prepare};
use crate::process::{Gatehouse, gatehouse_on};
use crate::thorough;
use serde_json::{Value, json};
use services::Database;
use std::path::Path;
use std::sync::Arc;
use store::testing::TestDatabase;
use tokio::task::JoinSet;

const SENDS: usize = 250;
const SEARCHES: usize = 14;

async fn nobody_else_is_refused(folder: &Path, database: &Database) {
    let access = prepare(database, folder).await;
    let command = gatehouse_on(database, folder);
    let server = Arc::new(Gatehouse::start(command, folder, &access).await);
    let member = Arc::new(access.member);
    for _ in 0..if thorough() { 10 } else { 1 } {
        let mut flood = JoinSet::new();
        for number in 0..SENDS {
            let (server, member) = (server.clone(), member.clone());
            let message = json!({
                "conversation": null,
                "provider": access.provider,
                "model": "m",
                "content": format!("{number} {}", "word ".repeat(4_000)),
                "replace_from": null,
            });
            flood.spawn(async move {
                let sent = server
                    .send_as(&member, &format!("/o/{ORG}/chat/send"), &message)
                    .await;
                let answer = sent.unwrap();
                let status = answer.status().as_u16();
                (status, answer.text().await.unwrap())
            });
        }
        for _ in 0..SEARCHES {
            let (server, member) = (server.clone(), member.clone());
            flood.spawn(async move {
                let path = format!("/o/{ORG}/chat?q=word+nothing");
                let answer = server.go_to_as(&member, &path).await.unwrap();
                (answer.status().as_u16(), answer.text().await.unwrap())
            });
        }
        let mut asked = 0;
        let mut served = 0;
        while !flood.is_empty() {
            let answer = server.ask().await.unwrap();
            let status = answer.status();
            assert_eq!(status, 200, "{}", answer.text().await.unwrap());
            let page = server.go_to(&format!("/o/{ORG}/access")).await.unwrap();
            assert_eq!(page.status(), 200);
            asked += 1;
            while let Some(own) = flood.try_join_next() {
                // They may be told that it is too much, and when to come again; nothing else.
                let (status, text) = own.unwrap();
                assert!(matches!(status, 200 | 429), "{status}: {text}");
                served += usize::from(status == 200);
            }
        }
        assert!(asked > 2, "the others asked {asked} times meanwhile");
        assert!(served > 0);
    }
    let answer = server
        .call("list_conversations", json!({ "search": "" }))
        .await
        .unwrap();
    assert!(answer.json::<Value>().await.unwrap().is_object());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_members_flood_of_chat_refuses_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Embedded(folder.path().join("gatehouse.db"));
    nobody_else_is_refused(folder.path(), &database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_members_flood_of_chat_refuses_nobody_else_on_postgres() {
    let database = TestDatabase::postgres().await;
    let folder = tempfile::tempdir().unwrap();
    nobody_else_is_refused(folder.path(), &database.database).await;
    database.remove().await;
}
