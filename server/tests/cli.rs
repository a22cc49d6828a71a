//! The binary's commands beside serving.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use domain::Timestamp;
use domain::reviews::ReviewInput;
use std::path::Path;
use std::process::{Command, Output};
use support::World;

fn gatehouse(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .args(arguments)
        .env_clear()
        .env("GATEHOUSE_DATA", data)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The one sentence that a refused command says.
fn refused(data: &Path, arguments: &[&str]) -> String {
    let output = gatehouse(data, arguments);
    assert!(!output.status.success(), "{arguments:?}");
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    text(&output.stderr).trim().to_owned()
}

#[tokio::test]
async fn keys_from_a_shell() {
    let world = World::new().await;
    let data = world.folder.path();
    let create = [
        "keys",
        "create",
        "--org",
        "acme",
        "--member",
        "member@example.com",
        "--name",
        "ci",
    ];
    let made = gatehouse(data, &[&create[..], &["--expires", "30d"]].concat());
    assert!(made.status.success(), "{made:?}");
    let key = text(&made.stdout).strip_suffix('\n').unwrap();
    assert!(
        key.starts_with("gk_") && !key.contains(char::is_whitespace),
        "{key}"
    );
    assert!(!text(&made.stderr).contains(key));

    let list = ["keys", "list", "--org", "acme"];
    let listed = gatehouse(data, &list);
    let public = &key[.."gk_k3v9x2m4q8z1".len()];
    let lines: Vec<_> = text(&listed.stdout).lines().collect();
    // The world's own key is the older one.
    let (first, line) = (lines[1].split(' ').next().unwrap().to_owned(), lines[2]);
    assert!(
        line.starts_with(public) && line.contains("member@example.com") && line.contains("Active"),
        "{line}"
    );
    assert!(!line.contains(key));

    let gone = gatehouse(data, &["keys", "revoke", "--org", "acme", public]);
    assert!(gone.status.success(), "{gone:?}");
    let first = gatehouse(data, &["keys", "revoke", "--org", "acme", &first]);
    assert!(first.status.success(), "{first:?}");
    let listed = gatehouse(data, &list);
    assert_eq!(
        (text(&listed.stdout), text(&listed.stderr).trim()),
        ("", "No keys.")
    );

    let mut wrong = create;
    wrong[3] = "nowhere";
    assert!(refused(data, &wrong).starts_with("There is no organization nowhere."));
    let mut wrong = create;
    wrong[5] = "nobody@example.com";
    assert_eq!(refused(data, &wrong), "nobody@example.com is no member of acme.");
    let narrow = refused(data, &[&create[..], &["--providers", "lab"]].concat());
    assert!(narrow.contains("cannot use Lab"), "{narrow}");
    let narrow = refused(data, &[&create[..], &["--providers", "what"]].concat());
    assert_eq!(narrow, "There is no provider with the slug what.");
    assert!(
        refused(data, &[&create[..], &["--expires", "soon"]].concat())
            .starts_with("--expires soon is neither")
    );
    let empty = tempfile::tempdir().unwrap();
    let nothing = refused(&empty.path().join("not-there"), &list);
    assert!(nothing.starts_with("There is no database in "), "{nothing}");
    assert!(
        std::fs::read_dir(empty.path()).unwrap().next().is_none(),
        "nothing was made"
    );
}

/// Each command of these, with those below it.
fn commands(of: &[&str]) -> Vec<Vec<String>> {
    let asked = [of, &["--help"]].concat();
    let help = gatehouse(Path::new("unused"), &asked);
    assert!(help.status.success(), "{asked:?}");
    let help = text(&help.stdout);
    let Some((_, list)) = help.split_once("Commands:\n") else {
        assert!(help.contains("Usage: gatehouse"), "{help}");
        return Vec::new();
    };
    let mut found = Vec::new();
    for line in list.lines().take_while(|line| !line.trim().is_empty()) {
        let (name, about) = line.trim().split_once(' ').unwrap_or((line, ""));
        assert!(!about.trim().is_empty(), "{of:?} {name} is not explained");
        if name == "help" {
            continue;
        }
        let command = [of, &[name]].concat();
        found.push(command.iter().map(|word| (*word).to_owned()).collect());
        found.extend(commands(&command));
    }
    found
}

#[test]
fn the_binary_says_its_version_and_explains_every_command_and_setting() {
    let version = gatehouse(Path::new("unused"), &["--version"]);
    assert_eq!(
        text(&version.stdout),
        format!("gatehouse {}\n", env!("CARGO_PKG_VERSION"))
    );

    let found: Vec<String> = commands(&[]).iter().map(|words| words.join(" ")).collect();
    for command in [
        "serve",
        "keys create",
        "keys list",
        "keys revoke",
        "second-factor reset",
        "review verify",
        "review key",
        "backup",
        "restore",
    ] {
        assert!(
            found.iter().any(|known| known == command),
            "{command} is not among {found:?}"
        );
    }
    for asked in [&["--help"][..], &["serve", "--help"]] {
        let help = gatehouse(Path::new("unused"), asked);
        let help = text(&help.stdout);
        for setting in [
            "GATEHOUSE_ADDR [addr]",
            "DATABASE_URL [database_url]",
            "GATEHOUSE_CONFIG",
            "RUST_LOG",
        ] {
            assert!(
                help.contains(setting),
                "{asked:?} does not explain {setting}: {help}"
            );
        }
        let (_, settings) = help.split_once("Settings, from the environment").unwrap();
        assert!(
            settings.contains("(default: 127.0.0.1:3000)") && !settings.contains('`'),
            "{help}"
        );
    }
}

#[tokio::test]
async fn the_audit_log_is_verified_from_a_shell() {
    let world = World::new().await;
    let data = world.folder.path();
    let whole = gatehouse(data, &["audit", "verify"]);
    assert!(whole.status.success(), "{whole:?}");
    let lines: Vec<_> = text(&whole.stdout).lines().collect();
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("acme: ") && line.contains("as they were written")),
        "{lines:?}"
    );

    let database = store::Database::Embedded(data.join("gatehouse.db"));
    let store = store::Store::open(&database).await.unwrap();
    let tx = store.write().await.unwrap();
    let sql = "UPDATE audit SET actor_email = 'nobody@example.com' WHERE place = 2 AND organization_id = 1";
    store::testing::tamper_with_audit(&tx, sql).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await.unwrap();
    let broken = gatehouse(data, &["audit", "verify"]);
    assert!(!broken.status.success());
    assert!(
        text(&broken.stdout).contains("place 2: it was changed."),
        "{broken:?}"
    );
    assert!(
        text(&broken.stderr).contains("One audit log is not as it was written."),
        "{broken:?}"
    );
}

#[tokio::test]
async fn the_result_of_an_access_review_is_checked_from_a_shell() {
    let world = World::new().await;
    let data = world.folder.path();
    let services = support::services(data).await;
    let session = services.session(&world.sessions["owner"]).await.unwrap().unwrap();
    let owner = services.actor(session, "acme").await.unwrap();
    services
        .add_provider(&owner, world.member, world.provider)
        .await
        .unwrap();
    let input = ReviewInput {
        scope: "everybody".to_owned(),
        due: services.now().plus(7 * Timestamp::DAY).date(),
    };
    let review = services.start_review(&owner, &input).await.unwrap();
    services.close_review(&owner, review).await.unwrap();
    let result = services.export_review(&owner, review).await.unwrap();
    let file = result.file.path().to_str().unwrap();

    let whole = gatehouse(data, &["review", "verify", file]);
    assert!(whole.status.success(), "{whole:?}");
    let told = text(&whole.stdout);
    assert!(
        told.starts_with("As it was signed: Everybody, organization acme at "),
        "{told}"
    );
    let key = gatehouse(data, &["review", "key"]);
    let key = text(&key.stdout).trim();
    let elsewhere = tempfile::tempdir().unwrap();
    let by_key = ["review", "verify", file, "--public-key", key];
    assert!(gatehouse(elsewhere.path(), &by_key).status.success());
    assert!(refused(elsewhere.path(), &["review", "verify", file]).starts_with("There is no database in "));
    let signed = std::fs::read_to_string(file).unwrap();
    std::fs::write(file, signed.replacen("\"kept\":0", "\"kept\":1", 1)).unwrap();
    let changed = refused(data, &["review", "verify", file]);
    assert!(
        changed.ends_with("The file is not as it was signed."),
        "{changed}"
    );
    let missing = refused(data, &["review", "verify", "not-there.json"]);
    assert!(
        missing.starts_with("not-there.json cannot be read: "),
        "{missing}"
    );
}
