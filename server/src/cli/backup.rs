//! `gatehouse backup` and `gatehouse restore`.

use services::backup::{Manifest, backup, restore};
use services::{Clock, Database};
use std::error::Error;
use std::path::Path;

/// Backs up what the settings name into a folder, beside a server that is running or not.
pub async fn back_up(database: &Database, data: &Path, into: &Path) -> Result<(), Box<dyn Error>> {
    let made = backup(database, data, into, Clock::System.now()).await?;
    eprintln!(
        "Backed up to {}: {}. It holds the key that opens the stored credentials, so keep it as safe as the data folder.",
        into.display(),
        size(&made)
    );
    Ok(())
}

/// Restores a backup to where the settings say, which must be empty.
pub async fn bring_back(database: &Database, data: &Path, from: &Path) -> Result<(), Box<dyn Error>> {
    let restored = restore(database, data, from).await?;
    eprintln!(
        "Restored the backup of {} into {}: {}. Start with `gatehouse serve`.",
        restored.made_at,
        data.display(),
        size(&restored)
    );
    Ok(())
}

fn size(manifest: &Manifest) -> String {
    let tenths = manifest.bytes().div_ceil(100_000);
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
