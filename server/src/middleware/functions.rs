//! Requests to server functions: what cannot be read is answered before they are reached.

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::limits::BODY_BYTES;
use domain::{Problem, ProblemCode};

/// Octets of an error that are looked at.
const PROBLEM_BYTES: usize = 64 * 1024;

/// Reads the body of a request to a server function before the function does.
pub async fn readable(request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/api/ui/") {
        return next.run(request).await;
    }
    if !is_json(request.headers()) {
        return unreadable(
            StatusCode::BAD_REQUEST,
            "The request was not understood: its content type is not application/json.",
        );
    }
    let (head, body) = request.into_parts();
    let body = match Bytes::from_request(Request::from_parts(head.clone(), body), &()).await {
        Ok(body) => body,
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return unreadable(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!(
                    "The request is larger than {} KB. Send less at once.",
                    BODY_BYTES / 1024
                ),
            );
        }
        Err(_) => {
            return unreadable(
                StatusCode::BAD_REQUEST,
                "The request's body ended early. Send it again.",
            );
        }
    };
    let answer = next.run(Request::from_parts(head, Body::from(body))).await;
    unread_is_bad_request(answer).await
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok()?.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn unreadable(status: StatusCode, message: impl Into<String>) -> Response {
    (status, Json(Problem::new(ProblemCode::Invalid, message))).into_response()
}

/// Every failure of a function sets its status. What is left at 500 with a problem of the input are arguments that could
/// not be read, which is the sender's mistake.
async fn unread_is_bad_request(answer: Response) -> Response {
    if answer.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    let Ok(body) = to_bytes(body, PROBLEM_BYTES).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if serde_json::from_slice::<Problem>(&body).is_ok_and(|problem| problem.code == ProblemCode::Invalid) {
        head.status = StatusCode::BAD_REQUEST;
    }
    Response::from_parts(head, Body::from(body))
}
