//! What the command palette finds, as HTML for its list.

use crate::forms::failure_for;
use crate::state::{AppState, session_ended};
use app::pages::organization::{Looking, found};
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use domain::find::Found;
use domain::organization::Viewer;
use serde::Deserialize;
use services::Error;

/// What people are told to do whose session has ended.
const THEN: &str = "Sign in again.";

/// What is looked for.
#[derive(Deserialize)]
pub struct Asked {
    /// As it was typed.
    #[serde(default)]
    q: String,
}

/// `GET /o/{org}/find?q=…`: links to what matches. **Permissions:** every member, to the pages that they may see; people,
/// providers and teams for auditors and up.
pub async fn find(
    State(state): State<AppState>,
    Path(org): Path<String>,
    Query(asked): Query<Asked>,
    looking: Option<Extension<Looking>>,
    headers: HeaderMap,
) -> Response {
    match look(&state, &org, &headers, looking, &asked.q).await {
        Ok((viewer, hits)) => {
            let headers = [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (headers, found(&viewer, &asked.q, hits)).into_response()
        }
        Err(error) => failure_for(&headers, &error),
    }
}

async fn look(
    state: &AppState,
    org: &str,
    headers: &HeaderMap,
    looking: Option<Extension<Looking>>,
    text: &str,
) -> Result<(Viewer, Found), Error> {
    let viewer = looking.ok_or_else(|| session_ended(THEN))?.0.0?;
    if !viewer.organization.role.reads_admin_side() {
        return Ok((viewer, Found::default()));
    }
    let actor = state.actor(headers, org, THEN).await?;
    Ok((viewer, state.services.find(&actor, text).await?))
}
