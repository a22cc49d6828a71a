//! The audit log: a page of it, and all of it as a file.

mod export;
mod person;
mod refused;
mod sign_ins;
mod tally;
mod told;
mod verify;

pub(crate) use person::lock_places;
pub(crate) use refused::Refusals;
pub(crate) use sign_ins::{Failures, With, Wrong, origin, signed_in};
pub(crate) use told::told;
pub use verify::VerifiedChain;

use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditEntry, AuditFilter, AuditPage, AuditQuery, AuditTarget};
use domain::limits::{AUDIT_PAGE, AUDIT_SEARCHED, UNDO_TIME};
use domain::search::fold;
use domain::{OrganizationId, Timestamp};
use serde_json::Value;
use store::Conn;
use store::audit::Deed;

/// Actions read at a time.
const BATCH: u32 = 2_000;

impl Services {
    /// The newest actions in an organization that a query lets through. For auditors and above.
    pub async fn audit_log(&self, actor: &Actor, query: &AuditQuery) -> Result<AuditPage, Error> {
        actor.reads_admin_side()?;
        let mut filter = query.check()?;
        let (tx, now) = (self.search(actor).await?, self.now());
        let shown = AUDIT_PAGE as usize;
        let mut entries = Vec::new();
        let mut searched = 0;
        let mut next = None;
        loop {
            // One more than is shown says whether there are older ones.
            let most = match filter.words.is_empty() {
                true => AUDIT_PAGE + 1,
                false => BATCH,
            };
            let batch = store::audit::page(&tx, actor.organization, &filter, most).await?;
            let (read, last) = (batch.len(), batch.last().map(|deed| deed.id));
            entries.extend(batch.into_iter().filter(|deed| matches(deed, &filter.words)));
            searched += read;
            if entries.len() > shown {
                entries.truncate(shown);
                next = entries.last().map(|deed| deed.id);
                break;
            }
            if read < most as usize {
                break;
            }
            filter.before = last;
            if searched >= AUDIT_SEARCHED {
                next = last;
                break;
            }
        }
        Ok(AuditPage {
            entries: entries
                .into_iter()
                .map(|deed| entry(readable(deed), now))
                .collect(),
            next,
            now,
        })
    }
}

/// Each word is in the name or the address of who did it, or in what it was done to.
fn matches(deed: &Deed, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let texts = [&deed.by, &deed.by_email, &deed.target_label].map(|text| fold(text));
    words
        .iter()
        .all(|word| texts.iter().any(|text| text.contains(word)))
}

/// Without what is kept for taking the past back, which may be much and says nothing more to people.
fn readable(mut deed: Deed) -> Deed {
    if let Some(before) = deed.before.as_mut().and_then(Value::as_object_mut) {
        before.remove("kept");
        if before.is_empty() {
            deed.before = None;
        }
    }
    deed
}

fn entry(deed: Deed, now: Timestamp) -> AuditEntry {
    let undo = match (deed.action, deed.target) {
        (AuditAction::BulkApply, AuditTarget::Bulk(change)) if now < deed.at.plus(UNDO_TIME) => Some(change),
        _ => None,
    };
    AuditEntry {
        what: told(&deed),
        undo,
        id: deed.id,
        at: deed.at,
        by: deed.by,
        by_email: deed.by_email,
        action: deed.action.to_string(),
        kind: deed.target.kind(),
        about: deed.target_label,
        before: deed.before.map(|before| before.to_string()),
        after: deed.after.map(|after| after.to_string()),
    }
}

/// The next actions that a filter lets through, and its place after them; `None` when there are no more.
async fn next_batch(
    tx: &impl Conn,
    organization: OrganizationId,
    filter: &mut AuditFilter,
) -> Result<Option<Vec<Deed>>, Error> {
    let mut batch = store::audit::page(tx, organization, filter, BATCH).await?;
    let Some(last) = batch.last() else {
        return Ok(None);
    };
    filter.before = Some(last.id);
    batch.retain(|deed| matches(deed, &filter.words));
    Ok(Some(batch))
}
