//! The server that is measured: the real one, in a process of its own, on one core.

use crate::provider::MODEL;
use domain::key::KeyInput;
use domain::organization::SetupInput;
use domain::provider::{ApiType, ProviderInput};
use services::{Clock, Config, Database, Services};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

type Failed = Box<dyn std::error::Error>;

/// The running server, and a key that may use the provider.
pub struct Subject {
    /// Where it listens.
    pub address: SocketAddr,
    key: String,
    process: Child,
    _folder: tempfile::TempDir,
}

/// Keeps this process off the core of the server, where there are two.
pub fn pin_self_to_last_core() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let _ = Command::new("taskset")
        .args(["-pc", &(cores - 1).to_string(), &std::process::id().to_string()])
        .stdout(Stdio::null())
        .status();
}

impl Subject {
    /// Makes an organization with one provider and one key, and starts the server over it.
    pub async fn start(provider: SocketAddr) -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let key = prepare(folder.path(), provider).await?;
        std::fs::create_dir_all(folder.path().join("site/pkg"))?;
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let process = Command::new("taskset")
            .args(["-c", "0", env!("CARGO_BIN_EXE_gatehouse"), "serve"])
            .env("GATEHOUSE_ADDR", address.to_string())
            .env("GATEHOUSE_DATA", folder.path())
            .env("GATEHOUSE_SITE", folder.path().join("site"))
            .env("GATEHOUSE_ALLOW_PRIVATE_PROVIDERS", "true")
            .env_remove("DATABASE_URL")
            .stdout(Stdio::null())
            .spawn()?;
        let subject = Self {
            address,
            key,
            process,
            _folder: folder,
        };
        for _ in 0..400 {
            if tokio::net::TcpStream::connect(address).await.is_ok() {
                return Ok(subject);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Err("the server did not start".into())
    }

    /// A request for the model, of a kind that the provider knows.
    pub fn request(&self, to: SocketAddr, kind: &str) -> Vec<u8> {
        let stream = kind != "plain";
        let body = format!(
            "{{\"model\":\"bench/{MODEL}\",\"kind\":\"{kind}\",\"stream\":{stream},\"messages\":[{{\"role\":\"user\",\"content\":\"Say something short.\"}}]}}"
        );
        format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: {to}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.key,
            body.len()
        )
        .into_bytes()
    }

    /// Memory that the server holds, in megabytes.
    pub fn rss_mb(&self) -> f64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let kilobytes = status.lines().find_map(|line| {
            line.strip_prefix("VmRSS:")?
                .trim()
                .strip_suffix("kB")?
                .trim()
                .parse::<f64>()
                .ok()
        });
        kilobytes.unwrap_or(f64::NAN) / 1024.0
    }

    /// Ends the server.
    pub fn stop(mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

async fn prepare(folder: &std::path::Path, provider: SocketAddr) -> Result<String, Failed> {
    let services = Services::open(Config {
        database: Database::Embedded(folder.join("gatehouse.db")),
        data_dir: folder.to_owned(),
        public_url: "http://127.0.0.1".into(),
        allow_private_providers: true,
        clock: Clock::System,
    })
    .await?;
    let made = services
        .set_up(&SetupInput {
            code: services.setup_code().ok_or("no set-up code")?,
            organization: "Bench".into(),
            name: "Bench".into(),
            email: "bench@example.com".into(),
            password: "a long enough password".into(),
        })
        .await?;
    let session = services
        .session(made.session.expose())
        .await?
        .ok_or("no session")?;
    let actor = services.actor(session.user, &made.slug).await?;
    let input = ProviderInput {
        name: "Bench".into(),
        slug: String::new(),
        api_type: ApiType::OpenAiCompatible,
        base_url: format!("http://{provider}/v1"),
        description: String::new(),
        credential: Some("sk-bench".into()),
    };
    let provider = services.create_provider(&actor, &input, "provider").await?.id;
    services.test_provider(&actor, provider).await?;
    services.add_provider(&actor, actor.member, provider).await?;
    let input = KeyInput {
        name: "bench".into(),
        ..KeyInput::default()
    };
    Ok(services
        .create_key(&actor, actor.member, &input, "key")
        .await?
        .secret)
}
