//! Native form POSTs: they work before, and without, WASM. Success is a redirect; failure is the same page
//! again with what was typed and what was wrong.

pub mod account;
pub mod invitation;
pub mod invite;
pub mod login;
pub mod setup;

use crate::middleware::headers::page_policy;
use crate::state::AppState;
use app::forms::FormOutcome;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Problem, ProblemCode};
use leptos::prelude::provide_context;
use services::Error;

/// The problem as a person may see it; what must not be seen goes to the log.
pub fn problem_of(error: &Error) -> Problem {
    if error.is_internal() {
        tracing::error!(error = error as &dyn std::error::Error, "a request failed");
    }
    error.problem()
}

/// A failure without a page of its own.
pub fn failure(error: &Error) -> impl IntoResponse + use<> {
    let problem = problem_of(error);
    let mut response = (status(problem.code), axum::Json(&problem)).into_response();
    tell_when(&mut response, &problem);
    response
}

/// Says when to try again, where that is known.
fn tell_when(response: &mut Response, problem: &Problem) {
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
}

fn status(code: ProblemCode) -> StatusCode {
    StatusCode::from_u16(code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Gives a page being rendered what it needs of this server.
pub fn page_context(state: &AppState) {
    provide_context(state.services.clone());
    provide_context(state.cookies);
    provide_context(state.assets.clone());
    page_policy();
}

/// Renders the page at `uri` again, with the outcome of its form.
async fn page_again(state: &AppState, parts: Parts, uri: &str, outcome: FormOutcome) -> Response {
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
