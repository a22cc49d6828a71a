//! Search over the visible columns of AI Access. The rules are those of `cases/search.json`.

mod excerpt;
mod fold;
mod marks;

pub use excerpt::{Excerpt, excerpt};
pub use fold::{fold, fold_case};

use crate::limits::{SEARCH_BYTES, SEARCH_TERMS};
use crate::member::MemberRow;
use crate::text::is_invisible;

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

/// Marks that part what somebody lists, as in "Lindgren, Adaeze": at the end of a word they are not looked for.
const LIST_MARKS: &[char] = &[',', ';', '\u{3001}', '\u{60c}', '\u{61b}'];

/// The words of a search that has no qualifiers, folded: each must be found, in any order.
pub fn words(text: &str) -> Vec<String> {
    fold(within_limit(text))
        .split_whitespace()
        .take(SEARCH_TERMS)
        .map(|word| without_list_mark(word.to_owned()))
        .collect()
}

fn within_limit(text: &str) -> &str {
    &text[..text.floor_char_boundary(SEARCH_BYTES)]
}

/// A folded word without the list marks at its end, unless it is nothing else.
fn without_list_mark(mut folded: String) -> String {
    match folded.trim_end_matches(LIST_MARKS).len() {
        0 => {}
        length => folded.truncate(length),
    }
    folded
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
        let mut rest = after_space(within_limit(text));
        for _ in 0..SEARCH_TERMS {
            if rest.is_empty() {
                break;
            }
            rest = after_space(search.take_term(rest));
        }
        search
    }

    /// Takes the term at the start, and answers what follows it.
    fn take_term<'a>(&mut self, text: &'a str) -> &'a str {
        let (word, after) = split_at_space(text);
        let Some((field, value)) = qualified(word) else {
            self.require(None, without_list_mark(fold(word)));
            return after;
        };
        if let Some((value, after)) = quoted(&text[word.len() - value.len()..]) {
            self.require(Some(field), fold(value));
            return after;
        }
        let value = without_list_mark(fold(value));
        match field {
            Field::Team if value == "none" => self.no_team = true,
            Field::Provider if value == "none" => self.no_provider = true,
            _ => self.require(Some(field), value),
        }
        after
    }

    fn require(&mut self, field: Option<Field>, text: String) {
        let term = Term { field, text };
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

/// What follows white space and what cannot be seen, such as a mark of order that was pasted along.
fn after_space(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// The value in double quotes at the start, and what follows. While the closing quote is still to be typed, the value is
/// what there is. Some keyboards make typographic quotes of those that are typed.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let is_quote = |c: char| fold(c.encode_utf8(&mut [0; 4])) == "\"";
    let open = text.chars().next().filter(|&c| is_quote(c))?;
    let inside = &text[open.len_utf8()..];
    let closes = |c: char| if open == '"' { c == '"' } else { is_quote(c) };
    let Some((end, close)) = inside.char_indices().find(|&(_, c)| closes(c)) else {
        return Some((inside, ""));
    };
    let after = &inside[end + close.len_utf8()..];
    let (mark, rest) = split_at_space(after);
    let after = if without_list_mark(format!("\"{}", fold(mark))) == "\"" {
        rest
    } else {
        after
    };
    Some((&inside[..end], after))
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
