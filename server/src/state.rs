//! What every request handler can reach.

use crate::config::Config;
use crate::middleware::client::{ClientAddress, TrustedProxies};
use crate::site::Site;
use app::api::who::Cookies;
use app::program::Assets;
use axum::extract::FromRef;
use axum::http::{HeaderMap, header};
use domain::{Problem, ProblemCode, UserId};
use gateway::{Engine, Origins};
use leptos::config::LeptosOptions;
use services::{Actor, Client, Services, Session};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Shared by all requests; cheap to clone.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// The use cases.
    pub services: Services,
    /// How pages find their scripts and styles.
    pub options: LeptosOptions,
    /// Which session cookie this server uses.
    pub cookies: Cookies,
    /// What browsers load beside pages.
    pub site: Site,
    /// The names of the browser's programs and the style sheet.
    pub assets: Assets,
    /// Asks providers, for the gateway and for Chat.
    pub engine: Engine,
    /// Chat's answers under way, which outlive their requests.
    pub answers: TaskTracker,
    /// Ends what would otherwise go on for ever when the server is asked to stop.
    pub stopping: CancellationToken,
    /// Whose word about a client's address counts.
    pub proxies: TrustedProxies,
    /// Which web pages may ask the gateway.
    pub origins: Origins,
}

impl AppState {
    /// The state of a server with these settings. Fails when the system's root certificates cannot be read.
    pub fn new(services: Services, config: &Config, site: Site) -> std::io::Result<Self> {
        let options = LeptosOptions::builder()
            .output_name("gatehouse")
            .site_pkg_dir("pkg")
            .site_addr(config.addr)
            .build();
        Ok(Self {
            engine: Engine::new(services.clone(), config.limits)?,
            services,
            options,
            cookies: Cookies {
                secure: config.secure(),
            },
            answers: TaskTracker::new(),
            stopping: CancellationToken::new(),
            proxies: config.trusted_proxies.clone(),
            origins: config.allowed_origins.clone(),
            assets: site.assets(),
            site,
        })
    }

    /// Where a request came from, by its address and what its browser says.
    pub fn client(&self, address: ClientAddress, headers: &HeaderMap) -> Client {
        Client::from(address.0)
            .with_device(self.cookies.device(headers))
            .with_agent(agent(headers))
    }

    /// Who sent the request, if anybody is signed in.
    pub async fn signed_in(&self, headers: &HeaderMap) -> Result<Option<UserId>, services::Error> {
        Ok(self.session(headers).await?.map(|session| session.user))
    }

    /// Who sent the request, in an organization. Without a session they are told what to do `then`, a sentence.
    pub async fn actor(&self, headers: &HeaderMap, org: &str, then: &str) -> Result<Actor, services::Error> {
        let session = self.session(headers).await?.ok_or_else(|| session_ended(then))?;
        self.services.actor(session, org).await
    }

    /// The session of the request, if it has a good one.
    pub async fn session(&self, headers: &HeaderMap) -> Result<Option<Session>, services::Error> {
        match self.cookies.token(headers) {
            Some(token) => self.services.session(token.expose()).await,
            None => Ok(None),
        }
    }
}

/// The refusal of what needs a session, with what to do then.
pub fn session_ended(then: &str) -> Problem {
    Problem::new(
        ProblemCode::Unauthenticated,
        format!("Your session has ended. {then}"),
    )
}

/// What a browser calls itself; empty where it does not say.
pub fn agent(headers: &HeaderMap) -> &str {
    let named = headers.get(header::USER_AGENT);
    named.and_then(|named| named.to_str().ok()).unwrap_or_default()
}
