//! While the database is away, whoever needs it is told so, and when to come again, instead of waiting for it.

use crate::forms::failure_for;
use crate::forms::login::LOGOUT;
use crate::health;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::{Problem, ProblemCode};

/// The middleware.
pub async fn database_answers(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if !needs_database(request.uri().path()) {
        return next.run(request).await;
    }
    let headers = request.headers().clone();
    tokio::select! {
        biased;
        () = state.services.until_database_is_away() => failure_for(&headers, &away().into()),
        response = next.run(request) => response,
    }
}

fn away() -> Problem {
    Problem::new(
        ProblemCode::Overloaded,
        "The database does not answer at the moment. Try again in a few seconds.",
    )
    .retry_after(2)
}

/// Health checks say themselves what is missing, files lie on the disk, and whoever signs out loses the cookie in any case.
fn needs_database(path: &str) -> bool {
    if path == LOGOUT {
        return false;
    }
    let checks = [health::ALIVE, health::READY, health::READY_BEFORE];
    let files = ["/favicon.svg", "/icons.svg"];
    !path.starts_with("/pkg/") && !checks.contains(&path) && !files.contains(&path)
}
