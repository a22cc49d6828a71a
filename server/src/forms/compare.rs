//! Making one member like another, as it was shown.

use super::{answer, sender};
use crate::state::AppState;
use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use domain::compare::{CompareQuery, CopyInput, CopyOutcome};
use domain::{MemberId, Problem};
use serde::Deserialize;
use services::Error;

/// The form of the preview.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    a: String,
    b: String,
    #[serde(default)]
    role: String,
    fingerprint: String,
    idempotency_key: String,
}

impl Sent {
    fn input(&self) -> Result<CopyInput, Problem> {
        let member = |id: &str| id.parse::<MemberId>().map_err(|_| Problem::not_found("member"));
        Ok(CopyInput {
            from: member(&self.a)?,
            to: member(&self.b)?,
            role: self.role == "1",
            fingerprint: self.fingerprint.clone(),
            idempotency_key: self.idempotency_key.clone(),
        })
    }
}

/// `POST /o/{org}/compare`. **Permissions:** admin and up, for a row up to their own role.
pub async fn compare(
    State(state): State<AppState>,
    Path(org): Path<String>,
    mut parts: Parts,
    Form(sent): Form<Sent>,
) -> Response {
    let done: Result<CopyOutcome, Error> = async {
        let actor = sender(&state, &mut parts, &org).await?;
        state.services.copy_access(&actor, &sent.input()?).await
    }
    .await;
    let path = parts.uri.path().to_owned();
    let pair = CompareQuery {
        a: sent.a.parse().ok(),
        b: sent.b.parse().ok(),
        ..CompareQuery::default()
    };
    let asked = CompareQuery {
        copy: true,
        role: sent.role == "1",
        ..pair.clone()
    };
    let shown = format!("{path}{}", asked.to_query_string());
    let done = done.map(|outcome| match outcome {
        CopyOutcome::Applied(change) => format!("{path}{}&done={change}", pair.to_query_string()),
        CopyOutcome::Changed => format!("{shown}&moved=1"),
    });
    answer(&state, parts, &shown, "compare", Vec::new(), done).await
}
