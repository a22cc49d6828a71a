//! Pages that need a signed-in person send everybody else to the sign-in page and bring them back after. Pages of an
//! organization are told who is looking.

use crate::forms::failure;
use crate::state::AppState;
use app::pages::organization::Looking;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

/// The middleware.
pub async fn signed_in_pages(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let organization = path.strip_prefix("/o/").and_then(|rest| rest.split('/').next());
    if organization.is_none() && !matches!(path, "/account" | "/account/password") {
        return next.run(request).await;
    }
    let session = match state.cookies.token(request.headers()) {
        Some(token) => state.services.session(&token).await,
        None => Ok(None),
    };
    match session {
        Ok(Some(session)) => {
            if let Some(slug) = organization {
                let found = state.services.viewer(session.user, slug).await;
                if let Err(error) = &found
                    && error.is_internal()
                {
                    return failure(error).into_response();
                }
                let looking = Looking(found.map_err(|error| error.problem()));
                request.extensions_mut().insert(looking);
            }
            next.run(request).await
        }
        Ok(None) if request.method() != Method::GET => next.run(request).await,
        Ok(None) => {
            let back = request.uri().path_and_query().map_or(path, |p| p.as_str());
            let back: String = url::form_urlencoded::byte_serialize(back.as_bytes()).collect();
            Redirect::to(&format!("/login?next={back}")).into_response()
        }
        Err(error) => failure(&error).into_response(),
    }
}
