//! Past access.

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::as_of::{AsOfPage, AsOfQuery};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// Who could use what at a past instant, or what differs between two. **Permissions:** auditor and up.
#[server(name = GetAsOf, prefix = "/api/ui", endpoint = "as_of", input = Json, output = JsonAnswer)]
pub async fn as_of(org: String, query: AsOfQuery) -> ApiResult<AsOfPage> {
    let actor = who::actor(&org).await?;
    who::services()?.as_of(&actor, &query).await.map_err(who::answer)
}
