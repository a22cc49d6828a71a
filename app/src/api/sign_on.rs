//! Single sign-on's settings. What changes something is a native form (`server/forms/sign_on`).

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::sign_on::SignOnSettings;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// What is set. **Permissions:** auditor and up.
#[server(name = GetSignOnSettings, prefix = "/api/ui", endpoint = "sign_on_settings", input = Json, output = JsonAnswer)]
pub async fn sign_on_settings(org: String) -> ApiResult<SignOnSettings> {
    let actor = who::actor(&org).await?;
    who::services()?
        .sign_on_settings(&actor)
        .await
        .map_err(who::answer)
}
