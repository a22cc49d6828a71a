//! Settings: defaults, then a TOML file, then the environment. Everything wrong is said at once.

mod given;
mod settings;
#[cfg(test)]
mod tests;

use crate::middleware::client::TrustedProxies;
use gateway::Origins;
use given::Given;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use settings::help;

const MEGABYTE: usize = 1024 * 1024;

/// How long stopping waits for requests under way, unless it is set: less than the thirty seconds after which Kubernetes
/// kills, and as much as Docker gives.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// How lines of the log are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// To be read by people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The settings of one server.
#[derive(Clone, PartialEq, Eq)]
pub struct Config {
    /// Where to listen.
    pub addr: SocketAddr,
    /// The folder of the embedded database and the credential key.
    pub data: PathBuf,
    /// A folder with the site, instead of the one inside the binary.
    pub site: Option<PathBuf>,
    /// The address people use, without a trailing slash.
    pub public_url: String,
    /// PostgreSQL instead of the embedded database.
    pub database_url: Option<String>,
    /// Providers may be on loopback, private and link-local addresses.
    pub allow_private_providers: bool,
    /// The reverse proxies whose word about a client's address counts.
    pub trusted_proxies: TrustedProxies,
    /// The web pages that may ask the gateway from a browser.
    pub allowed_origins: Origins,
    /// Connections at once; by default as many as the process may open files for.
    pub max_connections: Option<usize>,
    /// How long stopping waits for requests under way.
    pub stop_timeout: Duration,
    /// How lines of the log are written.
    pub log_format: LogFormat,
    /// Where metrics are told, if they are.
    pub metrics_addr: Option<SocketAddr>,
    /// The mail server, if there is one, and the sender of mail.
    pub mail: Option<MailSettings>,
    /// What the gateway allows at most.
    pub limits: gateway::Limits,
}

/// How mail is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct MailSettings {
    /// The mail server's address, which may hold a password.
    pub smtp_url: String,
    /// The sender.
    pub from: String,
}

/// Without the passwords.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("addr", &self.addr)
            .field("data", &self.data)
            .field("site", &self.site)
            .field("public_url", &self.public_url)
            .field("database_url", &self.database_url.as_ref().map(|_| "…"))
            .field("allow_private_providers", &self.allow_private_providers)
            .field("trusted_proxies", &self.trusted_proxies)
            .field("allowed_origins", &self.allowed_origins)
            .field("max_connections", &self.max_connections)
            .field("stop_timeout", &self.stop_timeout)
            .field("log_format", &self.log_format)
            .field("metrics_addr", &self.metrics_addr)
            .field("mail_from", &self.mail.as_ref().map(|mail| &mail.from))
            .field("limits", &self.limits)
            .finish()
    }
}

/// Everything that is wrong with the settings, one sentence each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<String>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gatehouse cannot start with these settings:")?;
        self.0.iter().try_for_each(|line| write!(f, "\n  - {line}"))
    }
}

impl std::error::Error for ConfigErrors {}

impl Config {
    /// The settings of this process.
    pub fn from_environment() -> Result<Self, ConfigErrors> {
        Self::read(
            |name| std::env::var(name).ok(),
            |path| std::fs::read_to_string(path),
        )
    }

    /// The settings from an environment and a way to read files.
    pub fn read(
        env: impl Fn(&str) -> Option<String>,
        file: impl Fn(&str) -> std::io::Result<String>,
    ) -> Result<Self, ConfigErrors> {
        let mut given = Given::collect(env, file);
        let addr = given.read("addr", |v| v.parse().ok());
        let addr: SocketAddr = addr.unwrap_or_else(|| ([127, 0, 0, 1], 3000).into());
        let config = Self {
            addr,
            data: given
                .read("data", |v| Some(PathBuf::from(v)))
                .unwrap_or_else(|| PathBuf::from("data")),
            site: given.read("site", |v| Some(PathBuf::from(v))),
            public_url: given
                .read("public_url", public_url)
                .unwrap_or_else(|| format!("http://{addr}")),
            database_url: given.read("database_url", database_url),
            allow_private_providers: given
                .read("allow_private_providers", |v| match v {
                    "true" | "1" => Some(true),
                    "false" | "0" => Some(false),
                    _ => None,
                })
                .unwrap_or(false),
            trusted_proxies: given
                .read("trusted_proxies", TrustedProxies::parse)
                .unwrap_or_default(),
            allowed_origins: given.read("allowed_origins", Origins::parse).unwrap_or_default(),
            max_connections: given.read("max_connections", |v| {
                v.parse().ok().filter(|n| (1..=1_000_000).contains(n))
            }),
            stop_timeout: given
                .read("stop_timeout", |v| v.parse().ok().filter(|n| *n <= 3_600))
                .map_or(STOP_TIMEOUT, Duration::from_secs),
            log_format: given
                .read("log_format", |v| match v {
                    "text" => Some(LogFormat::Text),
                    "json" => Some(LogFormat::Json),
                    _ => None,
                })
                .unwrap_or_default(),
            metrics_addr: given.read("metrics_addr", |v| v.parse().ok().filter(|own| *own != addr)),
            mail: mail(&mut given),
            limits: limits(&mut given),
        };
        given.right(config)
    }

    /// People reach this server over HTTPS, so its cookies are bound to it.
    pub fn secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// The gateway's limits, as far as they are set.
fn limits(given: &mut Given) -> gateway::Limits {
    let mut limits = gateway::Limits::default();
    if let Some(seconds) = given.number("stream_limit", 1..=86_400) {
        limits.stream = Duration::from_secs(seconds);
    }
    let mut count = |key, allowed, limit: &mut usize| {
        if let Some(number) = given.number(key, allowed).and_then(|n| usize::try_from(n).ok()) {
            *limit = number;
        }
    };
    count("key_requests", 1..=100_000, &mut limits.key_requests);
    count("member_requests", 1..=100_000, &mut limits.member_requests);
    let mut megabytes = limits.memory / MEGABYTE;
    count("body_memory", 128..=1_048_576, &mut megabytes);
    limits.memory = megabytes * MEGABYTE;
    limits
}

/// The mail server with the sender, which belong together.
fn mail(given: &mut Given) -> Option<MailSettings> {
    let from = given.read("mail_from", |text| {
        services::Mailer::is_sender(text).then(|| text.to_owned())
    });
    let smtp_url = given.read("smtp_url", smtp_url)?;
    match from {
        Some(from) => Some(MailSettings { smtp_url, from }),
        None => {
            given.missing("GATEHOUSE_MAIL_FROM", "GATEHOUSE_SMTP_URL");
            None
        }
    }
}

/// An address of a mail server by which no password goes over a network unencrypted.
fn smtp_url(text: &str) -> Option<String> {
    let url = url::Url::parse(text.trim()).ok()?;
    let here = match url.host()? {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    };
    let required = url
        .query_pairs()
        .any(|(key, value)| key == "tls" && value == "required");
    let usable = match url.scheme() {
        "smtps" => true,
        "smtp" => required || here || url.password().is_none(),
        _ => false,
    };
    usable.then(|| text.trim().to_owned())
}

fn public_url(text: &str) -> Option<String> {
    let url = url::Url::parse(text.trim()).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty();
    plain.then(|| url.as_str().trim_end_matches('/').to_owned())
}

fn database_url(text: &str) -> Option<String> {
    let url = url::Url::parse(text.trim()).ok()?;
    (matches!(url.scheme(), "postgres" | "postgresql") && url.path().len() > 1)
        .then(|| text.trim().to_owned())
}
