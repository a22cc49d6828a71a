//! On which terms teams carry providers, and how the audit log tells of them.

use crate::as_of::keeping;
use crate::teams::get;
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::ends::{Terms, TermsChange};
use domain::provider::ProviderRef;
use domain::team::TeamView;
use domain::{TeamId, VersionedOutcome};
use serde_json::{Value, json};

impl Services {
    /// Lets a team carry a provider on terms, or changes them, if the team is still as it was read.
    /// For admins and owners.
    pub async fn set_team_provider_terms(
        &self,
        actor: &Actor,
        team: TeamId,
        wanted: &TermsChange,
    ) -> Result<VersionedOutcome<TeamView>, Error> {
        let change = self.administer(actor).await?;
        let wanted = wanted.check(change.now)?;
        let (tx, organization, now) = (&change.tx, change.organization, change.now);
        let before = get(tx, change.actor()?, team, now).await?;
        if before.version != wanted.version {
            return Ok(VersionedOutcome::Conflict(before));
        }
        let provider = wanted.provider;
        let carries = |team: &TeamView| team.providers.iter().any(|carried| carried.id == provider);
        change
            .can_be_given(&[provider], &[], |_| carries(&before))
            .await?;
        let was = store::grant_ends::of_team(tx, organization, team, now).await?;
        let was = was.get(&provider).cloned().unwrap_or_default();
        let kept = change.carried_kept(team).await?;
        let (by, end) = (change.actor()?.user, terms_of(&wanted));
        if !store::grant_ends::set_of_team(tx, organization, (team, provider), by, now, &end).await? {
            return Ok(VersionedOutcome::Saved(before));
        }
        store::team_grants::finish(tx, organization, team).await?;
        let after = get(tx, change.actor()?, team, now).await?;
        if !carries(&before) {
            change.audit_team_providers(&before, &after, &kept).await?;
        }
        if was != end {
            let about = after.providers.iter().find(|known| known.id == provider);
            change
                .audit(
                    AuditAction::TeamProviderEnd,
                    AuditTarget::Team(team),
                    &before.name,
                    about.map(|provider| keeping(audited(provider, &was), &kept)),
                    about.map(|provider| audited(provider, &end)),
                )
                .await?;
        }
        change.commit().await?;
        Ok(VersionedOutcome::Saved(after))
    }
}

/// The terms that a checked change asks for.
pub(crate) fn terms_of(wanted: &TermsChange) -> Terms {
    Terms {
        ends_at: wanted.ends_at,
        reason: wanted.reason.clone(),
        models: wanted.models.clone(),
    }
}

/// A provider and on which terms it is allowed, as the audit log keeps it.
pub(crate) fn audited(provider: &ProviderRef, end: &Terms) -> Value {
    json!({
        "provider": { "id": provider.id, "name": provider.name },
        "ends_at": end.ends_at.map(|end| end.rfc3339()),
        "reason": end.reason,
        "models": end.models,
    })
}
