//! What a new key is given.

use super::{Findings, ids, name};
use crate::Timestamp;
use crate::key::KeyInput;
use crate::limits::{KEY_LIFETIME, KEY_REQUESTS_PER_MINUTE, KEY_TOKENS_PER_DAY};
use crate::problem::Problem;

/// The name of a key, on one line.
pub fn key_name(text: &str) -> Result<String, Problem> {
    name("name", text, "the key's name")
}

fn end(expires_at: Option<Timestamp>, now: Timestamp) -> Result<Option<Timestamp>, Problem> {
    let message = match expires_at {
        Some(end) if end <= now => "Choose an expiration date in the future, or Never.",
        Some(end) if end > now.plus(KEY_LIFETIME) => {
            "Choose an expiration date within the next ten years, or Never."
        }
        fits => return Ok(fits),
    };
    Err(Problem::invalid("expires_at", message))
}

fn limit<T: Copy + PartialOrd + From<u8> + std::fmt::Display>(
    field: &str,
    wanted: Option<T>,
    most: T,
) -> Result<Option<T>, Problem> {
    match wanted {
        Some(n) if n < T::from(1) || n > most => Err(Problem::invalid(
            field,
            format!("Enter a number from 1 to {most}, or leave it empty for no limit."),
        )),
        fits => Ok(fits),
    }
}

impl KeyInput {
    /// The input as it will be stored, or everything that is wrong with it but the scope, which takes knowing what its
    /// owner may use.
    pub fn check(&self, now: Timestamp) -> Result<Self, Problem> {
        let mut found = Findings::default();
        let mut scope = match &self.scope {
            Some(scope) => Some(found.keep(ids("scope", scope))),
            None => None,
        };
        if let Some(scope) = &mut scope {
            scope.sort();
        }
        let checked = Self {
            name: found.keep(key_name(&self.name)),
            expires_at: found.keep(end(self.expires_at, now)),
            scope,
            requests_per_minute: found.keep(limit(
                "requests_per_minute",
                self.requests_per_minute,
                KEY_REQUESTS_PER_MINUTE,
            )),
            tokens_per_day: found.keep(limit("tokens_per_day", self.tokens_per_day, KEY_TOKENS_PER_DAY)),
        };
        found.finish(checked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProviderId;

    const NOW: Timestamp = Timestamp(1_772_366_400_000);

    fn input() -> KeyInput {
        KeyInput {
            name: " ci ".into(),
            expires_at: Some(NOW.plus(1)),
            scope: Some(vec![ProviderId(2), ProviderId(1), ProviderId(2)]),
            requests_per_minute: Some(1),
            tokens_per_day: Some(KEY_TOKENS_PER_DAY),
        }
    }

    #[test]
    fn what_is_right_is_kept() {
        let checked = input().check(NOW).expect("valid");
        assert_eq!(checked.name, "ci");
        assert_eq!(checked.scope, Some(vec![ProviderId(1), ProviderId(2)]));
        assert_eq!(checked.check(NOW).as_ref(), Ok(&checked));
        let plain = KeyInput {
            name: "ci".into(),
            ..KeyInput::default()
        };
        assert_eq!(plain.check(NOW), Ok(plain));
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let problem = KeyInput {
            name: " ".into(),
            expires_at: Some(NOW),
            scope: None,
            requests_per_minute: Some(0),
            tokens_per_day: Some(-1),
        }
        .check(NOW)
        .expect_err("problems");
        let fields: Vec<_> = problem.fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(
            fields,
            ["name", "expires_at", "requests_per_minute", "tokens_per_day"]
        );
        let far = KeyInput {
            expires_at: Some(Timestamp(i64::MAX)),
            ..input()
        };
        assert!(
            far.check(NOW)
                .expect_err("a problem")
                .field("expires_at")
                .is_some()
        );
    }

    #[test]
    fn unknown_fields_are_refused() {
        let sent = r#"{"name":"ci","expires_at":null,"scope":null,"requests_per_minute":null,"tokens_per_day":null,"x":1}"#;
        assert!(serde_json::from_str::<KeyInput>(sent).is_err());
    }
}
