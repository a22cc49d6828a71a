//! Mail as people see it: where a message stands.

use serde::{Deserialize, Serialize};

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MailStage {
    /// It waits for its turn, or for a mail server that failed.
    Sending,
    /// A mail server has taken it.
    Sent,
    /// It is not tried again.
    Failed,
}

/// Where the mail of an invitation stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MailState {
    /// How far it is.
    pub stage: MailStage,
    /// What the last try came to, as a sentence; empty where there is nothing to say.
    pub why: String,
}

impl MailState {
    /// As it stands beside an invitation.
    pub fn label(&self) -> &'static str {
        match self.stage {
            MailStage::Sending => "Email sending",
            MailStage::Sent => "Email sent",
            MailStage::Failed => "Email failed",
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
