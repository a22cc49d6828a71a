//! Testing a provider's connection, against small servers of our own.

mod lists;

use crate::common::{World, fresh_key};
use domain::Role;
use domain::provider::{ApiType, ProviderInput, ProviderTest};
use services::{Actor, Config, Services};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that gives every request the same answer and remembers what was asked.
struct Upstream {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    async fn answering(answer: String) -> Self {
        Self::answering_each(move |_| answer.clone()).await
    }

    /// Answers each request, given in lower case, by itself.
    async fn answering_each(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (heard, answer) = (Arc::clone(&heard), Arc::clone(&answer));
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    let mut part = [0u8; 4096];
                    // A first byte of 22 is the start of TLS, of which no blank line is to be expected.
                    while request.first() != Some(&22) && !request.windows(4).any(|w| w == b"\r\n\r\n") {
                        match stream.read(&mut part).await {
                            Ok(n) if n > 0 => request.extend_from_slice(&part[..n]),
                            _ => break,
                        }
                    }
                    let request = String::from_utf8_lossy(&request).to_lowercase();
                    let answer = answer(&request);
                    heard.lock().unwrap().push(request);
                    let _ = stream.write_all(answer.as_bytes()).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { port, asked }
    }

    async fn with(status: &str, body: &str) -> Self {
        Self::answering(whole(status, body)).await
    }

    fn url(&self, host: &str) -> String {
        format!("http://{host}:{}/v1", self.port)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn whole(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

struct Bench {
    world: World,
    /// The same, where the operator allows private addresses.
    private: Services,
    owner: Actor,
}

impl Bench {
    async fn new() -> Self {
        let world = World::sqlite().await;
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let config = Config {
            allow_private_providers: true,
            mailer: None,
            ..world.config.clone()
        };
        let private = Services::open(config).await.unwrap();
        Self {
            world,
            private,
            owner,
        }
    }

    async fn test(
        &self,
        services: &Services,
        api_type: ApiType,
        base_url: &str,
        credential: Option<&str>,
    ) -> ProviderTest {
        let input = ProviderInput {
            name: fresh_key(),
            slug: String::new(),
            api_type,
            base_url: base_url.to_owned(),
            api_version: String::new(),
            models: Vec::new(),
            description: String::new(),
            credential: credential.map(str::to_owned),
        };
        let view = services
            .create_provider(&self.owner, &input, &fresh_key())
            .await
            .unwrap();
        services.test_provider(&self.owner, view.id).await.unwrap()
    }

    /// What is said of a server that is allowed.
    async fn says(&self, base_url: &str) -> String {
        let result = self
            .test(&self.private, ApiType::OpenAiCompatible, base_url, None)
            .await;
        assert!(!result.ok, "{result:?}");
        result.message
    }
}

#[tokio::test]
async fn each_api_is_asked_in_its_own_way() {
    let bench = Bench::new().await;
    let openai = r#"{"data":[{"id":"big"},{"id":"small"}]}"#;
    for (api_type, body, line, header) in [
        (
            ApiType::OpenAi,
            openai,
            "get /v1/models http",
            "authorization: bearer sk-1",
        ),
        (
            ApiType::OpenAiCompatible,
            openai,
            "get /v1/models http",
            "authorization: bearer sk-1",
        ),
        (
            ApiType::AzureOpenAi,
            openai,
            "get /v1/models http",
            "api-key: sk-1",
        ),
        (
            ApiType::Anthropic,
            openai,
            "get /v1/models?limit=1000 http",
            "x-api-key: sk-1",
        ),
        (
            ApiType::Gemini,
            r#"{"models":[{"name":"models/big"},{"name":"models/small"}]}"#,
            "get /v1/models?pagesize=1000 http",
            "x-goog-api-key: sk-1",
        ),
        (
            ApiType::Ollama,
            r#"{"models":[{"name":"big"},{"name":"small"}]}"#,
            "get /api/tags http",
            "authorization: bearer sk-1",
        ),
    ] {
        let upstream = Upstream::with("200 OK", body).await;
        let result = bench
            .test(&bench.private, api_type, &upstream.url("127.0.0.1"), Some("sk-1"))
            .await;
        assert!(result.ok, "{api_type}: {result:?}");
        assert_eq!(result.message, "It works: 2 models.");
        assert_eq!(
            (result.models.as_slice(), result.model_count),
            (["big", "small"].map(str::to_owned).as_slice(), 2)
        );
        let asked = upstream.asked();
        assert!(asked[0].starts_with(line), "{api_type}: {}", asked[0]);
        assert!(
            asked[0].contains(&format!("\r\n{header}\r\n")),
            "{api_type}: {}",
            asked[0]
        );
        assert_eq!(
            asked[0].contains("anthropic-version: 2023-06-01"),
            api_type == ApiType::Anthropic
        );
    }
}

#[tokio::test]
async fn what_goes_wrong_is_said_in_plain_words() {
    let bench = Bench::new().await;
    for (status, body, words) in [
        ("401 Unauthorized", "{}", "wants a credential (401)"),
        ("403 Forbidden", "{}", "wants a credential (403)"),
        ("404 Not Found", "", "no model list at this address (404)"),
        ("429 Too Many Requests", "", "(429)"),
        ("500 Internal Server Error", "", "reports an error (500)"),
        ("418 I'm a teapot", "", "status 418"),
        ("200 OK", "<!doctype html>", "not with JSON"),
        ("200 OK", r#"{"error":"no"}"#, "Check the API type"),
        ("405 Method Not Allowed", "", "Enter the model names by hand"),
        ("204 No Content", "", "Enter the model names by hand"),
        ("200 OK", " ", "Enter the model names by hand"),
    ] {
        let upstream = Upstream::with(status, body).await;
        let said = bench.says(&upstream.url("127.0.0.1")).await;
        assert!(said.contains(words), "{status}: {said}");
    }
    let upstream = Upstream::with("401 Unauthorized", "{}").await;
    let result = bench
        .test(
            &bench.private,
            ApiType::OpenAi,
            &upstream.url("127.0.0.1"),
            Some("sk-1"),
        )
        .await;
    assert!(
        result.message.contains("refuses the credential (401)"),
        "{}",
        result.message
    );

    let upstream = Upstream::with("200 OK", &"x".repeat(17 * 1024 * 1024)).await;
    assert!(
        bench
            .says(&upstream.url("127.0.0.1"))
            .await
            .contains("larger than 16 MiB")
    );
    let upstream = Upstream::answering("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_owned()).await;
    assert!(bench.says(&upstream.url("127.0.0.1")).await.contains("broke off"));

    let free = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let said = bench.says(&format!("http://127.0.0.1:{free}/v1")).await;
    assert!(said.contains("refused the connection"), "{said}");
    let said = bench.says("https://no-such-host.invalid/v1").await;
    assert!(
        said.contains("There is no host named no-such-host.invalid"),
        "{said}"
    );
    let upstream = Upstream::with("200 OK", "{}").await;
    let said = bench
        .says(&upstream.url("127.0.0.1").replace("http://", "https://"))
        .await;
    assert!(
        said.contains("No secure connection") || said.contains("root certificates"),
        "{said}"
    );
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let bench = Bench::new().await;
    let target = Upstream::with("200 OK", r#"{"data":[]}"#).await;
    let location = format!("http://127.0.0.1:{}/v1/models", target.port);
    for status in [
        "301 Moved",
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let answer = format!(
            "HTTP/1.1 {status}\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        let upstream = Upstream::answering(answer).await;
        let said = bench.says(&upstream.url("127.0.0.1")).await;
        assert!(said.contains("not followed"), "{said}");
    }
    assert!(target.asked().is_empty(), "the credential would have gone there");
}

#[tokio::test]
async fn private_addresses_are_refused_however_they_are_written() {
    let bench = Bench::new().await;
    let upstream = Upstream::with("200 OK", r#"{"data":[]}"#).await;
    let port = upstream.port;
    for base_url in [
        format!("http://127.0.0.1:{port}/v1"),
        // A name that resolves to loopback.
        format!("http://localhost:{port}/v1"),
        format!("http://[::1]:{port}/v1"),
        format!("http://[::ffff:127.0.0.1]:{port}/v1"),
        "http://10.0.0.1/v1".to_owned(),
        "http://192.168.1.1/v1".to_owned(),
        "http://169.254.169.254/latest".to_owned(),
        "http://100.64.0.1/v1".to_owned(),
        "http://[fd00::1]/v1".to_owned(),
        "http://[fe80::1]/v1".to_owned(),
    ] {
        let result = bench
            .test(
                &bench.world.services,
                ApiType::OpenAiCompatible,
                &base_url,
                Some("sk-1"),
            )
            .await;
        assert!(
            !result.ok && result.message.contains("private or local address"),
            "{base_url}: {result:?}"
        );
    }
    assert!(upstream.asked().is_empty());
    // The same server, where the operator allows it.
    let result = bench
        .test(
            &bench.private,
            ApiType::OpenAiCompatible,
            &format!("http://localhost:{port}/v1"),
            None,
        )
        .await;
    assert!(result.ok, "{result:?}");
}

#[tokio::test]
async fn another_key_file_is_said_rather_than_failed_on() {
    let bench = Bench::new().await;
    let view = bench.world.provider(&bench.owner, "OpenAI").await;
    let elsewhere = tempfile::tempdir().unwrap();
    let config = Config {
        data_dir: elsewhere.path().to_owned(),
        ..bench.world.config.clone()
    };
    let restored = Services::open(config).await.unwrap();
    let result = restored.test_provider(&bench.owner, view.id).await.unwrap();
    assert!(
        !result.ok && result.message.contains("Enter it again"),
        "{result:?}"
    );
}

#[tokio::test]
async fn an_answer_about_a_provider_that_was_changed_meanwhile_is_not_kept() {
    let bench = Bench::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let input = ProviderInput {
        name: "Lab".into(),
        slug: String::new(),
        api_type: ApiType::OpenAiCompatible,
        base_url: format!("http://{}/v1", listener.local_addr().unwrap()),
        api_version: String::new(),
        models: Vec::new(),
        description: String::new(),
        credential: None,
    };
    let made = bench.private.create_provider(&bench.owner, &input, "made").await;
    let provider = made.unwrap().id;
    for (change, kept) in [(true, 0), (false, 1)] {
        let (services, owner) = (bench.private.clone(), bench.owner.clone());
        let test = tokio::spawn(async move { services.test_provider(&owner, provider).await });
        let (mut asking, _) = listener.accept().await.unwrap();
        if change {
            let edit = ProviderInput {
                description: "another".into(),
                ..input.clone()
            };
            let edited = bench
                .private
                .update_provider(&bench.owner, provider, 1, &edit)
                .await;
            edited.unwrap();
        }
        let body = r#"{"data":[{"id":"m"}]}"#;
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        let mut request = [0; 4_096];
        assert!(asking.read(&mut request).await.unwrap() > 0);
        asking.write_all(answer.as_bytes()).await.unwrap();
        assert!(test.await.unwrap().unwrap().ok);
        let health = bench.private.providers(&bench.owner).await.unwrap()[0]
            .health
            .clone();
        assert_eq!(health.models, kept, "changed meanwhile: {change}");
        assert_eq!(
            health.last_success_at.is_some(),
            kept == 1,
            "changed meanwhile: {change}"
        );
    }
}
