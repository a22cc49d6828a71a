//! Templates. What changes something is a native form (`server/forms/templates`).

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::templates::{TemplateList, TemplateQuery};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// Every template, and what giving one would do. **Permissions:** auditor and up; what giving one would do, admin and up.
#[server(name = GetTemplates, prefix = "/api/ui", endpoint = "templates", input = Json, output = JsonAnswer)]
pub async fn templates(org: String, query: TemplateQuery) -> ApiResult<TemplateList> {
    let actor = who::actor(&org).await?;
    who::services()?
        .templates(&actor, &query)
        .await
        .map_err(who::answer)
}
