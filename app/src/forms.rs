//! Plain HTML forms that work before, and without, WASM.
//!
//! A native POST that fails renders its page again; what was typed and what was wrong travel to the page
//! through this context.

use domain::Problem;
use domain::import::Answer;
use domain::invite::InviteResult;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The answer to a native form POST that did not end in a redirect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormOutcome {
    /// Which form it was: `login`, `login-code`, `sign-on-settings`, `forgot-password`, `reset-password`, `setup`, `accept`, `name`, `password`, `invite`, `import`, `access-request`,
    /// `offboarding`, `second-factor`, `bulk`, `unused`, `keep`, `reviews`, `scim`, `settings`, `security`, `budgets`, `prices`, `compare`, `views`, `templates` or `chat`.
    pub form: String,
    /// What was typed, by field name; never a password or a code.
    pub values: Vec<(String, String)>,
    /// What was wrong.
    pub problem: Option<Problem>,
    /// The outcome per address, for the invite form.
    pub invited: Option<InviteResult>,
}

impl FormOutcome {
    /// What was typed into a field; empty when nothing was.
    pub fn value(&self, field: &str) -> String {
        self.values
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, v)| v.clone())
            .unwrap_or_default()
    }

    /// Everything typed into a field that may occur several times.
    pub fn values_of(&self, field: &str) -> Vec<String> {
        self.values
            .iter()
            .filter(|(name, _)| name == field)
            .map(|(_, v)| v.clone())
            .collect()
    }

    /// Whether it is the failed outcome of the form whose button is called `deed`, on a page with several.
    pub fn failed_at(&self, deed: &str) -> bool {
        self.problem.is_some() && self.value("do") == deed
    }

    /// What is wrong with a field, if anything.
    pub fn field_problem(&self, field: &str) -> Option<String> {
        self.problem
            .as_ref()
            .and_then(|p| p.field(field))
            .map(str::to_owned)
    }
}

/// The outcome of the form named `form`, the same on the server and while hydrating; the default elsewhere.
pub fn form_outcome(form: &str) -> FormOutcome {
    let outcome = SharedValue::new(|| use_context::<FormOutcome>().unwrap_or_default()).into_inner();
    if outcome.form == form {
        outcome
    } else {
        FormOutcome::default()
    }
}

/// What came of a file that was sent as a form, the same on the server and while hydrating.
pub fn import_answer() -> Option<Answer> {
    SharedValue::new(use_context::<Answer>).into_inner()
}

/// A token that was just made, for the one page that shows it. Its `Debug` form does not.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeToken(String);

impl MadeToken {
    /// The whole of it.
    pub fn new(secret: &str) -> Self {
        Self(secret.to_owned())
    }
}

impl std::fmt::Debug for MadeToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MadeToken(…)")
    }
}

/// The token that a form has just made, the same on the server and while hydrating.
pub fn made_token() -> Option<String> {
    let made = SharedValue::new(use_context::<MadeToken>).into_inner();
    made.map(|made| made.0)
}

/// What setting a second factor up shows once. Its `Debug` form shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecondFactorShown {
    /// What an authenticator app needs.
    Enrolment {
        /// The secret, to be typed.
        secret: String,
        /// The same as a picture, an SVG element.
        picture: String,
    },
    /// The recovery codes.
    Codes(Vec<String>),
}

impl std::fmt::Debug for SecondFactorShown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecondFactorShown(…)")
    }
}

/// What setting a second factor up has just made, the same on the server and while hydrating.
pub fn second_factor_shown() -> Option<SecondFactorShown> {
    SharedValue::new(use_context::<SecondFactorShown>).into_inner()
}

/// Text for the inside of a `<textarea>`. The renderer writes that as it is, without escaping it.
pub fn textarea_text(text: String) -> String {
    if cfg!(feature = "ssr") {
        // The first line break after the tag is dropped by browsers, so one goes before the text.
        format!("\n{}", text.replace('&', "&amp;").replace('<', "&lt;"))
    } else {
        text
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_textarea_cannot_be_left_by_what_is_in_it() {
        let html = view! { <textarea>{textarea_text("</textarea><b>&amp;".to_owned())}</textarea> }.to_html();
        assert_eq!(html, "<textarea>\n&lt;/textarea>&lt;b>&amp;amp;</textarea>");
    }
}
