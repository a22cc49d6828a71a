//! Signing in and out.

use super::{failure_for, local_target, page_again, problem_of};
use crate::cookies::{end_session, start_session};
use crate::middleware::client::ClientAddress;
use crate::state::AppState;
use app::forms::FormOutcome;
use axum::extract::{Form, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Secret;
use serde::Deserialize;

/// The sign-in form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    email: String,
    password: Secret,
    #[serde(default)]
    next: String,
}

/// `POST /login`. **Permissions:** everybody.
pub async fn login(
    State(state): State<AppState>,
    client: ClientAddress,
    parts: Parts,
    Form(form): Form<Login>,
) -> Response {
    let client = services::Client::from(client.0).with_device(state.cookies.device(&parts.headers));
    let (email, password) = (&form.email, form.password.expose());
    match state.services.sign_in(email, password, client).await {
        Ok(token) => {
            let target = local_target(&form.next).unwrap_or_else(|| Redirect::to("/"));
            let mut response = target.into_response();
            start_session(&mut response, state.cookies, &token);
            response
        }
        Err(error) => {
            let outcome = FormOutcome {
                form: "login".into(),
                values: vec![("email".into(), form.email), ("next".into(), form.next)],
                problem: Some(problem_of(&error)),
                invited: None,
            };
            page_again(&state, parts, "/login", outcome).await
        }
    }
}

/// The sign-out form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logout {
    #[serde(default)]
    next: String,
}

/// `POST /logout`. **Permissions:** everybody; without a session nothing happens.
pub async fn logout(State(state): State<AppState>, parts: Parts, Form(form): Form<Logout>) -> Response {
    if let Some(token) = state.cookies.token(&parts.headers)
        && let Err(error) = state.services.sign_out(token.expose()).await
    {
        return failure_for(&parts.headers, &error);
    }
    let mut response = local_target(&form.next)
        .unwrap_or_else(|| Redirect::to("/login"))
        .into_response();
    end_session(&mut response, state.cookies);
    response
}
