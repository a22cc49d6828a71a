//! Who may do what, for every way into the server: each server function, each page and each plain route, asked
//! by everybody from nobody to the owner of another organization. A new way in without a row fails here.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "roles/routes.rs"]
mod routes;
mod support;
#[path = "roles/tables.rs"]
mod tables;
#[path = "roles/unreadable.rs"]
mod unreadable;

use routes::ROUTES;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use support::{ORG, World, request, send};
use tables::{FUNCTIONS, PAGES, PEOPLE, Statuses};
use tokio::runtime::Runtime;

/// One for all tests, as a server has one: what renders pages keeps tasks on it beyond a request.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

#[test]
fn the_gateway_takes_keys_and_no_sessions() {
    RUNTIME.block_on(async {
        let world = World::new().await;
        let mut wrong = Vec::new();
        for (method, path) in gateway::paths() {
            let path = path.replace("{*model}", "lab/m");
            let got = statuses(&world, method, &path, "application/json", r#"{"model":"lab/m"}"#).await;
            if got != [401; 6] {
                wrong.push(format!("{method} {path}: {got:?}, expected 401 for each"));
            }
        }
        differences(wrong);
    });
}

#[test]
fn scim_takes_tokens_and_no_sessions() {
    RUNTIME.block_on(async {
        let world = World::new().await;
        let mut wrong = Vec::new();
        for (method, path) in server::scim::paths() {
            let path = path.replace("{id}", "u1");
            let got = statuses(&world, method, &path, "application/scim+json", "{}").await;
            if got != [401; 6] {
                wrong.push(format!("{method} {path}: {got:?}, expected 401 for each"));
            }
        }
        differences(wrong);
    });
}

fn filled(template: &str, world: &World) -> String {
    template
        .replace("$member", &world.member.to_string())
        .replace("$invited", &world.invited.to_string())
        .replace("$invitation", &world.invitation)
        .replace(":member", &world.member.to_string())
        .replace("$key", &world.key.to_string())
        .replace("$provider", &world.provider.to_string())
        .replace("$team", &world.team.to_string())
        .replace("{org}", ORG)
        .replace("{member}", &world.member.to_string())
        .replace("{conversation}", "1")
        .replace("{review}", "1")
        .replace(":org", ORG)
        .replace(":provider", "lab")
        .replace("{token}", &world.invitation)
        .replace(":token", &world.invitation)
}

/// What each person gets for one request, each in a world of their own.
async fn statuses(world: &World, method: &str, path: &str, kind: &str, body: &str) -> Statuses {
    let mut got = [0; 6];
    for (who, status) in PEOPLE.iter().zip(&mut got) {
        let (_folder, router) = world.copy().await;
        let session = world.sessions.get(who).map(String::as_str);
        let request = request(method, &filled(path, world), kind, filled(body, world), session);
        *status = send(&router, request).await.status().as_u16();
    }
    got
}

fn differences(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "as {PEOPLE:?}:\n{}", wrong.join("\n"));
}

#[test]
fn every_server_function_answers_each_role_as_listed() {
    RUNTIME.block_on(async {
        let world = World::new().await;
        let (_folder, _router) = world.copy().await;
        let mut wrong = Vec::new();
        let served: Vec<_> = server_fn::axum::server_fn_paths().map(|(path, _)| path).collect();
        assert!(!served.is_empty());
        for path in &served {
            let name = path.strip_prefix("/api/ui/").unwrap_or(path);
            let Some((_, body, expected)) = FUNCTIONS.iter().find(|(n, _, _)| *n == name) else {
                wrong.push(format!("{path} has no row in this table"));
                continue;
            };
            let got = statuses(&world, "POST", path, "application/json", body).await;
            if got != *expected {
                wrong.push(format!("{path}: {got:?}, expected {expected:?}"));
            }
        }
        for (name, _, _) in FUNCTIONS {
            if !served.contains(&format!("/api/ui/{name}").as_str()) {
                wrong.push(format!("{name} has a row but is not served"));
            }
        }
        differences(wrong);
    });
}

#[test]
fn every_page_answers_each_role_as_listed() {
    RUNTIME.block_on(async {
        let world = World::new().await;
        let (_folder, _router) = world.copy().await;
        let mut wrong = Vec::new();
        // axum spells `{org}` what the table, like the router of the application, spells `:org`.
        let spelled = |path: &str| path.replace('{', ":").replace('}', "");
        let pages: BTreeSet<String> = server::router::PAGES
            .iter()
            .map(|page| spelled(page.path()))
            .collect();
        for path in &pages {
            let Some((_, expected)) = PAGES.iter().find(|(p, _)| p == path) else {
                wrong.push(format!("{path} has no row in this table"));
                continue;
            };
            let got = statuses(&world, "GET", path, "text/html", "").await;
            if got != *expected {
                wrong.push(format!("{path}: {got:?}, expected {expected:?}"));
            }
        }
        differences(wrong);
        assert_eq!(pages.len(), PAGES.len(), "each row is a page");
    });
}

#[test]
fn every_plain_route_answers_each_role_as_listed() {
    RUNTIME.block_on(async {
        let world = World::new().await;
        let mut wrong = Vec::new();
        for (method, path, _) in server::router::plain_routes() {
            if !ROUTES.iter().any(|(m, p, _, _)| *m == method && *p == path) {
                wrong.push(format!("{method} {path} has no row in this table"));
            }
        }
        for (method, path, body, expected) in ROUTES {
            let got = statuses(&world, method, path, "application/x-www-form-urlencoded", body).await;
            if got != *expected {
                wrong.push(format!("{method} {path}: {got:?}, expected {expected:?}"));
            }
        }
        differences(wrong);
    });
}

#[test]
fn the_page_of_nobody_is_not_found() {
    RUNTIME.block_on(async {
        let world = World::new().await;
        let (_folder, router) = world.copy().await;
        let owner = world.sessions.get("owner").map(String::as_str);
        for id in ["999999", "99999999999999999999", "0", "nobody", "-1"] {
            let path = format!("/o/{ORG}/access/{id}");
            let request = request("GET", &path, "text/html", String::new(), owner);
            assert_eq!(send(&router, request).await.status().as_u16(), 404, "{id}");
        }
    });
}
