//! On which terms providers are allowed to a member.

use super::access::NOT_JOINED;
use super::{must_have_joined, stale};
use crate::as_of::keeping;
use crate::change::Change;
use crate::ends::{audited, terms_of};
use crate::{Actor, Error, Services};
use domain::access::ModelList;
use domain::audit::{AuditAction, AuditTarget};
use domain::ends::{Terms, TermsChange};
use domain::member::{EditOutcome, MemberRow};
use domain::{MemberId, ProviderId};
use serde_json::json;
use store::members::MemberRecord;

impl Services {
    /// Allows a provider on terms, or changes those of the member's own grant, if the row is still as it was read; what teams
    /// carry stays. For admins and owners.
    pub async fn set_provider_terms(
        &self,
        actor: &Actor,
        member: MemberId,
        wanted: &TermsChange,
    ) -> Result<EditOutcome, Error> {
        let change = self.administer(actor).await?;
        let wanted = wanted.check(change.now)?;
        let record = change.changeable(member).await?;
        if stale(&record, Some(wanted.version)) {
            return change.conflict(member).await;
        }
        must_have_joined(&record, NOT_JOINED)?;
        let terms = terms_of(&wanted);
        change.allow_on(&record, wanted.provider, &terms).await?;
        change.saved(member).await
    }
}

impl Change {
    /// Allows a provider as a member's own on terms, or changes them. What is so already stays as it is.
    pub(crate) async fn allow_on(
        &self,
        record: &MemberRecord,
        provider: ProviderId,
        end: &Terms,
    ) -> Result<(), Error> {
        let (tx, organization) = (&self.tx, self.organization);
        let before = self.row(record.id).await?;
        let kept = self.grants_kept(record.id).await?;
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
                Some(keeping(
                    json!({ "providers": super::provider_names(&before.own_providers()) }),
                    &kept,
                )),
                Some(json!({ "providers": super::provider_names(&after.own_providers()) })),
            )
            .await?;
        }
        let was = own_terms(&before, provider);
        if was != *end {
            let about = after.providers.iter().find(|known| known.id == provider);
            self.audit(
                AuditAction::MemberProviderEnd,
                target,
                &record.email,
                about.map(|provider| keeping(audited(provider, &was), &kept)),
                about.map(|provider| audited(provider, end)),
            )
            .await?;
        }
        Ok(())
    }

    /// Of which models a member's own grant of a provider is.
    pub(crate) async fn own_models(
        &self,
        member: MemberId,
        provider: ProviderId,
    ) -> Result<ModelList, Error> {
        Ok(own_terms(&self.row(member).await?, provider).models)
    }
}

/// On which terms a provider is allowed to a member by a grant of their own; without one, without end.
fn own_terms(row: &MemberRow, provider: ProviderId) -> Terms {
    let own = row.sources(provider).find(|by| by.team.is_none());
    own.map_or_else(Terms::default, |by| Terms {
        ends_at: by.ends_at,
        reason: by.reason.clone(),
        models: by.models.clone(),
    })
}
