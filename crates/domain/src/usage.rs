//! What was asked of models: what a request used, and sums as they are shown.

mod buckets;
mod dialect;

use crate::KeyId;
pub use buckets::{Bucket, Buckets, MOST, Measured, UsageSource};
pub use dialect::{Count, Dialect, Message, MessageCounts, Report, Totals};
use serde::{Deserialize, Serialize};

/// Requests and tokens, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageSum {
    /// Requests.
    pub requests: u64,
    /// Of these, refused or broken off.
    pub refused: u64,
    /// Tokens in, as the providers counted them.
    pub tokens_in: u64,
    /// Tokens out, as the providers counted them.
    pub tokens_out: u64,
}

/// What one member asked for in the last thirty days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberUsage {
    /// In Chat.
    pub chat: UsageSum,
    /// With each key that was used.
    pub keys: Vec<(KeyId, UsageSum)>,
}

impl UsageSum {
    /// Tokens in and out.
    pub fn tokens(self) -> u64 {
        self.tokens_in.saturating_add(self.tokens_out)
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            refused: self.refused + other.refused,
            tokens_in: self.tokens_in + other.tokens_in,
            tokens_out: self.tokens_out + other.tokens_out,
        }
    }
}

impl MemberUsage {
    /// What was asked for with one key.
    pub fn of_key(&self, key: KeyId) -> UsageSum {
        let found = self.keys.iter().find(|(id, _)| *id == key);
        found.map(|(_, sum)| *sum).unwrap_or_default()
    }

    /// All of it.
    pub fn total(&self) -> UsageSum {
        let keys = self.keys.iter().map(|(_, sum)| *sum);
        keys.fold(self.chat, UsageSum::plus)
    }
}
