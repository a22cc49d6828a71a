//! Two members side by side. What makes one like the other is a native form (`server/forms/compare`).

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::compare::{ComparePage, CompareQuery};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// Two members, or who could be chosen. **Permissions:** auditor and up; what making one like the other would do, admin and up.
#[server(name = GetComparison, prefix = "/api/ui", endpoint = "compare", input = Json, output = JsonAnswer)]
pub async fn compare(org: String, query: CompareQuery) -> ApiResult<ComparePage> {
    let actor = who::actor(&org).await?;
    who::services()?
        .compare(&actor, &query)
        .await
        .map_err(who::answer)
}
