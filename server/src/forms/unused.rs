//! Ending access that nobody used, and keeping it.

use super::{answer, sender};
use crate::state::AppState;
use axum::extract::{Form, Path, RawQuery, State};
use axum::http::request::Parts;
use axum::response::Response;
use domain::unused::{EndUnused, EndWhen, EndedUnused, UnusedQuery};
use domain::{Problem, ProblemCode};
use serde::Deserialize;
use services::Error;

/// `POST /o/{org}/access/unused`, with the query of the page that was shown. **Permissions:** admin and up, for members up
/// to their own role.
pub async fn unused(
    State(state): State<AppState>,
    Path(org): Path<String>,
    RawQuery(query): RawQuery,
    mut parts: Parts,
    Form(sent): Form<Vec<(String, String)>>,
) -> Response {
    let query = UnusedQuery::from_query_string(&query.unwrap_or_default());
    let done: Result<EndedUnused, Error> = async {
        let actor = sender(&state, &mut parts, &org).await?;
        let asked = read(&sent, query.days)?;
        state.services.end_unused(&actor, asked).await
    }
    .await;
    let shown = query.to_query_string();
    let path = format!("{}{shown}", parts.uri.path());
    let mark = if shown.is_empty() { '?' } else { '&' };
    let done = done.map(|EndedUnused { ended, left }| format!("{path}{mark}ended={ended}&left={left}"));
    answer(&state, parts, &path, "unused", sent, done).await
}

/// What is kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    provider: String,
}

/// `POST /o/{org}/access/keep`. **Permissions:** every member, for themselves.
pub async fn keep(
    State(state): State<AppState>,
    Path(org): Path<String>,
    mut parts: Parts,
    Form(sent): Form<Keep>,
) -> Response {
    let done: Result<(), Error> = async {
        let actor = sender(&state, &mut parts, &org).await?;
        let provider = sent.provider.parse();
        let provider = provider.map_err(|_| Problem::not_found("provider"))?;
        state.services.keep_access(&actor, provider).await
    }
    .await;
    let done = done.map(|()| "/account?kept=1".to_owned());
    answer(&state, parts, "/account", "keep", Vec::new(), done).await
}

/// `line` is a selected one, `shown` one of the page that could be, which `all` selects; `do` says when.
fn read(sent: &[(String, String)], days: u32) -> Result<EndUnused, Problem> {
    let all = sent.iter().any(|(name, _)| name == "all");
    let mut lines = Vec::new();
    let mut when = None;
    for (name, value) in sent {
        match name.as_str() {
            "line" => lines.push(value.parse()?),
            "shown" if all => lines.push(value.parse()?),
            "shown" | "all" => {}
            "do" => when = value.parse::<EndWhen>().ok(),
            _ => {
                return Err(Problem::new(
                    ProblemCode::Invalid,
                    format!("The form has no field “{name}”. Load the page again."),
                ));
            }
        }
    }
    let when = when.ok_or_else(|| Problem::invalid("do", "Choose when the access ends."))?;
    Ok(EndUnused { days, lines, when })
}
