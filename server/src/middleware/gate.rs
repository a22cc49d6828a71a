//! Pages that need a signed-in person send everybody else to the sign-in page and bring them back after. Pages of an
//! organization are told who is looking. What a script fetches is answered with 401 instead: it would take the sign-in
//! page for what it asked for.

use crate::forms::{failure_for, is_navigation};
use crate::state::{AppState, session_ended};
use app::pages::organization::Looking;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ProblemCode;
use services::RequestNote;

/// Where the own second factor is set up.
const SECURITY: &str = "/account/security";

/// The middleware.
pub async fn signed_in_pages(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let organization = path.strip_prefix("/o/").and_then(|rest| rest.split('/').next());
    if organization.is_none()
        && !matches!(
            path,
            "/" | "/account" | "/account/name" | "/account/password" | SECURITY
        )
    {
        return next.run(request).await;
    }
    let headers = request.headers().clone();
    let session = match state.cookies.token(request.headers()) {
        Some(token) => state.services.session(token.expose()).await,
        None => Ok(None),
    };
    match session {
        Ok(Some(session)) => {
            if let Some(slug) = organization {
                let found = state.services.viewer(session, slug).await;
                if let Err(error) = &found
                    && error.is_internal()
                {
                    return failure_for(&headers, error);
                }
                // Whoever looks at a page is led to where it is set up; forms and scripts are refused by what they ask for.
                if let Err(services::Error::Problem(problem)) = &found
                    && problem.code == ProblemCode::SecondFactorRequired
                    && is_navigation(&headers)
                    && matches!(*request.method(), Method::GET | Method::HEAD)
                {
                    return Redirect::to(SECURITY).into_response();
                }
                if let (Ok(viewer), Some(note)) = (&found, request.extensions().get::<RequestNote>()) {
                    note.set(|noted| {
                        noted.organization = Some(viewer.organization.slug.as_str().into());
                        noted.member = Some(viewer.member);
                    });
                }
                let looking = Looking(found.map_err(|error| error.problem()));
                request.extensions_mut().insert(looking);
            }
            next.run(request).await
        }
        Ok(None) if path == "/" => next.run(request).await,
        // What changes something says so itself.
        Ok(None) if !matches!(*request.method(), Method::GET | Method::HEAD) => next.run(request).await,
        Ok(None) if !is_navigation(request.headers()) => {
            let ended = session_ended("Sign in again, then repeat this.");
            failure_for(&headers, &ended.into())
        }
        Ok(None) => {
            let back = request.uri().path_and_query().map_or(path, |p| p.as_str());
            let back: String = url::form_urlencoded::byte_serialize(back.as_bytes()).collect();
            Redirect::to(&format!("/login?next={back}")).into_response()
        }
        Err(error) => failure_for(&headers, &error),
    }
}
