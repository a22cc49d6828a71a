//! No room on the disk: a clear error, nothing half written, and on it goes when there is room again.

use crate::organization::{ORG, Person, prepare, sessions};
use crate::process::{Gatehouse, gatehouse};
use domain::Timestamp;
use domain::audit::AuditAction;
use services::Database;
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use store::Store;

/// The server in a mount namespace of its own (unshare(1)), with its data on a disk on which half a megabyte is free.
fn on_a_small_disk(seed: &Path, data: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]).arg(
        r#"mount -t tmpfs -o size=32m tmpfs "$0" && cp -r "$1/." "$0" && { dd if=/dev/zero of="$0/ballast" bs=64K 2>/dev/null; truncate -s -512K "$0/ballast"; } && shift && exec "$@""#,
    );
    command.arg(data).arg(seed);
    let binary = gatehouse();
    command.arg(binary.get_program()).args(binary.get_args());
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_leaves_nothing_half_written() {
    let seed = tempfile::tempdir().unwrap();
    let database = Database::Embedded(seed.path().join("gatehouse.db"));
    let access = prepare(&database, seed.path()).await;
    let mut sessions = sessions(&database, seed.path(), 24).await;
    std::fs::create_dir_all(seed.path().join("site/pkg")).unwrap();
    let data = tempfile::tempdir().unwrap();
    let mut server = Gatehouse::start(on_a_small_disk(seed.path(), data.path()), data.path(), &access).await;

    let mut acknowledged = BTreeSet::new();
    let refusal = loop {
        let name = format!("team-{}", acknowledged.len());
        let answer = server.create_team(&name).await.unwrap();
        if answer.status() != 200 {
            break answer;
        }
        acknowledged.insert(name);
        assert!(acknowledged.len() < 100_000, "the disk does not fill");
    };
    assert_eq!(refusal.status(), 507);
    let text = refusal.text().await.unwrap();
    assert!(text.contains("disk is full"), "{text}");
    assert!(text.contains("storage_full"), "{text}");
    let page = server.go_to("/o/faults/access").await.unwrap();
    assert_eq!(page.status(), 200, "pages can still be read");
    // A native form, as without JavaScript.
    let form = server
        .submit(
            "/login",
            "email=owner%40example.com&password=correct+horse+battery&next=",
        )
        .await
        .unwrap();
    assert_eq!(form.status(), 507);
    let text = form.text().await.unwrap();
    assert!(text.contains("disk is full"), "{text}");
    // The same disk, as it is seen from outside of the namespace.
    let inside = PathBuf::from(format!("/proc/{}/root{}", server.id(), data.path().display()));
    // A single page still found room.
    let mut ballast = OpenOptions::new()
        .append(true)
        .open(inside.join("ballast"))
        .unwrap();
    while ballast.write_all(&[0; 4_096]).is_ok() {}
    drop(ballast);
    // What failed to be written has left a little room in the database's log: as many sessions end as fit there.
    let out = loop {
        let person = Person {
            session: sessions.pop().unwrap(),
            ..access.member.clone()
        };
        let out = server.submit_as(&person, "/logout", "next=").await.unwrap();
        if out.status() == 507 {
            break out;
        }
    };
    let cookie = out.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.starts_with("gatehouse=; ") && cookie.contains("Max-Age=0"),
        "{cookie}"
    );
    let text = out.text().await.unwrap();
    assert!(text.contains("signed out in this browser"), "{text}");
    assert!(text.contains("disk is full"), "{text}");
    let listed = server.call("list_teams", serde_json::json!({})).await.unwrap();
    assert_eq!(listed.status(), 200, "what is there can still be read");
    assert_eq!(
        server.ask().await.unwrap().status(),
        200,
        "and the gateway goes on"
    );

    std::fs::remove_file(inside.join("ballast")).unwrap();
    server
        .until("there is room again", async || {
            let answer = server.create_team("after").await.unwrap();
            answer.status() == 200
        })
        .await;
    acknowledged.insert("after".to_owned());
    // What is read comes from other connections than what was written.
    let listed = server.call("list_teams", serde_json::json!({})).await.unwrap();
    let listed = listed.text().await.unwrap();
    assert!(listed.contains("\"after\""), "{listed}");

    // SQLite would look for the file outside of the namespace, so it gets a copy of what is there at this moment.
    server.freeze();
    let copy = tempfile::tempdir().unwrap();
    for file in ["gatehouse.db", "gatehouse.db-wal"] {
        std::fs::copy(inside.join(file), copy.path().join(file)).unwrap();
    }
    let store = Store::open(&Database::Embedded(copy.path().join("gatehouse.db")))
        .await
        .unwrap();
    let tx = store.read().await.unwrap();
    let organization = store::organizations::by_slug(&tx, ORG).await.unwrap().unwrap().id;
    let teams = store::teams::list(&tx, organization, Timestamp(0)).await.unwrap();
    let deeds = store::audit::latest(&tx, organization, 1_000_000).await.unwrap();
    drop(tx);
    store.close().await.unwrap();
    let names: BTreeSet<String> = teams.into_iter().map(|team| team.name).collect();
    assert_eq!(names, acknowledged);
    let told = deeds
        .iter()
        .filter(|deed| deed.action == AuditAction::TeamCreate)
        .count();
    assert_eq!(told, names.len());
    server.kill();
}
