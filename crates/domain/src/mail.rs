//! Mail as people see it: where a message stands.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// Where the mail of an invitation stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MailState {
    /// It waits for its turn, or for a mail server that failed.
    Queued {
        /// What the last try came to; empty before the first.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// A mail server has taken it.
    Sent {
        /// When.
        at: Timestamp,
    },
    /// It is not tried again.
    Failed {
        /// Why not, as a sentence.
        why: String,
    },
}

impl MailState {
    /// The label people see.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Queued { .. } => "Sending",
            Self::Sent { .. } => "Sent",
            Self::Failed { .. } => "Failed",
        }
    }

    /// What there is to say beyond the label; often nothing.
    pub fn why(&self) -> &str {
        match self {
            Self::Queued { why } | Self::Failed { why } => why,
            Self::Sent { .. } => "",
        }
    }
}

/// That an invitation has another link now; `mail` is whether it is mailed.
pub fn renewed(mail: bool) -> &'static str {
    match mail {
        true => "An email with a new link is on its way. The old link no longer works.",
        false => "New link created. The old one no longer works.",
    }
}
