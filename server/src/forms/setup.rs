//! First set-up.

use super::{page_again, problem_of};
use crate::cookies::start_session;
use crate::state::{AppState, agent};
use app::forms::FormOutcome;
use axum::extract::{Form, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::organization::SetupInput;

/// `POST /setup`. **Permissions:** whoever has the one-time code, once.
pub async fn set_up(State(state): State<AppState>, parts: Parts, Form(input): Form<SetupInput>) -> Response {
    match state.services.set_up(&input, agent(&parts.headers)).await {
        Ok(made) => {
            let mut response = Redirect::to(&format!("/o/{}/first-steps", made.slug)).into_response();
            start_session(&mut response, state.cookies, &made.session);
            response
        }
        Err(error) => {
            let outcome = FormOutcome {
                form: "setup".into(),
                values: vec![
                    ("organization".into(), input.organization),
                    ("name".into(), input.name),
                    ("email".into(), input.email),
                ],
                problem: Some(problem_of(&error)),
                invited: None,
            };
            page_again(&state, parts, "/setup", outcome).await
        }
    }
}
