//! What models cost.

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::spend::{SpendPage, SpendQuery};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// The spend of some days. **Permissions:** every member their own, leads that of their teams, auditor and up all.
#[server(name = GetSpend, prefix = "/api/ui", endpoint = "spend", input = Json, output = JsonAnswer)]
pub async fn spend(org: String, query: SpendQuery) -> ApiResult<SpendPage> {
    let actor = who::actor(&org).await?;
    who::services()?.spend(&actor, &query).await.map_err(who::answer)
}
