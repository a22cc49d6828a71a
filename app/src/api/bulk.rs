//! Changes of many rows of AI Access.

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::BulkChangeId;
use domain::bulk::{ApplyInput, ApplyOutcome, BulkAsked, BulkForm, BulkInput, Shown, Undone};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// What a change would do to each selected row. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "preview_bulk", input = Json, output = JsonAnswer)]
pub async fn preview_bulk(org: String, input: BulkInput) -> ApiResult<Shown> {
    let actor = who::actor(&org).await?;
    who::services()?
        .bulk_preview(&actor, &input)
        .await
        .map(Shown::cut)
        .map_err(who::answer)
}

/// What the form for a change shows. **Permissions:** admin and up.
#[server(name = GetBulkForm, prefix = "/api/ui", endpoint = "bulk_form", input = Json, output = JsonAnswer)]
pub async fn bulk_form(org: String, asked: BulkAsked) -> ApiResult<BulkForm> {
    let actor = who::actor(&org).await?;
    who::services()?
        .bulk_form(&actor, &asked)
        .await
        .map_err(who::answer)
}

/// Does what was shown, or shows what it would be by now. **Permissions:** admin and up, not above their own role.
#[server(prefix = "/api/ui", endpoint = "apply_bulk", input = Json, output = JsonAnswer)]
pub async fn apply_bulk(org: String, input: ApplyInput) -> ApiResult<ApplyOutcome> {
    let actor = who::actor(&org).await?;
    let outcome = who::services()?
        .bulk_apply(&actor, &input)
        .await
        .map_err(who::answer)?;
    Ok(match outcome {
        ApplyOutcome::PreviewChanged(shown) => ApplyOutcome::PreviewChanged(Box::new(shown.cut())),
        applied => applied,
    })
}

/// Puts back what a change did, as far as nothing was decided since. **Permissions:** admin and up, not above their own
/// role.
#[server(prefix = "/api/ui", endpoint = "undo_bulk", input = Json, output = JsonAnswer)]
pub async fn undo_bulk(org: String, change: BulkChangeId) -> ApiResult<Undone> {
    let actor = who::actor(&org).await?;
    who::services()?
        .bulk_undo(&actor, change)
        .await
        .map(Undone::cut)
        .map_err(who::answer)
}
