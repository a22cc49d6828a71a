//! A world for each test: empty, with a clock that stands still, on either database.

use domain::key::KeyInput;
use domain::provider::{ApiType, ProviderInput, ProviderView};
use domain::{MemberId, OrganizationId, ProblemCode, Role, UserId};
use services::{Actor, Client, Clock, Config, Error, Services};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use store::Store;
use store::members::NewMember;
pub use store::testing::NOW;
use store::testing::TestDatabase;
use store::users::NewUser;

/// Where requests come from.
pub fn here() -> Client {
    at(1)
}

/// Where other requests come from.
pub fn elsewhere() -> Client {
    at(2)
}

/// One of many addresses.
pub fn at(n: u8) -> Client {
    Client::from(IpAddr::from([192, 0, 2, n]))
}

pub struct World {
    pub services: Services,
    /// The same database, for what a test has to make or see behind the services' back.
    pub store: Store,
    pub clock: Clock,
    pub config: Config,
    database: TestDatabase,
}

impl World {
    pub async fn sqlite() -> Self {
        Self::on(TestDatabase::embedded()).await
    }

    pub async fn postgres() -> Self {
        Self::on(TestDatabase::postgres().await).await
    }

    async fn on(database: TestDatabase) -> Self {
        let clock = Clock::fixed(NOW);
        let config = Config {
            database: database.database.clone(),
            data_dir: database.folder.path().to_owned(),
            public_url: "https://gatehouse.example".to_owned(),
            allow_private_providers: false,
            mailer: None,
            clock: clock.clone(),
        };
        Self {
            services: Services::open(config.clone()).await.expect("services"),
            store: Store::open(&database.database).await.expect("store"),
            clock,
            config,
            database,
        }
    }

    /// Deletes the database.
    pub async fn end(self) {
        drop(self.services);
        self.store.close().await.expect("closed");
        self.database.remove().await;
    }

    /// Deletes the database under the services, which are left.
    pub async fn cut_off(self) -> Services {
        self.database.remove().await;
        self.services
    }

    pub async fn organization(&self, slug: &str) -> OrganizationId {
        let tx = self.store.write().await.unwrap();
        let id = store::testing::organization(&tx, slug).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// The account with this address, made if need be. Nobody can sign in to it with a password.
    pub async fn user(&self, email: &str) -> UserId {
        let identity = domain::email::check(email).unwrap().identity;
        let tx = self.store.write().await.unwrap();
        let user = match store::users::by_identity(&tx, &identity).await.unwrap() {
            Some(user) => user.id,
            None => {
                let new = NewUser {
                    name: email.split('@').next().unwrap(),
                    email,
                    email_identity: &identity,
                    password_hash: None,
                };
                store::users::insert(&tx, new, NOW).await.unwrap()
            }
        };
        tx.commit().await.unwrap();
        user
    }

    /// Makes an active member and returns them as an actor.
    pub async fn join(&self, slug: &str, email: &str, role: Role) -> Actor {
        let user = self.user(email).await;
        let tx = self.store.write().await.unwrap();
        let organization = store::organizations::by_slug(&tx, slug)
            .await
            .unwrap()
            .unwrap()
            .id;
        let identity = domain::email::check(email).unwrap().identity;
        let new = NewMember {
            user,
            name: email.split('@').next().unwrap(),
            email,
            email_identity: &identity,
            role,
            last_login: None,
        };
        store::members::insert_active(&tx, organization, new, NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.services.actor(user, slug).await.expect("actor")
    }

    pub async fn provider(&self, actor: &Actor, name: &str) -> ProviderView {
        self.services
            .create_provider(actor, &provider_input(name), &fresh_key())
            .await
            .expect("provider")
    }

    /// Has a provider list these models, as if it had been asked.
    pub async fn list_models(&self, actor: &Actor, provider: &ProviderView, models: &[&str]) {
        let tx = self.store.write().await.unwrap();
        let models = models.iter().copied().collect();
        store::providers::set_models(&tx, actor.organization, provider.id, &models, NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Everything that was written to the audit log of an organization, oldest first.
    pub async fn audit(&self, organization: OrganizationId) -> Vec<store::audit::AuditRecord> {
        let tx = self.store.read().await.unwrap();
        let mut records = store::audit::latest(&tx, organization, 10_000).await.unwrap();
        records.reverse();
        records
    }

    /// Everything there is of an organization that a use case could have changed.
    pub async fn picture(&self, organization: OrganizationId) -> String {
        let tx = self.store.read().await.unwrap();
        let query = domain::query::MemberQuery::default();
        let page = store::members::page(&tx, organization, &query, NOW)
            .await
            .unwrap();
        let providers = store::providers::list(&tx, organization, NOW).await.unwrap();
        let teams = store::teams::list(&tx, organization, NOW).await.unwrap();
        let mut people = Vec::new();
        for team in &teams {
            people.push(store::teams::people(&tx, organization, team.id).await.unwrap());
        }
        let audit = store::audit::latest(&tx, organization, 10_000)
            .await
            .unwrap()
            .len();
        format!("{page:#?} {providers:#?} {teams:#?} {people:#?} {audit}")
    }
}

pub fn provider_input(name: &str) -> ProviderInput {
    ProviderInput {
        name: name.to_owned(),
        slug: String::new(),
        api_type: ApiType::OpenAiCompatible,
        base_url: "https://models.example/v1".to_owned(),
        api_version: String::new(),
        models: Vec::new(),
        description: String::new(),
        credential: Some(format!("sk-secret-of-{}", name.to_lowercase().replace(' ', "-"))),
    }
}

/// A key without end, narrowing or limits.
pub fn key_input(name: &str) -> KeyInput {
    KeyInput {
        name: name.to_owned(),
        ..KeyInput::default()
    }
}

/// An idempotency key nobody used.
pub fn fresh_key() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("key-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// What kind of refusal this is.
pub fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> ProblemCode {
    match result {
        Ok(value) => panic!("not refused: {value:?}"),
        Err(Error::Problem(problem)) => problem.code,
        Err(other) => panic!("failed: {other:?}"),
    }
}

/// A refusal as the case files spell it.
pub fn code_text(code: ProblemCode) -> String {
    serde_json::to_value(code).unwrap().as_str().unwrap().to_owned()
}

pub async fn invited(world: &World, actor: &Actor, email: &str, role: Role) -> (MemberId, String) {
    use domain::invite::{InviteInput, InviteOutcome};
    let input = InviteInput {
        emails: email.to_owned(),
        role,
        teams: Vec::new(),
        idempotency_key: fresh_key(),
    };
    let result = world.services.invite(actor, &input).await.expect("invite");
    match result.lines.into_iter().next().expect("a line").outcome {
        InviteOutcome::Invited { member, link, .. } => (member, link.rsplit('/').next().unwrap().to_owned()),
        other => panic!("{other:?}"),
    }
}

/// Runs a test on both databases.
macro_rules! on_both {
    ($(async fn $name:ident($world:ident) $body:block)+) => {
        $(mod $name {
            use super::*;

            async fn test($world: &crate::common::World) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn sqlite() {
                let world = crate::common::World::sqlite().await;
                test(&world).await;
                world.end().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn postgres() {
                let world = crate::common::World::postgres().await;
                test(&world).await;
                world.end().await;
            }
        })+
    };
}
pub(crate) use on_both;
