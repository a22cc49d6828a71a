//! Own prices. What changes something is a native form (`server/forms/prices`).

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::prices::PriceList;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// Models that were asked, what they cost, and own prices; the form for a new one begins with this model, if the provider's id is not empty. **Permissions:**
/// auditor and up.
#[server(name = GetPrices, prefix = "/api/ui", endpoint = "prices", input = Json, output = JsonAnswer)]
pub async fn prices(org: String, provider: String, model: String) -> ApiResult<PriceList> {
    let actor = who::actor(&org).await?;
    who::services()?
        .prices(&actor, &provider, &model)
        .await
        .map_err(who::answer)
}
