//! What went wrong, in a form that every transport can carry to a person.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The closed list of kinds of failure a client may have to react to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// Nobody is signed in, or the session has ended.
    Unauthenticated,
    /// Signed in, but the role does not allow this.
    Forbidden,
    /// The organization demands a second factor, which the person has not set up or not proven.
    SecondFactorRequired,
    /// There is no such thing in this organization.
    NotFound,
    /// The input is wrong; `fields` says where.
    Invalid,
    /// Somebody else changed the row since it was read.
    Conflict,
    /// The change would leave the organization without an active owner.
    LastOwner,
    /// First set-up has been done already.
    AlreadySetUp,
    /// The invitation has been accepted already.
    AlreadyAccepted,
    /// The address has a pending invitation already.
    AlreadyInvited,
    /// The address belongs to a member already.
    AlreadyMember,
    /// The invitation or key has been revoked.
    Revoked,
    /// The invitation or key has expired.
    Expired,
    /// The invitation is for another address than that of the signed-in account.
    WrongAccount,
    /// The idempotency key was used before with other content.
    KeyReused,
    /// A key would reach what its owner may not use.
    KeyScope,
    /// A role above the actor's own would be given to many at once.
    AboveOwnRole,
    /// The time in which a change can be undone is over.
    TooLate,
    /// The change has been undone already.
    AlreadyUndone,
    /// The change is of a kind that cannot be undone.
    NotUndoable,
    /// Too many attempts, or too much asked at once by whoever asks; wait.
    RateLimited,
    /// There is more to do than can be done at the moment, or this one thing took too long; try again later.
    Overloaded,
    /// There is no room left to save anything; whoever runs the server has to make some.
    StorageFull,
    /// The work failed on our side; the log has the details.
    Internal,
}

impl ProblemCode {
    /// The HTTP status that carries this kind (RFC 9110).
    pub fn http_status(self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::Forbidden | Self::SecondFactorRequired | Self::WrongAccount | Self::AboveOwnRole => 403,
            Self::NotFound => 404,
            Self::Conflict
            | Self::LastOwner
            | Self::AlreadySetUp
            | Self::AlreadyAccepted
            | Self::AlreadyInvited
            | Self::AlreadyMember
            | Self::KeyReused
            | Self::AlreadyUndone
            | Self::NotUndoable => 409,
            Self::Revoked | Self::Expired | Self::TooLate => 410,
            Self::Invalid | Self::KeyScope => 422,
            Self::RateLimited => 429,
            Self::Overloaded => 503,
            Self::StorageFull => 507,
            Self::Internal => 500,
        }
    }
}

/// One input field and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// The input's name as the form and the API spell it, for example `base_url`.
    pub field: String,
    /// What is wrong and what would be right, as a sentence.
    pub message: String,
}

/// A failure a person can read and act on. Never holds anything internal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What kind it is.
    pub code: ProblemCode,
    /// What happened and what to do, as a sentence or two.
    pub message: String,
    /// The inputs it concerns; empty when it is not about one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
    /// Seconds after which trying again makes sense, for `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A problem that is not about one input.
    pub fn new(code: ProblemCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            fields: Vec::new(),
            retry_after: None,
        }
    }

    /// Wrong input in one field; the message stands both at the field and on top.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::new(ProblemCode::Invalid, message.clone()).with_field(field, message)
    }

    /// Adds what is wrong with one more field.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.fields.push(FieldProblem {
            field: field.into(),
            message: message.into(),
        });
        self
    }

    /// Adds after how many seconds trying again makes sense.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The thing asked for is not in this organization.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            ProblemCode::NotFound,
            format!("This {what} does not exist or is not in this organization."),
        )
    }

    /// What is wrong with one field, if anything.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|f| f.field == name)
            .map(|f| f.message.as_str())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// The answer to an edit that carries the version it was made on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionedOutcome<T> {
    /// Saved; the thing as it is now.
    Saved(T),
    /// Somebody else changed it first; nothing was saved. The thing as it is now.
    Conflict(T),
}

impl<T> VersionedOutcome<T> {
    /// The same outcome, told of something else.
    pub fn map<U>(self, tell: impl FnOnce(T) -> U) -> VersionedOutcome<U> {
        match self {
            Self::Saved(now) => VersionedOutcome::Saved(tell(now)),
            Self::Conflict(now) => VersionedOutcome::Conflict(tell(now)),
        }
    }
}
