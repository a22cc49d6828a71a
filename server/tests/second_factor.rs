//! The second factor over HTTP: set up and used with native forms, and what a session reaches that has to set it up.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use axum::Router;
use axum::body::to_bytes;
use axum::http::{StatusCode, header};
use std::time::{SystemTime, UNIX_EPOCH};
use support::{ORG, PASSWORD, World, request, send};

const FORM: &str = "application/x-www-form-urlencoded";

struct Page {
    status: StatusCode,
    location: String,
    cookies: String,
    body: String,
}

async fn ask(router: &Router, method: &str, path: &str, body: &str, session: Option<&str>) -> Page {
    let kind = if method == "GET" { "text/html" } else { FORM };
    let response = send(router, request(method, path, kind, body.to_owned(), session)).await;
    let text = |name| {
        let values = response.headers().get_all(name).iter();
        values
            .map(|value| value.to_str().unwrap())
            .collect::<Vec<_>>()
            .join("\n")
    };
    let (status, location, cookies) = (
        response.status(),
        text(header::LOCATION),
        text(header::SET_COOKIE),
    );
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Page {
        status,
        location,
        cookies,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// What follows a mark, up to the next `end`.
fn after<'a>(page: &'a str, mark: &str, end: char) -> &'a str {
    let at = page
        .find(mark)
        .unwrap_or_else(|| panic!("{mark} is not in {page}"))
        + mark.len();
    page[at..].split(end).next().unwrap()
}

/// What an authenticator app shows so many seconds from now.
fn shown(secret: &str, later: u64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let app = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    app.generate(now + later).to_string()
}

#[tokio::test]
async fn a_second_factor_is_set_up_and_asked_for() {
    let world = World::new().await;
    let (_folder, router) = world.copy().await;
    let session = world.sessions["owner"].as_str();
    let page = async |body: &str| ask(&router, "POST", "/account/security", body, Some(session)).await;
    let password = PASSWORD.replace(' ', "+");

    let begun = page(&format!("do=enrol&password={password}")).await;
    assert_eq!(begun.status, StatusCode::OK);
    assert!(begun.body.contains("<svg xmlns"), "a picture");
    let secret = after(&begun.body, "class=\"key-secret\">", '<').trim().to_owned();
    let again = ask(&router, "GET", "/account/security", "", Some(session)).await;
    assert!(!again.body.contains(&secret), "shown once");
    let wrong = page("do=confirm&code=12345").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!wrong.body.contains(&secret));
    let confirmed = page(&format!("do=confirm&code={}", shown(&secret, 0))).await;
    assert_eq!(confirmed.status, StatusCode::OK);
    let recovery = after(&confirmed.body, "<li><code>", '<').to_owned();
    let again = ask(&router, "GET", "/account/security", "", Some(session)).await;
    assert!(again.body.contains("recovery codes left") && !again.body.contains(&recovery));

    let sign_in = format!("email=owner%40example.com&password={password}&next=%2Faccount");
    let first = ask(&router, "POST", "/login", &sign_in, None).await;
    assert_eq!(
        (first.status, first.cookies.as_str()),
        (StatusCode::OK, ""),
        "no session yet"
    );
    assert!(!first.body.contains(PASSWORD));
    let attempt = after(&first.body, "name=\"attempt\" value=\"", '"');
    let second = async |code: &str| {
        let form = format!("attempt={attempt}&code={code}&next=%2Faccount");
        ask(&router, "POST", "/login/code", &form, None).await
    };
    let wrong = second("12345").await;
    assert_eq!(
        (wrong.status, wrong.cookies.as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "")
    );
    assert_eq!(
        after(&wrong.body, "name=\"attempt\" value=\"", '"'),
        attempt,
        "nothing is lost"
    );
    let right = second(&shown(&secret, 30)).await;
    assert_eq!(
        (right.status, right.location.as_str()),
        (StatusCode::SEE_OTHER, "/account")
    );
    assert!(right.cookies.contains("gatehouse="), "{}", right.cookies);
    assert_eq!(second(&recovery).await.status, StatusCode::SEE_OTHER);
    assert_eq!(second(&recovery).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn who_has_to_set_it_up_reaches_nothing_else_of_the_organization() {
    let world = World::new().await;
    let (_folder, router) = world.copy().await;
    let (owner, member) = (
        world.sessions["owner"].as_str(),
        world.sessions["member"].as_str(),
    );
    let settings = format!("/o/{ORG}/settings");
    let form = "do=second-factor&required=1";
    let demanded = ask(&router, "POST", &settings, form, Some(owner)).await;
    assert_eq!(demanded.status, StatusCode::SEE_OTHER);
    for path in ["", "/chat", "/spend", "/access"] {
        let page = ask(&router, "GET", &format!("/o/{ORG}{path}"), "", Some(member)).await;
        assert_eq!(
            (page.status, page.location.as_str()),
            (StatusCode::SEE_OTHER, "/account/security"),
            "{path}"
        );
    }
    // Links of files are no pages.
    let file = ask(
        &router,
        "GET",
        &format!("/o/{ORG}/spend/export.json"),
        "",
        Some(member),
    )
    .await;
    assert_ne!(file.status, StatusCode::OK);
    for (path, body) in [
        ("chat", "content=Hi"),
        ("access/requests", "do=ask&provider=1"),
        ("settings", "do=second-factor"),
    ] {
        let page = ask(&router, "POST", &format!("/o/{ORG}/{path}"), body, Some(owner)).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
    }
    let function = async |name: &str, body: &str| {
        let path = format!("/api/ui/{name}");
        let request = request("POST", &path, "application/json", body.to_owned(), Some(member));
        send(&router, request).await.status()
    };
    let org = format!(r#"{{"org":"{ORG}"}}"#);
    for name in ["viewer", "chat_offer", "first_steps"] {
        assert_eq!(function(name, &org).await, StatusCode::FORBIDDEN, "{name}");
    }
    for name in ["me", "own_keys", "account_security"] {
        assert_eq!(function(name, "{}").await, StatusCode::OK, "{name}");
    }
    let account = ask(&router, "GET", "/account", "", Some(member)).await;
    assert_eq!(account.status, StatusCode::OK);
    let security = ask(&router, "GET", "/account/security", "", Some(member)).await;
    assert_eq!(security.status, StatusCode::OK);
    assert!(security.body.contains("Second factor required by"));
    let out = ask(&router, "POST", "/logout", "", Some(member)).await;
    assert_eq!(
        (out.status, out.location.as_str()),
        (StatusCode::SEE_OTHER, "/login")
    );
}
