//! Every route of the server, in one place.

use crate::changes;
use crate::chat;
use crate::download;
use crate::find;
use crate::forms::{self, page_context};
use crate::health;
use crate::middleware::client::client_address;
use crate::middleware::database::database_answers;
use crate::middleware::functions::readable;
use crate::middleware::gate::signed_in_pages;
use crate::middleware::headers::security_headers;
use crate::middleware::requests::{Spans, told};
use crate::middleware::same_origin::same_origin;
use crate::scim;
use crate::state::AppState;
use app::program::EveryPage;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_request};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use domain::limits::{BODY_BYTES, CHAT_BODY_BYTES};
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list_with_exclusions};
use services::{Format, SpendFormat};
use std::sync::LazyLock;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

/// A page or a server function that takes longer has failed; exports have their own route without it.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The pages' routes. Listing them renders the application once, which must not happen while it renders for anybody.
pub static PAGES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| {
    // Ways to a provider and back, which have a page only where they fail.
    let ways = ["/sign-on/{org}", "/sign-on/{org}/callback"].map(str::to_owned);
    generate_route_list_with_exclusions(app::app::<EveryPage>, Some(ways.into()))
});

/// The routes beside pages and server functions: method, path, handler. Listed, so that a test can ask for a row
/// of its roles table for each.
pub fn plain_routes() -> Vec<(&'static str, &'static str, MethodRouter<AppState>)> {
    vec![
        ("GET", health::ALIVE, get(health::alive)),
        ("GET", health::READY, get(health::ready)),
        ("GET", health::READY_BEFORE, get(health::ready)),
        (
            "GET",
            "/o/{org}/access/export.xlsx",
            download::members(Format::Xlsx),
        ),
        (
            "GET",
            "/o/{org}/access/export.json",
            download::members(Format::Json),
        ),
        ("GET", "/o/{org}/access/changes", get(changes::follow)),
        ("GET", "/o/{org}/audit/export.json", download::audit()),
        ("GET", "/o/{org}/as-of/export.xlsx", download::as_of(Format::Xlsx)),
        ("GET", "/o/{org}/as-of/export.json", download::as_of(Format::Json)),
        (
            "GET",
            "/o/{org}/spend/export.csv",
            download::spend(SpendFormat::Csv),
        ),
        (
            "GET",
            "/o/{org}/spend/export.json",
            download::spend(SpendFormat::Json),
        ),
        (
            "GET",
            "/o/{org}/spend/export.xlsx",
            download::spend(SpendFormat::Xlsx),
        ),
        (
            "GET",
            "/o/{org}/requests/export.xlsx",
            download::requests(Format::Xlsx),
        ),
        (
            "GET",
            "/o/{org}/requests/export.json",
            download::requests(Format::Json),
        ),
        ("POST", "/login", post(forms::login::login)),
        ("POST", "/login/code", post(forms::login::code)),
        ("POST", forms::login::LOGOUT, post(forms::login::logout)),
        ("POST", "/forgot-password", post(forms::password_reset::forgot)),
        (
            "POST",
            "/reset-password/{token}",
            post(forms::password_reset::reset),
        ),
        ("POST", "/setup", post(forms::setup::set_up)),
        ("POST", "/invite/{token}", post(forms::invitation::accept)),
        ("POST", "/account/name", post(forms::account::name)),
        ("POST", "/account/password", post(forms::account::password)),
        ("POST", "/account/security", post(forms::security::security)),
        ("POST", "/o/{org}/settings", post(forms::settings::settings)),
        ("POST", "/o/{org}/access/invite", post(forms::invite::invite)),
        (
            "POST",
            "/o/{org}/access/import",
            post(forms::import::import).layer(DefaultBodyLimit::max(forms::import::BODY)),
        ),
        (
            "POST",
            "/o/{org}/access/requests",
            post(forms::access_requests::access_requests),
        ),
        ("POST", "/o/{org}/access/change", post(forms::bulk::change)),
        ("POST", "/o/{org}/access/keep", post(forms::unused::keep)),
        ("POST", "/o/{org}/access/unused", post(forms::unused::unused)),
        ("POST", "/o/{org}/reviews", post(forms::reviews::start)),
        ("POST", "/o/{org}/reviews/{review}", post(forms::reviews::decide)),
        (
            "GET",
            "/o/{org}/reviews/{review}/result.json",
            get(download::review),
        ),
        ("GET", "/o/{org}/find", get(find::find)),
        ("POST", "/o/{org}/views", post(forms::views::views)),
        ("POST", "/o/{org}/settings/keys", post(forms::keys::keys)),
        ("POST", "/o/{org}/settings/scim", post(forms::scim::scim)),
        ("POST", "/o/{org}/budgets", post(forms::budgets::budgets)),
        ("POST", "/o/{org}/compare", post(forms::compare::compare)),
        ("POST", "/o/{org}/templates", post(forms::templates::templates)),
        ("POST", "/o/{org}/prices", post(forms::prices::prices)),
        (
            "POST",
            "/o/{org}/settings/sign-on",
            post(forms::sign_on::settings),
        ),
        ("POST", "/sign-on", post(forms::sign_on::find)),
        ("GET", "/sign-on/{org}", get(forms::sign_on::begin)),
        ("GET", "/sign-on/{org}/callback", get(forms::sign_on::callback)),
        (
            "POST",
            "/o/{org}/access/{member}/second-factor",
            post(forms::second_factor::reset),
        ),
        (
            "POST",
            "/o/{org}/access/{member}/offboarding",
            post(forms::offboarding::offboarding),
        ),
        (
            "POST",
            "/o/{org}/chat/send",
            post(chat::send).layer(DefaultBodyLimit::max(CHAT_BODY_BYTES)),
        ),
        (
            "POST",
            "/o/{org}/chat",
            post(forms::chat::begin).layer(DefaultBodyLimit::max(CHAT_BODY_BYTES)),
        ),
        (
            "POST",
            "/o/{org}/chat/{conversation}",
            post(forms::chat::go_on).layer(DefaultBodyLimit::max(CHAT_BODY_BYTES)),
        ),
        ("GET", "/o/{org}/chat/{conversation}/answer", get(chat::follow)),
        ("GET", "/o/{org}/chat/{conversation}/export.md", get(chat::export)),
    ]
}

/// The whole server as a service.
pub fn router(state: AppState) -> Router {
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
            .layer(from_fn(readable))
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
        .merge(state.site.routes())
        .layer(
            ServiceBuilder::new()
                .layer(from_fn_with_state(Spans::Each, told))
                .layer(map_request(gateway::linger))
                .layer(from_fn_with_state(secure, security_headers))
                .layer(CatchPanicLayer::new())
                .layer(from_fn_with_state(state.proxies.clone(), client_address))
                .layer(from_fn_with_state(state.engine.clone(), gateway::programs_astray))
                .layer(from_fn(same_origin))
                .layer(from_fn_with_state(state.clone(), database_answers))
                .layer(from_fn_with_state(state.clone(), signed_in_pages))
                .layer(DefaultBodyLimit::max(BODY_BYTES)),
        )
        .with_state(state.clone())
        // Beside all that, since it is for machines: no session, no cookie, no page, no compression, and its own limits.
        .merge(
            gateway::router(state.engine.clone(), state.origins.clone()).layer(
                ServiceBuilder::new()
                    .layer(from_fn_with_state(Spans::None, told))
                    .layer(from_fn(machine_headers)),
            ),
        )
        .merge(
            scim::router(state).layer(
                ServiceBuilder::new()
                    .layer(from_fn_with_state(Spans::Each, told))
                    .layer(from_fn(machine_headers)),
            ),
        )
}

/// Nothing that is for machines is for a browser to guess at or to keep.
async fn machine_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
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
