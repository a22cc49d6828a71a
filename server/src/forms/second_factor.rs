//! Resetting a member's second factor.

use super::{answer, sender};
use crate::state::AppState;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use domain::{MemberId, Problem};
use services::Error;

/// `POST /o/{org}/access/{member}/second-factor`. **Permissions:** admin and up, for a row up to their own role whose account
/// belongs to no other organization.
pub async fn reset(
    State(state): State<AppState>,
    Path((org, member)): Path<(String, String)>,
    mut parts: Parts,
) -> Response {
    let done: Result<(), Error> = async {
        let actor = sender(&state, &mut parts, &org).await?;
        let member: MemberId = member.parse().map_err(|_| Problem::not_found("member"))?;
        state.services.reset_second_factor(&actor, member).await
    }
    .await;
    let path = parts.uri.path().to_owned();
    let done = done.map(|()| format!("{path}?reset=1"));
    answer(&state, parts, &path, "second-factor", Vec::new(), done).await
}
