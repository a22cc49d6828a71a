//! The data folder is for its owner alone.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(unix)]

mod support;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn everything(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.push(folder.to_owned());
    found
}

fn assert_private(folder: &Path) {
    for path in everything(folder) {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, expected, "{}", path.display());
    }
}

#[tokio::test]
async fn others_can_read_nothing_of_the_data_folder_old_or_new() {
    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("data");
    let services = support::services(&folder).await;
    for name in [
        "gatehouse.db",
        "gatehouse.db-wal",
        "gatehouse.db-shm",
        "credential.key",
    ] {
        assert!(folder.join(name).is_file(), "{name}");
    }
    assert_private(&folder);
    // As an earlier version left it.
    for path in everything(&folder) {
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    }
    let again = support::services(&folder).await;
    assert_private(&folder);
    drop((services, again));
}
