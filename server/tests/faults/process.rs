//! The binary as a process of its own.

use crate::organization::{Access, ORG, Person};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use services::Database;
use std::fs::{File, OpenOptions};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// How long anything may take before a test gives up on it; far more than it takes.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running server.
pub struct Gatehouse {
    pub url: String,
    pub at: SocketAddr,
    process: Child,
    http: Client,
    owner: Person,
    log: PathBuf,
}

impl Gatehouse {
    /// Starts it by a command that has the binary and its arguments at its end.
    pub async fn start(mut command: Command, data: &Path, access: &Access) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let site = data.join("site");
        let log = data.join("said.log");
        let process = command
            .env_remove("DATABASE_URL")
            .env("GATEHOUSE_ADDR", address.to_string())
            .env("GATEHOUSE_DATA", data)
            .env("GATEHOUSE_SITE", &site)
            .env("GATEHOUSE_ALLOW_PRIVATE_PROVIDERS", "true")
            .stdout(Stdio::null())
            .stderr(log_file(&log));
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        let server = Self {
            url: format!("http://{address}"),
            at: address,
            process: process.spawn().unwrap(),
            http: Client::builder().no_proxy().timeout(PATIENCE).build().unwrap(),
            owner: access.owner.clone(),
            log,
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
        self.request("GET", path, &self.owner).send().await
    }

    fn request(&self, method: &str, path: &str, person: &Person) -> RequestBuilder {
        self.http
            .request(method.parse().unwrap(), format!("{}{path}", self.url))
            .header("cookie", format!("gatehouse={}", person.session))
            .header("origin", &self.url)
    }

    /// Goes to a page as a browser without JavaScript does.
    pub async fn go_to(&self, path: &str) -> reqwest::Result<Response> {
        self.go_to_as(&self.owner, path).await
    }

    pub async fn go_to_as(&self, person: &Person, path: &str) -> reqwest::Result<Response> {
        self.request("GET", path, person)
            .header("accept", "text/html")
            .header("sec-fetch-mode", "navigate")
            .send()
            .await
    }

    /// Sends a form as a browser without JavaScript and without a session does.
    pub async fn submit(&self, path: &str, form: &'static str) -> reqwest::Result<Response> {
        self.form(
            self.http
                .post(format!("{}{path}", self.url))
                .header("origin", &self.url),
            form,
        )
        .await
    }

    pub async fn submit_as(
        &self,
        person: &Person,
        path: &str,
        form: &'static str,
    ) -> reqwest::Result<Response> {
        self.form(self.request("POST", path, person), form).await
    }

    async fn form(&self, request: RequestBuilder, form: &'static str) -> reqwest::Result<Response> {
        request
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
        self.send_as(&self.owner, &format!("/api/ui/{function}"), &arguments)
            .await
    }

    /// Sends what a script of a page sends.
    pub async fn send_as(&self, person: &Person, path: &str, body: &Value) -> reqwest::Result<Response> {
        self.request("POST", path, person)
            .header("accept", "application/json")
            .json(body)
            .send()
            .await
    }

    pub async fn create_team(&self, name: &str) -> reqwest::Result<Response> {
        self.call("create_team", json!({ "name": name, "idempotency_key": name }))
            .await
    }

    /// Asks the model through the gateway.
    pub async fn ask(&self) -> reqwest::Result<Response> {
        self.ask_as(&self.owner, &json!({ "model": "m", "messages": [] }))
            .await
    }

    pub async fn ask_as(&self, person: &Person, body: &Value) -> reqwest::Result<Response> {
        self.http
            .post(format!("{}/v1/chat/completions", self.url))
            .bearer_auth(&person.key)
            .json(body)
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

    /// Megabytes of memory that it takes.
    pub fn memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        let kilobytes = line.split_whitespace().nth(1).unwrap();
        kilobytes.parse::<usize>().unwrap() / 1024
    }

    /// Asks it to stop, and waits until it has; what it said on standard error.
    pub async fn stop(&mut self) -> String {
        signal("-TERM", self.id());
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < PATIENCE, "it does not stop");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let said = std::fs::read_to_string(&self.log).unwrap();
        assert!(status.success(), "{status}: {said}");
        said
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
        // What the server said belongs to a failure: a panic in it is only told there.
        if std::thread::panicking() {
            eprintln!("{}", std::fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}

/// Where standard error goes: a pipe that nobody reads would stop the server.
fn log_file(path: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(path).unwrap()
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

/// The same on a database; the embedded one is in the data folder anyway.
pub fn gatehouse_on(database: &Database, data: &Path) -> Command {
    let mut command = gatehouse();
    if let Database::Postgres(url) = database {
        let config = data.join("gatehouse.toml");
        std::fs::write(&config, format!("database_url = {url:?}\n")).unwrap();
        command.env("GATEHOUSE_CONFIG", &config);
    }
    command
}
