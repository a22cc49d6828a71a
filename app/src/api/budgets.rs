//! Budgets. What changes something is a native form (`server/forms/budgets`).

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::budgets::BudgetList;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// Every budget with where it stands. **Permissions:** auditor and up.
#[server(name = GetBudgets, prefix = "/api/ui", endpoint = "budgets", input = Json, output = JsonAnswer)]
pub async fn budgets(org: String) -> ApiResult<BudgetList> {
    let actor = who::actor(&org).await?;
    who::services()?.budgets(&actor).await.map_err(who::answer)
}
