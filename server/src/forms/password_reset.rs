//! Asking for a link to a new password, and choosing it.

use super::{page_again, problem_of};
use crate::middleware::client::ClientAddress;
use crate::state::AppState;
use app::forms::FormOutcome;
use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Secret;
use serde::Deserialize;

/// Who forgot their password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forgot {
    email: String,
}

/// `POST /forgot-password`. **Permissions:** everybody. The answer does not tell whether there is such an account.
pub async fn forgot(State(state): State<AppState>, parts: Parts, Form(form): Form<Forgot>) -> Response {
    match state.services.ask_for_reset(&form.email).await {
        Ok(()) => Redirect::to("/forgot-password?sent=1").into_response(),
        Err(error) => {
            let outcome = FormOutcome {
                form: "forgot-password".into(),
                values: vec![("email".into(), form.email)],
                problem: Some(problem_of(&error)),
                invited: None,
            };
            page_again(&state, parts, "/forgot-password", outcome).await
        }
    }
}

/// The new password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    password: Secret,
}

/// `POST /reset-password/{token}`. **Permissions:** whoever has the link.
pub async fn reset(
    State(state): State<AppState>,
    Path(token): Path<Secret>,
    client: ClientAddress,
    parts: Parts,
    Form(form): Form<Reset>,
) -> Response {
    let done = state
        .services
        .reset_password(token.expose(), form.password.expose(), client.0)
        .await;
    match done {
        Ok(()) => Redirect::to("/login?changed=1").into_response(),
        Err(error) => {
            let outcome = FormOutcome {
                form: "reset-password".into(),
                problem: Some(problem_of(&error)),
                ..FormOutcome::default()
            };
            let path = parts.uri.path().to_owned();
            page_again(&state, parts, &path, outcome).await
        }
    }
}
