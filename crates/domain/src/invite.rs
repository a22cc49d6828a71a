//! Inviting people: the pasted text, each address's outcome, and what the person with the link sees.

mod parse;
mod read;
pub use parse::parse;
pub use read::{LineCount, Person, Reading, read};

use crate::email::EmailReason;
use crate::{MemberId, Role, TeamId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One entry of the invite field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Entry {
    /// An address that can be invited.
    Valid {
        /// As typed, without wrappers.
        text: String,
        /// The form by which two addresses are the same person.
        identity: String,
    },
    /// Not an address.
    Invalid {
        /// As typed, without wrappers.
        text: String,
        /// Why not.
        reason: EmailReason,
        /// The hidden character as `U+XXXX`, where that is the reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        character: Option<String>,
    },
    /// The same person as an earlier entry.
    Duplicate {
        /// As typed, without wrappers.
        text: String,
        /// The form by which two addresses are the same person.
        identity: String,
        /// The index of the earlier entry.
        first: usize,
    },
}

/// What the Invite form sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InviteInput {
    /// The text of the field, as pasted.
    pub emails: String,
    /// The role each gets; at most the inviter's own.
    pub role: Role,
    /// Teams each joins; may be empty.
    pub teams: Vec<TeamId>,
    /// One value a form, so that a second click or a retry invites nobody twice.
    pub idempotency_key: String,
}

/// What became of one address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteOutcome {
    /// An invitation was made.
    Invited {
        /// Its row in the table.
        member: MemberId,
        /// The link to pass on.
        link: String,
        /// When the link ends.
        expires_at: Timestamp,
    },
    /// The address belongs to a member.
    AlreadyMember {
        /// Their row, for "Assign providers now".
        member: MemberId,
    },
    /// An invitation is pending (or expired); resend it instead.
    AlreadyInvited {
        /// Its row in the table.
        member: MemberId,
        /// It can no longer be accepted.
        expired: bool,
    },
    /// Not an address; why, as a sentence.
    Invalid {
        /// What is wrong and what would be right.
        why: String,
    },
    /// The same person as an earlier entry of this request.
    Duplicate,
}

/// Without the link, so that it is in no log.
impl fmt::Debug for InviteOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invited {
                member, expires_at, ..
            } => f
                .debug_struct("Invited")
                .field("member", member)
                .field("expires_at", expires_at)
                .finish_non_exhaustive(),
            Self::AlreadyMember { member } => {
                f.debug_struct("AlreadyMember").field("member", member).finish()
            }
            Self::AlreadyInvited { member, expired } => f
                .debug_struct("AlreadyInvited")
                .field("member", member)
                .field("expired", expired)
                .finish(),
            Self::Invalid { why } => f.debug_struct("Invalid").field("why", why).finish(),
            Self::Duplicate => f.write_str("Duplicate"),
        }
    }
}

/// One address of the request and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteLine {
    /// The address as typed.
    pub email: String,
    /// What became of it.
    pub outcome: InviteOutcome,
}

/// The answer to an invitation request: one line per entry, in the order of the field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteResult {
    /// One line per entry.
    pub lines: Vec<InviteLine>,
    /// How the lines of the field were read, where it held rows or running text.
    #[serde(default)]
    pub read: Option<LineCount>,
}

/// What the page behind an invitation link shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationView {
    /// It can be accepted.
    Open {
        /// The organization that invites.
        organization: String,
        /// The invited address.
        email: String,
        /// The role it gives.
        role: Role,
        /// The name that was given with the invitation, to begin with; often empty.
        name: String,
        /// When the link ends.
        expires_at: Timestamp,
        /// Who is accepting.
        account: InvitedAccount,
    },
    /// It has been accepted already.
    Used {
        /// The organization that invited.
        organization: String,
    },
    /// Its time is over.
    Expired {
        /// The organization that invited.
        organization: String,
    },
    /// It was withdrawn.
    Revoked {
        /// The organization that invited.
        organization: String,
    },
    /// No such link; also one that a resend replaced.
    Unknown,
}

/// Whose account will accept an open invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitedAccount {
    /// Nobody has this address yet: a name and a password are asked for.
    New,
    /// An account has this address and nobody is signed in: its password is asked for.
    Existing,
    /// Signed in as the invited address: one click.
    SignedIn,
    /// Signed in as somebody else: refused, with both addresses.
    Other {
        /// The address that is signed in.
        signed_in: String,
    },
}

/// What accepting sends. A signed-in person sends neither; an existing account only the password.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptInput {
    /// Display name of a new account.
    #[serde(default)]
    pub name: String,
    /// The new password, or that of the existing account.
    #[serde(default)]
    pub password: String,
}

/// Without the password, so that it is in no log.
impl fmt::Debug for AcceptInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptInput")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
