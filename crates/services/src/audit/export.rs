//! All that a query lets through of the audit log, as JSON: one object, its actions streamed one a line.

use super::{entry, next_batch};
use crate::export::{ExportError, ExportFile, write_rows};
use crate::{Actor, Error, Services};
use domain::Problem;
use domain::audit::{AuditEntry, AuditQuery};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::mpsc;

/// Batches read ahead of the writer.
const AHEAD: usize = 2;

/// An action as the file holds it: the names of machines beside the sentence.
#[derive(Serialize)]
struct Action<'a> {
    id: i64,
    at: String,
    by: &'a str,
    by_email: &'a str,
    action: &'a str,
    what: &'a str,
    kind: &'a str,
    about: &'a str,
    before: Option<Box<RawValue>>,
    after: Option<Box<RawValue>>,
}

impl Services {
    /// Writes every action that a query lets through, newest first, all of one instant. For auditors and above.
    pub async fn export_audit(&self, actor: &Actor, query: &AuditQuery) -> Result<ExportFile, Error> {
        actor.reads_admin_side()?;
        // A file has all pages.
        let query = AuditQuery {
            before: None,
            ..query.clone()
        };
        let mut filter = query.check()?;
        let now = self.now();
        let (tx, _place) = self.read_for_export(actor).await?;
        let organization = store::organizations::get(&tx, actor.organization)
            .await?
            .ok_or_else(|| Problem::not_found("organization"))?;
        let head = serde_json::json!({
            "when": now.rfc3339(),
            "organization": { "slug": organization.slug, "name": organization.name },
            "query": { "search": query.search, "kind": query.kind, "from": query.from, "until": query.until },
        });
        let file = tempfile::NamedTempFile::new().map_err(ExportError::from)?;
        let handle = file.reopen().map_err(ExportError::from)?;
        let (sender, batches) = mpsc::channel(AHEAD);
        let writer = crate::background::spawn(move || {
            write_rows(handle, &head, "actions", batches, |out, entry| {
                serde_json::to_writer(out, &action(entry)?)
            })
        });
        let mut rows = 0;
        while let Some(batch) = next_batch(&tx, actor.organization, &mut filter).await? {
            rows += batch.len() as u64;
            let batch: Vec<AuditEntry> = batch.into_iter().map(|deed| entry(deed, now)).collect();
            // The writer is gone only when it has failed, and then it says why below.
            if sender.send(batch).await.is_err() {
                break;
            }
        }
        drop(sender);
        drop(tx);
        writer.await??;
        let bytes = file.as_file().metadata().map_err(ExportError::from)?.len();
        let export = ExportFile {
            file,
            file_name: format!("gatehouse-{}-audit-{}.json", actor.slug, now.date()),
            content_type: "application/json",
            rows,
            bytes,
        };
        self.note_export(actor, "the audit log", &export).await;
        Ok(export)
    }
}

fn action(entry: &AuditEntry) -> Result<Action<'_>, serde_json::Error> {
    let raw = |text: &Option<String>| text.clone().map(RawValue::from_string).transpose();
    Ok(Action {
        id: entry.id,
        at: entry.at.rfc3339(),
        by: &entry.by,
        by_email: &entry.by_email,
        action: &entry.action,
        what: &entry.what,
        kind: entry.kind.as_str(),
        about: &entry.about,
        before: raw(&entry.before)?,
        after: raw(&entry.after)?,
    })
}
