//! What was done to one member, in sentences.

use crate::audit::told;
use crate::{Actor, Error, Services};
use domain::history::{HistoryEntry, HistoryPage};
use domain::{MemberId, Problem};

/// Deeds on one page.
const PAGE: u32 = 20;

impl Services {
    /// What the audit log says of a member and their keys, newest first; with `before`, what is older than that entry.
    /// For auditors and above.
    pub async fn member_history(
        &self,
        actor: &Actor,
        member: MemberId,
        before: Option<i64>,
    ) -> Result<HistoryPage, Error> {
        actor.reads_admin_side()?;
        let (tx, now) = (self.read(actor).await?, self.now());
        store::members::get(&tx, actor.organization, member, now)
            .await?
            .ok_or_else(|| Problem::not_found("member"))?;
        // One more than is shown says whether there are older ones.
        let mut deeds = store::audit::of_member(&tx, actor.organization, member, before, PAGE + 1).await?;
        let shown = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let older = deeds.len() > shown;
        deeds.truncate(shown);
        let entries = deeds
            .into_iter()
            .map(|deed| HistoryEntry {
                id: deed.id,
                at: deed.at,
                what: told(&deed),
                by: deed.by,
            })
            .collect();
        Ok(HistoryPage { entries, older, now })
    }
}
