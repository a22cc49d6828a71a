//! Settings: defaults, then a TOML file, then the environment. Everything wrong is said at once.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

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
];

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
        let mut take = |key: &str| values.remove(key).filter(|(_, value)| !value.trim().is_empty());

        let addr = take("addr").map_or(Ok(([127, 0, 0, 1], 3000).into()), |(source, v)| {
            v.trim().parse().map_err(|_| refused(&source, "addr"))
        });
        let data = take("data").map_or_else(|| PathBuf::from("data"), |(_, v)| PathBuf::from(v));
        let public_url = take("public_url")
            .map(|(source, v)| public_url(&v).ok_or_else(|| refused(&source, "public_url")))
            .transpose();
        let database_url = take("database_url")
            .map(|(source, v)| database_url(&v).ok_or_else(|| refused(&source, "database_url")))
            .transpose();
        let allow = take("allow_private_providers").map_or(Ok(false), |(source, v)| match v.trim() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(refused(&source, "allow_private_providers")),
        });

        let addr: Option<SocketAddr> = addr.map_err(|e| wrong.push(e)).ok();
        let public_url = public_url.map_err(|e| wrong.push(e)).ok();
        let database_url = database_url.map_err(|e| wrong.push(e)).ok();
        let allow = allow.map_err(|e| wrong.push(e)).ok();
        match (addr, public_url, database_url, allow) {
            (Some(addr), Some(public_url), Some(database_url), Some(allow_private_providers))
                if wrong.is_empty() =>
            {
                let public_url = public_url.unwrap_or_else(|| format!("http://{addr}"));
                Ok(Self {
                    addr,
                    data,
                    public_url,
                    database_url,
                    allow_private_providers,
                })
            }
            _ => Err(ConfigErrors(wrong)),
        }
    }

    /// People reach this server over HTTPS, so its cookies are bound to it.
    pub fn secure(&self) -> bool {
        self.public_url.starts_with("https://")
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
        ];
        let text = read(&env, "adress = 1").unwrap_err().to_string();
        for part in [
            "GATEHOUSE_ADDR=localhost",
            "https://h/path",
            "DATABASE_URL",
            "maybe",
            "adress",
            "127.0.0.1:3000",
        ] {
            assert!(text.contains(part), "{part} missing in: {text}");
        }
        assert!(!text.contains("hunter2"));
    }
}
