//! Refuses requests that another site made the browser send (CSRF).
//!
//! A request that may change something must come from our own pages: browsers say so in `Sec-Fetch-Site`
//! (W3C Fetch Metadata), older ones in `Origin` (RFC 6454).

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::{Problem, ProblemCode};

/// The middleware.
pub async fn same_origin(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || is_same_origin(request.headers()) {
        return next.run(request).await;
    }
    // The route, not the path: an invitation's is a secret.
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    tracing::warn!(route, "refused a request from another site");
    let problem = Problem::new(
        ProblemCode::Forbidden,
        "This request did not come from Gatehouse's own pages and was refused. Open the page again and repeat it.",
    );
    (StatusCode::FORBIDDEN, axum::Json(problem)).into_response()
}

fn is_same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin
            .split_once("://")
            .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_our_own_pages_may_change_things() {
        for (pairs, expected) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "same-site")], false),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "http://h"),
                    ("host", "h"),
                ],
                false,
            ),
            (&[("sec-fetch-site", "none")], false),
            (&[("origin", "https://h:1"), ("host", "h:1")], true),
            (&[("origin", "https://h.evil.example"), ("host", "h")], false),
            (&[("origin", "null"), ("host", "h")], false),
            (&[("host", "h")], false),
        ] {
            assert_eq!(is_same_origin(&headers(pairs)), expected, "{pairs:?}");
        }
    }
}
