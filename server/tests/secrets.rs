//! No secret in any log: everything that this program logs, down to traces, over a drive through all of its routes.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use axum::routing::get;
use domain::member::ProvidersChange;
use domain::provider::{ApiType, ProviderInput};
use std::io::Write;
use std::sync::{Arc, Mutex};
use support::{ORG, PASSWORD, World, request, send};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// All that is logged in this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn begin() -> Self {
        let log = Self::default();
        let writer = log.clone();
        let filter = [
            "domain",
            "store",
            "services",
            "gateway",
            "app",
            "server",
            "gatehouse",
        ]
        .map(|name| format!("{name}=trace"))
        .join(",");
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(filter))
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .init();
        log
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

async fn said(router: &Router, request: Request<Body>) -> String {
    let response = send(router, request).await;
    let body = to_bytes(response.into_body(), 1 << 22).await.unwrap();
    String::from_utf8_lossy(&body).into_owned()
}

/// The same request as another site would have it sent.
fn from_elsewhere(mut request: Request<Body>) -> Request<Body> {
    let elsewhere = "https://elsewhere.example".parse().unwrap();
    request.headers_mut().insert(header::ORIGIN, elsewhere);
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_logged_whatever_is_done_with_it() {
    let log = Log::begin();
    let world = World::new().await;
    let (_folder, router) = world.copy().await;
    let owner = Some(world.sessions["owner"].as_str());
    let credential = "sk-credential-of-a-provider";
    let words = "words that only the model should see";

    let made = said(
        &router,
        request(
            "POST",
            "/api/ui/create_key",
            JSON,
            format!(
                r#"{{"org":"acme","member":{},"input":{{"name":"ci","expires_at":null,"scope":null,"requests_per_minute":null,"tokens_per_day":null}},"idempotency_key":"k"}}"#,
                world.member
            ),
            owner,
        ),
    )
    .await;
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let key = made["secret"].as_str().unwrap().to_owned();

    let mut secrets = vec![
        PASSWORD.to_owned(),
        world.invitation.clone(),
        key.clone(),
        credential.into(),
        words.into(),
    ];
    secrets.extend(world.sessions.values().cloned());
    // As it is spelled in a form.
    secrets.push(PASSWORD.replace(' ', "+"));

    let invitation = format!("/invite/{}", world.invitation);
    let password = PASSWORD.replace(' ', "+");
    let login = format!("email=owner%40example.com&password={password}");
    let provider = format!(
        r#"{{"org":"acme","input":{{"name":"Two","slug":"","api_type":"ollama","base_url":"http://127.0.0.1:9","description":"","credential":"{credential}"}},"idempotency_key":"k"}}"#
    );
    let chat = format!(
        r#"{{"conversation":null,"provider":{},"model":"m","content":"{words}","replace_from":null}}"#,
        world.provider
    );
    let mut drive: Vec<(&str, String, &str, String)> = vec![
        ("POST", "/login".into(), FORM, login.clone()),
        ("POST", "/login".into(), FORM, format!("{login}x")),
        ("POST", "/login".into(), FORM, format!("{login}&other={password}")),
        (
            "POST",
            "/login".into(),
            JSON,
            format!(r#"{{"password":"{PASSWORD}"}}"#),
        ),
        ("GET", format!("/login?password={password}"), FORM, String::new()),
        ("GET", invitation.clone(), FORM, String::new()),
        (
            "POST",
            invitation.clone(),
            FORM,
            format!("name=N&password={password}"),
        ),
        (
            "POST",
            invitation.clone(),
            FORM,
            format!("password={password}&password={password}"),
        ),
        ("PUT", invitation.clone(), FORM, String::new()),
        ("GET", format!("{invitation}/{key}"), FORM, String::new()),
        (
            "POST",
            "/account/password".into(),
            FORM,
            format!("current={password}&new={key}"),
        ),
        (
            "POST",
            "/setup".into(),
            FORM,
            format!("code={key}&organization=O&name=N&email=n%40example.com&password={password}"),
        ),
        ("POST", "/api/ui/create_provider".into(), JSON, provider.clone()),
        (
            "POST",
            "/api/ui/create_provider".into(),
            JSON,
            provider.replace("\"slug\"", "\"slog\""),
        ),
        (
            "POST",
            "/api/ui/create_provider".into(),
            JSON,
            credential.to_owned(),
        ),
        ("POST", format!("/api/ui/{key}"), JSON, key.clone()),
        ("POST", format!("/o/{ORG}/chat/send"), JSON, chat.clone()),
        (
            "POST",
            format!("/o/{ORG}/chat/send"),
            JSON,
            chat.replace("\"content\"", "\"contents\""),
        ),
        (
            "GET",
            format!("/o/{ORG}/access/{key}?q={key}"),
            FORM,
            String::new(),
        ),
        ("GET", format!("/pkg/{key}"), FORM, String::new()),
        ("GET", format!("/v1/models/{key}"), JSON, String::new()),
        ("GET", format!("/v1/{key}"), JSON, String::new()),
    ];
    for (path, _) in server_fn::axum::server_fn_paths() {
        let body = format!(
            r#"{{"org":"acme","token":"{}","secret":"{key}"}}"#,
            world.invitation
        );
        drive.push(("POST", path.to_owned(), JSON, body));
    }
    for (method, path) in gateway::paths() {
        let path = path.replace("{*model}", &key).replace("{org}", ORG);
        drive.push((
            method,
            path,
            JSON,
            format!(r#"{{"model":"{key}","messages":[{{"content":"{words}"}}]}}"#),
        ));
    }
    for (method, path, kind, body) in drive {
        for session in [None, owner] {
            let asked = || request(method, &path, kind, body.clone(), session);
            said(&router, asked()).await;
            said(&router, from_elsewhere(asked())).await;
            let mut with_key = asked();
            let bearer = format!("Bearer {key}").parse().unwrap();
            with_key.headers_mut().insert(header::AUTHORIZATION, bearer);
            said(&router, with_key).await;
        }
    }
    let log = log.text();
    for expected in [
        "route=\"/invite/{token}\"",
        "refused a request from another site",
        "route=\"/v1/models/{*model}\"",
    ] {
        assert!(log.contains(expected), "{expected} missing in {log}");
    }
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret}");
    }
}

/// A provider that streams three events and says what they cost.
async fn provider() -> String {
    const STREAM: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n\
        data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}\n\n\
        data: [DONE]\n\n";
    let list = get(|| async { axum::Json(serde_json::json!({ "data": [{ "id": "m" }] })) });
    let stream = list.post(|| async { ([(header::CONTENT_TYPE, "text/event-stream")], STREAM) });
    let app = Router::new().fallback(stream);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("http://{at}")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_of_a_streamed_request_comes_at_its_end_and_says_who_asked_what() {
    let log = Log::begin();
    let world = World::new().await;
    let services = support::services(world.folder.path()).await;
    let user = services
        .session(&world.sessions["owner"])
        .await
        .unwrap()
        .unwrap()
        .user;
    let owner = services.actor(user, ORG).await.unwrap();
    let input = ProviderInput {
        name: "Mock".into(),
        slug: String::new(),
        api_type: ApiType::OpenAiCompatible,
        base_url: provider().await,
        api_version: String::new(),
        models: Vec::new(),
        description: String::new(),
        credential: None,
    };
    let made = services.create_provider(&owner, &input, "mock").await.unwrap().id;
    services.test_provider(&owner, made).await.unwrap();
    let change = ProvidersChange {
        version: 1,
        added: vec![made],
        removed: Vec::new(),
    };
    services
        .set_providers(&owner, owner.member, &change)
        .await
        .unwrap();
    let key = domain::key::KeyInput {
        name: "laptop".into(),
        ..Default::default()
    };
    let key = services
        .create_key(&owner, owner.member, &key, "own")
        .await
        .unwrap();
    let router = support::router(services, world.folder.path());

    let body = r#"{"model":"mock/m","stream":true,"messages":[{"role":"user","content":"Hello"}]}"#;
    let mut asked = request("POST", "/v1/chat/completions", JSON, body.into(), None);
    let bearer = format!("Bearer {}", key.secret).parse().unwrap();
    asked.headers_mut().insert(header::AUTHORIZATION, bearer);
    let response = send(&router, asked).await;
    assert_eq!(response.status().as_u16(), 200);
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert!(!log.text().contains(&id), "not before the stream is over");
    to_bytes(response.into_body(), 1 << 20).await.unwrap();

    let chat = format!(
        r#"{{"conversation":null,"provider":{made},"model":"m","content":"Hello","replace_from":null}}"#
    );
    let session = Some(world.sessions["owner"].as_str());
    said(&router, request("POST", "/o/acme/chat/send", JSON, chat, session)).await;

    let log = log.text();
    let line = |route: &str| {
        let route = format!("route=\"{route}\"");
        let found = log
            .lines()
            .find(|line| line.contains("server::requests") && line.contains(&route));
        found
            .unwrap_or_else(|| panic!("{route} missing in {log}"))
            .to_owned()
    };
    let (gateway, chat) = (line("/v1/chat/completions"), line("/o/{org}/chat/send"));
    for part in [
        format!("id=\"{id}\""),
        format!("member={}", owner.member),
        format!("key={}", key.key.id),
        "method=\"POST\"".into(),
        "status=200".into(),
        "organization=\"acme\"".into(),
        "provider=\"mock\"".into(),
        "model=\"mock/m\"".into(),
        "tokens_in=7".into(),
        "tokens_out=3".into(),
    ] {
        assert!(gateway.contains(&part), "{part} missing in {gateway}");
    }
    for part in [
        "organization=\"acme\"",
        "provider=\"mock\"",
        "model=\"m\"",
        "tokens_in=7",
        "tokens_out=3",
    ] {
        assert!(chat.contains(part), "{part} missing in {chat}");
    }
    assert!(!log.contains("Hello"));
}
