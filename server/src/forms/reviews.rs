//! Starting, deciding and closing access reviews.

use super::{answer, sender, typed, unknown_deed};
use crate::state::AppState;
use axum::extract::{Form, Path, RawQuery, State};
use axum::http::request::Parts;
use axum::response::Response;
use domain::reviews::{ReviewDecision, ReviewInput, ReviewOutcome, ReviewQuery, ReviewVerdict};
use domain::{Problem, ProblemCode, ReviewId};
use serde::Deserialize;
use services::{Actor, Error, Services};

/// What the form that starts one sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    scope: String,
    due: String,
}

/// `POST /o/{org}/reviews`. **Permissions:** owners.
pub async fn start(
    State(state): State<AppState>,
    Path(org): Path<String>,
    mut parts: Parts,
    Form(sent): Form<Start>,
) -> Response {
    let path = parts.uri.path().to_owned();
    let input = ReviewInput {
        scope: sent.scope,
        due: sent.due,
    };
    let done: Result<String, Error> = async {
        let actor = sender(&state, &mut parts, &org).await?;
        let review = state.services.start_review(&actor, &input).await?;
        Ok(format!("{path}/{review}?done=started"))
    }
    .await;
    let typed = typed([("scope", input.scope), ("due", input.due)]);
    answer(&state, parts, &path, "reviews", typed, done).await
}

/// `POST /o/{org}/reviews/{review}`, with the query of the page that was shown. **Permissions:** admin and up decide, about
/// others up to their own role; owners close.
pub async fn decide(
    State(state): State<AppState>,
    Path((org, review)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    mut parts: Parts,
    Form(sent): Form<Vec<(String, String)>>,
) -> Response {
    let query = ReviewQuery::from_query_string(&query.unwrap_or_default());
    let done: Result<String, Error> = async {
        let actor = sender(&state, &mut parts, &org).await?;
        let review = review.parse().map_err(|_| Problem::not_found("review"))?;
        act(&state.services, &actor, review, &sent).await
    }
    .await;
    let shown = query.to_query_string();
    let path = format!("{}{shown}", parts.uri.path());
    let mark = if shown.is_empty() { '?' } else { '&' };
    let done = done.map(|told| format!("{path}{mark}{told}"));
    answer(&state, parts, &path, "reviews", sent, done).await
}

/// Does what the button says; what the address tells of it.
async fn act(
    services: &Services,
    actor: &Actor,
    review: ReviewId,
    sent: &[(String, String)],
) -> Result<String, Error> {
    let deed = sent.iter().find(|(name, _)| name == "do");
    match deed.map_or("", |(_, deed)| deed.as_str()) {
        "close" => {
            services.close_review(actor, review).await?;
            Ok("done=closed".to_owned())
        }
        deed => {
            let verdict = deed.parse().map_err(|_| unknown_deed(deed))?;
            let ReviewOutcome {
                decided,
                of_team,
                left,
            } = services
                .decide_review(actor, review, read(sent, verdict)?)
                .await?;
            Ok(format!("decided={decided}&team={of_team}&left={left}"))
        }
    }
}

/// `line` is a selected one, `shown` one of the page that could be, which `all` selects.
fn read(sent: &[(String, String)], verdict: ReviewVerdict) -> Result<ReviewDecision, Problem> {
    let all = sent.iter().any(|(name, _)| name == "all");
    let line = |value: &str| {
        let line = value.parse();
        line.map_err(|_| Problem::invalid("line", "A selected line cannot be read. Load the page again."))
    };
    let mut decision = ReviewDecision {
        lines: Vec::new(),
        verdict,
        note: String::new(),
    };
    for (name, value) in sent {
        match name.as_str() {
            "line" => decision.lines.push(line(value)?),
            "shown" if all => decision.lines.push(line(value)?),
            "shown" | "all" | "do" => {}
            "note" => decision.note.clone_from(value),
            _ => {
                return Err(Problem::new(
                    ProblemCode::Invalid,
                    format!("The form has no field “{name}”. Load the page again."),
                ));
            }
        }
    }
    Ok(decision)
}
