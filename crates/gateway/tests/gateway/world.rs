//! An organization with an owner, on SQLite, and the gateway in front of it on a real socket.

use crate::upstream::Upstream;
use domain::key::KeyInput;
use domain::provider::{ApiType, ProviderInput, ProviderView};
use domain::{MemberId, MemberStatus, OrganizationId, ProviderId, Role, Timestamp, UserId};
use gateway::{Engine, Limits, Origins};
use reqwest::{Client, Response};
use serde_json::Value;
use services::{Actor, Clock, Config, Services};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use store::Store;
use store::bulk::BulkMember;
pub use store::testing::NOW;
use store::testing::{TestDatabase, person};

pub const ORG: &str = "acme";

pub struct World {
    pub services: Services,
    /// The same database, for what a test has to make behind the services' back.
    pub store: Store,
    pub clock: Clock,
    pub engine: Engine,
    pub url: String,
    pub http: Client,
    pub owner: Actor,
    pub organization: OrganizationId,
    made: AtomicU32,
    database: TestDatabase,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Somebody with a key.
pub struct Person {
    pub actor: Actor,
    pub key: String,
}

/// Time limits that a test can wait for.
pub fn short() -> Limits {
    Limits {
        body: Duration::from_secs(2),
        connect: Duration::from_secs(1),
        first_byte: Duration::from_millis(400),
        idle: Duration::from_millis(400),
        ..Limits::default()
    }
}

async fn services(database: &TestDatabase, clock: &Clock, allow_private: bool) -> Services {
    Services::open(Config {
        database: database.database.clone(),
        data_dir: database.folder.path().to_owned(),
        public_url: "http://127.0.0.1:3000".to_owned(),
        allow_private_providers: allow_private,
        mailer: None,
        clock: clock.clone(),
    })
    .await
    .unwrap()
}

async fn serve(engine: Engine, origins: Origins) -> (String, tokio::task::JoinHandle<()>) {
    let router = gateway::router(engine, origins);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, server)
}

impl World {
    pub async fn new() -> Self {
        Self::with(true, Limits::default()).await
    }

    pub async fn with(allow_private: bool, limits: Limits) -> Self {
        Self::open(allow_private, limits, Origins::default()).await
    }

    /// One that web pages of these origins may ask.
    pub async fn for_pages(origins: &str) -> Self {
        Self::open(true, Limits::default(), Origins::parse(origins).unwrap()).await
    }

    async fn open(allow_private: bool, limits: Limits, origins: Origins) -> Self {
        let database = TestDatabase::embedded();
        let clock = Clock::fixed(NOW);
        let services = services(&database, &clock, allow_private).await;
        let store = Store::open(&database.database).await.unwrap();
        let tx = store.write().await.unwrap();
        let organization = store::organizations::insert(&tx, ORG, "Acme", NOW).await.unwrap();
        tx.commit().await.unwrap();
        let engine = Engine::new(services.clone(), limits).unwrap();
        let (url, server) = serve(engine.clone(), origins).await;
        let http = Client::builder().no_proxy().build().unwrap();
        let nobody = Actor {
            user: UserId(0),
            email: String::new(),
            organization,
            slug: ORG.to_owned(),
            member: MemberId(0),
            role: Role::Owner,
        };
        let mut world = Self {
            services,
            store,
            clock,
            engine,
            url,
            http,
            owner: nobody,
            organization,
            made: AtomicU32::new(0),
            database,
            server,
        };
        world.owner = world
            .join("owner@example.com", Role::Owner, MemberStatus::Active, Vec::new())
            .await;
        world
    }

    /// The server ends, and another begins with its database.
    pub async fn restart(&mut self) {
        self.server.abort();
        self.services = services(&self.database, &self.clock, true).await;
        self.engine = Engine::new(self.services.clone(), Limits::default()).unwrap();
        (self.url, self.server) = serve(self.engine.clone(), Origins::default()).await;
    }

    /// A word that was not given before.
    pub fn fresh(&self) -> String {
        format!("n{}", self.made.fetch_add(1, Ordering::Relaxed))
    }

    /// Makes a member; the next change through the services is when memory hears of it.
    pub async fn join(
        &self,
        email: &str,
        role: Role,
        status: MemberStatus,
        providers: Vec<(ProviderId, Option<Timestamp>)>,
    ) -> Actor {
        let one = BulkMember {
            role,
            status,
            providers,
            ..person(email, email)
        };
        let identity = one.email_identity.clone();
        let tx = self.store.write().await.unwrap();
        let ids = store::bulk::insert_members(&tx, self.organization, &[one], NOW)
            .await
            .unwrap();
        let user = store::users::by_identity(&tx, &identity)
            .await
            .unwrap()
            .unwrap()
            .id;
        tx.commit().await.unwrap();
        Actor {
            user,
            email: email.to_owned(),
            organization: self.organization,
            slug: ORG.to_owned(),
            member: ids[0],
            role,
        }
    }

    /// Any change, after which memory holds what the database does.
    pub async fn settle(&self) {
        let name = self.fresh();
        self.services
            .create_team(&self.owner, &name, &name)
            .await
            .unwrap();
    }

    /// Registers a provider and reads its models.
    pub async fn provider(&self, name: &str, api_type: ApiType, base_url: &str) -> ProviderView {
        let input = ProviderInput {
            name: name.to_owned(),
            slug: String::new(),
            api_type,
            base_url: base_url.to_owned(),
            api_version: String::new(),
            models: Vec::new(),
            description: String::new(),
            credential: Some("sk-upstream-secret".to_owned()),
        };
        let made = self
            .services
            .create_provider(&self.owner, &input, &self.fresh())
            .await
            .unwrap();
        let test = self.services.test_provider(&self.owner, made.id).await.unwrap();
        assert!(test.ok, "{}", test.message);
        made
    }

    /// A provider in front of a scripted server, as most tests want one.
    pub async fn before(&self, upstream: &Upstream) -> ProviderView {
        self.provider("Lab", ApiType::OpenAiCompatible, &format!("{}/v1", upstream.url))
            .await
    }

    /// A member with these providers and a key.
    pub async fn person(&self, providers: &[ProviderId]) -> Person {
        let email = format!("{}@example.com", self.fresh());
        let providers = providers.iter().map(|id| (*id, None)).collect();
        let actor = self
            .join(&email, Role::Member, MemberStatus::Active, providers)
            .await;
        let key = self.key(&actor, KeyInput::default()).await;
        Person { actor, key }
    }

    pub async fn key(&self, actor: &Actor, input: KeyInput) -> String {
        let input = KeyInput {
            name: self.fresh(),
            ..input
        };
        self.services
            .create_key(actor, actor.member, &input, &self.fresh())
            .await
            .unwrap()
            .secret
    }

    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Response {
        self.send(path, key, body.to_string()).await
    }

    pub async fn send(&self, path: &str, key: &str, body: impl Into<reqwest::Body>) -> Response {
        self.http
            .post(format!("{}{path}", self.url))
            .bearer_auth(key)
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await
            .unwrap()
    }

    pub async fn get(&self, path: &str, key: &str) -> Response {
        self.http
            .get(format!("{}{path}", self.url))
            .bearer_auth(key)
            .send()
            .await
            .unwrap()
    }
}

/// The status and code of an error of OpenAI's shape.
pub async fn code(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["content-type"], "application/json");
    let body: Value = answer.json().await.unwrap();
    let error = &body["error"];
    assert!(
        error["message"].as_str().is_some_and(|text| text.len() > 10),
        "{body}"
    );
    assert!(
        error["type"].is_string() && error.get("param").is_some(),
        "{body}"
    );
    (status, error["code"].as_str().unwrap().to_owned())
}
