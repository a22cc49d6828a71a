//! The organization's settings. What changes something is a native form (`server/forms/settings`).

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::settings::OrganizationSettings;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// The settings at a glance. **Permissions:** auditor and up.
#[server(name = GetOrganizationSettings, prefix = "/api/ui", endpoint = "organization_settings", input = Json, output = JsonAnswer)]
pub async fn organization_settings(org: String) -> ApiResult<OrganizationSettings> {
    let actor = who::actor(&org).await?;
    who::services()?
        .organization_settings(&actor)
        .await
        .map_err(who::answer)
}
