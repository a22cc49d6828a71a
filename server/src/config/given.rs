//! Where settings come from, and what is said of those that are not usable.

use super::settings::{CONFIG_FILE, SETTINGS};
use super::{Config, ConfigErrors};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

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
        if let Some(path) = env(CONFIG_FILE).filter(|path| !path.trim().is_empty()) {
            read_file(&path, &file, &mut values, &mut wrong);
        }
        for setting in SETTINGS {
            let (name, key) = (setting.variable, setting.key);
            if let Some(value) = env(name) {
                values.insert(key, (format!("{name}={}", shown(key, &value)), value));
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

    /// Says that a setting is missing that another one needs.
    pub(super) fn missing(&mut self, variable: &str, with: &str) {
        self.wrong
            .push(format!("{variable} is missing. It is needed with {with}."));
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
        Err(why) => {
            let line = why
                .span()
                .map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            return wrong.push(format!("{path} is not TOML: {} in line {line}.", why.message()));
        }
    };
    for (key, value) in table {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) else {
            let known: Vec<_> = SETTINGS.iter().map(|setting| setting.key).collect();
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
            setting.key,
            (format!("{key} = {} in {path}", shown(key.as_str(), &text)), text),
        );
    }
}

/// A value as it may be printed: the addresses of a database and of a mail server hold a password.
fn shown(key: &str, value: &str) -> String {
    if matches!(key, "database_url" | "smtp_url") {
        "…".to_owned()
    } else {
        value.to_owned()
    }
}

fn refused(source: &str, key: &str) -> String {
    let right = SETTINGS
        .iter()
        .find(|setting| setting.key == key)
        .map_or("", |setting| setting.usable);
    format!("{source} is not usable. It must be {right}.")
}
