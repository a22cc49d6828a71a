//! Single sign-on: to the provider and back, and what an owner sets.

use super::{answer, local_target, page_again, problem_of, sender, typed, unknown_deed};
use crate::cookies::{begin_sign_on, end_sign_on, start_session};
use crate::middleware::client::ClientAddress;
use crate::state::AppState;
use app::forms::FormOutcome;
use axum::extract::{Form, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::sign_on::SignOnInput;
use domain::{Problem, ProblemCode, Secret};
use leptos::prelude::*;
use serde::Deserialize;
use services::{Actor, Error, Services, SignOnAnswer};

/// Whose organization's sign-on it is. The form has a field for a password as well, which is not looked at.
#[derive(Deserialize)]
pub struct Whose {
    #[serde(default)]
    email: String,
    #[serde(default)]
    next: String,
}

/// `POST /sign-on`. **Permissions:** everybody.
pub async fn find(State(state): State<AppState>, parts: Parts, Form(form): Form<Whose>) -> Response {
    match state.services.sign_on_of(&form.email).await {
        Ok(slug) => {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("email", form.email.trim())
                .append_pair("next", &form.next)
                .finish();
            Redirect::to(&format!("/sign-on/{slug}?{query}")).into_response()
        }
        Err(error) => {
            let outcome = FormOutcome {
                form: "login".into(),
                values: vec![("email".into(), form.email), ("next".into(), form.next)],
                problem: Some(problem_of(&error)),
                invited: None,
            };
            page_again(&state, parts, "/sign-on", outcome).await
        }
    }
}

/// What signing in begins with.
#[derive(Deserialize)]
pub struct Begin {
    #[serde(default)]
    email: String,
    #[serde(default)]
    next: String,
}

/// `GET /sign-on/{org}`. **Permissions:** everybody. A page leads on to the provider: a form that was sent may not be
/// redirected there (CSP `form-action`), but a page may lead anywhere.
pub async fn begin(
    State(state): State<AppState>,
    Path(org): Path<String>,
    Query(begin): Query<Begin>,
    parts: Parts,
) -> Response {
    let begun = async {
        let user = state.signed_in(&parts.headers).await?;
        state
            .services
            .begin_sign_on(&org, &begin.next, &begin.email, user)
            .await
    }
    .await;
    match begun {
        Ok(begun) => {
            let mut response = leading_to(&begun.url);
            begin_sign_on(&mut response, state.cookies, &begun.attempt);
            response
        }
        Err(error) => sign_in_again(&state, parts, problem_of(&error), begin.next).await,
    }
}

/// A page that goes on by itself, without a script.
fn leading_to(url: &str) -> Response {
    let page = view! {
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <title>"Single sign-on · Gatehouse"</title>
            </head>
            <body>
                <p><a href=url.to_owned()>"Continue to your organization's sign-in page"</a></p>
            </body>
        </html>
    };
    let mut response = Html(format!("<!DOCTYPE html>{}", page.to_html())).into_response();
    // Addresses are ASCII once they are parsed.
    if let Ok(refresh) = HeaderValue::from_str(&format!("0; url={url}")) {
        response.headers_mut().insert(header::REFRESH, refresh);
    }
    response
}

/// What the provider sends back.
#[derive(Deserialize)]
pub struct Answer {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// `GET /sign-on/{org}/callback`. **Permissions:** whoever the provider vouches for, in the browser that began.
pub async fn callback(
    State(state): State<AppState>,
    Path(org): Path<String>,
    Query(answer): Query<Answer>,
    client: ClientAddress,
    parts: Parts,
) -> Response {
    let client = state.client(client, &parts.headers);
    let attempt = state.cookies.sign_on(&parts.headers).unwrap_or_default();
    let answer = SignOnAnswer {
        code: answer.code,
        state: answer.state,
        issuer: answer.iss,
        error: answer.error,
    };
    let done = state
        .services
        .finish_sign_on(&org, answer, attempt.expose(), client)
        .await;
    let mut response = match done {
        Ok(signed_on) => {
            let home = || Redirect::to(&format!("/o/{org}"));
            let target = local_target(&signed_on.next).unwrap_or_else(home);
            let mut response = target.into_response();
            start_session(&mut response, state.cookies, &signed_on.session);
            response
        }
        Err(error) => {
            let problem = problem_of(&error);
            // Once they have signed in with the password, this is where the account is linked.
            let next = match problem.code {
                ProblemCode::WrongAccount => format!("/sign-on/{org}"),
                _ => String::new(),
            };
            sign_in_again(&state, parts, problem, next).await
        }
    };
    end_sign_on(&mut response, state.cookies);
    response
}

async fn sign_in_again(state: &AppState, parts: Parts, problem: Problem, next: String) -> Response {
    let outcome = FormOutcome {
        form: "login".into(),
        values: vec![("next".into(), next)],
        problem: Some(problem),
        invited: None,
    };
    let path = parts.uri.path().to_owned();
    page_again(state, parts, &path, outcome).await
}

/// The forms of the settings; the field `do` says which it was.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// `save` or `remove`.
    #[serde(rename = "do")]
    what: String,
    #[serde(default)]
    issuer: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: Secret,
    #[serde(default)]
    domains: String,
    #[serde(default)]
    role: String,
    /// A box that is not ticked is not sent.
    #[serde(default)]
    required: String,
    #[serde(default)]
    version: String,
}

/// `POST /o/{org}/settings/sign-on`. **Permissions:** owner.
pub async fn settings(
    State(state): State<AppState>,
    Path(org): Path<String>,
    mut parts: Parts,
    Form(sent): Form<Sent>,
) -> Response {
    let done = async {
        let actor = sender(&state, &mut parts, &org).await?;
        act(&state.services, &actor, &sent).await
    }
    .await;
    let path = parts.uri.path().to_owned();
    let said = if sent.what == "remove" { "removed" } else { "saved" };
    let done = done.map(|()| format!("{path}?{said}=1"));
    let typed = typed([
        ("issuer", sent.issuer),
        ("client_id", sent.client_id),
        ("domains", sent.domains),
        ("role", sent.role),
        ("required", sent.required),
    ]);
    answer(&state, parts, &path, "sign-on-settings", typed, done).await
}

async fn act(services: &Services, actor: &Actor, sent: &Sent) -> Result<(), Error> {
    match sent.what.as_str() {
        "save" => {
            let input = SignOnInput {
                issuer: sent.issuer.clone(),
                client_id: sent.client_id.clone(),
                client_secret: sent.client_secret.clone(),
                domains: sent.domains.clone(),
                role: sent
                    .role
                    .parse()
                    .map_err(|e| Problem::invalid("role", format!("The role {e}.")))?,
                required: !sent.required.is_empty(),
                version: sent.version.parse().unwrap_or_default(),
            };
            services.set_sign_on(actor, &input).await
        }
        "remove" => services.remove_sign_on(actor).await,
        other => Err(unknown_deed(other)),
    }
}
