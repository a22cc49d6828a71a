//! Until when teams carry providers, and how the audit log tells of an end.

use crate::teams::get;
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::ends::EndChange;
use domain::provider::ProviderRef;
use domain::team::TeamView;
use domain::{TeamId, VersionedOutcome};
use serde_json::{Value, json};
use store::grant_ends::GrantEnd;

impl Services {
    /// Lets a team carry a provider until an end, or moves that end or takes it away, if the team is still as it was read.
    /// For admins and owners.
    pub async fn set_team_provider_end(
        &self,
        actor: &Actor,
        team: TeamId,
        wanted: &EndChange,
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
        let (by, end) = (change.actor()?.user, end_of(&wanted));
        if !store::grant_ends::set_of_team(tx, organization, (team, provider), by, now, &end).await? {
            return Ok(VersionedOutcome::Saved(before));
        }
        store::team_grants::finish(tx, organization, team).await?;
        let after = get(tx, change.actor()?, team, now).await?;
        if !carries(&before) {
            change.audit_team_providers(&before, &after).await?;
        }
        if was != end {
            let about = after.providers.iter().find(|known| known.id == provider);
            change
                .audit(
                    AuditAction::TeamProviderEnd,
                    AuditTarget::Team(team),
                    &before.name,
                    about.map(|provider| audited(provider, &was)),
                    about.map(|provider| audited(provider, &end)),
                )
                .await?;
        }
        change.commit().await?;
        Ok(VersionedOutcome::Saved(after))
    }
}

/// The end that a checked change asks for.
pub(crate) fn end_of(wanted: &EndChange) -> GrantEnd {
    GrantEnd {
        ends_at: wanted.ends_at,
        reason: wanted.reason.clone(),
    }
}

/// A provider and until when it is allowed, as the audit log keeps it.
pub(crate) fn audited(provider: &ProviderRef, end: &GrantEnd) -> Value {
    json!({
        "provider": { "id": provider.id, "name": provider.name },
        "ends_at": end.ends_at.map(|end| end.rfc3339()),
        "reason": end.reason,
    })
}
