//! What every request handler can reach.

use crate::config::Config;
use crate::middleware::client::TrustedProxies;
use app::api::who::Cookies;
use app::program::Assets;
use axum::extract::FromRef;
use axum::http::HeaderMap;
use domain::UserId;
use gateway::{Engine, Origins};
use leptos::config::LeptosOptions;
use services::Services;
use std::path::{Path, PathBuf};
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
    /// Where the browser's programs are.
    pub assets: Assets,
    /// Asks providers, for the gateway and for Chat.
    pub engine: Engine,
    /// Chat's answers under way, which outlive their requests.
    pub answers: TaskTracker,
    /// Whose word about a client's address counts.
    pub proxies: TrustedProxies,
    /// Which web pages may ask the gateway.
    pub origins: Origins,
}

impl AppState {
    /// The state of a server with these settings, whose site (scripts, styles, icons) is in `site`.
    /// Fails when the system's root certificates cannot be read.
    pub fn new(services: Services, config: &Config, site: &Path) -> std::io::Result<Self> {
        // Where leptos, too, looks for the name of the style sheet.
        let hashes = std::env::current_exe()
            .ok()
            .and_then(|exe| std::fs::read_to_string(exe.parent()?.join("hash.txt")).ok());
        let options = LeptosOptions::builder()
            .output_name("gatehouse")
            .site_root(site.to_string_lossy().into_owned())
            .site_pkg_dir("pkg")
            .site_addr(config.addr)
            .hash_files(hashes.is_some())
            .build();
        Ok(Self {
            engine: Engine::new(services.clone(), config.limits)?,
            services,
            options,
            cookies: Cookies {
                secure: config.secure(),
            },
            answers: TaskTracker::new(),
            proxies: config.trusted_proxies.clone(),
            origins: config.allowed_origins.clone(),
            assets: hashes.map_or_else(Assets::default, |text| Assets::parse(&text)),
        })
    }

    /// Who sent the request, if anybody is signed in.
    pub async fn signed_in(&self, headers: &HeaderMap) -> Result<Option<UserId>, services::Error> {
        match self.cookies.token(headers) {
            Some(token) => Ok(self
                .services
                .session(token.expose())
                .await?
                .map(|session| session.user)),
            None => Ok(None),
        }
    }
}

/// The folder of scripts, styles and icons: `GATEHOUSE_SITE`, else `site` beside the folder of the executable.
pub fn site_folder() -> PathBuf {
    std::env::var_os("GATEHOUSE_SITE")
        .map(PathBuf::from)
        .unwrap_or_else(|| {
            std::env::current_exe()
                .ok()
                .and_then(|exe| {
                    exe.parent()
                        .and_then(Path::parent)
                        .map(|target| target.join("site"))
                })
                .unwrap_or_else(|| PathBuf::from("target/site"))
        })
}
