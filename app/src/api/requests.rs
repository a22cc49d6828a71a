//! Asking for access. What changes something is a native form (`server/forms/access_requests`).

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::requests::AccessRequests;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// The own requests, what can be asked for, and a page of those that others ask. **Permissions:** every member; those of
/// others auditor and up, and the leads of their teams.
#[server(name = GetAccessRequests, prefix = "/api/ui", endpoint = "access_requests", input = Json, output = JsonAnswer)]
pub async fn access_requests(org: String, page: u32) -> ApiResult<AccessRequests> {
    let actor = who::actor(&org).await?;
    who::services()?
        .access_requests(&actor, page)
        .await
        .map_err(who::answer)
}
