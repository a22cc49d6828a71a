//! The use cases of Gatehouse: who is asking, what they may do, one transaction, one audit row.
//!
//! Transports (the server functions of the browser, plain HTTP) call the methods of [`Services`] and
//! nothing below them. Every method of an organization takes the [`Actor`] first.
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

mod access_requests;
mod account;
mod actor;
mod answering;
mod answers;
mod as_of;
mod audit;
mod auth;
pub mod background;
pub mod backup;
mod budgets;
mod bulk;
mod change;
mod chat;
mod clock;
mod conversations;
mod crypto;
pub mod demo;
mod device;
mod editing;
mod ends;
mod error;
mod export;
mod find;
mod first_steps;
mod follow;
mod idempotency;
mod import;
mod invitations;
mod key_policy;
mod keys;
mod limiter;
mod load;
mod mail;
mod members;
mod models;
mod note;
mod operator;
mod passwords;
mod prices;
mod private;
mod provider_details;
mod providers;
mod request_log;
mod reviews;
mod scim;
mod second_factor;
mod sessions;
mod settings;
mod setup;
mod shares;
mod sign_on;
pub mod snapshot;
mod spend;
mod teams;
mod templates;
mod turns;
mod unused;
pub mod upstream;
mod usage;
mod views;
mod why;

pub use actor::Actor;
pub use answering::Answered;
pub use answers::{AnswerReader, AnswerWriter, EndedBy};
pub use audit::VerifiedChain;
pub use auth::{Asker, Session, SessionToken};
pub use budgets::{BUDGET_EXCEEDED, BudgetHold, BudgetStanding, OverBudget, PRICE_UNKNOWN, UsageUnknown};
pub use chat::Begun;
pub use clock::Clock;
pub use crypto::{CryptoError, KeyError};
pub use device::Client;
pub use error::{Error, StartError};
pub use export::{ExportError, ExportFile, Format};
pub use follow::{Followed, Following};
pub use import::{ImportOutcome, ImportPlan, PlanOutcome, ReadError, ToApply};
pub use invitations::Accepted;
pub use load::{Load, PoolUse};
pub use mail::{Mailer, MailerError};
pub use note::{Noted, RequestNote};
pub use operator::ListedKey;
pub use reviews::{ReviewFault, VerifiedReview, verify_review};
pub use scim::{
    MadeScimToken, Precondition, Projection, ScimConnection, ScimError, ScimKind, ScimQuery, ScimRefusal,
    ScimResource, names_version, resource_type, resource_types, schema, schemas, service_provider_config,
};
pub use second_factor::Enrolment;
pub use setup::SetUp;
pub use sign_on::{ATTEMPT_LIFETIME, BegunSignOn, SignOnAnswer, SignedOn};
pub use spend::SpendFormat;
pub use store::Database;
pub use store::audit::Fault as AuditFault;
pub use usage::UsageEvent;

use crypto::{Passwords, Vault};
use domain::Timestamp;
use limiter::Limiter;
use secrecy::SecretString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use store::Store;

/// What the services need to start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the data lives.
    pub database: store::Database,
    /// Where the key for stored credentials lives; made when it is not there.
    pub data_dir: PathBuf,
    /// The address people use, for invitation links; without a trailing slash.
    pub public_url: String,
    /// Whether providers may be on loopback, private and link-local addresses.
    pub allow_private_providers: bool,
    /// What sends mail, if anything does.
    pub mailer: Option<Mailer>,
    /// What time it is.
    pub clock: Clock,
}

/// Every use case. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Services {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    vault: Vault,
    passwords: Passwords,
    limiter: Limiter,
    failures: audit::Failures,
    refusals: audit::Refusals,
    shares: shares::Shares,
    snapshot: snapshot::Snapshot,
    budgets: budgets::Budgets,
    prices: prices::Prices,
    usage: usage::Usage,
    models: models::Models,
    answers: answers::Answers,
    mail: mail::Mail,
    setup_code: Mutex<Option<SecretString>>,
    public_url: String,
    allow_private_providers: bool,
    sample_provider: OnceLock<SocketAddr>,
    clock: Clock,
}

impl Services {
    /// Opens the database, bringing it up to date, and the key for stored credentials.
    pub async fn open(config: Config) -> Result<Self, StartError> {
        // A process has one such choice; when somebody made it before, theirs is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        private::keep_private(&config.data_dir, &config.database).map_err(|source| StartError::DataDir {
            path: config.data_dir.clone(),
            source,
        })?;
        let vault = Vault::open(&config.data_dir)?;
        let store = Store::open(&config.database).await?;
        let set_up = store::instance::is_set_up(&store.read().await?).await?;
        let code = if set_up { None } else { Some(crypto::new_code()?) };
        let (usage, handed) = usage::Usage::new();
        let services = Self {
            inner: Arc::new(Inner {
                shares: shares::Shares::new(store.writers_at_once()),
                store,
                vault,
                passwords: Passwords::new(),
                limiter: Limiter::default(),
                failures: audit::Failures::default(),
                refusals: audit::Refusals::default(),
                snapshot: snapshot::Snapshot::default(),
                budgets: budgets::Budgets::default(),
                prices: prices::Prices::default(),
                usage,
                models: models::Models::default(),
                answers: answers::Answers::default(),
                mail: mail::Mail::new(config.mailer),
                setup_code: Mutex::new(code),
                public_url: config.public_url.trim_end_matches('/').to_owned(),
                allow_private_providers: config.allow_private_providers,
                sample_provider: OnceLock::new(),
                clock: config.clock,
            }),
        };
        services
            .catch_up()
            .await
            .map_err(|why| StartError::Access(Box::new(why)))?;
        services.follow();
        services.write_usage(handed);
        Ok(services)
    }

    /// Answers when the database does; for health checks.
    pub async fn ping(&self) -> Result<(), Error> {
        Ok(self.inner.store.ping().await?)
    }

    /// Which addresses providers may be at.
    pub fn reach(&self) -> upstream::address::Reach {
        upstream::address::Reach {
            private: self.inner.allow_private_providers,
            sample: self.inner.sample_provider.get().copied(),
        }
    }

    /// The time by the clock of this server.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }
}
