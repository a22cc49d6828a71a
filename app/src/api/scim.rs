//! SCIM's settings. What changes something is a native form (`server/forms/scim`).

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::scim::ScimSettings;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// SCIM's address and the tokens for it. **Permissions:** auditor and up.
#[server(name = GetScimSettings, prefix = "/api/ui", endpoint = "scim_settings", input = Json, output = JsonAnswer)]
pub async fn scim_settings(org: String) -> ApiResult<ScimSettings> {
    let actor = who::actor(&org).await?;
    who::services()?.scim_settings(&actor).await.map_err(who::answer)
}
