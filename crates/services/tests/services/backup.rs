//! A backup made under load is one instant, and only ever restored to where nothing is.

use crate::common::{World, fresh_key, on_both, provider_input};
use domain::Role;
use domain::audit::AuditAction;
use services::backup::{BackupError, Kind, MANIFEST, backup, restore};
use services::{Clock, Config, Database, Services};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::Store;
use store::testing::TestDatabase;

/// An empty place of the same kind.
async fn elsewhere(like: &Database) -> TestDatabase {
    match like {
        Database::Embedded(_) => TestDatabase::embedded(),
        Database::Postgres(_) => TestDatabase::postgres().await,
    }
}

fn config(world: &World, database: &Database, data: &Path) -> Config {
    Config {
        database: database.clone(),
        data_dir: data.to_owned(),
        ..world.config.clone()
    }
}

on_both! {
    async fn a_backup_under_load_is_one_instant_and_comes_back_whole(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        world.provider(&owner, "Kept").await;

        // Each of these changes is a row and a line of the audit log, in one transaction.
        let stop = Arc::new(AtomicBool::new(false));
        let writer = {
            let (services, owner, stop) = (world.services.clone(), owner.clone(), stop.clone());
            tokio::spawn(async move {
                let mut made = 0;
                while !stop.load(Ordering::SeqCst) {
                    let input = provider_input(&format!("Provider {made}"));
                    services.create_provider(&owner, &input, &fresh_key()).await.unwrap();
                    made += 1;
                }
                made
            })
        };
        let folder = tempfile::tempdir().unwrap();
        let mut copies = Vec::new();
        for copy in 0..3 {
            let into = folder.path().join(format!("backup-{copy}"));
            let made = backup(&world.config.database, &world.config.data_dir, &into, world.clock.now()).await.unwrap();
            assert_eq!(made.files.len(), 2);
            copies.push(into);
        }
        stop.store(true, Ordering::SeqCst);
        assert!(writer.await.unwrap() > 0, "nothing was written meanwhile");

        let place = elsewhere(&world.config.database).await;
        let data = place.folder.path().join("data");
        let database = match &place.database {
            Database::Embedded(_) => Database::Embedded(data.join("gatehouse.db")),
            other => other.clone(),
        };
        restore(&database, &data, &copies[1]).await.unwrap();

        let services = Services::open(config(world, &database, &data)).await.unwrap();
        let store = Store::open(&database).await.unwrap();
        let tx = store.read().await.unwrap();
        let providers = store::providers::list(&tx, owner.organization, world.clock.now()).await.unwrap();
        let deeds = store::audit::latest(&tx, owner.organization, 10_000).await.unwrap();
        drop(tx);
        let created = deeds.iter().filter(|deed| deed.action == AuditAction::ProviderCreate).count();
        assert_eq!(providers.len(), created, "a change without its line in the audit log, or the other way round");
        // The key came along: the member can use the provider, whose credential opens.
        let kept = providers.iter().find(|provider| provider.name == "Kept").unwrap();
        services.add_provider(&owner, owner.member, kept.id).await.unwrap();
        let usable = services.usable_providers(&owner).unwrap();
        assert_eq!(usable.len(), 1);

        // And what is there now is not written over.
        let refused = restore(&database, &data, &copies[2]).await.unwrap_err();
        assert!(matches!(refused, BackupError::Target(_)), "{refused}");
        drop(services);
        store.close().await.unwrap();
        place.remove().await;
    }

    async fn only_a_whole_backup_of_the_same_kind_is_restored(world) {
        world.organization("ours").await;
        let (from, data) = (&world.config.database, &world.config.data_dir);
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("backup");
        let made = backup(from, data, &into, world.clock.now()).await.unwrap();
        let again = backup(from, data, &into, world.clock.now()).await.unwrap_err();
        assert!(matches!(again, BackupError::Occupied(_)), "{again}");

        let place = elsewhere(from).await;
        let target = place.folder.path().join("data");
        let other = match made.database {
            Kind::Sqlite => Database::Postgres("postgres://nobody@127.0.0.1:1/nothing".into()),
            Kind::PostgreSql => Database::Embedded(target.join("gatehouse.db")),
        };
        let refused = restore(&other, &target, &into).await.unwrap_err();
        assert!(matches!(refused, BackupError::OtherKind { .. }), "{refused}");

        for file in made.files.iter().map(|file| into.join(&file.name)) {
            let whole = std::fs::read(&file).unwrap();
            let mut changed = whole.clone();
            let middle = changed.len() / 2;
            changed[middle] ^= 1;
            for damaged in [&changed, &whole[..middle].to_vec(), &Vec::new()] {
                std::fs::write(&file, damaged).unwrap();
                let refused = restore(&place.database, &target, &into).await.unwrap_err();
                assert!(matches!(refused, BackupError::Damaged { .. }), "{refused}");
            }
            std::fs::write(&file, whole).unwrap();
        }
        std::fs::write(into.join(MANIFEST), "{}").unwrap();
        let refused = restore(&place.database, &target, &into).await.unwrap_err();
        assert!(matches!(refused, BackupError::Manifest(..)), "{refused}");
        assert!(!target.exists(), "something was written all the same");
        place.remove().await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_a_backup_and_a_failed_one_leaves_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("backup");
    let (from, data) = (&world.config.database, &world.config.data_dir);
    backup(from, data, &into, world.clock.now()).await.unwrap();
    let rights = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(rights(&into), 0o700);
    for entry in std::fs::read_dir(&into).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(rights(&path), 0o600, "{}", path.display());
    }

    let unreachable = Database::Postgres("postgres://nobody@127.0.0.1:1/nothing".into());
    let other = folder.path().join("other");
    let failed = backup(&unreachable, data, &other, world.clock.now())
        .await
        .unwrap_err();
    assert!(
        matches!(
            failed,
            BackupError::Program {
                program: "pg_dump",
                ..
            }
        ),
        "{failed}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    let nothing = tempfile::tempdir().unwrap();
    let missing = Database::Embedded(nothing.path().join("gatehouse.db"));
    let failed = backup(&missing, nothing.path(), &other, Clock::System.now())
        .await
        .unwrap_err();
    assert!(matches!(failed, BackupError::Nothing(_)), "{failed}");
    world.end().await;
}
