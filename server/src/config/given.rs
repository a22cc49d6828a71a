//! Where settings come from, and what is said of those that are not usable.

use super::{Config, ConfigErrors};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

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

/// What was set, with where, and what of it was wrong.
pub(super) struct Given {
    values: BTreeMap<&'static str, (String, String)>,
    wrong: Vec<String>,
}

impl Given {
    /// What the file says, and what the environment says over it.
    pub(super) fn collect(
        env: impl Fn(&str) -> Option<String>,
        file: impl Fn(&str) -> std::io::Result<String>,
    ) -> Self {
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
        Self { values, wrong }
    }

    /// The settings read from this, unless something was wrong.
    pub(super) fn right(self, config: Config) -> Result<Config, ConfigErrors> {
        match self.wrong.is_empty() {
            true => Ok(config),
            false => Err(ConfigErrors(self.wrong)),
        }
    }

    /// A setting that is there and right.
    pub(super) fn read<T>(&mut self, key: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
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

    /// A number that is there and within what is allowed.
    pub(super) fn number(&mut self, key: &str, allowed: RangeInclusive<u64>) -> Option<u64> {
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
