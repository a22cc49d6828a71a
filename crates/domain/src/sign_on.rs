//! Single sign-on by OpenID Connect, as pages show and set it.

use crate::email;
use crate::input::name;
use crate::{Problem, Role, Secret};
use serde::{Deserialize, Serialize};

/// Most domains of one organization.
const DOMAINS: usize = 50;
/// Most octets of an issuer's address, a client id and a client secret.
const TEXT_BYTES: usize = 1_024;

/// What an owner sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignOnInput {
    /// The provider's issuer, as it names itself.
    pub issuer: String,
    /// What the provider calls Gatehouse.
    pub client_id: String,
    /// The secret that goes with it; empty to keep the one before, or for a public client.
    pub client_secret: Secret,
    /// The domains of the organization's addresses, as they were typed.
    pub domains: String,
    /// The role of those who join by signing in.
    pub role: Role,
    /// Only owners may still sign in with a password.
    pub required: bool,
    /// The version that was shown; 0 where there was none.
    pub version: i64,
}

/// The same, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedSignOn {
    /// The issuer, without surrounding space.
    pub issuer: String,
    /// What the provider calls Gatehouse.
    pub client_id: String,
    /// A new secret, if one was entered.
    pub client_secret: Option<Secret>,
    /// The domains in lower case, each once.
    pub domains: Vec<String>,
}

impl SignOnInput {
    /// Says what of it cannot be. `insecure` is whether the issuer may be reached without TLS.
    pub fn check(&self, insecure: bool) -> Result<CheckedSignOn, Problem> {
        let issuer = self.issuer.trim().to_owned();
        let secure = issuer.starts_with("https://") || insecure && issuer.starts_with("http://");
        if !secure || issuer.len() > TEXT_BYTES || issuer.contains(['?', '#', ' ']) {
            return Err(Problem::invalid(
                "issuer",
                "Enter the issuer's address as the provider shows it. It begins with https://.",
            ));
        }
        let client_id = name("client_id", &self.client_id, "the client ID")?;
        let secret = self.client_secret.expose().trim();
        if secret.len() > TEXT_BYTES {
            return Err(Problem::invalid(
                "client_secret",
                "This is too long for a client secret.",
            ));
        }
        if !matches!(self.role, Role::Member | Role::Auditor) {
            return Err(Problem::invalid(
                "role",
                "People who join by signing in become Member or Auditor.",
            ));
        }
        Ok(CheckedSignOn {
            issuer,
            client_id,
            client_secret: (!secret.is_empty()).then(|| Secret::from(secret)),
            domains: domains(&self.domains)?,
        })
    }
}

fn domains(text: &str) -> Result<Vec<String>, Problem> {
    let mut domains = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || c == ',' || c == ';') {
        let word = word.trim_start_matches('@');
        if word.is_empty() {
            continue;
        }
        let domain = domain_of(&format!("x@{word}")).ok_or_else(|| {
            Problem::invalid(
                "domains",
                format!("“{word}” is not a domain. Enter domains such as example.com."),
            )
        })?;
        if !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    match domains.len() {
        0 => Err(Problem::invalid(
            "domains",
            "Enter the domain of your organization's addresses, such as example.com.",
        )),
        n if n > DOMAINS => Err(Problem::invalid(
            "domains",
            format!("{n} domains: at most {DOMAINS} can be entered."),
        )),
        _ => Ok(domains),
    }
}

/// The domain of an address, in the form by which two are the same.
pub fn domain_of(address: &str) -> Option<String> {
    let email = email::check(address.trim()).ok()?;
    let (_, domain) = email.identity.rsplit_once('@')?;
    Some(domain.to_lowercase())
}

/// What is set, without the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOnView {
    /// The provider's issuer.
    pub issuer: String,
    /// What the provider calls Gatehouse.
    pub client_id: String,
    /// Whether there is a secret.
    pub has_secret: bool,
    /// The domains of the organization's addresses.
    pub domains: Vec<String>,
    /// The role of those who join by signing in.
    pub role: Role,
    /// Only owners may still sign in with a password.
    pub required: bool,
    /// The version that an edit must carry.
    pub version: i64,
}

/// The page of single sign-on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOnSettings {
    /// Where the provider sends people back to, to be entered there.
    pub redirect_url: String,
    /// Where signing in begins, to be linked to.
    pub start_url: String,
    /// What is set; `None` before it is.
    pub current: Option<SignOnView>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> SignOnInput {
        SignOnInput {
            issuer: " https://id.example.com/realms/one ".to_owned(),
            client_id: "gatehouse".to_owned(),
            client_secret: Secret::from(" s3 "),
            domains: "Example.com, @münchen.example\nexample.com".to_owned(),
            role: Role::Member,
            required: false,
            version: 0,
        }
    }

    #[test]
    fn what_was_typed_is_tidied() {
        let checked = input().check(false).expect("usable");
        assert_eq!(checked.issuer, "https://id.example.com/realms/one");
        assert_eq!(
            checked
                .client_secret
                .map(|secret| secret.expose().to_owned())
                .as_deref(),
            Some("s3")
        );
        assert_eq!(
            checked.domains,
            [
                "example.com",
                &domain_of("a@MÜNCHEN.example").expect("an address")
            ]
        );
    }

    #[test]
    fn what_cannot_be_is_told_by_field() {
        let field = |change: fn(&mut SignOnInput)| {
            let mut input = input();
            change(&mut input);
            let problem = input.check(false).expect_err("refused");
            problem
                .fields
                .first()
                .map(|problem| problem.field.clone())
                .expect("a field")
        };
        assert_eq!(field(|i| i.issuer = "http://id.example.com".to_owned()), "issuer");
        assert_eq!(
            field(|i| i.issuer = "https://id.example.com?x=1".to_owned()),
            "issuer"
        );
        assert_eq!(field(|i| i.client_id = " ".to_owned()), "client_id");
        assert_eq!(field(|i| i.domains = " , ".to_owned()), "domains");
        assert_eq!(field(|i| i.domains = "no domain!".to_owned()), "domains");
        assert_eq!(field(|i| i.role = Role::Admin), "role");
    }
}
