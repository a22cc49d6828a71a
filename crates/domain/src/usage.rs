//! What was asked of models, as it is shown.

use crate::KeyId;
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

impl MemberUsage {
    /// All of it.
    pub fn total(&self) -> UsageSum {
        let keys = self.keys.iter().map(|(_, sum)| *sum);
        keys.fold(self.chat, |a, b| UsageSum {
            requests: a.requests + b.requests,
            refused: a.refused + b.refused,
            tokens_in: a.tokens_in + b.tokens_in,
            tokens_out: a.tokens_out + b.tokens_out,
        })
    }
}
