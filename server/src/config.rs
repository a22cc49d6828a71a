//! Settings: defaults, then a TOML file, then the environment. Everything wrong is said at once.

use crate::middleware::client::TrustedProxies;
use gateway::Origins;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

/// Where the file of settings is, if there is one.
const CONFIG_FILE: &str = "GATEHOUSE_CONFIG";

/// Every setting: its name in the environment, in the file, and what would be right.
const SETTINGS: &[(&str, &str, &str)] = &[
    (
        "GATEHOUSE_ADDR",
        "addr",
        "an address and port to listen on, such as 127.0.0.1:3000",
    ),
    (
        "GATEHOUSE_DATA",
        "data",
        "a folder for the embedded database and the credential key, such as ./data",
    ),
    (
        "GATEHOUSE_PUBLIC_URL",
        "public_url",
        "the address people use, such as https://gatehouse.example.org",
    ),
    (
        "GATEHOUSE_ALLOW_PRIVATE_PROVIDERS",
        "allow_private_providers",
        "true or false",
    ),
    (
        "DATABASE_URL",
        "database_url",
        "a PostgreSQL address, such as postgres://user:password@host:5432/gatehouse",
    ),
    (
        "GATEHOUSE_TRUSTED_PROXIES",
        "trusted_proxies",
        "addresses or CIDR blocks of reverse proxies, such as 10.0.0.0/8, fd00::/8",
    ),
    (
        "GATEHOUSE_ALLOWED_ORIGINS",
        "allowed_origins",
        "origins of web pages, such as https://app.example.com, http://localhost:5173, or *",
    ),
    (
        "GATEHOUSE_MAX_CONNECTIONS",
        "max_connections",
        "a number of connections from 1 to 1000000",
    ),
    (
        "GATEHOUSE_STOP_TIMEOUT",
        "stop_timeout",
        "a number of seconds from 0 to 3600",
    ),
    ("GATEHOUSE_LOG_FORMAT", "log_format", "text or json"),
    (
        "GATEHOUSE_METRICS_ADDR",
        "metrics_addr",
        "an address and port of its own, such as 127.0.0.1:9464",
    ),
    (
        "GATEHOUSE_STREAM_LIMIT",
        "stream_limit",
        "a number of seconds from 1 to 86400",
    ),
    (
        "GATEHOUSE_KEY_REQUESTS",
        "key_requests",
        "a number of requests from 1 to 100000",
    ),
    (
        "GATEHOUSE_MEMBER_REQUESTS",
        "member_requests",
        "a number of requests from 1 to 100000",
    ),
    (
        "GATEHOUSE_BODY_MEMORY",
        "body_memory",
        "a number of megabytes from 128 to 1048576",
    ),
];

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
    /// What the gateway allows at most.
    pub limits: gateway::Limits,
}

/// Without the database's password.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("addr", &self.addr)
            .field("data", &self.data)
            .field("public_url", &self.public_url)
            .field("database_url", &self.database_url.as_ref().map(|_| "…"))
            .field("allow_private_providers", &self.allow_private_providers)
            .field("trusted_proxies", &self.trusted_proxies)
            .field("allowed_origins", &self.allowed_origins)
            .field("max_connections", &self.max_connections)
            .field("stop_timeout", &self.stop_timeout)
            .field("log_format", &self.log_format)
            .field("metrics_addr", &self.metrics_addr)
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
        let mut wrong = Vec::new();
        let mut values = BTreeMap::new();
        if let Some(path) = env(CONFIG_FILE) {
            read_file(&path, &file, &mut values, &mut wrong);
        }
        for (name, key, _) in SETTINGS {
            if let Some(value) = env(name) {
                values.insert(*key, (format!("{name}={}", shown(key, &value)), value));
            }
        }
        let mut given = Given { values, wrong };
        let addr = given.read("addr", |v| v.parse().ok());
        let addr: SocketAddr = addr.unwrap_or_else(|| ([127, 0, 0, 1], 3000).into());
        let config = Self {
            addr,
            data: given
                .read("data", |v| Some(PathBuf::from(v)))
                .unwrap_or_else(|| PathBuf::from("data")),
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
            limits: given.limits(),
        };
        if given.wrong.is_empty() {
            Ok(config)
        } else {
            Err(ConfigErrors(given.wrong))
        }
    }

    /// People reach this server over HTTPS, so its cookies are bound to it.
    pub fn secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// What was set, with where, and what of it was wrong.
struct Given {
    values: BTreeMap<&'static str, (String, String)>,
    wrong: Vec<String>,
}

impl Given {
    /// A setting that is there and right.
    fn read<T>(&mut self, key: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let (source, text) = self.values.remove(key)?;
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let value = parse(text);
        if value.is_none() {
            self.wrong.push(refused(&source, key));
        }
        value
    }

    /// The gateway's limits, as far as they are set.
    fn limits(&mut self) -> gateway::Limits {
        let mut limits = gateway::Limits::default();
        if let Some(seconds) = self.number("stream_limit", 1..=86_400) {
            limits.stream = Duration::from_secs(seconds);
        }
        let mut count = |key, allowed, limit: &mut usize| {
            if let Some(number) = self.number(key, allowed).and_then(|n| usize::try_from(n).ok()) {
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

    fn number(&mut self, key: &str, allowed: RangeInclusive<u64>) -> Option<u64> {
        self.read(key, |v| v.parse().ok().filter(|n| allowed.contains(n)))
    }
}

fn read_file(
    path: &str,
    file: &impl Fn(&str) -> std::io::Result<String>,
    values: &mut BTreeMap<&'static str, (String, String)>,
    wrong: &mut Vec<String>,
) {
    let text = match file(path) {
        Ok(text) => text,
        Err(why) => return wrong.push(format!("{CONFIG_FILE}={path} cannot be read: {why}.")),
    };
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(why) => return wrong.push(format!("{path} is not TOML: {}.", why.message())),
    };
    for (key, value) in table {
        let Some((_, known, _)) = SETTINGS.iter().find(|(_, known, _)| *known == key) else {
            let known: Vec<_> = SETTINGS.iter().map(|(_, key, _)| *key).collect();
            wrong.push(format!(
                "{path}: “{key}” is not a setting. There are: {}.",
                known.join(", ")
            ));
            continue;
        };
        let text = match value {
            toml::Value::String(text) => text,
            other => other.to_string(),
        };
        values.insert(
            known,
            (format!("{key} = {} in {path}", shown(key.as_str(), &text)), text),
        );
    }
}

/// A value as it may be printed: a database address holds a password.
fn shown(key: &str, value: &str) -> String {
    if key == "database_url" {
        "…".to_owned()
    } else {
        value.to_owned()
    }
}

fn refused(source: &str, key: &str) -> String {
    let right = SETTINGS
        .iter()
        .find(|(_, k, _)| *k == key)
        .map_or("", |(_, _, right)| right);
    format!("{source} is not usable. It must be {right}.")
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(env: &[(&str, &str)], file: &str) -> Result<Config, ConfigErrors> {
        let env: BTreeMap<_, _> = env.iter().copied().collect();
        Config::read(
            |name| env.get(name).map(|v| (*v).to_owned()),
            |_| Ok(file.to_owned()),
        )
    }

    #[test]
    fn defaults_are_enough() {
        let config = read(&[], "").unwrap();
        assert_eq!(config.addr.to_string(), "127.0.0.1:3000");
        assert_eq!(config.public_url, "http://127.0.0.1:3000");
        assert_eq!(config.database_url, None);
        assert!(!config.allow_private_providers && !config.secure());
    }

    #[test]
    fn limits_of_the_gateway_can_be_set() {
        let defaults = gateway::Limits::default();
        assert_eq!(read(&[], "").unwrap().limits, defaults);
        let file = "stream_limit = 60\nkey_requests = 5\nmember_requests = 9\nbody_memory = 256";
        let expected = gateway::Limits {
            stream: Duration::from_secs(60),
            key_requests: 5,
            member_requests: 9,
            memory: 256 * MEGABYTE,
            ..defaults
        };
        assert_eq!(
            read(&[("GATEHOUSE_CONFIG", "x.toml")], file).unwrap().limits,
            expected
        );
        for (name, value) in [
            ("GATEHOUSE_STREAM_LIMIT", "0"),
            ("GATEHOUSE_KEY_REQUESTS", "0"),
            ("GATEHOUSE_MEMBER_REQUESTS", "many"),
            ("GATEHOUSE_BODY_MEMORY", "64"),
        ] {
            let wrong = read(&[(name, value)], "").unwrap_err().to_string();
            assert!(
                wrong.contains(&format!("{name}={value} is not usable.")),
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = "addr = \"127.0.0.1:1\"\nallow_private_providers = true";
        let config = read(
            &[("GATEHOUSE_CONFIG", "x.toml"), ("GATEHOUSE_ADDR", "127.0.0.1:2")],
            file,
        )
        .unwrap();
        assert_eq!(config.addr.port(), 2);
        assert!(config.allow_private_providers);
    }

    #[test]
    fn every_wrong_setting_is_named_at_once_without_the_password() {
        let env = [
            ("GATEHOUSE_CONFIG", "x.toml"),
            ("GATEHOUSE_ADDR", "localhost"),
            ("GATEHOUSE_PUBLIC_URL", "https://h/path"),
            ("DATABASE_URL", "mysql://u:hunter2@h/db"),
            ("GATEHOUSE_ALLOW_PRIVATE_PROVIDERS", "maybe"),
            ("GATEHOUSE_TRUSTED_PROXIES", "the proxy"),
            ("GATEHOUSE_ALLOWED_ORIGINS", "app.example.com"),
            ("GATEHOUSE_MAX_CONNECTIONS", "0"),
            ("GATEHOUSE_STOP_TIMEOUT", "10s"),
            ("GATEHOUSE_LOG_FORMAT", "xml"),
            ("GATEHOUSE_METRICS_ADDR", "127.0.0.1:3000"),
        ];
        let text = read(&env, "adress = 1").unwrap_err().to_string();
        for part in [
            "GATEHOUSE_ALLOWED_ORIGINS=app.example.com",
            "GATEHOUSE_ADDR=localhost",
            "https://h/path",
            "DATABASE_URL",
            "maybe",
            "adress",
            "127.0.0.1:3000",
            "GATEHOUSE_TRUSTED_PROXIES=the proxy",
            "GATEHOUSE_MAX_CONNECTIONS=0",
            "GATEHOUSE_STOP_TIMEOUT=10s",
            "GATEHOUSE_LOG_FORMAT=xml",
            "GATEHOUSE_METRICS_ADDR=127.0.0.1:3000",
        ] {
            assert!(text.contains(part), "{part} missing in: {text}");
        }
        assert!(!text.contains("hunter2"));
    }
}
