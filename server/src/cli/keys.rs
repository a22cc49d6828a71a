//! `gatehouse keys`: virtual keys from a shell on the server.

use super::told;
use clap::{Args, Subcommand};
use domain::Timestamp;
use domain::key::{KeyInput, KeyView};
use services::{ListedKey, Services};
use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// What can be done with keys.
#[derive(Subcommand)]
pub enum Keys {
    /// Make a key for a member and print it, alone, on one line.
    Create(Create),
    /// List the keys that are not revoked.
    List(List),
    /// Revoke a key: it is refused from the next request on.
    Revoke(Revoke),
}

/// `gatehouse keys create`.
#[derive(Args)]
pub struct Create {
    /// The organization's name in addresses, as in /o/acme/access.
    #[arg(long)]
    org: String,
    /// The member's e-mail address.
    #[arg(long, value_name = "EMAIL")]
    member: String,
    /// What to call the key.
    #[arg(long)]
    name: String,
    /// Slugs of the only providers it may reach; without, it reaches all that the member may use.
    #[arg(long, value_delimiter = ',', value_name = "SLUG,…")]
    providers: Option<Vec<String>>,
    /// When it ends: a number of days (30d) or hours (12h), or its last day (2026-12-31, UTC); without, never.
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,
    /// Requests it may make in a minute.
    #[arg(long, value_name = "N")]
    requests_per_minute: Option<u32>,
    /// Tokens it may use in a day.
    #[arg(long, value_name = "N")]
    tokens_per_day: Option<i64>,
}

/// `gatehouse keys list`.
#[derive(Args)]
pub struct List {
    /// The organization's name in addresses, as in /o/acme/access.
    #[arg(long)]
    org: String,
    /// Only the keys of the member with this e-mail address.
    #[arg(long, value_name = "EMAIL")]
    member: Option<String>,
}

/// `gatehouse keys revoke`.
#[derive(Args)]
pub struct Revoke {
    /// The organization's name in addresses, as in /o/acme/access.
    #[arg(long)]
    org: String,
    /// The key: whole, or its beginning up to the second underscore, with or without gk_.
    key: String,
}

/// Does it. What is to be used goes to standard output, what is for people to standard error.
pub async fn run(services: &Services, command: Keys) -> Result<(), Box<dyn std::error::Error>> {
    match command {
        Keys::Create(create) => {
            let input = KeyInput {
                name: create.name,
                expires_at: create.expires.map(|text| end(&text, now())).transpose()?,
                scope: None,
                requests_per_minute: create.requests_per_minute,
                tokens_per_day: create.tokens_per_day,
            };
            let providers = create.providers.as_deref();
            let made = services
                .operator_create_key(&create.org, &create.member, providers, input)
                .await
                .map_err(told)?;
            println!("{}", made.secret);
            eprintln!(
                "{} is made for {}: {}. The key is not shown again.",
                made.key.name,
                create.member,
                reach(&made.key)
            );
        }
        Keys::List(list) => {
            let keys = services
                .operator_keys(&list.org, list.member.as_deref())
                .await
                .map_err(told)?;
            if keys.is_empty() {
                eprintln!("No keys.");
            } else {
                print!("{}", table(&keys));
            }
        }
        Keys::Revoke(revoke) => {
            let key = services
                .operator_revoke_key(&revoke.org, &revoke.key)
                .await
                .map_err(told)?;
            eprintln!("{} ({}) is revoked.", key.name, key.shown());
        }
    }
    Ok(())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// When a key ends.
fn end(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let span = |suffix: char, unit: i64| {
        let count: u32 = text.strip_suffix(suffix)?.parse().ok()?;
        Some(now.plus(i64::from(count) * unit))
    };
    span('d', Timestamp::DAY)
        .or_else(|| span('h', Timestamp::HOUR))
        .or_else(|| Timestamp::end_of(text))
        .ok_or_else(|| {
            format!("--expires {text} is neither days (30d) nor hours (12h) nor a last day (2026-12-31).")
        })
}

/// What a key reaches and until when, in a few words.
fn reach(key: &KeyView) -> String {
    let scope = match &key.scope {
        None => "all that the member may use".to_owned(),
        Some(scope) if scope.is_empty() => "no provider".to_owned(),
        Some(scope) => {
            let names: Vec<_> = scope.iter().map(|p| p.name.as_str()).collect();
            format!("only {}", names.join(", "))
        }
    };
    match key.expires_at {
        Some(at) => format!("{scope}, until {}", at.exact()),
        None => scope,
    }
}

/// Columns as wide as what is in them.
fn table(keys: &[ListedKey]) -> String {
    let head = ["KEY", "NAME", "MEMBER", "STATE", "LAST USED", "REACHES"].map(str::to_owned);
    let rows = keys.iter().map(|ListedKey { email, key }| {
        [
            key.shown(),
            key.name.clone(),
            email.clone(),
            key.state.label().to_owned(),
            key.last_used_at.map_or("never".to_owned(), Timestamp::rfc3339),
            reach(key),
        ]
    });
    let lines: Vec<[String; 6]> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: Vec<usize> = (0..6).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for line in lines {
        let cells: Vec<_> = line
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        // Writing to a text does not fail.
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_a_span_or_a_day() {
        let now = Timestamp(1_772_366_400_000);
        let at = |text: &str| end(text, now).map(Timestamp::rfc3339).ok();
        assert_eq!(at("30d").as_deref(), Some("2026-03-31T12:00:00Z"));
        assert_eq!(at("12h").as_deref(), Some("2026-03-02T00:00:00Z"));
        assert_eq!(at("2026-12-31").as_deref(), Some("2027-01-01T00:00:00Z"));
        for wrong in ["", "30", "-1d", "d", "tomorrow", "30 d"] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }
}
