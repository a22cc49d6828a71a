//! The own sessions. One address takes the forms of the page; the field `do` says which it was.

use super::{failure_for, page_again, problem_of};
use crate::state::AppState;
use app::forms::FormOutcome;
use axum::extract::{Form, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Problem, ProblemCode, SessionId, UserId};
use serde::Deserialize;
use services::Error;

/// Either form; each sends its own part of the fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// `end` or `end-others`.
    #[serde(rename = "do")]
    what: String,
    #[serde(default)]
    session: String,
}

/// `POST /account/security`. **Permissions:** anyone signed in, for themselves.
pub async fn security(State(state): State<AppState>, parts: Parts, Form(sent): Form<Sent>) -> Response {
    let user = match state.signed_in(&parts.headers).await {
        Ok(Some(user)) => user,
        Ok(None) => return Redirect::to("/login?next=%2Faccount%2Fsecurity").into_response(),
        Err(error) => return failure_for(&parts.headers, &error),
    };
    match act(&state, &parts, user, &sent).await {
        Ok(said) => Redirect::to(&format!("/account/security?{said}=1")).into_response(),
        Err(error) => {
            let outcome = FormOutcome {
                form: "security".into(),
                problem: Some(problem_of(&error)),
                ..FormOutcome::default()
            };
            page_again(&state, parts, "/account/security", outcome).await
        }
    }
}

/// Does what the form says; the word by which the page tells that it is done.
async fn act(state: &AppState, parts: &Parts, user: UserId, sent: &Sent) -> Result<&'static str, Error> {
    match sent.what.as_str() {
        "end" => {
            let session = sent.session.parse::<SessionId>();
            let session = session.map_err(|_| Problem::not_found("session"))?;
            state.services.end_session(user, session).await?;
            Ok("ended")
        }
        "end-others" => {
            let token = state.cookies.token(&parts.headers).unwrap_or_default();
            state.services.end_other_sessions(user, token.expose()).await?;
            Ok("alone")
        }
        other => Err(Problem::new(
            ProblemCode::Invalid,
            format!("The form cannot do “{other}”. Load the page again."),
        )
        .into()),
    }
}
