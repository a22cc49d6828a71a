//! Keeping the data folder from everybody but its owner, also one that was there before.

use crate::crypto::KEY_FILE;
use std::io;
use std::path::{Path, PathBuf};
use store::Database;

/// Makes the folder and the embedded database's file when they are missing, and takes the rights of others from them, from
/// the files beside the database and from the key. What belongs to another account and cannot be changed is said in the log.
pub(crate) fn keep_private(folder: &Path, database: &Database) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    restrict(folder, 0o700);
    let mut files = vec![folder.join(KEY_FILE)];
    if let Database::Embedded(path) = database {
        create(path)?;
        files.push(path.clone());
        files.extend(["-wal", "-shm", "-journal"].map(|end| {
            let mut name = path.clone().into_os_string();
            name.push(end);
            PathBuf::from(name)
        }));
    }
    for file in files {
        restrict(&file, 0o600);
    }
    Ok(())
}

/// SQLite would make it with the rights that the process gives by default. An empty file is an empty database, and the
/// files beside it get its rights.
fn create(path: &Path) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(found) = std::fs::metadata(path) else {
        return;
    };
    if found.permissions().mode() & 0o777 & !mode == 0 {
        return;
    }
    let rights = std::fs::Permissions::from_mode(found.permissions().mode() & mode);
    if let Err(error) = std::fs::set_permissions(path, rights) {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            path = %path.display(),
            "others can read this: take their rights from it"
        );
    }
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) {}
