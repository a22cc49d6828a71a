//! Search over the visible columns of AI Access.

use std::ops::Range;

/// The form in which texts are compared.
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// The text stored beside a member for searching: folded name, e-mail and names of virtual keys, one a line.
pub fn search_text(name: &str, email: &str, key_names: &[&str]) -> String {
    let mut text = format!("{}\n{}", fold(name), fold(email));
    for key in key_names {
        text.push('\n');
        text.push_str(&fold(key));
    }
    text
}

/// A field that a term can be restricted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// `role:`
    Role,
    /// `team:`
    Team,
    /// `provider:`
    Provider,
    /// `status:`
    Status,
    /// `key:`
    Key,
}

/// One condition of a search: a literal substring, after folding, of one visible field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The only field it is looked for in; `None` is every visible field.
    pub field: Option<Field>,
    /// What is looked for, folded. Never empty when `field` is `None`.
    pub text: String,
}

/// A search as parsed. Everything in it must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The conditions on text.
    pub terms: Vec<Term>,
    /// `team:none`: only rows without a team.
    pub no_team: bool,
    /// `provider:none`: only rows without an allowed provider.
    pub no_provider: bool,
}

/// The visible fields of one row, for matching in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields<'a> {
    /// Display name; empty for an invitation.
    pub name: &'a str,
    /// E-mail.
    pub email: &'a str,
    /// Label of the organization role.
    pub role: &'a str,
    /// Names of the teams.
    pub teams: Vec<&'a str>,
    /// Names of the virtual keys shown.
    pub keys: Vec<&'a str>,
    /// Names of the allowed providers.
    pub providers: Vec<&'a str>,
    /// Label of the status.
    pub status: &'a str,
}

impl Search {
    /// Reads a search as typed.
    pub fn parse(text: &str) -> Self {
        Self {
            terms: text
                .split_whitespace()
                .map(|t| Term {
                    field: None,
                    text: fold(t),
                })
                .collect(),
            ..Self::default()
        }
    }

    /// Whether it leaves every row in.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && !self.no_team && !self.no_provider
    }

    /// Whether a row matches.
    pub fn matches(&self, fields: &Fields<'_>) -> bool {
        self.terms.iter().all(|t| fold(fields.name).contains(&t.text))
    }

    /// What to mark in the text of a visible field: byte ranges of `text` on character boundaries, sorted, apart.
    /// Name and e-mail are `None`: no term can be restricted to them.
    pub fn marks(&self, field: Option<Field>, text: &str) -> Vec<Range<usize>> {
        let _ = (field, text);
        Vec::new()
    }
}
