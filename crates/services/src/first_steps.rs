//! First Steps, ticked off from what is really there.

use crate::{Actor, Error, Services};
use domain::organization::FirstSteps;
use domain::provider::ProviderStatus;

impl Services {
    /// What has been done and what is next. For auditors and above.
    pub async fn first_steps(&self, actor: &Actor) -> Result<FirstSteps, Error> {
        actor.reads_admin_side()?;
        let tx = self.read(actor).await?;
        let providers = store::providers::refs(&tx, actor.organization).await?;
        let counts = store::members::status_counts(&tx, actor.organization, self.now()).await?;
        let active = providers
            .iter()
            .filter(|p| p.status == ProviderStatus::Active)
            .count();
        Ok(FirstSteps {
            providers: u32::try_from(providers.len()).unwrap_or(u32::MAX),
            active_providers: u32::try_from(active).unwrap_or(u32::MAX),
            members: counts.users,
            invitations: counts.invited,
            assigned: counts
                .users
                .saturating_sub(counts.suspended + counts.without_providers),
            unassigned: counts.without_providers,
        })
    }
}
