//! What holds for every answer, whatever its route: how long it may be kept, what HEAD says, and what a script is told
//! when the session has ended.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use std::sync::LazyLock;
use support::{ORG, World, request, send};
use tokio::runtime::Runtime;

/// One for all tests, as a server has one: what renders pages keeps tasks on it beyond a request.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A site with one program, whose name is that of its content.
fn with_site(folder: &std::path::Path) {
    std::fs::create_dir_all(folder.join("pkg")).unwrap();
    for file in ["pkg/gatehouse.js", "favicon.svg", "icons.svg"] {
        std::fs::write(folder.join(file), "1").unwrap();
    }
}

fn path_of(template: &str, world: &World) -> String {
    template
        .replace(":conversation", "1")
        .replace("{conversation}", "1")
        .replace("{member}", &world.member.to_string())
        .replace("{org}", ORG)
        .replace("{token}", &world.invitation)
        .replace("{*function}", "me")
        .replace("{*model}", "lab/m")
}

/// Every route there is: method and an address of it.
fn routes(world: &World) -> Vec<(String, String)> {
    let pages = server::router::PAGES
        .iter()
        .map(|page| ("GET", page.path().to_owned()));
    let plain = server::router::plain_routes();
    let plain = plain
        .iter()
        .map(|(method, path, _)| (*method, (*path).to_owned()));
    let functions = server_fn::axum::server_fn_paths().map(|(path, _)| ("POST", path.to_owned()));
    pages
        .chain(plain)
        .chain(functions)
        .chain(gateway::paths())
        .map(|(method, path)| (method.to_owned(), path_of(&path, world)))
        .collect()
}

fn kept(response: &Response<Body>) -> Vec<&str> {
    let values = response.headers().get_all(header::CACHE_CONTROL).iter();
    values.map(|value| value.to_str().unwrap()).collect()
}

async fn ask(router: &Router, method: &str, path: &str, session: Option<&str>) -> Response<Body> {
    send(router, request(method, path, "text/html", String::new(), session)).await
}

#[test]
fn nothing_but_static_files_is_ever_kept_by_a_cache() {
    RUNTIME.block_on(async {
        let world = World::new().await;
        with_site(world.folder.path());
        let router = support::router(support::services(world.folder.path()).await, world.folder.path());
        let owner = world.sessions["owner"].as_str();
        let mut addresses = routes(&world);
        // Whatever an address looks like.
        for path in [
            "/o/acme/chat/x.svg",
            "/o/acme/access/icons.svg",
            "/invite/x.svg",
            "/x.svg",
            "/pkg/../login",
            "/o/acme/pkg/gatehouse.js",
            "/pkg/missing.js",
            "/pkg/",
            "/v1/models/x.svg",
            "/api/ui/x.svg",
        ] {
            addresses.push(("GET".to_owned(), path.to_owned()));
        }
        for (method, path) in addresses {
            for session in [None, Some(owner)] {
                let response = ask(&router, &method, &path, session).await;
                assert_eq!(kept(&response), ["no-store"], "{method} {path}");
            }
        }
        let icons = format!("/icons.svg?{:x}", app::components::icon::VERSION);
        for (path, policy) in [
            ("/pkg/gatehouse.js", "no-cache"),
            ("/icons.svg", "no-cache"),
            ("/icons.svg?1", "no-cache"),
            (icons.as_str(), "public, max-age=31536000, immutable"),
            ("/favicon.svg", "public, max-age=86400"),
        ] {
            let response = ask(&router, "GET", path, None).await;
            assert_eq!(
                (response.status(), kept(&response)),
                (StatusCode::OK, vec![policy]),
                "{path}"
            );
        }
        for path in ["/pkg/missing.js", "/pkg/", "/pkg/a/b.css"] {
            assert_eq!(
                ask(&router, "GET", path, None).await.status(),
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
    });
}

#[test]
fn head_answers_as_get_does_without_a_body() {
    RUNTIME.block_on(async {
        let world = World::new().await;
        with_site(world.folder.path());
        let router = support::router(support::services(world.folder.path()).await, world.folder.path());
        let owner = world.sessions["owner"].as_str();
        let mut addresses: Vec<_> = routes(&world)
            .into_iter()
            .filter_map(|(method, path)| (method == "GET").then_some(path))
            .collect();
        addresses
            .extend(["/pkg/gatehouse.js", "/pkg/missing.js", "/icons.svg", "/nowhere"].map(str::to_owned));
        for path in addresses {
            for session in [None, Some(owner)] {
                let get = ask(&router, "GET", &path, session).await;
                let head = ask(&router, "HEAD", &path, session).await;
                assert_eq!(head.status(), get.status(), "{path}");
                for name in [header::CONTENT_TYPE, header::LOCATION, header::CACHE_CONTROL] {
                    assert_eq!(
                        head.headers().get(&name),
                        get.headers().get(&name),
                        "{path} {name}"
                    );
                }
                let body = axum::body::to_bytes(head.into_body(), 1).await.unwrap();
                assert!(body.is_empty(), "{path}");
            }
        }
    });
}

#[test]
fn a_fetch_without_a_session_never_gets_the_sign_in_page_for_a_file() {
    RUNTIME.block_on(async {
        let world = World::new().await;
        let (_folder, router) = world.copy().await;
        let fetches: [&[(&str, &str)]; 5] = [
            &[("sec-fetch-mode", "cors"), ("accept", "*/*")],
            &[("sec-fetch-mode", "same-origin"), ("accept", "text/html")],
            &[("sec-fetch-mode", "no-cors")],
            &[("accept", "*/*")],
            &[],
        ];
        let navigations: [&[(&str, &str)]; 2] = [
            &[("sec-fetch-mode", "navigate"), ("accept", "*/*")],
            &[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")],
        ];
        for path in [
            "/o/acme/access/export.xlsx?sort=name",
            "/o/acme/access/export.json",
            "/o/acme/access",
            "/account",
        ] {
            for method in ["GET", "HEAD"] {
                let ask = |headers: &[(&str, &str)]| {
                    let mut request = Request::builder().method(method).uri(path);
                    for (name, value) in headers {
                        request = request.header(*name, *value);
                    }
                    request.body(Body::empty()).unwrap()
                };
                for headers in fetches {
                    let response = send(&router, ask(headers)).await;
                    assert_eq!(
                        response.status(),
                        StatusCode::UNAUTHORIZED,
                        "{method} {path} {headers:?}"
                    );
                    assert_eq!(
                        response.headers()[header::CONTENT_TYPE],
                        "application/json",
                        "{path}"
                    );
                    if method == "GET" {
                        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
                        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
                        assert_eq!(problem["code"], "unauthenticated", "{path}");
                    }
                }
                for headers in navigations {
                    let response = send(&router, ask(headers)).await;
                    assert_eq!(
                        response.status(),
                        StatusCode::SEE_OTHER,
                        "{method} {path} {headers:?}"
                    );
                }
            }
        }
    });
}

#[test]
fn what_a_form_held_when_the_session_had_ended_comes_again() {
    RUNTIME.block_on(async {
        let world = World::new().await;
        let router = support::router(support::services(world.folder.path()).await, world.folder.path());
        let body = "emails=ana%40example.com%0Abo%40example.com&role=auditor&team=7&idempotency_key=once";
        let kind = "application/x-www-form-urlencoded";
        let path = format!("/o/{ORG}/access/invite");
        let response = send(&router, request("POST", &path, kind, body.to_owned(), None)).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap();
        let html = std::str::from_utf8(&bytes).unwrap();
        assert!(html.contains("Your session has ended"), "{html}");
        for (name, value) in [
            ("emails", "ana@example.com\nbo@example.com"),
            ("role", "auditor"),
            ("team", "7"),
            ("idempotency_key", "once"),
        ] {
            let field = format!("type=\"hidden\" name=\"{name}\" value=\"{value}\"");
            assert!(html.contains(&field), "{field} is not in {html}");
        }
        assert!(html.contains(&format!("action=\"{path}\"")), "{html}");
    });
}
