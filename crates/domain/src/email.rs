//! The one address check that invite, sign-up and import share.

use crate::text::{code_point, is_hidden};
use crate::unicode::{HostRules, host_to_ascii, nfc};
use serde::{Deserialize, Serialize};
use std::fmt;

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

/// An address that passed the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    /// As typed.
    pub text: String,
    /// The form by which two addresses are the same person: NFC, lower case, the domain in ASCII.
    pub identity: String,
}

/// Why a text is not an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailProblem {
    /// The kind.
    pub reason: EmailReason,
    /// The hidden character as `U+XXXX`, where that is the reason.
    pub character: Option<String>,
}

impl From<EmailReason> for EmailProblem {
    fn from(reason: EmailReason) -> Self {
        Self {
            reason,
            character: None,
        }
    }
}

impl fmt::Display for EmailProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.message())?;
        match &self.character {
            Some(character) => write!(f, " The first one is {character}."),
            None => Ok(()),
        }
    }
}

impl std::error::Error for EmailProblem {}

impl EmailReason {
    /// What is wrong and what would be right, as a sentence to stand after the address.
    pub fn message(self) -> &'static str {
        match self {
            Self::MissingAt => "An address needs an @, such as name@example.com.",
            Self::MultipleAt => "An address has only one @, such as name@example.com.",
            Self::EmptyLocal => "The name before the @ is missing.",
            Self::EmptyDomain => "The domain after the @ is missing, such as name@example.com.",
            Self::QuotedLocal => {
                "A name in quotation marks before the @ is not accepted; write it without them."
            }
            Self::IpLiteral => {
                "A number in square brackets is not accepted; write the domain's name after the @."
            }
            Self::Comment => "Parentheses are not accepted; write the address without the remark.",
            Self::DotPosition => {
                "A dot is first, last or doubled; single dots between other characters are right."
            }
            Self::DotlessDomain => {
                "The domain after the @ is incomplete: it needs a dot, such as example.com."
            }
            Self::HiddenCharacter => "It contains a character that cannot be seen; type the address anew.",
            Self::InvalidCharacter => {
                "The name before the @ contains a character that is not accepted there, such as a space, colon or bracket."
            }
            Self::InvalidDomain => {
                "The domain after the @ is not a host name: letters, digits and inner hyphens, at most 63 between two dots."
            }
            Self::LocalTooLong => "The name before the @ is too long: at most 64 bytes.",
            Self::TooLong => "The address is too long: at most 254 bytes.",
        }
    }
}

/// Octets in the part before the @ (RFC 5321, 4.5.3.1.1).
const LOCAL_OCTETS: usize = 64;
/// Octets in an address, so that with its angle brackets it fits a path (RFC 5321, 4.5.3.1.3).
const ADDRESS_OCTETS: usize = 254;
/// Octets in one label of a host name (RFC 1035, 2.3.4).
const LABEL_OCTETS: usize = 63;

/// Checks one whole address, already without surrounding quotes, brackets or spaces. Nothing is looked up.
pub fn check(address: &str) -> Result<Email, EmailProblem> {
    if let Some(hidden) = address.chars().find(|&c| is_hidden(c)) {
        return Err(EmailProblem {
            reason: EmailReason::HiddenCharacter,
            character: Some(code_point(hidden)),
        });
    }
    let (local, domain) = split(address)?;
    if domain.starts_with('[') {
        return Err(EmailReason::IpLiteral.into());
    }
    // The dots of other scripts that IDNA reads as dots; here, so that a misplaced one is called that.
    let domain = domain.replace(['\u{3002}', '\u{ff0e}', '\u{ff61}'], ".");
    if has_misplaced_dot(local) || has_misplaced_dot(&domain) {
        return Err(EmailReason::DotPosition.into());
    }
    // Normalized first: the Greek question mark, for one, becomes a semicolon.
    let local = nfc(local);
    if !local.chars().all(is_local_character) {
        return Err(EmailReason::InvalidCharacter.into());
    }
    // Lower-casing can take a text out of its normal form.
    let local = nfc(&local.to_lowercase());
    if local.len() > LOCAL_OCTETS {
        return Err(EmailReason::LocalTooLong.into());
    }
    let identity = format!("{local}@{}", ascii_domain(&domain)?);
    if identity.len() > ADDRESS_OCTETS {
        return Err(EmailReason::TooLong.into());
    }
    Ok(Email {
        text: address.to_owned(),
        identity,
    })
}

/// Splits at the @. What merely makes a second @ possible, quotes and comments, is looked for first.
fn split(address: &str) -> Result<(&str, &str), EmailReason> {
    let (local, domain) = address.split_once('@').ok_or(EmailReason::MissingAt)?;
    if address.starts_with('"') && address.contains("\"@") {
        return Err(EmailReason::QuotedLocal);
    }
    if address.contains(['(', ')']) {
        return Err(EmailReason::Comment);
    }
    if domain.contains('@') {
        return Err(EmailReason::MultipleAt);
    }
    if local.is_empty() {
        return Err(EmailReason::EmptyLocal);
    }
    if domain.is_empty() {
        return Err(EmailReason::EmptyDomain);
    }
    Ok((local, domain))
}

fn has_misplaced_dot(part: &str) -> bool {
    part.split('.').any(str::is_empty)
}

/// What a local part may hold without quotes: RFC 5322's atext, the dot, and beyond ASCII (RFC 6531) whatever
/// is no space.
fn is_local_character(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
    } else {
        !c.is_whitespace()
    }
}

fn ascii_domain(domain: &str) -> Result<String, EmailReason> {
    if !domain.contains('.') {
        return Err(EmailReason::DotlessDomain);
    }
    // Lengths are checked below, since a domain that is too long in all is another reason than a long label.
    let ascii = host_to_ascii(domain, HostRules::Mail).ok_or(EmailReason::InvalidDomain)?;
    if ascii
        .split('.')
        .any(|label| label.is_empty() || label.len() > LABEL_OCTETS)
    {
        return Err(EmailReason::InvalidDomain);
    }
    Ok(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::addresses::{Address, Verdict};
    use crate::cases::each;
    use proptest::prelude::*;

    #[test]
    fn cases_of_email_vectors() {
        for (id, Address { address, expect }) in each::<Address>() {
            match (check(&address), expect) {
                (Ok(email), Verdict::Accept { identity }) => {
                    assert_eq!(email.identity, identity, "{id}");
                    assert_eq!(email.text, address, "{id}");
                }
                (Err(_), Verdict::Reject {}) => {}
                (got, want) => panic!("{id}: {address:?} gave {got:?}, wanted {want:?}"),
            }
        }
    }

    #[test]
    fn names_the_first_hidden_character() {
        let problem = check("a\u{200b}b\u{202e}@example.com").expect_err("hidden");
        assert_eq!(problem.reason, EmailReason::HiddenCharacter);
        assert_eq!(problem.character.as_deref(), Some("U+200B"));
        assert!(problem.to_string().ends_with("The first one is U+200B."));
    }

    #[test]
    fn looks_at_dots_of_other_scripts() {
        let email = check("desk@example\u{3002}com").expect("valid");
        assert_eq!(email.identity, "desk@example.com");
        let problem = check("desk@example\u{3002}\u{ff0e}com").expect_err("two dots");
        assert_eq!(problem.reason, EmailReason::DotPosition);
    }

    #[test]
    fn a_variation_selector_cannot_make_a_twin() {
        let problem = check("desk@exam\u{fe0f}ple.com").expect_err("hidden");
        assert_eq!(problem.character.as_deref(), Some("U+FE0F"));
    }

    #[test]
    fn looks_at_characters_as_they_are_in_the_identity() {
        let problem = check("a\u{37e}b@example.com").expect_err("a semicolon");
        assert_eq!(problem.reason, EmailReason::InvalidCharacter);
    }

    proptest! {
        #[test]
        fn an_identity_is_its_own_identity(address in "\\PC{1,12}@[a-zA-Zäß0-9]{1,8}\\.(com|EXAMPLE|例子)") {
            if let Ok(email) = check(&address) {
                prop_assert_eq!(&check(&email.identity).expect("an identity is an address").identity, &email.identity);
                prop_assert!(email.identity.len() <= ADDRESS_OCTETS);
            }
        }

        #[test]
        fn never_panics(address in ".{0,40}") {
            let _ = check(&address);
        }
    }
}
