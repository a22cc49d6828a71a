//! Search over the visible columns of AI Access. The rules are those of `cases/search.json`.

mod fold;
mod marks;

pub use fold::fold;

use crate::limits::{SEARCH_BYTES, SEARCH_TERMS};
use crate::member::MemberRow;

/// The text stored beside a member for searching: folded name, e-mail and names of the virtual keys that are
/// shown, one a line. Folded text has no line breaks, so a term can never match across two of them.
pub fn search_text(name: &str, email: &str, key_names: &[&str]) -> String {
    let mut text = fold(name);
    for field in std::iter::once(&email).chain(key_names) {
        text.push('\n');
        fold::fold_into(field, &mut text);
    }
    text
}

/// A field that a term can be restricted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The label of the organization role.
    Role,
    /// The name of one team.
    Team,
    /// The name of one allowed provider.
    Provider,
    /// The label of the status.
    Status,
    /// The name of one virtual key.
    Key,
}

const QUALIFIERS: &[(&str, Field)] = &[
    ("role", Field::Role),
    ("team", Field::Team),
    ("provider", Field::Provider),
    ("status", Field::Status),
    ("key", Field::Key),
];

/// One condition of a search: a literal substring, after folding, of one visible field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    /// The only field it is looked for in; `None` is every visible field.
    pub field: Option<Field>,
    /// What is looked for, folded. Empty only where `field` is given: any row that has something there.
    pub text: String,
}

/// A search as parsed. Everything in it must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Search {
    /// The conditions on text, each once.
    pub terms: Vec<Term>,
    /// `team:none`: only rows without a team.
    pub no_team: bool,
    /// `provider:none`: only rows without an allowed provider.
    pub no_provider: bool,
}

impl Search {
    /// Reads a search as typed. Any text is a search; what is over the limits is not looked at.
    pub fn parse(text: &str) -> Self {
        let mut search = Self::default();
        let mut rest = text[..text.floor_char_boundary(SEARCH_BYTES)].trim_start();
        for _ in 0..SEARCH_TERMS {
            if rest.is_empty() {
                break;
            }
            rest = search.take_term(rest).trim_start();
        }
        search
    }

    /// Takes the term at the start, and answers what follows it.
    fn take_term<'a>(&mut self, text: &'a str) -> &'a str {
        let (word, after) = split_at_space(text);
        let Some((field, value)) = qualified(word) else {
            self.require(None, word);
            return after;
        };
        if value.starts_with('"') {
            // While the closing quote is still to be typed, the value is what there is.
            let quoted = &text[word.len() - value.len() + 1..];
            let (value, after) = quoted.split_once('"').unwrap_or((quoted, ""));
            self.require(Some(field), value);
            return after;
        }
        match field {
            Field::Team if fold(value) == "none" => self.no_team = true,
            Field::Provider if fold(value) == "none" => self.no_provider = true,
            _ => self.require(Some(field), value),
        }
        after
    }

    fn require(&mut self, field: Option<Field>, text: &str) {
        let term = Term {
            field,
            text: fold(text),
        };
        // A plain term of nothing but combining marks is in every text.
        if (field.is_some() || !term.text.is_empty()) && !self.terms.contains(&term) {
            self.terms.push(term);
        }
    }

    /// Whether it leaves every row in.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && !self.no_team && !self.no_provider
    }

    /// Whether a row matches. The database must find the same rows; its tests compare with this.
    pub fn matches(&self, fields: &Fields<'_>) -> bool {
        (!self.no_team || fields.teams.is_empty())
            && (!self.no_provider || fields.providers.is_empty())
            && self.terms.iter().all(|term| fields.hold(term))
    }
}

/// The word before the first white space, and the rest from there.
fn split_at_space(text: &str) -> (&str, &str) {
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

/// The field and the value, when the word before the first colon is a qualifier.
fn qualified(word: &str) -> Option<(Field, &str)> {
    let (name, value) = word.split_once(':')?;
    let (_, field) = QUALIFIERS.iter().find(|(q, _)| q.eq_ignore_ascii_case(name))?;
    Some((*field, value))
}

/// The visible fields of one row.
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
    /// Names of the virtual keys.
    pub keys: Vec<&'a str>,
    /// Names of the allowed providers.
    pub providers: Vec<&'a str>,
    /// Label of the status.
    pub status: &'a str,
}

impl<'a> Fields<'a> {
    /// What the table shows of a row.
    pub fn of(row: &'a MemberRow) -> Self {
        Self {
            name: &row.name,
            email: &row.email,
            role: row.role.label(),
            teams: row.teams.iter().map(|team| team.name.as_str()).collect(),
            keys: row.keys.iter().map(|key| key.name.as_str()).collect(),
            providers: row.providers.iter().map(|p| p.name.as_str()).collect(),
            status: row.status.label(),
        }
    }

    fn hold(&self, term: &Term) -> bool {
        let has = |text: &&str| fold(text).contains(&term.text);
        match term.field {
            Some(Field::Role) => has(&self.role),
            Some(Field::Team) => self.teams.iter().any(has),
            Some(Field::Provider) => self.providers.iter().any(has),
            Some(Field::Status) => has(&self.status),
            Some(Field::Key) => self.keys.iter().any(has),
            None => [self.name, self.email, self.role, self.status]
                .iter()
                .chain(&self.teams)
                .chain(&self.keys)
                .chain(&self.providers)
                .any(has),
        }
    }
}

#[cfg(test)]
mod tests;
