//! Failures that have no page of their own: as a page for whoever goes there with a browser, as JSON for everybody else.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use domain::{Problem, ProblemCode};
use leptos::nonce::Nonce;
use leptos::prelude::*;
use services::Error;

/// The page needs nothing that could be away as well.
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem;\
    color:#1c1e21;background:#fff}h1{font-size:1.4rem}a{color:#1d4ed8}\
    @media(prefers-color-scheme:dark){body{color:#e6e7e9;background:#17181a}a{color:#93b4ff}}";

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
pub(super) fn tell_when(response: &mut Response, problem: &Problem) {
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
}

pub(super) fn status(code: ProblemCode) -> StatusCode {
    StatusCode::from_u16(code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A failure as whoever asks can read it.
pub fn failure_for(headers: &HeaderMap, error: &Error) -> Response {
    if !is_navigation(headers) {
        return failure(error).into_response();
    }
    let problem = problem_of(error);
    let nonce = Nonce::new();
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    );
    let page = view! {
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>"Gatehouse"</title>
                <style nonce=nonce.to_string()>{STYLE}</style>
            </head>
            <body>
                <main>
                    <h1>"This page cannot be shown"</h1>
                    <p role="alert">{problem.message.clone()}</p>
                    // An empty reference is the address of the page itself.
                    <p><a href="">"Try again"</a></p>
                </main>
            </body>
        </html>
    };
    let html = Html(format!("<!DOCTYPE html>{}", page.to_html()));
    let mut response = (status(problem.code), html).into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    tell_when(&mut response, &problem);
    response
}

/// Whether a browser goes there, as opposed to a script or a program that fetches. Browsers say so (W3C Fetch Metadata);
/// older ones are known by asking for a page.
pub fn is_navigation(headers: &HeaderMap) -> bool {
    match headers.get("sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => headers
            .get(header::ACCEPT)
            .and_then(|accepted| accepted.to_str().ok())
            .is_some_and(|accepted| accepted.contains("text/html")),
    }
}
