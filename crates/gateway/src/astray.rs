//! Requests to an address that is nearly one of the gateway's: what the base URL should have been.

use crate::api_key::api_key;
use crate::forward::Engine;
use crate::refusal::Refusal;
use crate::upstream::Endpoint;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, Response};
use axum::middleware::Next;
use services::Services;

/// What was meant by a path that is not there.
struct Meant<'a> {
    organization: Option<&'a str>,
    /// The path below the base URL.
    below: String,
    /// How often `/v1` was written before it, and whether there was anything else.
    versions: usize,
    surplus: bool,
}

/// Which of the gateway's paths a path ends with.
fn meant(path: &str) -> Option<Meant<'_>> {
    let mut segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let mut organization = None;
    if segments.first() == Some(&"o") && segments.len() > 2 {
        organization = Some(segments[1]).filter(|slug| domain::slug::check(slug).is_ok());
        segments.drain(..2);
    }
    let ends = |tail: &str| {
        let tail: Vec<&str> = tail.split('/').collect();
        segments.ends_with(&tail).then(|| segments.len() - tail.len())
    };
    let asked = Endpoint::ALL
        .into_iter()
        .map(Endpoint::path)
        .chain(["usage"])
        .filter_map(|path| Some((ends(path)?, path.to_owned())))
        // The longest: chat/completions ends with completions.
        .min_by_key(|(before, _)| *before);
    let (before, below) = asked.or_else(|| {
        let models = segments.iter().position(|segment| *segment == "models")?;
        Some((models, segments[models..].join("/")))
    })?;
    let versions = segments[..before]
        .iter()
        .filter(|segment| **segment == "v1")
        .count();
    Some(Meant {
        organization,
        below,
        versions,
        surplus: before > versions,
    })
}

/// The refusal of a request to a path that is nearly one of the gateway's. `None` for any other.
pub(crate) fn astray(services: &Services, method: &Method, path: &str) -> Option<Refusal> {
    let meant = meant(path)?;
    let base = services.gateway_url(meant.organization);
    let what = match (meant.versions, meant.surplus) {
        (0, false) => format!(", since the base URL lacks /v1. Set the base URL to {base}."),
        (1, false) => format!(". Send the request to {base}/{}.", meant.below),
        (2.., false) => format!(
            ": this client adds /v1 to the base URL by itself. Set the base URL to {}.",
            base.trim_end_matches("/v1")
        ),
        (_, true) => format!(". Set the base URL to {base}."),
    };
    let path: String = path.chars().take(100).collect();
    Some(Refusal::new(
        404,
        "unknown_path",
        format!("There is no {method} {path} here{what}"),
    ))
}

/// The middleware for what is not the gateway's: a program that asks for a path that nothing here has gets an answer that
/// a program understands, not a page. **Permissions:** everybody.
pub async fn programs_astray(State(engine): State<Engine>, request: Request, next: Next) -> Response<Body> {
    let unmatched = request.extensions().get::<MatchedPath>().is_none();
    let program = request.method() == Method::POST || api_key(request.headers()).is_ok();
    if unmatched && program {
        let found = astray(&engine.services, request.method(), request.uri().path());
        if let Some(refusal) = found {
            return refusal.response();
        }
    }
    next.run(request).await
}
