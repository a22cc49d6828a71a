//! Text that must not be read by whoever reads a log.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A password, a token, a code. It cannot be displayed, and its `Debug` form shows nothing; on the wire it is plain text.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for what compares, stores or sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use crate::invite::{AcceptInput, InviteOutcome};
    use crate::organization::SetupInput;
    use crate::provider::{ApiType, ProviderInput};
    use crate::{MemberId, Secret, Timestamp};

    #[test]
    fn what_is_printed_to_debug_holds_no_secret() {
        let secret = "hunter2-hunter2";
        let set_up = SetupInput {
            code: secret.into(),
            password: secret.into(),
            ..SetupInput::default()
        };
        let accept = AcceptInput {
            password: secret.into(),
            ..AcceptInput::default()
        };
        let provider = ProviderInput {
            name: "Lab".into(),
            slug: String::new(),
            api_type: ApiType::Ollama,
            base_url: "http://h".into(),
            api_version: String::new(),
            models: Vec::new(),
            description: String::new(),
            credential: Some(secret.into()),
        };
        let invited = InviteOutcome::Invited {
            member: MemberId(1),
            link: format!("http://h/invite/{secret}"),
            expires_at: Timestamp(0),
        };
        let printed = format!(
            "{set_up:?} {accept:?} {provider:?} {invited:?} {:?}",
            Secret::from(secret)
        );
        assert!(!printed.contains(secret), "{printed}");
        assert!(printed.contains("Lab"), "{printed}");
    }
}
