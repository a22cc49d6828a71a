//! Providers: registering, editing, testing.

use crate::{Actor, Error, Services};
use domain::provider::{ProviderInput, ProviderTest, ProviderView};
use domain::{Problem, ProblemCode, ProviderId, VersionedOutcome};

impl Services {
    /// Every provider, by name.
    pub async fn providers(&self, actor: &Actor) -> Result<Vec<ProviderView>, Error> {
        let _ = (actor,);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Registers a provider, active.
    pub async fn create_provider(
        &self,
        actor: &Actor,
        input: &ProviderInput,
        idempotency_key: &str,
    ) -> Result<ProviderView, Error> {
        let _ = (actor, input, idempotency_key);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Edits a provider, if it is still as it was read.
    pub async fn update_provider(
        &self,
        actor: &Actor,
        provider: ProviderId,
        version: i64,
        input: &ProviderInput,
    ) -> Result<VersionedOutcome<ProviderView>, Error> {
        let _ = (actor, provider, version, input);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Activates or deactivates a provider; its grants stay.
    pub async fn set_provider_active(
        &self,
        actor: &Actor,
        provider: ProviderId,
        active: bool,
    ) -> Result<ProviderView, Error> {
        let _ = (actor, provider, active);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Deletes a provider and its grants.
    pub async fn delete_provider(&self, actor: &Actor, provider: ProviderId) -> Result<(), Error> {
        let _ = (actor, provider);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Asks the provider for its models and says in plain words how that went.
    pub async fn test_provider(&self, actor: &Actor, provider: ProviderId) -> Result<ProviderTest, Error> {
        let _ = (actor, provider);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }
}
