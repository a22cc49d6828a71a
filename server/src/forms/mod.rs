//! Native form POSTs: they work before, and without, WASM. Success is a redirect; failure is the same page
//! again with what was typed and what was wrong.

pub mod access_requests;
pub mod account;
pub mod budgets;
pub mod bulk;
pub mod chat;
pub mod compare;
pub mod failures;
pub mod import;
pub mod invitation;
pub mod invite;
pub mod keys;
pub mod login;
pub mod offboarding;
pub mod password_reset;
pub mod prices;
pub mod reviews;
pub mod scim;
pub mod second_factor;
pub mod security;
pub mod settings;
pub mod setup;
pub mod sign_on;
pub mod templates;
pub mod unused;
pub mod views;

pub use failures::{failure, failure_for, is_navigation, problem_of};

use crate::middleware::headers::page_policy;
use crate::state::AppState;
use app::forms::FormOutcome;
use app::pages::organization::Looking;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Request, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Problem, ProblemCode};
use failures::{status, tell_when};
use leptos::prelude::provide_context;
use services::{Actor, Error};

/// Gives a page being rendered what it needs of this server.
pub fn page_context(state: &AppState) {
    provide_context(state.services.clone());
    provide_context(state.cookies);
    provide_context(state.assets.clone());
    page_policy();
}

/// Who sends a form of an organization. Without a session the page that comes again says so in its place, and keeps what
/// was typed, to be sent once somebody has signed in elsewhere.
async fn sender(state: &AppState, parts: &mut Parts, org: &str) -> Result<Actor, Error> {
    let Some(session) = state.session(&parts.headers).await? else {
        let ended = Problem::new(ProblemCode::Unauthenticated, "Your session has ended.");
        parts.extensions.insert(Looking(Err(ended.clone())));
        return Err(ended.into());
    };
    state.services.actor(session, org).await
}

/// The refusal of a form that names something which the page cannot do.
fn unknown_deed(what: &str) -> Error {
    let message = format!("The form cannot do “{what}”. Load the page again.");
    Problem::new(ProblemCode::Invalid, message).into()
}

/// Answers a form: leads on to where it is said to, or renders the page at `uri` again with what was typed and what was
/// wrong.
async fn answer(
    state: &AppState,
    parts: Parts,
    uri: &str,
    form: &str,
    typed: Vec<(String, String)>,
    done: Result<String, Error>,
) -> Response {
    let problem = match done {
        Ok(target) => return Redirect::to(&target).into_response(),
        Err(error) => problem_of(&error),
    };
    let outcome = FormOutcome {
        form: form.to_owned(),
        values: typed,
        problem: Some(problem),
        invited: None,
    };
    page_again(state, parts, uri, outcome).await
}

/// The fields of a form as they are kept.
fn typed<const N: usize>(fields: [(&str, String); N]) -> Vec<(String, String)> {
    fields.map(|(name, value)| (name.to_owned(), value)).into()
}

/// Renders the page at `uri` again, with the outcome of its form.
async fn page_again(state: &AppState, parts: Parts, uri: &str, outcome: FormOutcome) -> Response {
    page_with(state, parts, uri, outcome, || ()).await
}

/// The same, with more for the page to find in its context.
async fn page_with(
    state: &AppState,
    parts: Parts,
    uri: &str,
    outcome: FormOutcome,
    more: impl Fn() + Clone + Send + Sync + 'static,
) -> Response {
    let code = outcome
        .problem
        .as_ref()
        .map_or(StatusCode::OK, |p| status(p.code));
    let problem = outcome.problem.clone();
    let mut request = Request::from_parts(parts, Body::empty());
    if let Ok(uri) = uri.parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    let context = {
        let state = state.clone();
        move || {
            page_context(&state);
            provide_context(outcome.clone());
            more();
        }
    };
    let options = state.options.clone();
    let render = leptos_axum::render_app_async_with_context(context, move || app::shell(options.clone()));
    let mut response = render(request).await;
    if code != StatusCode::OK {
        *response.status_mut() = code;
    }
    if let Some(problem) = &problem {
        tell_when(&mut response, problem);
    }
    response
}

/// Where to go after signing in: only to a page of this server.
fn local_target(next: &str) -> Option<Redirect> {
    let local = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n', '\t']);
    local.then(|| Redirect::to(next))
}

#[cfg(test)]
mod tests {
    use super::local_target;

    #[test]
    fn sign_in_never_leads_to_another_site() {
        for good in ["/", "/o/sunflower/access?q=ana"] {
            assert!(local_target(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "https://h",
            "//h",
            "/\\h",
            "\\/h",
            "/\t/h",
            "javascript:alert(1)",
        ] {
            assert!(local_target(bad).is_none(), "{bad}");
        }
    }
}
