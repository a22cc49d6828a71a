//! Sessions: what a person sees of their own, and what an organization demands of its people's.

use crate::input::whole_number;
use crate::limits::{SESSION_IDLE, SESSION_LIFETIME};
use crate::{Problem, SessionId, Timestamp};
use serde::{Deserialize, Serialize};

/// The most days that a policy may set: more than the server's own limit would mean nothing.
pub const MOST_DAYS: u32 = (SESSION_LIFETIME / Timestamp::DAY) as u32;
/// The most hours without use that a policy may set.
pub const MOST_IDLE_HOURS: u32 = (SESSION_IDLE / Timestamp::HOUR) as u32;

/// When sessions end. Where a part is `None`, only the server's own limit holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionPolicy {
    /// Days after signing in.
    pub days: Option<u32>,
    /// Hours without use.
    pub idle_hours: Option<u32>,
}

impl SessionPolicy {
    /// Reads what was typed; empty leaves it to the server.
    pub fn read(days: &str, idle_hours: &str) -> Result<Self, Problem> {
        Ok(Self {
            days: whole_number("days", days, "days", MOST_DAYS)?,
            idle_hours: whole_number("idle_hours", idle_hours, "hours", MOST_IDLE_HOURS)?,
        })
    }

    /// When a session ends that is not used any more.
    pub fn end(self, began: Timestamp, last_used: Timestamp) -> Timestamp {
        let days = self
            .days
            .map_or(SESSION_LIFETIME, |days| i64::from(days) * Timestamp::DAY);
        let idle = self
            .idle_hours
            .map_or(SESSION_IDLE, |hours| i64::from(hours) * Timestamp::HOUR);
        began.plus(days).min(last_used.plus(idle))
    }
}

/// A session as its person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Which.
    pub id: SessionId,
    /// The browser and its system, in words.
    pub browser: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// It is the one that asks.
    pub current: bool,
}

/// What the page about the security of the own account shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSecurity {
    /// The own sessions, the last used first.
    pub sessions: Vec<SessionView>,
    /// Since when the second factor is on, if it is.
    pub second_factor: Option<Timestamp>,
    /// Recovery codes that are left.
    pub recovery_codes: u32,
    /// The organizations that demand a second factor which this session has not proven.
    pub demanded_by: Vec<String>,
    /// The server's clock.
    pub now: Timestamp,
}

/// How a member's second factor stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberSecondFactor {
    /// The member as they are called.
    pub name: String,
    /// Since when it is on, if it is.
    pub since: Option<Timestamp>,
    /// Recovery codes that are left.
    pub recovery_codes: u32,
    /// Why whoever asks may not reset it, as a sentence.
    pub obstacle: Option<String>,
    /// The server's clock.
    pub now: Timestamp,
}

/// Browsers by what only they say of themselves: most name others as well, so the order counts.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
];

/// Systems in the same way.
const SYSTEMS: [(&str, &str); 7] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

/// A browser in words, from its `User-Agent`: `Firefox on Windows`. Nothing of what it sends is repeated.
pub fn browser(agent: &str) -> String {
    let among = |known: &[(&str, &'static str)]| {
        let found = known.iter().find(|(mark, _)| agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    let safari = || {
        let is = agent.contains("Safari/") && agent.contains("Version/");
        is.then_some("Safari")
    };
    match (among(&BROWSERS).or_else(safari), among(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("Unknown browser on {system}"),
        (None, None) => "Unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_in_plain_words() {
        let engine = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (agent, told) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(),
                "Firefox on Linux",
            ),
            (
                format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {engine} Chrome/142.0.0.0 Safari/537.36"),
                "Chrome on Windows",
            ),
            (
                format!(
                    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) {engine} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"
                ),
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15".to_owned(),
                "Safari on macOS",
            ),
            (
                format!("Mozilla/5.0 (Linux; Android 15) {engine} Chrome/142.0.0.0 Mobile Safari/537.36"),
                "Chrome on Android",
            ),
            ("curl/8.5.0".to_owned(), "Unknown browser"),
            (String::new(), "Unknown browser"),
        ] {
            assert_eq!(browser(&agent), told, "{agent}");
        }
    }

    #[test]
    fn a_policy_is_read_within_the_server_s_own_limits() {
        assert_eq!(SessionPolicy::read("", " "), Ok(SessionPolicy::default()));
        let policy = SessionPolicy::read(" 7 ", "12").expect("read");
        assert_eq!((policy.days, policy.idle_hours), (Some(7), Some(12)));
        for (days, hours, field) in [
            ("0", "", "days"),
            ("31", "", "days"),
            ("-1", "", "days"),
            ("1.5", "", "days"),
            ("99999999999999999999", "", "days"),
            ("", "337", "idle_hours"),
            ("", "an hour", "idle_hours"),
        ] {
            let problem = SessionPolicy::read(days, hours).expect_err("refused");
            assert!(problem.field(field).is_some(), "{days} {hours}");
        }
    }

    #[test]
    fn what_comes_first_ends_a_session() {
        let at = |hours: i64| Timestamp(hours * Timestamp::HOUR);
        let policy = SessionPolicy {
            days: Some(1),
            idle_hours: Some(2),
        };
        assert_eq!(policy.end(at(0), at(0)), at(2));
        assert_eq!(policy.end(at(0), at(23)), at(24));
        let none = SessionPolicy::default();
        assert_eq!(none.end(at(0), at(0)), at(0).plus(SESSION_IDLE));
    }
}
