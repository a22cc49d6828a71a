//! The terms of allowed providers: until when, and of which models; and when an end is near.
//!
//! Nothing happens at the end. Whatever asks whether a grant counts asks the clock as well
//! ([`Grant::is_live`](crate::access::Grant::is_live)), so that the first request after it is refused.

use crate::access::ModelList;
use crate::input::{self, Findings};
use crate::limits::GRANT_LIFETIME;
use crate::problem::Problem;
use crate::{ProviderId, Timestamp};
use serde::{Deserialize, Serialize};

/// How long before its end a grant counts as ending soon, in milliseconds: fourteen days, in which there is time to ask for
/// more, and short enough that whoever looks still cares.
pub const SOON: i64 = 14 * Timestamp::DAY;
/// How much later a grant ends that is extended in one click, in milliseconds: thirty days.
pub const EXTENSION: i64 = 30 * Timestamp::DAY;

/// On which terms something is granted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// From this instant on it no longer counts; `None` is no end.
    pub ends_at: Option<Timestamp>,
    /// Why it ends; may be empty.
    pub reason: String,
    /// Of which models it is.
    pub models: ModelList,
}

/// On which terms one provider is to be allowed, to a member or to a team. It gives the grant where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsChange {
    /// The version of the row, or of the team, as it was read; another one in the table is a conflict.
    pub version: i64,
    /// What is allowed.
    pub provider: ProviderId,
    /// From this instant on it no longer is; `None` is no end.
    pub ends_at: Option<Timestamp>,
    /// Why it ends; may be empty, and is where there is no end.
    pub reason: String,
    /// Of which models, by name or pattern; empty is all of them.
    pub models: ModelList,
}

impl TermsChange {
    /// The change as it will be stored, or everything that is wrong with it.
    pub fn check(&self, now: Timestamp) -> Result<Self, Problem> {
        let mut found = Findings::default();
        let reason = found.keep(reason(&self.reason, self.ends_at));
        found.keep(end(self.ends_at, now));
        let models = found.keep(ModelList::check(self.models.names()));
        found.finish(Self {
            reason,
            models,
            ..self.clone()
        })
    }
}

/// Why something ends, on one line.
pub fn reason(text: &str, ends_at: Option<Timestamp>) -> Result<String, Problem> {
    let reason = input::reason("reason", text)?;
    if ends_at.is_none() && !reason.is_empty() {
        return Err(Problem::invalid(
            "reason",
            "Set an expiration date, or leave the reason empty.",
        ));
    }
    Ok(reason)
}

/// An end that may be set: still to come, and within ten years.
pub fn end(ends_at: Option<Timestamp>, now: Timestamp) -> Result<(), Problem> {
    let message = match ends_at {
        Some(end) if end <= now => "Choose an expiration date in the future.",
        Some(end) if end > now.plus(GRANT_LIFETIME) => {
            "Choose an expiration date within the next ten years, or leave it empty."
        }
        _ => return Ok(()),
    };
    Err(Problem::invalid("ends_at", message))
}

/// An allowed provider that ends soon, as its member sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndingAccess {
    /// What.
    pub provider: ProviderId,
    /// Its name.
    pub name: String,
    /// When.
    pub ends_at: Timestamp,
    /// Whether it ends because nobody used it, so that the member may keep it.
    pub may_keep: bool,
}

/// Whether something that ends then does so soon. What has ended is not ending.
pub fn is_soon(ends_at: Timestamp, now: Timestamp) -> bool {
    now < ends_at && ends_at <= now.plus(SOON)
}

/// `Expires in 5 days`, `Expires tomorrow`.
pub fn expires(ends_at: Timestamp, now: Timestamp) -> String {
    format!("Expires {}", ends_at.relative_to(now).to_lowercase())
}

/// `Your access to Lab expires in 5 days (3 Mar 2027).`
pub fn notice(provider: &str, ends_at: Timestamp, now: Timestamp) -> String {
    let when = ends_at.relative_to(now).to_lowercase();
    format!(
        "Your access to {provider} expires {when} ({}).",
        ends_at.last_day().day()
    )
}

/// The later of two ends, of which none is the latest.
pub fn later(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    Some(one?.max(other?))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_772_366_400_000);

    fn change(ends_at: Option<i64>, reason: &str) -> TermsChange {
        TermsChange {
            version: 3,
            provider: ProviderId(7),
            ends_at: ends_at.map(|after| NOW.plus(after)),
            reason: reason.to_owned(),
            models: ModelList::default(),
        }
    }

    #[test]
    fn an_end_is_to_come_and_not_out_of_sight() {
        for fits in [None, Some(1), Some(GRANT_LIFETIME)] {
            assert_eq!(change(fits, "").check(NOW).unwrap(), change(fits, ""));
        }
        for (wrong, words) in [
            (0, "in the future"),
            (-1, "in the future"),
            (GRANT_LIFETIME + 1, "ten years"),
        ] {
            let problem = change(Some(wrong), "").check(NOW).unwrap_err();
            assert!(problem.field("ends_at").unwrap().contains(words), "{problem:?}");
        }
        let far = TermsChange {
            ends_at: Some(Timestamp(i64::MAX)),
            ..change(None, "")
        };
        assert!(far.check(NOW).is_err());
    }

    #[test]
    fn a_reason_is_a_line_and_belongs_to_an_end() {
        let kept = change(Some(1), "  contract\u{a0}ends ").check(NOW).unwrap();
        assert_eq!(kept.reason, "contract\u{a0}ends");
        for wrong in [
            change(None, "why"),
            change(Some(1), "a\nb"),
            change(Some(1), &"x".repeat(201)),
        ] {
            assert!(
                wrong.check(NOW).unwrap_err().field("reason").is_some(),
                "{wrong:?}"
            );
        }
        let both = change(Some(0), "a\nb").check(NOW).unwrap_err();
        assert_eq!(both.fields.len(), 2);
        let unknown = r#"{"version":1,"provider":1,"ends_at":null,"reason":"","models":[],"x":1}"#;
        assert!(serde_json::from_str::<TermsChange>(unknown).is_err());
    }

    #[test]
    fn soon_is_within_fourteen_days() {
        for (after, soon) in [
            (0, false),
            (1, true),
            (SOON, true),
            (SOON + 1, false),
            (-1, false),
        ] {
            assert_eq!(is_soon(NOW.plus(after), NOW), soon, "{after}");
        }
        assert_eq!(expires(NOW.plus(5 * Timestamp::DAY), NOW), "Expires in 5 days");
        assert_eq!(expires(NOW.plus(30 * Timestamp::HOUR), NOW), "Expires tomorrow");
        assert_eq!(
            notice("Lab", NOW.plus(5 * Timestamp::DAY), NOW),
            "Your access to Lab expires in 5 days (6 Mar 2026)."
        );
        assert_eq!(later(Some(NOW), Some(NOW.plus(1))), Some(NOW.plus(1)));
        assert_eq!(later(Some(NOW), None), None);
    }
}
