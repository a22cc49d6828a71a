//! What an organization demands of its members' virtual keys.

use super::KeyView;
use crate::{MemberId, Problem, Timestamp, input};
use serde::{Deserialize, Serialize};

/// The most days that a policy may set: ten years.
pub const MOST_KEY_DAYS: u32 = 3_650;

/// The rules for virtual keys. The default demands nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPolicy {
    /// Days after which a new key ends at the latest; `None` for no limit.
    pub days: Option<u32>,
    /// Only members themselves create and rotate keys; admins rename and revoke those of others.
    pub own_only: bool,
}

impl KeyPolicy {
    /// Reads what was typed; no number of days is no limit.
    pub fn read(days: &str, own_only: bool) -> Result<Self, Problem> {
        Ok(Self {
            days: input::whole_number("days", days, "days", MOST_KEY_DAYS)?,
            own_only,
        })
    }

    /// The latest end of a key that is made now; `None` where it needs no end.
    pub fn latest_end(self, now: Timestamp) -> Option<Timestamp> {
        let days = self.days?;
        Some(now.plus(i64::from(days) * Timestamp::DAY))
    }

    /// Whether a key that ends so, or never, lasts longer than one that is made now may.
    pub fn is_outlived_by(self, ends_at: Option<Timestamp>, now: Timestamp) -> bool {
        match (self.latest_end(now), ends_at) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(latest), Some(end)) => end > latest,
        }
    }

    /// Refuses an end of a new key that is none or too late.
    pub fn check_end(self, ends_at: Option<Timestamp>, now: Timestamp) -> Result<(), Problem> {
        match self.latest_end(now) {
            Some(latest) if self.is_outlived_by(ends_at, now) => {
                let message = format!(
                    "The organization's virtual keys expire within {}. Choose an expiration up to {}.",
                    days(self.days.unwrap_or_default()),
                    latest.exact()
                );
                Err(Problem::invalid("expires_at", message))
            }
            _ => Ok(()),
        }
    }
}

/// `1 day`, `90 days`.
pub fn days(count: u32) -> String {
    match count {
        1 => "1 day".to_owned(),
        count => format!("{count} days"),
    }
}

/// A key that works and lasts longer than the policy allows, with whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlivingKey {
    /// The member.
    pub member: MemberId,
    /// What they are called, or their e-mail.
    pub owner: String,
    /// The key.
    pub key: KeyView,
}

/// What the page about the policy shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySettings {
    /// The rules.
    pub policy: KeyPolicy,
    /// Keys that last longer than they allow, the oldest first, as many as are listed.
    pub outliving: Vec<OutlivingKey>,
    /// How many there are.
    pub outliving_count: u32,
    /// The server's clock.
    pub now: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_772_366_400_000);

    #[test]
    fn a_policy_is_read_or_says_what_to_enter() {
        let read = |days: &str| KeyPolicy::read(days, false).map(|policy| policy.days);
        assert_eq!(read(" "), Ok(None));
        assert_eq!(read(" 90 "), Ok(Some(90)));
        assert_eq!(read("3650"), Ok(Some(3_650)));
        for wrong in ["0", "3651", "-1", "1.5", "ninety", "99999999999999999999"] {
            let problem = read(wrong).expect_err(wrong);
            assert!(problem.field("days").is_some(), "{wrong}");
        }
    }

    #[test]
    fn a_key_ends_at_the_last_instant_at_the_latest() {
        let policy = KeyPolicy {
            days: Some(30),
            own_only: false,
        };
        let latest = NOW.plus(30 * Timestamp::DAY);
        assert_eq!(policy.check_end(Some(latest), NOW), Ok(()));
        for late in [None, Some(latest.plus(1))] {
            let problem = policy.check_end(late, NOW).expect_err("too late");
            let told = problem.field("expires_at").expect("names the field");
            assert!(
                told.contains("within 30 days") && told.contains("31 Mar 2026, 12:00 UTC"),
                "{told}"
            );
        }
        assert_eq!(KeyPolicy::default().check_end(None, NOW), Ok(()));
    }
}
