//! The own second factor and sessions. One address takes the forms of the page; the field `do` says which it was.

use super::{failure_for, page_with, problem_of, unknown_deed};
use crate::middleware::client::ClientAddress;
use crate::state::AppState;
use app::forms::{FormOutcome, SecondFactorShown};
use axum::extract::{Form, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Problem, Secret, SessionId, UserId};
use leptos::prelude::provide_context;
use serde::Deserialize;
use services::{Client, Error};

/// The page.
const PATH: &str = "/account/security";

/// One of the forms; each sends its own part of the fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// `enrol`, `confirm`, `turn-off`, `end` or `end-others`.
    #[serde(rename = "do")]
    what: String,
    #[serde(default)]
    password: Secret,
    #[serde(default)]
    code: Secret,
    #[serde(default)]
    session: String,
}

/// What came of it.
enum Done {
    /// The word by which the page says so.
    Said(&'static str),
    /// What the page that answers shows, and no other.
    Shown(SecondFactorShown),
}

/// `POST /account/security`. **Permissions:** anyone signed in, for themselves.
pub async fn security(
    State(state): State<AppState>,
    client: ClientAddress,
    parts: Parts,
    Form(sent): Form<Sent>,
) -> Response {
    let client = state.client(client, &parts.headers);
    let user = match state.signed_in(&parts.headers).await {
        Ok(Some(user)) => user,
        Ok(None) => return Redirect::to("/login?next=%2Faccount%2Fsecurity").into_response(),
        Err(error) => return failure_for(&parts.headers, &error),
    };
    let (shown, problem) = match act(&state, &parts, user, client, &sent).await {
        Ok(Done::Said(said)) => return Redirect::to(&format!("{PATH}?{said}=1")).into_response(),
        Ok(Done::Shown(shown)) => (Some(shown), None),
        Err(error) => (None, Some(problem_of(&error))),
    };
    let outcome = FormOutcome {
        form: "security".into(),
        values: vec![("do".into(), sent.what)],
        problem,
        invited: None,
    };
    page_with(&state, parts, PATH, outcome, move || {
        if let Some(shown) = shown.clone() {
            provide_context(shown);
        }
    })
    .await
}

/// Does what the form says.
async fn act(
    state: &AppState,
    parts: &Parts,
    user: UserId,
    client: Client,
    sent: &Sent,
) -> Result<Done, Error> {
    let services = &state.services;
    let token = state.cookies.token(&parts.headers).unwrap_or_default();
    let (password, code) = (sent.password.expose(), sent.code.expose());
    match sent.what.as_str() {
        "enrol" => {
            let made = services.begin_second_factor(user, password).await?;
            Ok(Done::Shown(SecondFactorShown::Enrolment {
                secret: made.secret.expose().to_owned(),
                picture: made.picture.expose().to_owned(),
            }))
        }
        "confirm" => {
            let codes = services
                .confirm_second_factor(user, token.expose(), code, client)
                .await?;
            let codes = codes.iter().map(|code| code.expose().to_owned());
            Ok(Done::Shown(SecondFactorShown::Codes(codes.collect())))
        }
        "turn-off" => {
            services.end_second_factor(user, password, code, client).await?;
            Ok(Done::Said("off"))
        }
        "end" => {
            let session = sent.session.parse::<SessionId>();
            let session = session.map_err(|_| Problem::not_found("session"))?;
            services.end_session(user, session).await?;
            Ok(Done::Said("ended"))
        }
        "end-others" => {
            services.end_other_sessions(user, token.expose()).await?;
            Ok(Done::Said("alone"))
        }
        other => Err(unknown_deed(other)),
    }
}
