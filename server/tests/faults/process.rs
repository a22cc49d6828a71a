//! The binary as a process of its own, and an organization for it to serve.

use domain::key::KeyInput;
use domain::organization::SetupInput;
use domain::provider::{ApiType, ProviderInput};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use services::{Clock, Config, Database, Services};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

pub const ORG: &str = "faults";

/// How long anything may take before a test gives up on it; far more than it takes.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What a client of the organization needs.
pub struct Access {
    pub session: String,
    pub key: String,
}

/// Makes an organization with one owner, one provider that answers at once, and a key for it.
pub async fn prepare(database: &Database, data: &Path) -> Access {
    let services = Services::open(Config {
        database: database.clone(),
        data_dir: data.to_owned(),
        public_url: "http://127.0.0.1".into(),
        allow_private_providers: true,
        clock: Clock::System,
    })
    .await
    .unwrap();
    let set_up = services
        .set_up(&SetupInput {
            code: services.setup_code().unwrap(),
            organization: "Faults".into(),
            name: "Test owner".into(),
            email: "owner@example.com".into(),
            password: "correct horse battery".into(),
        })
        .await
        .unwrap();
    let session = services.session(set_up.session.expose()).await.unwrap().unwrap();
    let owner = services.actor(session.user, ORG).await.unwrap();
    let provider = ProviderInput {
        name: "Echo".into(),
        slug: String::new(),
        api_type: ApiType::OpenAiCompatible,
        base_url: format!("http://{}/v1", provider().await),
        description: String::new(),
        credential: None,
    };
    let provider = services
        .create_provider(&owner, &provider, "provider")
        .await
        .unwrap()
        .id;
    services.test_provider(&owner, provider).await.unwrap();
    services
        .add_provider(&owner, owner.member, provider)
        .await
        .unwrap();
    let input = KeyInput {
        name: "faults".into(),
        ..KeyInput::default()
    };
    let key = services
        .create_key(&owner, owner.member, &input, "key")
        .await
        .unwrap()
        .secret;
    Access {
        session: set_up.session.expose().to_owned(),
        key,
    }
}

/// A provider that gives one answer to everything, for as long as the test runs.
async fn provider() -> SocketAddr {
    const BODY: &str =
        r#"{"data":[{"id":"m"}],"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = vec![0; 16 * 1024];
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{BODY}",
                    BODY.len()
                );
                if matches!(socket.read(&mut buffer).await, Ok(read) if read > 0) {
                    let _ = socket.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    address
}

/// A running server.
pub struct Gatehouse {
    pub url: String,
    process: Child,
    http: Client,
    access: (String, String),
}

impl Gatehouse {
    /// Starts it by a command that has the binary and its arguments at its end.
    pub async fn start(mut command: Command, data: &Path, access: &Access) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let site = data.join("site");
        let process = command
            .env_remove("DATABASE_URL")
            .env("GATEHOUSE_ADDR", address.to_string())
            .env("GATEHOUSE_DATA", data)
            .env("GATEHOUSE_SITE", &site)
            .env("GATEHOUSE_ALLOW_PRIVATE_PROVIDERS", "true")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        let server = Self {
            url: format!("http://{address}"),
            process: process.spawn().unwrap(),
            http: Client::builder().no_proxy().timeout(PATIENCE).build().unwrap(),
            access: (access.session.clone(), access.key.clone()),
        };
        server
            .until("it is up", async || {
                server.get("/health").await.is_ok_and(|r| r.status() == 200)
            })
            .await;
        server
    }

    /// Waits until something is so; how long that took.
    pub async fn until(&self, what: &str, so: impl AsyncFn() -> bool) -> Duration {
        let began = Instant::now();
        while !so().await {
            assert!(began.elapsed() < PATIENCE, "in vain: {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        began.elapsed()
    }

    pub async fn get(&self, path: &str) -> reqwest::Result<Response> {
        let request = self.http.get(format!("{}{path}", self.url));
        request
            .header("cookie", format!("gatehouse={}", self.access.0))
            .send()
            .await
    }

    /// Goes to a page as a browser without JavaScript does.
    pub async fn go_to(&self, path: &str) -> reqwest::Result<Response> {
        let request = self.http.get(format!("{}{path}", self.url));
        request
            .header("cookie", format!("gatehouse={}", self.access.0))
            .header("accept", "text/html")
            .header("sec-fetch-mode", "navigate")
            .send()
            .await
    }

    /// Sends a form as a browser without JavaScript does.
    pub async fn submit(&self, path: &str, form: &'static str) -> reqwest::Result<Response> {
        self.http
            .post(format!("{}{path}", self.url))
            .header("origin", &self.url)
            .header("accept", "text/html")
            .header("sec-fetch-mode", "navigate")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
    }

    /// Calls a server function as the owner.
    pub async fn call(&self, function: &str, arguments: Value) -> reqwest::Result<Response> {
        let mut arguments = arguments;
        arguments["org"] = ORG.into();
        self.http
            .post(format!("{}/api/ui/{function}", self.url))
            .header("cookie", format!("gatehouse={}", self.access.0))
            .header("origin", &self.url)
            .header("accept", "application/json")
            .json(&arguments)
            .send()
            .await
    }

    pub async fn create_team(&self, name: &str) -> reqwest::Result<Response> {
        self.call("create_team", json!({ "name": name, "idempotency_key": name }))
            .await
    }

    /// Asks the model through the gateway.
    pub async fn ask(&self) -> reqwest::Result<Response> {
        self.http
            .post(format!("{}/v1/chat/completions", self.url))
            .bearer_auth(&self.access.1)
            .json(&json!({ "model": "m", "messages": [] }))
            .send()
            .await
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Stops it where it is.
    pub fn freeze(&self) {
        signal("-STOP", self.id());
    }

    /// Ends it as a failing machine does: without a word.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Gatehouse {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends a signal to a process.
pub fn signal(signal: &str, process: u32) {
    let status = Command::new("kill").args([signal, &process.to_string()]).status();
    assert!(status.unwrap().success());
}

/// The binary, to serve.
pub fn gatehouse() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    command.arg("serve");
    command
}
