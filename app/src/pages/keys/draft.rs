//! What is typed into the form of a new key.

use domain::input::Findings;
use domain::key::KeyInput;
use domain::key::policy::{KeyPolicy, days};
use domain::{Problem, ProviderId, Timestamp};
use std::collections::BTreeSet;

/// When a new key ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// So many days from now.
    Days(i64),
    /// With the day that is chosen.
    Date,
    /// It does not.
    Never,
}

impl End {
    /// What is offered where keys last as long as they like: its name in the form and its label.
    const OFFERED: [(&'static str, &'static str, Self); 5] = [
        ("30", "After 30 days", Self::Days(30)),
        ("90", "After 90 days", Self::Days(90)),
        ("365", "After a year", Self::Days(365)),
        ("date", "Custom date", Self::Date),
        ("never", "Never", Self::Never),
    ];

    /// What is offered under the rules of an organization: name, label and end. The longest that it allows is among them.
    pub fn offered(policy: KeyPolicy) -> Vec<(String, String, Self)> {
        let allowed = |end: Self| match (policy.days, end) {
            (None, _) | (Some(_), Self::Date) => true,
            (Some(_), Self::Never) => false,
            (Some(most), Self::Days(days)) => days <= i64::from(most),
        };
        let mut offered: Vec<_> = Self::OFFERED
            .into_iter()
            .filter(|(_, _, end)| allowed(*end))
            .map(|(name, label, end)| (name.to_owned(), label.to_owned(), end))
            .collect();
        if let Some(most) = policy.days {
            let longest = Self::Days(i64::from(most));
            if offered.iter().all(|(_, _, end)| *end != longest) {
                let choice = (most.to_string(), format!("After {}", days(most)), longest);
                offered.insert(offered.len() - 1, choice);
            }
        }
        offered
    }

    /// What is chosen at first: a season, or as long as is allowed.
    fn first(policy: KeyPolicy) -> Self {
        Self::Days(i64::from(policy.days.unwrap_or(90).min(90)))
    }
}

/// The form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The key's name.
    pub name: String,
    /// When it ends.
    pub end: End,
    /// The chosen day, as a date field gives it.
    pub date: String,
    /// Only the chosen providers.
    pub narrowed: bool,
    /// The chosen providers.
    pub chosen: BTreeSet<i64>,
    /// Requests a minute.
    pub requests: String,
    /// Tokens a day.
    pub tokens: String,
}

impl Draft {
    /// The form as it opens.
    pub fn under(policy: KeyPolicy) -> Self {
        Self {
            name: String::new(),
            end: End::first(policy),
            date: String::new(),
            narrowed: false,
            chosen: BTreeSet::new(),
            requests: String::new(),
            tokens: String::new(),
        }
    }
}

/// A number, with whatever separates its thousands; empty is no limit.
fn number<T: std::str::FromStr>(field: &str, typed: &str) -> Result<Option<T>, Problem> {
    let digits: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, ',' | '_' | '\'' | '’'))
        .collect();
    if digits.is_empty() {
        return Ok(None);
    }
    digits.parse().map(Some).map_err(|_| {
        Problem::invalid(
            field,
            "Enter a whole number such as 60, or leave it empty for no limit.",
        )
    })
}

impl Draft {
    /// When the key ends, counted from the server's clock.
    pub fn expires_at(&self, now: Timestamp) -> Result<Option<Timestamp>, Problem> {
        match self.end {
            End::Never => Ok(None),
            End::Days(days) => Ok(Some(now.plus(days * Timestamp::DAY))),
            End::Date => Timestamp::end_of(&self.date)
                .map(Some)
                .ok_or_else(|| Problem::invalid("expires_at", "Choose an expiration date.")),
        }
    }

    fn scope(&self) -> Result<Option<Vec<ProviderId>>, Problem> {
        match (self.narrowed, self.chosen.is_empty()) {
            (false, _) => Ok(None),
            (true, false) => Ok(Some(self.chosen.iter().copied().map(ProviderId).collect())),
            (true, true) => Err(Problem::invalid("scope", "Choose at least one provider.")),
        }
    }

    /// What is sent, or everything that is wrong with it.
    pub fn input(&self, now: Timestamp) -> Result<KeyInput, Problem> {
        let mut found = Findings::default();
        let typed = KeyInput {
            name: self.name.clone(),
            expires_at: found.keep(self.expires_at(now)),
            scope: found.keep(self.scope()),
            requests_per_minute: found.keep(number("requests_per_minute", &self.requests)),
            tokens_per_day: found.keep(number("tokens_per_day", &self.tokens)),
        };
        let checked = found.keep(typed.check(now));
        found.finish(checked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_772_366_400_000);

    fn named() -> Draft {
        Draft {
            name: "ci".into(),
            ..Draft::under(KeyPolicy::default())
        }
    }

    #[test]
    fn what_is_typed_becomes_what_is_sent() {
        let draft = Draft {
            end: End::Date,
            date: "2026-03-31".into(),
            narrowed: true,
            chosen: BTreeSet::from([2, 1]),
            requests: " 60".into(),
            tokens: "200,000".into(),
            ..named()
        };
        let input = draft.input(NOW).unwrap();
        assert_eq!(
            input.expires_at.map(Timestamp::rfc3339).as_deref(),
            Some("2026-04-01T00:00:00Z")
        );
        assert_eq!(input.scope, Some(vec![ProviderId(1), ProviderId(2)]));
        assert_eq!(
            (input.requests_per_minute, input.tokens_per_day),
            (Some(60), Some(200_000))
        );
        let plain = Draft {
            end: End::Never,
            chosen: BTreeSet::from([1]),
            ..named()
        };
        let input = plain.input(NOW).unwrap();
        assert_eq!(
            (input.expires_at, input.scope, input.tokens_per_day),
            (None, None, None)
        );
    }

    #[test]
    fn what_is_offered_keeps_to_the_longest_life() {
        let names = |days| {
            let policy = KeyPolicy {
                days,
                own_only: false,
            };
            let offered: Vec<_> = End::offered(policy)
                .into_iter()
                .map(|(name, _, _)| name)
                .collect();
            (offered.join(" "), Draft::under(policy).end)
        };
        assert_eq!(names(None), ("30 90 365 date never".to_owned(), End::Days(90)));
        assert_eq!(names(Some(7)), ("7 date".to_owned(), End::Days(7)));
        assert_eq!(names(Some(90)), ("30 90 date".to_owned(), End::Days(90)));
        assert_eq!(names(Some(180)), ("30 90 180 date".to_owned(), End::Days(90)));
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let draft = Draft {
            end: End::Date,
            narrowed: true,
            requests: "many".into(),
            tokens: "1.5".into(),
            ..Draft::under(KeyPolicy::default())
        };
        let problem = draft.input(NOW).unwrap_err();
        let fields: Vec<_> = problem.fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "expires_at",
                "scope",
                "requests_per_minute",
                "tokens_per_day",
                "name"
            ]
        );
        let past = Draft {
            end: End::Date,
            date: "2026-02-28".into(),
            ..named()
        };
        assert!(past.input(NOW).unwrap_err().field("expires_at").is_some());
    }
}
