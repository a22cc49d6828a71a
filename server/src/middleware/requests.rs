//! What is told of each request once it is over: one line in the log, and counts.
//!
//! A request is over when its answer's body is: a stream's line comes at its end, also when the client went away. Lines
//! and counts name routes, never paths: a path can be a secret, and there is no end to paths.

use crate::kept::keeping;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use services::{Noted, RequestNote};
use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tracing::Instrument;

/// The header that carries the id of a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The route of an address that has none.
const NO_ROUTE: &str = "none";
/// The one route of all server functions, which are told apart by their own names.
const FUNCTIONS: &str = "/api/ui/{*function}";
/// The status that is written down when the client went away before there was one, as nginx does.
const CLIENT_CLOSED: u16 = 499;

/// Whether what is logged meanwhile says which request it belongs to. Not at the gateway, which is asked thousands of
/// times a second and says the id itself where it logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spans {
    /// A span for each request.
    Each,
    /// None.
    None,
}

/// The middleware: gives each request an id and a note, and tells of it once it is over.
pub async fn told(State(spans): State<Spans>, mut request: Request, next: Next) -> Response {
    // Ours alone: what a client sends would go into the log as it is.
    let id = new_id();
    if let Ok(value) = HeaderValue::from_str(&id) {
        request.headers_mut().insert(REQUEST_ID, value);
    }
    let note = RequestNote::default();
    note.set(|noted| noted.id = Some(id.clone()));
    request.extensions_mut().insert(note.clone());
    let mut over = Over {
        started: Instant::now(),
        method: known(request.method()),
        route: route(&request),
        id,
        status: CLIENT_CLOSED,
        note,
    };
    let mut response = match spans {
        Spans::None => next.run(request).await,
        Spans::Each => {
            let span = tracing::info_span!("request", id = over.id, route = over.route.as_str());
            next.run(request).instrument(span).await
        }
    };
    over.status = response.status().as_u16();
    if let Ok(value) = HeaderValue::from_str(&over.id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response.map(|body| keeping(body, over))
}

/// Counted and not drawn, since this is on the way of thousands a second; what comes before the count is drawn at the
/// start.
fn new_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    static DRAWN: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
    format!("req-{:016x}-{:x}", *DRAWN, COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Clients can make up methods.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// One of a fixed set of names.
enum Route {
    Matched(MatchedPath),
    Known(&'static str),
}

impl Route {
    fn as_str(&self) -> &str {
        match self {
            Self::Matched(path) => path.as_str(),
            Self::Known(name) => name,
        }
    }
}

fn route(request: &Request) -> Route {
    static NAMES: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
        leptos::server_fn::axum::server_fn_paths()
            .map(|(path, _)| path)
            .collect()
    });
    match request.extensions().get::<MatchedPath>() {
        None => Route::Known(NO_ROUTE),
        Some(path) if path.as_str() == FUNCTIONS => {
            Route::Known(NAMES.get(request.uri().path()).copied().unwrap_or(FUNCTIONS))
        }
        Some(path) => Route::Matched(path.clone()),
    }
}

/// A request, told of when this is dropped.
struct Over {
    started: Instant,
    method: &'static str,
    route: Route,
    id: String,
    status: u16,
    note: RequestNote,
}

impl Drop for Over {
    fn drop(&mut self) {
        let noted = self.note.take();
        let took = self.started.elapsed();
        crate::metrics::request(self.method, self.route.as_str(), self.status, took, &noted);
        self.log(took, &noted);
    }
}

impl Over {
    fn log(&self, took: Duration, noted: &Noted) {
        tracing::info!(
            target: "server::requests",
            method = self.method,
            route = self.route.as_str(),
            status = self.status,
            ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            id = self.id,
            organization = noted.organization.as_deref(),
            member = noted.member.map(|id| id.0),
            key = noted.key.map(|id| id.0),
            provider = noted.provider.as_deref(),
            model = noted.model.as_deref(),
            code = noted.code,
            tokens_in = noted.tokens_in,
            tokens_out = noted.tokens_out,
            "request"
        );
    }
}
