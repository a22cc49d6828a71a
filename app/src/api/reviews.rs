//! Access reviews. What changes something is a native form (`server/forms/reviews`).

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::ReviewId;
use domain::reviews::{ReviewList, ReviewPage, ReviewQuery};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// Access reviews, the newest first, before one if it is given. **Permissions:** auditor and up.
#[server(name = GetReviews, prefix = "/api/ui", endpoint = "reviews", input = Json, output = JsonAnswer)]
pub async fn reviews(org: String, before: Option<ReviewId>) -> ApiResult<ReviewList> {
    let actor = who::actor(&org).await?;
    who::services()?
        .reviews(&actor, before)
        .await
        .map_err(who::answer)
}

/// An access review with a page of its lines. **Permissions:** auditor and up.
#[server(name = GetReview, prefix = "/api/ui", endpoint = "review", input = Json, output = JsonAnswer)]
pub async fn review(org: String, review: ReviewId, query: ReviewQuery) -> ApiResult<ReviewPage> {
    let actor = who::actor(&org).await?;
    who::services()?
        .review(&actor, review, &query)
        .await
        .map_err(who::answer)
}
