//! Backups: the database as of one instant and the key that opens its credentials, in a folder that says what it holds.
//!
//! A backup is made beside a running server and restored only to where there is nothing yet, so that neither can
//! destroy what somebody still needs.

mod folder;
mod postgres;

use crate::crypto::{KEY_BYTES, KEY_FILE};
use folder::{copy_private, digest, make_private_folder, private_file, sync};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
use store::Database;

/// The file that says what a backup holds.
pub const MANIFEST: &str = "manifest.json";
/// The embedded database.
const SQLITE_FILE: &str = "gatehouse.db";
/// PostgreSQL's own archive.
const POSTGRES_FILE: &str = "gatehouse.pgdump";

/// What a backup says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of the program that made it.
    pub version: String,
    /// When it was made, as RFC 3339 writes instants.
    pub made_at: String,
    /// Which database it is of.
    pub database: Kind,
    /// The other files of the folder.
    pub files: Vec<File>,
}

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The embedded one.
    Sqlite,
    /// A server.
    PostgreSql,
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its name in the folder.
    pub name: String,
    /// Its size in octets.
    pub bytes: u64,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// The size of all files in octets.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// Why a backup could not be made or restored. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to back up.
    #[error("there is no database in {0}: GATEHOUSE_DATA says where the server keeps its data")]
    Nothing(PathBuf),
    /// The folder for the backup is in use.
    #[error("{0} is not empty: name a folder that is empty or does not exist yet")]
    Occupied(PathBuf),
    /// It would overwrite data.
    #[error(
        "{0} holds data already: a backup is only restored to where there is none, so move it away first"
    )]
    Target(PathBuf),
    /// It would overwrite data.
    #[error("the PostgreSQL database holds tables already: a backup is only restored into an empty one")]
    TargetDatabase,
    /// It is of the other kind of database.
    #[error(
        "this is a backup of {backup:?}, but the settings say {settings:?}: DATABASE_URL decides which is used"
    )]
    OtherKind {
        /// Of the backup.
        backup: Kind,
        /// Of the settings.
        settings: Kind,
    },
    /// The folder is no backup.
    #[error("{0} is not a backup: its manifest.json is missing or cannot be read")]
    Manifest(PathBuf, #[source] Option<serde_json::Error>),
    /// A file is not what it was.
    #[error("{name} is damaged: {what}")]
    Damaged {
        /// Which file.
        name: String,
        /// How.
        what: String,
    },
    /// PostgreSQL's own program is missing or failed.
    #[error("{program} failed: {what}")]
    Program {
        /// Its name.
        program: &'static str,
        /// What it said.
        what: String,
    },
    /// The file system.
    #[error("{path} cannot be read or written")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database.
    #[error("the database cannot be read")]
    Store(#[from] store::Error),
}

fn kind(database: &Database) -> Kind {
    match database {
        Database::Embedded(_) => Kind::Sqlite,
        Database::Postgres(_) => Kind::PostgreSql,
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError + '_ {
    move |source| BackupError::File {
        path: path.to_owned(),
        source,
    }
}

/// Writes a backup into a folder that is empty or not there yet. It appears there whole or not at all.
pub async fn backup(
    database: &Database,
    data: &Path,
    into: &Path,
    now: domain::Timestamp,
) -> Result<Manifest, BackupError> {
    let key = data.join(KEY_FILE);
    if !store::backup::exists(database) || !key.is_file() {
        return Err(BackupError::Nothing(data.to_owned()));
    }
    if !folder::is_free(into).map_err(at(into))? {
        return Err(BackupError::Occupied(into.to_owned()));
    }
    let work = folder::beside(into);
    make_private_folder(&work).map_err(at(&work))?;
    let made = fill(database, &key, &work, now).await;
    let made = made.and_then(|manifest| {
        folder::put_in_place(&work, into).map_err(at(into))?;
        Ok(manifest)
    });
    if made.is_err() {
        // Half a backup would only be mistaken for one; why it failed is what counts.
        let _ = std::fs::remove_dir_all(&work);
    }
    made
}

async fn fill(
    database: &Database,
    key: &Path,
    work: &Path,
    now: domain::Timestamp,
) -> Result<Manifest, BackupError> {
    // The key first: it was there before anything that it opens.
    copy_private(key, &work.join(KEY_FILE)).map_err(at(key))?;
    let name = match database {
        Database::Embedded(path) => {
            let copy = work.join(SQLITE_FILE);
            store::backup::copy_sqlite(path, &copy).await?;
            if let Some(what) = store::backup::damage_of_sqlite(&copy).await? {
                return Err(BackupError::Damaged {
                    name: path.display().to_string(),
                    what,
                });
            }
            SQLITE_FILE
        }
        Database::Postgres(url) => {
            postgres::dump(url, &work.join(POSTGRES_FILE)).await?;
            POSTGRES_FILE
        }
    };
    let mut files = Vec::new();
    for name in [KEY_FILE, name] {
        let path = work.join(name);
        private_file(&path)
            .and_then(|()| sync(&path))
            .map_err(at(&path))?;
        let (bytes, sha256) = digest(&path).map_err(at(&path))?;
        files.push(File {
            name: name.to_owned(),
            bytes,
            sha256,
        });
    }
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: now.rfc3339(),
        database: kind(database),
        files,
    };
    let path = work.join(MANIFEST);
    let text =
        serde_json::to_vec_pretty(&manifest).map_err(|e| BackupError::Manifest(path.clone(), Some(e)))?;
    folder::write_private(&path, &text).map_err(at(&path))?;
    Ok(manifest)
}

/// Restores a backup to where the settings say, which must be empty. Everything is checked before anything is written.
pub async fn restore(database: &Database, data: &Path, from: &Path) -> Result<Manifest, BackupError> {
    let manifest = read_manifest(from)?;
    if manifest.database != kind(database) {
        return Err(BackupError::OtherKind {
            backup: manifest.database,
            settings: kind(database),
        });
    }
    check(&manifest, from).await?;
    let key = data.join(KEY_FILE);
    match database {
        Database::Embedded(path) => {
            for there in [&key, path] {
                if there.exists() {
                    return Err(BackupError::Target(there.clone()));
                }
            }
            make_private_folder(data).map_err(at(data))?;
            copy_private(&from.join(SQLITE_FILE), path).map_err(at(path))?;
        }
        Database::Postgres(url) => {
            if key.exists() {
                return Err(BackupError::Target(key));
            }
            if !store::backup::is_empty_postgres(url).await? {
                return Err(BackupError::TargetDatabase);
            }
            make_private_folder(data).map_err(at(data))?;
            postgres::load(url, &from.join(POSTGRES_FILE)).await?;
        }
    }
    copy_private(&from.join(KEY_FILE), &key).map_err(at(&key))?;
    sync(data).map_err(at(data))?;
    Ok(manifest)
}

fn read_manifest(from: &Path) -> Result<Manifest, BackupError> {
    let text =
        std::fs::read(from.join(MANIFEST)).map_err(|_| BackupError::Manifest(from.to_owned(), None))?;
    serde_json::from_slice(&text).map_err(|error| BackupError::Manifest(from.to_owned(), Some(error)))
}

async fn check(manifest: &Manifest, from: &Path) -> Result<(), BackupError> {
    let wanted = match manifest.database {
        Kind::Sqlite => [KEY_FILE, SQLITE_FILE],
        Kind::PostgreSql => [KEY_FILE, POSTGRES_FILE],
    };
    for name in wanted {
        let damaged = |what: &str| BackupError::Damaged {
            name: name.to_owned(),
            what: what.to_owned(),
        };
        let said = manifest.files.iter().find(|file| file.name == name);
        let said = said.ok_or_else(|| damaged("the manifest does not list it"))?;
        let path = from.join(name);
        if !path.is_file() {
            return Err(damaged("it is missing"));
        }
        let (bytes, sha256) = digest(&path).map_err(at(&path))?;
        if (bytes, &sha256) != (said.bytes, &said.sha256) {
            return Err(damaged("it is not the file that was backed up"));
        }
        if name == KEY_FILE && bytes != KEY_BYTES as u64 {
            return Err(damaged("it is not a key"));
        }
    }
    if manifest.database == Kind::Sqlite
        && let Some(what) = store::backup::damage_of_sqlite(&from.join(SQLITE_FILE)).await?
    {
        return Err(BackupError::Damaged {
            name: SQLITE_FILE.to_owned(),
            what,
        });
    }
    Ok(())
}
