//! Checks of what people type into forms. The browser shows them as one types, the server goes by them.

mod base_url;
mod key;
mod list;
mod models;

pub use base_url::base_url;
pub use key::key_name;
pub use list::{at_most, ids};
pub use models::{api_version, api_version_in, models};

use crate::email::{self, Email};
use crate::limits::{
    CREDENTIAL_BYTES, DESCRIPTION_CHARS, NAME_CHARS, PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARS, REASON_CHARS,
};
use crate::organization::SetupInput;
use crate::problem::{FieldProblem, Problem, ProblemCode};
use crate::provider::ProviderInput;
use crate::slug;
use crate::text::{code_point, is_format, is_hidden};

/// Gathers what is wrong with each field of a form, so that a person learns everything at once.
#[derive(Debug, Default)]
pub struct Findings(Vec<FieldProblem>);

impl Findings {
    /// The checked value; where the check failed, an empty one, and the form as a whole will fail.
    pub fn keep<T: Default>(&mut self, checked: Result<T, Problem>) -> T {
        checked.unwrap_or_else(|problem| {
            self.0.extend(problem.fields);
            T::default()
        })
    }

    /// The form's value when nothing was found.
    pub fn finish<T>(self, value: T) -> Result<T, Problem> {
        let message = match self.0.as_slice() {
            [] => return Ok(value),
            [only] => only.message.clone(),
            several => format!("Fix {} fields to continue.", several.len()),
        };
        Err(Problem {
            fields: self.0,
            ..Problem::new(ProblemCode::Invalid, message)
        })
    }
}

/// Hidden characters that writing needs: Persian and Indic names join and part letters with the first two, and
/// emoji choose their look with the rest.
fn belongs_in_text(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// Free text without white space and format characters around it. `also` are control characters it may hold.
fn free_text(field: &str, text: &str, what: &str, most: usize, also: &[char]) -> Result<String, Problem> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || is_format(c));
    let hidden = |c: &char| (is_hidden(*c) || matches!(c, '\u{2028}' | '\u{2029}')) && !belongs_in_text(*c);
    if let Some(c) = text.chars().filter(|c| !also.contains(c)).find(hidden) {
        return Err(Problem::invalid(
            field,
            format!("Remove the hidden character {} from {what}.", code_point(c)),
        ));
    }
    let length = text.chars().count();
    if length > most {
        return Err(Problem::invalid(
            field,
            format!("Shorten {what} to at most {most} characters; it has {length}."),
        ));
    }
    Ok(text.to_owned())
}

/// A name of a person, team, provider or organization, on one line. `what` is what it is called in a sentence:
/// `the team's name`.
pub fn name(field: &str, text: &str, what: &str) -> Result<String, Problem> {
    let name = free_text(field, text, what, NAME_CHARS, &[])?;
    if name.chars().all(|c| c.is_whitespace() || is_hidden(c)) {
        return Err(Problem::invalid(field, format!("Enter {what}.")));
    }
    Ok(name)
}

/// Some sentences, which may be on several lines. `what` is what they are called in a sentence: `the reason`.
pub fn prose(field: &str, text: &str, what: &str, most: usize) -> Result<String, Problem> {
    let text = free_text(field, &text.replace("\r\n", "\n"), what, most, &['\n', '\t'])?;
    if text.chars().all(|c| c.is_whitespace() || is_hidden(c)) {
        return Err(Problem::invalid(field, format!("Enter {what}.")));
    }
    Ok(text)
}

/// Why something is so, on one line; may be empty.
pub fn reason(field: &str, text: &str) -> Result<String, Problem> {
    free_text(field, text, "the reason", REASON_CHARS, &[])
}

/// A whole number from 1 to `most`, such as of `days`; empty is none.
pub fn whole_number(field: &str, typed: &str, unit: &str, most: u32) -> Result<Option<u32>, Problem> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let read = typed.parse().ok().filter(|read| (1..=most).contains(read));
    read.map(Some).ok_or_else(|| {
        let message = format!("Enter a whole number of {unit} from 1 to {most}, or leave it empty.");
        Problem::invalid(field, message)
    })
}

/// A new password, taken as it is.
pub fn password(field: &str, text: &str) -> Result<String, Problem> {
    let length = text.chars().count();
    if length < PASSWORD_MIN_CHARS {
        let message = match length {
            0 => format!("Choose a password of at least {PASSWORD_MIN_CHARS} characters."),
            _ => format!(
                "Choose a password of at least {PASSWORD_MIN_CHARS} characters; this one has {length}."
            ),
        };
        return Err(Problem::invalid(field, message));
    }
    if text.len() > PASSWORD_MAX_BYTES {
        return Err(Problem::invalid(
            field,
            format!(
                "Choose a password of at most {PASSWORD_MAX_BYTES} bytes; this one has {}.",
                text.len()
            ),
        ));
    }
    Ok(text.to_owned())
}

/// An e-mail address of its own, white space around it aside.
pub fn email(field: &str, text: &str) -> Result<Email, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::invalid(
            field,
            "Enter an email address, such as name@example.com.",
        ));
    }
    email::check(text).map_err(|problem| Problem::invalid(field, problem.to_string()))
}

/// A credential travels in a header, which holds visible ASCII only.
fn credential(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.len() > CREDENTIAL_BYTES {
        return Err(Problem::invalid(
            "credential",
            format!(
                "A credential has at most {CREDENTIAL_BYTES} bytes; this one has {}.",
                text.len()
            ),
        ));
    }
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Problem::invalid(
            "credential",
            "Paste the credential alone: it cannot contain spaces, line breaks or letters beyond ASCII.",
        ));
    }
    Ok(text.to_owned())
}

impl ProviderInput {
    /// The input as it will be stored, or everything that is wrong with it. The slug is left alone when editing,
    /// since it is set once.
    pub fn check(&self, editing: bool) -> Result<Self, Problem> {
        let mut found = Findings::default();
        let name = found.keep(name("name", &self.name, "the provider's name"));
        let slug = match self.slug.trim() {
            _ if editing => String::new(),
            "" => slug::slugify(&name, "provider"),
            typed => found.keep(
                slug::check(typed)
                    .map(|()| typed.to_owned())
                    .map_err(|message| Problem::invalid("slug", message)),
            ),
        };
        // Azure shows its addresses with the version in them.
        let (url, version_in_url) = match api_version_in(&self.base_url) {
            Some((url, version)) if self.api_type.has_api_version() => (url, version),
            _ => (self.base_url.as_str(), ""),
        };
        let checked = Self {
            name,
            slug,
            api_type: self.api_type,
            base_url: found.keep(base_url("base_url", url, self.api_type)),
            api_version: found.keep(api_version(&self.api_version, version_in_url, self.api_type)),
            models: found.keep(models(&self.models)),
            description: found.keep(free_text(
                "description",
                &self.description.replace("\r\n", "\n"),
                "the description",
                DESCRIPTION_CHARS,
                &['\n', '\t'],
            )),
            credential: self
                .credential
                .as_deref()
                .map(|text| found.keep(credential(text))),
        };
        found.finish(checked)
    }
}

impl SetupInput {
    /// The input as it will be stored, or everything that is wrong with it but the code, which only the server
    /// knows.
    pub fn check(&self) -> Result<Self, Problem> {
        let mut found = Findings::default();
        let code = match self.code.trim() {
            "" => Err(Problem::invalid(
                "code",
                "Enter the code that the server printed when it started.",
            )),
            code => Ok(code.to_owned()),
        };
        let checked = Self {
            code: found.keep(code),
            organization: found.keep(name(
                "organization",
                &self.organization,
                "the organization's name",
            )),
            name: found.keep(name("name", &self.name, "your name")),
            email: found.keep(email("email", &self.email).map(|email| email.text)),
            password: found.keep(password("password", &self.password)),
        };
        found.finish(checked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::ApiType;

    fn message<T: std::fmt::Debug>(result: Result<T, Problem>) -> String {
        result.expect_err("a problem").message
    }

    fn provider() -> ProviderInput {
        ProviderInput {
            name: " OpenAI Europe ".into(),
            slug: String::new(),
            api_type: ApiType::OpenAi,
            base_url: "https://API.openai.com/v1/".into(),
            api_version: String::new(),
            models: Vec::new(),
            description: "For everybody.\r\nAsk first.".into(),
            credential: Some(" sk-1 \n".into()),
        }
    }

    #[test]
    fn names_are_one_visible_line() {
        let team = |text: &str| name("name", text, "the team's name");
        assert_eq!(
            team(" \u{feff}Data Science\u{200b} ").as_deref(),
            Ok("Data Science")
        );
        assert_eq!(message(team(" \u{200b} ")), "Enter the team's name.");
        assert_eq!(message(team("\u{fe0f}")), "Enter the team's name.");
        assert_eq!(
            message(team("a\nb")),
            "Remove the hidden character U+000A from the team's name."
        );
        assert_eq!(
            message(team("a\u{2028}b")),
            "Remove the hidden character U+2028 from the team's name."
        );
        assert_eq!(
            message(team("a\u{202e}b")),
            "Remove the hidden character U+202E from the team's name."
        );
        assert_eq!(
            message(team(&"é".repeat(121))),
            "Shorten the team's name to at most 120 characters; it has 121."
        );
        assert!(team(&"é".repeat(120)).is_ok());
        for natural in [
            "محمد\u{200c}رضا",
            "👩\u{200d}🚀 Zoë",
            "O'Neil <3",
            "田中\u{3000}太郎",
        ] {
            assert_eq!(team(natural).as_deref(), Ok(natural));
        }
    }

    #[test]
    fn passwords_are_long_enough_and_not_endless() {
        assert_eq!(
            password("password", "ääääääääääää").as_deref(),
            Ok("ääääääääääää")
        );
        assert_eq!(
            password("password", " eleven +1 ").map_err(|p| p.fields.len()),
            Err(1)
        );
        assert!(message(password("password", "short")).ends_with("this one has 5."));
        assert!(message(password("password", &"x".repeat(1_025))).contains("1024"));
    }

    #[test]
    fn a_provider_is_stored_tidied() {
        let checked = provider().check(false).expect("valid");
        assert_eq!(checked.name, "OpenAI Europe");
        assert_eq!(checked.slug, "openai-europe");
        assert_eq!(checked.base_url, "https://api.openai.com/v1");
        assert_eq!(checked.description, "For everybody.\nAsk first.");
        assert_eq!(checked.credential.as_deref(), Some("sk-1"));
        assert_eq!(checked.check(false).as_ref(), Ok(&checked));
        assert_eq!(checked.check(true).expect("valid").slug, "");
    }

    #[test]
    fn a_provider_shows_all_its_problems_at_once() {
        let wrong = ProviderInput {
            name: String::new(),
            slug: "Open AI".into(),
            base_url: "ftp://x".into(),
            description: "x".repeat(501),
            credential: Some("two words".into()),
            ..provider()
        };
        let problem = wrong.check(false).expect_err("problems");
        let fields: Vec<_> = problem.fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["name", "slug", "base_url", "description", "credential"]);
        assert_eq!(problem.message, "Fix 5 fields to continue.");
        assert_eq!(problem.code, ProblemCode::Invalid);
        let problem = wrong.check(true).expect_err("problems");
        assert_eq!(problem.field("slug"), None);
    }

    #[test]
    fn editing_can_keep_or_remove_the_credential() {
        for credential in [None, Some(String::new())] {
            let input = ProviderInput {
                credential: credential.clone(),
                ..provider()
            };
            assert_eq!(input.check(true).expect("valid").credential, credential);
        }
    }

    #[test]
    fn first_set_up_is_checked_as_a_whole() {
        let problem = SetupInput::default().check().expect_err("problems");
        let fields: Vec<_> = problem.fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["code", "organization", "name", "email", "password"]);
        let input = SetupInput {
            code: " ABCD ".into(),
            organization: "Example".into(),
            name: "Ana Example".into(),
            email: " Ana@Example.com ".into(),
            password: "a long password".into(),
        };
        let checked = input.check().expect("valid");
        assert_eq!(
            (checked.code.as_str(), checked.email.as_str()),
            ("ABCD", "Ana@Example.com")
        );
        let problem = SetupInput {
            email: "ana".into(),
            ..checked
        };
        assert_eq!(
            message(problem.check()),
            "An address needs an @, such as name@example.com."
        );
    }
}
