//! Killed at any moment under load: what was answered is there, and each change has its line in the audit log.

use crate::organization::{ORG, prepare};
use crate::process::{Gatehouse, gatehouse, signal};
use crate::thorough;
use domain::Timestamp;
use domain::audit::AuditAction;
use services::Database;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use store::Store;

/// Writers at once.
const WRITERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_change_is_lost_when_the_server_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Embedded(folder.path().join("gatehouse.db"));
    let access = prepare(&database, folder.path()).await;
    let rounds = if thorough() { 100 } else { 4 };
    let mut acknowledged = BTreeSet::new();

    for round in 0..rounds {
        let server = Gatehouse::start(gatehouse(), folder.path(), &access).await;
        assert_eq!(
            server.ask().await.unwrap().status(),
            200,
            "round {round}: the gateway"
        );
        let server = Arc::new(tokio::sync::RwLock::new(server));
        let done = Arc::new(Mutex::new(Vec::new()));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (server, done) = (server.clone(), done.clone());
                let batch = format!("{round}-{writer}");
                tokio::spawn(async move {
                    for number in 0.. {
                        let name = format!("team-{batch}-{number}");
                        match server.read().await.create_team(&name).await {
                            Ok(answer) if answer.status() == 200 => done.lock().unwrap().push(name),
                            Ok(answer) => panic!("{}", answer.status()),
                            // The server is gone.
                            Err(_) => return,
                        }
                    }
                })
            })
            .collect();
        // Another number of changes each time, so that the end finds the server at another place.
        let enough = 5 + round % 23;
        server
            .read()
            .await
            .until("enough is written", async || done.lock().unwrap().len() >= enough)
            .await;
        let process = server.read().await.id();
        signal("-KILL", process);
        for writer in writers {
            writer.await.unwrap();
        }
        server.write().await.kill();
        acknowledged.append(&mut done.lock().unwrap().drain(..).collect());

        let store = Store::open(&database).await.unwrap();
        let tx = store.read().await.unwrap();
        let organization = store::organizations::by_slug(&tx, ORG).await.unwrap().unwrap().id;
        let teams = store::teams::list(&tx, organization, Timestamp(0)).await.unwrap();
        let deeds = store::audit::latest(&tx, organization, 1_000_000).await.unwrap();
        drop(tx);
        store.close().await.unwrap();
        let names: BTreeSet<String> = teams.into_iter().map(|team| team.name).collect();
        let lost: Vec<_> = acknowledged.difference(&names).collect();
        assert!(
            lost.is_empty(),
            "round {round}: {lost:?} were acknowledged and are gone"
        );
        let told: BTreeSet<String> = deeds
            .into_iter()
            .filter(|deed| deed.action == AuditAction::TeamCreate)
            .map(|deed| deed.target_label)
            .collect();
        assert_eq!(told, names, "round {round}: changes and the audit log differ");
        let file = folder.path().join("gatehouse.db");
        assert_eq!(
            store::backup::damage_of_sqlite(&file).await.unwrap(),
            None,
            "round {round}"
        );
    }
}
