//! Whether the server is alive, and whether it can do its work.

use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::time::Duration;

/// Where liveness is asked.
pub const ALIVE: &str = "/healthz";
/// Where readiness is asked.
pub const READY: &str = "/readyz";
/// The same, as it was called before.
pub const READY_BEFORE: &str = "/health";
/// How long the database may take to answer; whoever asks gives up soon after.
const DATABASE_WITHIN: Duration = Duration::from_secs(2);

/// `GET /healthz`: 200 while the process answers. Touches nothing, so that a database that is away does not make anybody
/// restart the server. **Permissions:** everybody.
pub async fn alive() -> &'static str {
    "ok"
}

/// `GET /readyz`: 200 when requests can be served, else 503 with what is missing. **Permissions:** everybody.
pub async fn ready(State(state): State<AppState>) -> Response {
    let migrated = tokio::time::timeout(DATABASE_WITHIN, state.services.migrations_done()).await;
    let mut missing = Vec::new();
    match migrated {
        Ok(Ok(true)) => {}
        Ok(Ok(false)) => missing.push("migrations"),
        Ok(Err(_)) | Err(_) => missing.push("database"),
    }
    if !state.services.snapshot().is_trusted() {
        missing.push("access");
    }
    let status = match missing.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = json!({ "ready": missing.is_empty(), "missing": missing });
    (status, axum::Json(body)).into_response()
}
