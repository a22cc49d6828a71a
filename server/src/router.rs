//! Every route of the server, in one place.

use crate::chat;
use crate::download;
use crate::forms::{self, page_context};
use crate::middleware::client::client_address;
use crate::middleware::gate::signed_in_pages;
use crate::middleware::headers::{keep_for, security_headers};
use crate::middleware::same_origin::same_origin;
use crate::state::AppState;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use domain::limits::{BODY_BYTES, CHAT_BODY_BYTES};
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list};
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::services::{ServeDir, ServeFile};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

/// A page or a server function that takes longer has failed; exports have their own route without it.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The header that carries the id of a request.
const REQUEST_ID: header::HeaderName = header::HeaderName::from_static("x-request-id");

/// Scripts and styles carry their content's hash in their name, so they never change.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// The pages' routes. Listing them renders the application once, which must not happen while it renders for anybody.
pub static PAGES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(app::App));

/// The routes beside pages and server functions: method, path, handler. Listed, so that a test can ask for a row
/// of its roles table for each.
pub fn plain_routes() -> Vec<(&'static str, &'static str, MethodRouter<AppState>)> {
    vec![
        ("GET", "/health", get(health)),
        ("GET", "/o/{org}/access/export.xlsx", get(download::xlsx)),
        ("GET", "/o/{org}/access/export.json", get(download::json)),
        ("POST", "/login", post(forms::login::login)),
        ("POST", "/logout", post(forms::login::logout)),
        ("POST", "/setup", post(forms::setup::set_up)),
        ("POST", "/invite/{token}", post(forms::invitation::accept)),
        ("POST", "/account/password", post(forms::account::password)),
        ("POST", "/o/{org}/access/invite", post(forms::invite::invite)),
        (
            "POST",
            "/o/{org}/chat/send",
            post(chat::send).layer(DefaultBodyLimit::max(CHAT_BODY_BYTES)),
        ),
    ]
}

/// `GET /health`: 200 when the database answers. **Permissions:** everybody.
async fn health(State(state): State<AppState>) -> Response {
    match state.services.ping().await {
        Ok(()) => "ok".into_response(),
        Err(error) => forms::failure(&error).into_response(),
    }
}

/// The whole server as a service.
pub fn router(state: AppState) -> Router {
    let site = state.options.site_root.to_string();
    let pages = {
        let options = state.options.clone();
        let context = {
            let state = state.clone();
            move || page_context(&state)
        };
        Router::new()
            .route("/api/ui/{*function}", post(server_function))
            .leptos_routes_with_context(&state, PAGES.clone(), context, move || {
                app::shell(options.clone())
            })
            .fallback(not_found)
            .layer(TimeoutLayer::with_status_code(
                axum::http::StatusCode::GATEWAY_TIMEOUT,
                ANSWER_WITHIN,
            ))
            .layer(CompressionLayer::new())
    };
    let secure = state.cookies.secure;
    let plain = plain_routes()
        .into_iter()
        .fold(Router::new(), |router, (_, path, handler)| {
            router.route(path, handler)
        });
    pages
        .merge(plain)
        .merge(static_files(Path::new(&site), state.options.hash_files))
        .layer(
            ServiceBuilder::new()
                .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
                .layer(TraceLayer::new_for_http().make_span_with(request_span))
                .layer(PropagateRequestIdLayer::x_request_id())
                .layer(from_fn_with_state(secure, security_headers))
                .layer(CatchPanicLayer::new())
                .layer(from_fn_with_state(state.proxies.clone(), client_address))
                .layer(from_fn(same_origin))
                .layer(from_fn_with_state(state.clone(), signed_in_pages))
                .layer(DefaultBodyLimit::max(BODY_BYTES)),
        )
        .with_state(state.clone())
        // Beside all that, since it is for machines: no session, no cookie, no page, no compression, and its own limits.
        .merge(
            gateway::router(state.engine).layer(
                ServiceBuilder::new()
                    .layer(from_fn(machine_headers))
                    .layer(CatchPanicLayer::custom(gateway_panicked)),
            ),
        )
}

/// Gives each request of the gateway an id, for the log and for whoever asks about it. Counted and not drawn, since this is
/// on the way of thousands a second; what comes before the count is drawn at the start. Nothing of the gateway is for a
/// browser to guess at or to keep.
async fn machine_headers(mut request: Request, next: Next) -> Response {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    static DRAWN: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
    let id = format!("req-{:016x}-{:x}", *DRAWN, COUNT.fetch_add(1, Ordering::Relaxed));
    let id = HeaderValue::from_str(&id).ok();
    if let Some(id) = &id {
        request.headers_mut().insert(REQUEST_ID, id.clone());
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Some(id) = id {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// One request that fails in a way nobody thought of fails alone.
fn gateway_panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a request to the gateway panicked");
    gateway::Refusal::new(500, "internal", "Something failed on our side. Try again.").into_response()
}

/// The path alone: a query may hold what somebody searched for, a link's token is a secret.
fn request_span(request: &Request) -> tracing::Span {
    let path = request.uri().path();
    let path = if path.starts_with("/invite/") {
        "/invite/…"
    } else {
        path
    };
    let id = request
        .headers()
        .get("x-request-id")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("");
    tracing::info_span!("request", method = %request.method(), path, id)
}

fn static_files(site: &Path, hashed: bool) -> Router<AppState> {
    let cache = if hashed { FOREVER } else { "no-cache" };
    let packages = ServeDir::new(site.join("pkg"))
        .precompressed_br()
        .precompressed_gzip();
    let file = |name: &str| ServeFile::new(site.join(name));
    Router::new()
        .nest_service(
            "/pkg",
            ServiceBuilder::new()
                .layer(from_fn_with_state(cache, keep_for))
                .service(packages),
        )
        .route_service(
            "/favicon.svg",
            ServiceBuilder::new()
                .layer(from_fn_with_state("public, max-age=86400", keep_for))
                .service(file("favicon.svg")),
        )
        .route_service(
            "/icons.svg",
            ServiceBuilder::new()
                .layer(from_fn_with_state("no-cache", keep_for))
                .service(file("icons.svg")),
        )
}

async fn server_function(State(state): State<AppState>, request: Request) -> impl IntoResponse {
    leptos_axum::handle_server_fns_with_context(
        move || {
            leptos::prelude::provide_context(state.services.clone());
            leptos::prelude::provide_context(state.cookies);
        },
        request,
    )
    .await
}

/// Any other address: the web application's own "not found" page.
async fn not_found(State(state): State<AppState>, request: Request<Body>) -> Response {
    let options = state.options.clone();
    let render = leptos_axum::render_app_async_with_context(
        move || page_context(&state),
        move || app::shell(options.clone()),
    );
    render(request).await
}
