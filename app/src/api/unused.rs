//! Granted but unused.

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::unused::{UnusedPage, UnusedQuery};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// Allowed providers that nobody used for some time. **Permissions:** auditor and up.
#[server(name = GetUnused, prefix = "/api/ui", endpoint = "unused", input = Json, output = JsonAnswer)]
pub async fn unused(org: String, query: UnusedQuery) -> ApiResult<UnusedPage> {
    let actor = who::actor(&org).await?;
    who::services()?.unused(&actor, &query).await.map_err(who::answer)
}
