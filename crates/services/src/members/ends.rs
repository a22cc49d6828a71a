//! Until when providers are allowed to a member.

use super::access::NOT_JOINED;
use super::{must_have_joined, stale};
use crate::change::Change;
use crate::ends::{audited, end_of};
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::ends::EndChange;
use domain::member::{EditOutcome, MemberRow};
use domain::{MemberId, ProviderId};
use serde_json::json;
use store::grant_ends::GrantEnd;
use store::members::MemberRecord;

impl Services {
    /// Allows a provider until an end, or moves the end of the member's own grant or takes it away, if the row is still as it
    /// was read; what teams carry stays. For admins and owners.
    pub async fn set_provider_end(
        &self,
        actor: &Actor,
        member: MemberId,
        wanted: &EndChange,
    ) -> Result<EditOutcome, Error> {
        let change = self.administer(actor).await?;
        let wanted = wanted.check(change.now)?;
        let record = change.changeable(member).await?;
        if stale(&record, Some(wanted.version)) {
            return change.conflict(member).await;
        }
        must_have_joined(&record, NOT_JOINED)?;
        let end = end_of(&wanted);
        change.allow_until(&record, wanted.provider, &end).await?;
        change.saved(member).await
    }
}

impl Change {
    /// Allows a provider as a member's own until an end, or moves that end. What is so already stays as it is.
    pub(crate) async fn allow_until(
        &self,
        record: &MemberRecord,
        provider: ProviderId,
        end: &GrantEnd,
    ) -> Result<(), Error> {
        let (tx, organization) = (&self.tx, self.organization);
        let before = self.row(record.id).await?;
        self.can_be_given(&[provider], &[], |id| before.owns(id)).await?;
        let by = self.actor()?.user;
        let pair = (record.id, provider);
        if !store::grant_ends::set_own(tx, organization, pair, by, self.now, end).await? {
            return Ok(());
        }
        store::members::bump_version(tx, organization, record.id).await?;
        let after = self.row(record.id).await?;
        let target = AuditTarget::Member(record.id);
        if !before.owns(provider) {
            self.audit(
                AuditAction::MemberProvidersChange,
                target,
                &record.email,
                Some(json!({ "providers": super::provider_names(&before.own_providers()) })),
                Some(json!({ "providers": super::provider_names(&after.own_providers()) })),
            )
            .await?;
        }
        let was = own_end(&before, provider);
        if was != *end {
            let about = after.providers.iter().find(|known| known.id == provider);
            self.audit(
                AuditAction::MemberProviderEnd,
                target,
                &record.email,
                about.map(|provider| audited(provider, &was)),
                about.map(|provider| audited(provider, end)),
            )
            .await?;
        }
        Ok(())
    }
}

/// Until when a provider is allowed to a member by a grant of their own; without one, there is no end.
fn own_end(row: &MemberRow, provider: ProviderId) -> GrantEnd {
    let own = row.sources(provider).find(|by| by.team.is_none());
    own.map_or_else(GrantEnd::default, |by| GrantEnd {
        ends_at: by.ends_at,
        reason: by.reason.clone(),
    })
}
