//! The one address check that invite, sign-up and import share.

use serde::{Deserialize, Serialize};

/// Why a text is not an address. The kinds of `cases/invite-parse.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailReason {
    /// No @.
    MissingAt,
    /// More than one @.
    MultipleAt,
    /// Nothing before the @.
    EmptyLocal,
    /// Nothing after the @.
    EmptyDomain,
    /// Quoted local part.
    QuotedLocal,
    /// Address literal in square brackets.
    IpLiteral,
    /// Parentheses.
    Comment,
    /// A leading, trailing or doubled dot.
    DotPosition,
    /// Domain without a dot.
    DotlessDomain,
    /// Zero-width, bidi or control character inside.
    HiddenCharacter,
    /// A character that a local part may not contain.
    InvalidCharacter,
    /// A label that is no host name.
    InvalidDomain,
    /// Local part longer than 64 octets.
    LocalTooLong,
    /// Address longer than 254 octets.
    TooLong,
}
