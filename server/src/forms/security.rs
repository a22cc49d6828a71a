//! The own sessions. One address takes the forms of the page; the field `do` says which it was.

use super::{answer, failure_for, unknown_deed};
use crate::state::AppState;
use axum::extract::{Form, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Problem, SessionId, UserId};
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
    let path = "/account/security";
    let done = act(&state, &parts, user, &sent).await;
    let done = done.map(|said| format!("{path}?{said}=1"));
    answer(&state, parts, path, "security", Vec::new(), done).await
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
        other => Err(unknown_deed(other)),
    }
}
