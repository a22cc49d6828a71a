//! Requests to models.

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::request_log::{ReceiptView, RequestPage, RequestQuery};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// The newest requests that a query lets through. **Permissions:** every member their own, leads those of their teams,
/// auditor and up all.
#[server(name = GetRequestLog, prefix = "/api/ui", endpoint = "request_log", input = Json, output = JsonAnswer)]
pub async fn request_log(org: String, query: RequestQuery) -> ApiResult<RequestPage> {
    let actor = who::actor(&org).await?;
    who::services()?
        .requests(&actor, &query)
        .await
        .map_err(who::answer)
}

/// One request. **Permissions:** as the list.
#[server(name = GetRequestReceipt, prefix = "/api/ui", endpoint = "request_receipt", input = Json, output = JsonAnswer)]
pub async fn request_receipt(org: String, id: i64) -> ApiResult<ReceiptView> {
    let actor = who::actor(&org).await?;
    who::services()?.request(&actor, id).await.map_err(who::answer)
}
