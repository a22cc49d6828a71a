//! Pages that need a signed-in person send everybody else to the sign-in page and bring them back after.

use crate::state::AppState;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

/// The middleware.
pub async fn signed_in_pages(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let guarded = request.method() == Method::GET && (path.starts_with("/o/") || path == "/account");
    if !guarded {
        return next.run(request).await;
    }
    let session = match state.cookies.token(request.headers()) {
        Some(token) => state.services.session(&token).await,
        None => Ok(None),
    };
    match session {
        Ok(Some(_)) => next.run(request).await,
        Ok(None) => {
            let back = request.uri().path_and_query().map_or(path, |p| p.as_str());
            let back: String = url::form_urlencoded::byte_serialize(back.as_bytes()).collect();
            Redirect::to(&format!("/login?next={back}")).into_response()
        }
        Err(error) => crate::forms::failure(&error).into_response(),
    }
}
