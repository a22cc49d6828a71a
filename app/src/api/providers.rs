//! The registered providers.

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::provider::{ProviderDetails, ProviderInput, ProviderList, ProviderTest, ProviderView};
use domain::{ProviderId, VersionedOutcome};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// Every provider, by name. **Permissions:** auditor and up.
#[server(prefix = "/api/ui", endpoint = "list_providers", input = Json, output = JsonAnswer)]
pub async fn list_providers(org: String) -> ApiResult<ProviderList> {
    let actor = who::actor(&org).await?;
    let services = who::services()?;
    Ok(ProviderList {
        providers: services.providers(&actor).await.map_err(who::answer)?,
        now: services.now(),
    })
}

/// One provider with everything its page tells. **Permissions:** auditor and up.
#[server(name = GetProviderDetails, prefix = "/api/ui", endpoint = "provider_details", input = Json, output = JsonAnswer)]
pub async fn provider_details(org: String, slug: String) -> ApiResult<ProviderDetails> {
    let actor = who::actor(&org).await?;
    who::services()?
        .provider_details(&actor, &slug)
        .await
        .map_err(who::answer)
}

/// Registers a provider. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "create_provider", input = Json, output = JsonAnswer)]
pub async fn create_provider(
    org: String,
    input: ProviderInput,
    idempotency_key: String,
) -> ApiResult<ProviderView> {
    let actor = who::actor(&org).await?;
    who::services()?
        .create_provider(&actor, &input, &idempotency_key)
        .await
        .map_err(who::answer)
}

/// Edits a provider. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "update_provider", input = Json, output = JsonAnswer)]
pub async fn update_provider(
    org: String,
    provider: ProviderId,
    version: i64,
    input: ProviderInput,
) -> ApiResult<VersionedOutcome<ProviderView>> {
    let actor = who::actor(&org).await?;
    who::services()?
        .update_provider(&actor, provider, version, &input)
        .await
        .map_err(who::answer)
}

/// Activates or deactivates a provider; its grants are kept. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "set_provider_active", input = Json, output = JsonAnswer)]
pub async fn set_provider_active(org: String, provider: ProviderId, active: bool) -> ApiResult<ProviderView> {
    let actor = who::actor(&org).await?;
    who::services()?
        .set_provider_active(&actor, provider, active)
        .await
        .map_err(who::answer)
}

/// Switches one model of a provider on or off. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "set_model", input = Json, output = JsonAnswer)]
pub async fn set_model(org: String, provider: ProviderId, model: String, on: bool) -> ApiResult<()> {
    let actor = who::actor(&org).await?;
    who::services()?
        .set_model(&actor, provider, &model, on)
        .await
        .map_err(who::answer)
}

/// Deletes a provider and its grants. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "delete_provider", input = Json, output = JsonAnswer)]
pub async fn delete_provider(org: String, provider: ProviderId) -> ApiResult<()> {
    let actor = who::actor(&org).await?;
    who::services()?
        .delete_provider(&actor, provider)
        .await
        .map_err(who::answer)
}

/// Asks a provider for its models and says how that went. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "test_provider", input = Json, output = JsonAnswer)]
pub async fn test_provider(org: String, provider: ProviderId) -> ApiResult<ProviderTest> {
    let actor = who::actor(&org).await?;
    who::services()?
        .test_provider(&actor, provider)
        .await
        .map_err(who::answer)
}
