//! The own account.

use super::{failure_for, page_again, problem_of};
use crate::cookies::start_session;
use crate::state::{AppState, agent};
use app::forms::FormOutcome;
use axum::extract::{Form, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Secret;
use serde::Deserialize;

/// The password form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Password {
    current: Secret,
    new: Secret,
}

/// The form of the name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// The name that the page showed.
    was: String,
    name: String,
}

/// `POST /account/name`. **Permissions:** anyone signed in, for themselves.
pub async fn name(State(state): State<AppState>, parts: Parts, Form(form): Form<Name>) -> Response {
    let user = match state.signed_in(&parts.headers).await {
        Ok(Some(user)) => user,
        Ok(None) => return Redirect::to("/login?next=%2Faccount").into_response(),
        Err(error) => return failure_for(&parts.headers, &error),
    };
    match state.services.change_name(user, &form.was, &form.name).await {
        Ok(()) => Redirect::to("/account?renamed=1").into_response(),
        Err(error) => {
            let outcome = FormOutcome {
                form: "name".into(),
                values: vec![("name".into(), form.name)],
                problem: Some(problem_of(&error)),
                ..FormOutcome::default()
            };
            page_again(&state, parts, "/account", outcome).await
        }
    }
}

/// `POST /account/password`. **Permissions:** anyone signed in, for themselves.
pub async fn password(State(state): State<AppState>, parts: Parts, Form(form): Form<Password>) -> Response {
    let session = match state.session(&parts.headers).await {
        Ok(Some(session)) => session,
        Ok(None) => return Redirect::to("/login?next=%2Faccount").into_response(),
        Err(error) => return failure_for(&parts.headers, &error),
    };
    match state
        .services
        .change_password(
            session,
            form.current.expose(),
            form.new.expose(),
            agent(&parts.headers),
        )
        .await
    {
        Ok(token) => {
            let mut response = Redirect::to("/account?changed=1").into_response();
            start_session(&mut response, state.cookies, &token);
            response
        }
        Err(error) => {
            let problem = Some(problem_of(&error));
            let outcome = FormOutcome {
                form: "password".into(),
                problem,
                ..FormOutcome::default()
            };
            page_again(&state, parts, "/account", outcome).await
        }
    }
}
