//! The audit log.

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::audit::{AuditPage, AuditQuery};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// The newest actions that a query lets through. **Permissions:** auditor and up.
#[server(prefix = "/api/ui", endpoint = "audit_log", input = Json, output = JsonAnswer)]
pub async fn audit_log(org: String, query: AuditQuery) -> ApiResult<AuditPage> {
    let actor = who::actor(&org).await?;
    who::services()?
        .audit_log(&actor, &query)
        .await
        .map_err(who::answer)
}
