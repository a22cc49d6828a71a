//! Signing in and out.

use super::{failure_for, local_target, page_again, problem_of};
use crate::cookies::{end_session, start_session};
use crate::middleware::client::ClientAddress;
use crate::state::AppState;
use app::forms::FormOutcome;
use axum::extract::{Form, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Problem, ProblemCode, Secret};
use serde::Deserialize;
use services::{Error, SessionToken};

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
    let client = state.client(client, &parts.headers);
    let (email, password) = (&form.email, form.password.expose());
    match state.services.sign_in(email, password, client).await {
        Ok(token) => signed_in(&state, &form.next, &token),
        Err(Error::CodeDue(attempt)) => {
            let outcome = code_due(attempt.expose(), &form.next, None);
            page_again(&state, parts, "/login", outcome).await
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

/// The way on for whoever has signed in.
fn signed_in(state: &AppState, next: &str, token: &SessionToken) -> Response {
    let target = local_target(next).unwrap_or_else(|| Redirect::to("/"));
    let mut response = target.into_response();
    start_session(&mut response, state.cookies, token);
    response
}

/// The page for the second step. What the browser brings back is sealed and says nothing to it.
fn code_due(attempt: &str, next: &str, problem: Option<Problem>) -> FormOutcome {
    FormOutcome {
        form: "login-code".into(),
        values: vec![
            ("attempt".into(), attempt.to_owned()),
            ("next".into(), next.to_owned()),
        ],
        problem,
        invited: None,
    }
}

/// The second step of signing in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    attempt: Secret,
    code: Secret,
    #[serde(default)]
    next: String,
}

/// `POST /login/code`. **Permissions:** whoever has just proven a password.
pub async fn code(
    State(state): State<AppState>,
    client: ClientAddress,
    parts: Parts,
    Form(form): Form<Code>,
) -> Response {
    let client = state.client(client, &parts.headers);
    let (attempt, code) = (form.attempt.expose(), form.code.expose());
    match state.services.finish_sign_in(attempt, code, client).await {
        Ok(token) => signed_in(&state, &form.next, &token),
        Err(error) => {
            let problem = problem_of(&error);
            let outcome = match problem.code {
                // The password has to be entered again.
                ProblemCode::Expired => FormOutcome {
                    form: "login".into(),
                    values: vec![("next".into(), form.next)],
                    problem: Some(problem),
                    invited: None,
                },
                _ => code_due(attempt, &form.next, Some(problem)),
            };
            page_again(&state, parts, "/login/code", outcome).await
        }
    }
}

/// Where to sign out.
pub const LOGOUT: &str = "/logout";

/// The sign-out form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logout {
    #[serde(default)]
    next: String,
}

/// `POST /logout`. **Permissions:** everybody; without a session nothing happens. Whatever becomes of the session, the
/// browser has it no more.
pub async fn logout(State(state): State<AppState>, parts: Parts, Form(form): Form<Logout>) -> Response {
    let token = state.cookies.token(&parts.headers);
    let ended = match &token {
        Some(token) => state.services.sign_out(token.expose()).await,
        None => Ok(()),
    };
    let mut response = match ended {
        Ok(()) => local_target(&form.next)
            .unwrap_or_else(|| Redirect::to("/login"))
            .into_response(),
        Err(error) => {
            let mut problem = problem_of(&error);
            let why = match problem.code {
                ProblemCode::StorageFull => "its disk is full",
                ProblemCode::Overloaded => "its database does not answer at the moment",
                _ => "something failed on its side",
            };
            problem.message = format!(
                "You are signed out in this browser, but the server could not end the session: {why}. It ends by itself when \
                 it is not used."
            );
            failure_for(&parts.headers, &problem.into())
        }
    };
    end_session(&mut response, state.cookies);
    response
}
