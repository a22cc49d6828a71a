//! Virtual keys: how one reads, what is shown of it, and what making one asks for.
//!
//! The whole of a key is `gk_<public id>_<secret>`. The public id finds it and may be shown; of the secret only the last
//! four characters are ever shown again.

pub mod policy;

use crate::ends::EndingAccess;
use crate::member::KeyState;
use crate::provider::ProviderRef;
use crate::role::{UnknownName, named};
use crate::usage::MemberUsage;
use crate::{KeyId, ProviderId, Timestamp};
use policy::KeyPolicy;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What every key begins with, so that a leaked one is recognized by people and scanners.
pub const PREFIX: &str = "gk_";
/// Characters of the public id, each of `a`–`z` and `0`–`9`.
pub const PUBLIC_ID_CHARS: usize = 12;

/// The whole of a key.
pub fn key_text(public_id: &str, secret: &str) -> String {
    format!("{PREFIX}{public_id}_{secret}")
}

/// The public id in a key, in what is shown of one, or by itself.
pub fn public_id(text: &str) -> Option<&str> {
    let text = text.trim();
    let text = text.strip_prefix(PREFIX).unwrap_or(text);
    let id = text.split('_').next()?;
    let fits =
        id.len() == PUBLIC_ID_CHARS && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    fits.then_some(id)
}

named!(
    /// How long the secret before a rotation still works.
    Grace {
        /// It stops at once.
        None = "none", "It stops at once";
        /// One hour.
        Hour = "hour", "1 hour";
        /// One day.
        Day = "day", "1 day";
        /// Seven days.
        Week = "week", "7 days";
    }
);

impl Grace {
    /// When the secret before stops; none when it does at once.
    pub fn ends_at(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::None => None,
            Self::Hour => Some(now.plus(Timestamp::HOUR)),
            Self::Day => Some(now.plus(Timestamp::DAY)),
            Self::Week => Some(now.plus(7 * Timestamp::DAY)),
        }
    }
}

/// A key as its owner and administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyView {
    /// Which.
    pub id: KeyId,
    /// The name its owner gave it.
    pub name: String,
    /// The public part of the key.
    pub public_id: String,
    /// The last four characters of the key.
    pub last_four: String,
    /// Whether it still works.
    pub state: KeyState,
    /// The providers it is narrowed to, by name; `None` is all that its owner may use. Empty when those it was narrowed
    /// to were deleted: it then reaches nothing.
    pub scope: Option<Vec<ProviderRef>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it no longer works; `None` is no end.
    pub expires_at: Option<Timestamp>,
    /// When it was withdrawn.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used; `None` is never.
    pub last_used_at: Option<Timestamp>,
    /// Requests it may make in a minute; `None` is as many as wanted.
    pub requests_per_minute: Option<u32>,
    /// Tokens it may use in a day; `None` is as many as wanted.
    pub tokens_per_day: Option<i64>,
    /// Until when the secret before the latest rotation works; `None` when it does not.
    pub previous_ends_at: Option<Timestamp>,
}

impl KeyView {
    /// As much of the key as may be shown: `gk_k3v9x2m4q8z1_…wxyz`.
    pub fn shown(&self) -> String {
        key_text(&self.public_id, &format!("…{}", self.last_four))
    }
}

/// The keys of one member with what a new one needs, all of one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyList {
    /// The keys that were not revoked, newest first, then the revoked ones, latest first.
    pub keys: Vec<KeyView>,
    /// What a new key can be narrowed to: the Allowed providers of the owner, by name.
    pub allowed: Vec<ProviderRef>,
    /// Which of those end soon, by name, and when.
    pub ending: Vec<EndingAccess>,
    /// What the organization demands of new ones.
    pub policy: KeyPolicy,
    /// What was asked for in the last thirty days, with each key and in Chat.
    pub usage: MemberUsage,
    /// The server's clock.
    pub now: Timestamp,
}

/// The own keys in one organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnKeys {
    /// Where they count.
    pub organization: crate::organization::OrganizationLink,
    /// The keys.
    pub list: KeyList,
}

/// What making a key sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyInput {
    /// The name its owner gives it.
    pub name: String,
    /// When it ends; `None` is no end.
    pub expires_at: Option<Timestamp>,
    /// The providers to narrow it to; `None` is all that its owner may use, an empty list is none.
    pub scope: Option<Vec<ProviderId>>,
    /// Requests it may make in a minute.
    pub requests_per_minute: Option<u32>,
    /// Tokens it may use in a day.
    pub tokens_per_day: Option<i64>,
}

/// A key that was just made or rotated: the only time that it is shown whole.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeKey {
    /// What stays to be seen of it.
    pub key: KeyView,
    /// The whole key.
    pub secret: String,
}

/// Without the secret, so that it is in no log.
impl fmt::Debug for MadeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeKey")
            .field("key", &self.key)
            .field("secret", &"…")
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_id_is_found_in_all_that_people_copy() {
        let id = "k3v9x2m4q8z1";
        for text in [
            id.to_owned(),
            format!(" gk_{id}\n"),
            format!("gk_{id}_…wxyz"),
            key_text(id, "a_b-c"),
        ] {
            assert_eq!(public_id(&text), Some(id), "{text}");
        }
        for text in ["", "gk_", "gk_short_x", "K3V9X2M4Q8Z1", "gk_k3v9x2m4q8z12_x"] {
            assert_eq!(public_id(text), None, "{text}");
        }
    }

    #[test]
    fn a_made_key_is_not_written_to_logs() {
        let key = KeyView {
            id: KeyId(1),
            name: "ci".into(),
            public_id: "k3v9x2m4q8z1".into(),
            last_four: "wxyz".into(),
            state: KeyState::Active,
            scope: None,
            created_at: Timestamp(0),
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
            requests_per_minute: None,
            tokens_per_day: None,
            previous_ends_at: None,
        };
        assert_eq!(key.shown(), "gk_k3v9x2m4q8z1_…wxyz");
        let made = MadeKey {
            secret: key_text(&key.public_id, "hidden-part"),
            key,
        };
        assert!(!format!("{made:?}").contains("hidden-part"));
    }

    #[test]
    fn the_grace_is_counted_from_now() {
        let now = Timestamp(5);
        let ends: Vec<_> = Grace::ALL.iter().map(|grace| grace.ends_at(now)).collect();
        let after = |ms: i64| Some(now.plus(ms));
        assert_eq!(
            ends,
            [
                None,
                after(Timestamp::HOUR),
                after(Timestamp::DAY),
                after(7 * Timestamp::DAY)
            ]
        );
    }
}
