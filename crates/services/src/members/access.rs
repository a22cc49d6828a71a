//! Allowed providers and teams of a row.

use super::{must_have_joined, stale};
use crate::as_of::keeping;
use crate::change::Change;
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::member::{EditOutcome, ProvidersChange, TeamsChange};
use domain::provider::{ProviderRef, ProviderStatus};
use domain::team::TeamRef;
use domain::{MemberId, Problem, ProviderId, TeamId, TeamRole};
use serde_json::{Value, json};
use store::members::MemberRecord;

pub(super) const NOT_JOINED: &str =
    "This invitation has not been accepted. Providers can be allowed once the person has joined.";

impl Services {
    /// Changes the providers that a member is allowed by a grant of their own, if the row is still as it was read; what
    /// teams carry stays. Inactive providers can be taken away but not given. For admins and owners.
    pub async fn set_providers(
        &self,
        actor: &Actor,
        member: MemberId,
        change: &ProvidersChange,
    ) -> Result<EditOutcome, Error> {
        let wanted = change.check()?;
        let change = self.administer(actor).await?;
        let record = change.changeable(member).await?;
        if stale(&record, Some(wanted.version)) {
            return change.conflict(member).await;
        }
        must_have_joined(&record, NOT_JOINED)?;
        change.grant(&record, &wanted.added, &wanted.removed).await?;
        change.saved(member).await
    }

    /// Allows one more provider, whatever else changed. For admins and owners.
    pub async fn add_provider(
        &self,
        actor: &Actor,
        member: MemberId,
        provider: ProviderId,
    ) -> Result<(), Error> {
        let change = self.administer(actor).await?;
        let record = change.changeable(member).await?;
        must_have_joined(&record, NOT_JOINED)?;
        change.grant(&record, &[provider], &[]).await?;
        change.commit().await
    }

    /// Takes one provider away, whatever else changed. For admins and owners.
    pub async fn remove_provider(
        &self,
        actor: &Actor,
        member: MemberId,
        provider: ProviderId,
    ) -> Result<(), Error> {
        let change = self.administer(actor).await?;
        let record = change.changeable(member).await?;
        change.grant(&record, &[], &[provider]).await?;
        change.commit().await
    }

    /// Changes the teams of a row, if it is still as it was read. For admins and owners.
    pub async fn set_teams(
        &self,
        actor: &Actor,
        member: MemberId,
        change: &TeamsChange,
    ) -> Result<EditOutcome, Error> {
        let wanted = change.check()?;
        let change = self.administer(actor).await?;
        let record = change.changeable(member).await?;
        if stale(&record, Some(wanted.version)) {
            return change.conflict(member).await;
        }
        change.place(&record, &wanted.added, &wanted.removed).await?;
        change.saved(member).await
    }
}

impl Change {
    /// Gives and takes own grants. What is there already, or gone already, stays as it is.
    pub(crate) async fn grant(
        &self,
        record: &MemberRecord,
        added: &[ProviderId],
        removed: &[ProviderId],
    ) -> Result<(), Error> {
        let (tx, organization) = (&self.tx, self.organization);
        let row = self.row(record.id).await?;
        let own = row.own_providers();
        let kept = self.grants_kept(record.id).await?;
        self.can_be_given(added, removed, |provider| row.owns(provider))
            .await?;
        let mut changed = false;
        for provider in removed {
            changed |= store::grants::delete(tx, organization, record.id, *provider).await?;
        }
        for provider in added {
            let by = self.actor()?.user;
            changed |= store::grants::insert(tx, organization, record.id, *provider, by, self.now).await?;
        }
        if changed {
            store::members::bump_version(tx, organization, record.id).await?;
            let after = self.row(record.id).await?.own_providers();
            self.audit(
                AuditAction::MemberProvidersChange,
                AuditTarget::Member(record.id),
                &record.email,
                Some(keeping(json!({ "providers": provider_names(&own) }), &kept)),
                Some(json!({ "providers": provider_names(&after) })),
            )
            .await?;
        }
        Ok(())
    }

    /// Refuses providers that are not in this organization, and inactive ones where they are not there already.
    pub(crate) async fn can_be_given(
        &self,
        added: &[ProviderId],
        removed: &[ProviderId],
        has: impl Fn(ProviderId) -> bool,
    ) -> Result<(), Error> {
        let known = store::providers::refs(&self.tx, self.organization).await?;
        for id in added.iter().chain(removed) {
            let provider = known
                .iter()
                .find(|provider| provider.id == *id)
                .ok_or_else(|| Problem::not_found("provider"))?;
            if added.contains(id) && !has(*id) && provider.status == ProviderStatus::Inactive {
                return Err(Problem::invalid(
                    "added",
                    format!(
                        "{} is inactive. Activate it before you allow it to anybody.",
                        provider.name
                    ),
                )
                .into());
            }
        }
        Ok(())
    }

    /// Puts a row into teams and takes it out of others.
    async fn place(&self, record: &MemberRecord, added: &[TeamId], removed: &[TeamId]) -> Result<(), Error> {
        let (tx, organization) = (&self.tx, self.organization);
        self.teams_exist(added).await?;
        self.teams_exist(removed).await?;
        let before = store::teams::of_member(tx, organization, record.id).await?;
        let mut changed = false;
        for team in removed {
            changed |= store::teams::remove(tx, organization, *team, record.id).await?;
        }
        for team in added {
            changed |= store::teams::add(tx, organization, *team, record.id, TeamRole::Member).await?;
        }
        if changed {
            store::members::bump_version(tx, organization, record.id).await?;
            let after = store::teams::of_member(tx, organization, record.id).await?;
            self.audit(
                AuditAction::MemberTeamsChange,
                AuditTarget::Member(record.id),
                &record.email,
                Some(json!({ "teams": team_names(&before) })),
                Some(json!({ "teams": team_names(&after) })),
            )
            .await?;
        }
        Ok(())
    }

    /// Refuses teams that are not in this organization.
    pub(crate) async fn teams_exist(&self, teams: &[TeamId]) -> Result<(), Error> {
        if teams.is_empty() {
            return Ok(());
        }
        let known = store::teams::refs(&self.tx, self.organization).await?;
        for id in teams {
            if !known.iter().any(|team| team.id == *id) {
                return Err(Problem::not_found("team").into());
            }
        }
        Ok(())
    }
}

/// Providers as the audit log keeps them: the name for people, the id for what may be renamed.
pub(crate) fn provider_names(providers: &[ProviderRef]) -> Vec<Value> {
    providers
        .iter()
        .map(|p| json!({ "id": p.id, "name": p.name }))
        .collect()
}

/// Teams as the audit log keeps them.
pub(crate) fn team_names(teams: &[TeamRef]) -> Vec<Value> {
    teams
        .iter()
        .map(|t| json!({ "id": t.id, "name": t.name }))
        .collect()
}
