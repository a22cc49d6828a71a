//! From pasted text to the entries of the invite field. The rules are those of `cases/invite-parse.json`.

use super::Entry;
use crate::email::{self, EmailProblem};
use crate::text::{is_format, is_line_break};
use std::collections::HashMap;

/// Reads a list of addresses: every entry in order, each valid, invalid or a duplicate. Nothing is lost but display
/// names and what surrounds an address.
pub fn parse(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = pieces(text).into_iter().map(|piece| entry(piece.text)).collect();
    mark_duplicates(&mut entries);
    entries
}

/// An entry by itself.
pub(super) fn entry(address: &str) -> Entry {
    match email::check(address) {
        Ok(email) => Entry::Valid {
            text: email.text,
            identity: email.identity,
        },
        Err(EmailProblem { reason, character }) => Entry::Invalid {
            text: address.to_owned(),
            reason,
            character,
        },
    }
}

/// Turns those that are the same person as an earlier one into duplicates of it.
pub(super) fn mark_duplicates<'a>(entries: impl IntoIterator<Item = &'a mut Entry>) {
    let mut firsts = HashMap::new();
    for (at, entry) in entries.into_iter().enumerate() {
        let Entry::Valid { text, identity } = entry else {
            continue;
        };
        if let Some(&first) = firsts.get(identity) {
            let (text, identity) = (std::mem::take(text), std::mem::take(identity));
            *entry = Entry::Duplicate {
                text,
                identity,
                first,
            };
        } else {
            firsts.insert(identity.clone(), at);
        }
    }
}

/// What may be an address, unwrapped, and the display name before it.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    pub text: &'a str,
    pub name: &'a str,
}

/// Cuts the text into what may be addresses; empty pieces are left out.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut scanner = Scanner {
        text,
        at: 0,
        unquoted_to: 0,
    };
    let mut pieces = Vec::new();
    let unnamed = |text| Piece { text, name: "" };
    // Words since the last comma, semicolon, line break or bracket: a display name, should a bracket follow.
    let mut words: Vec<Word<'_>> = Vec::new();
    while let Some(c) = scanner.next() {
        match c {
            '<' => {
                let name = name_before(text, scanner.at, &words);
                let address = unwrap(scanner.bracket());
                if !address.is_empty() {
                    settle(words.drain(..), address, &mut pieces);
                    pieces.push(Piece { text: address, name });
                }
            }
            c if c == '>' || ends_entry(c) => {
                scanner.at += c.len_utf8();
                pieces.extend(words.drain(..).map(|word| unnamed(unwrap(word.text))));
            }
            c if c.is_whitespace() => scanner.at += c.len_utf8(),
            _ => words.push(scanner.word()),
        }
    }
    pieces.extend(words.drain(..).map(|word| unnamed(unwrap(word.text))));
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// The display name before a bracket that opens here: what the words since the last separator are, unless one of them
/// may be an address.
fn name_before<'a>(text: &'a str, open: usize, words: &[Word<'a>]) -> &'a str {
    match words.first() {
        Some(first) if !words.iter().any(|word| word.has_at) => &text[first.start..open],
        _ => "",
    }
}

/// The words before a bracket are the display name of the address in it, and go; but an address among them is an
/// entry of its own, unless it is the same.
fn settle<'a>(words: impl Iterator<Item = Word<'a>>, address: &str, pieces: &mut Vec<Piece<'a>>) {
    let identity = email::check(address).ok().map(|email| email.identity);
    for word in words.filter(|word| word.has_at) {
        let text = unwrap(word.text);
        let is_same = text == address
            || identity.is_some() && email::check(text).ok().map(|email| email.identity) == identity;
        if !is_same {
            pieces.push(Piece { text, name: "" });
        }
    }
}

/// A word outside brackets that has not been told yet from a display name.
struct Word<'a> {
    text: &'a str,
    /// Where it starts in the whole text.
    start: usize,
    /// It has an @ outside double quotes.
    has_at: bool,
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// No quote before this position is closed on its line. Remembered, since looking for each one's partner
    /// anew would take quadratic time.
    unquoted_to: usize,
}

impl<'a> Scanner<'a> {
    fn next(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    /// Reads a bracket and answers what is in it. One that is not closed before the next entry ends there.
    fn bracket(&mut self) -> &'a str {
        self.at += 1;
        let start = self.at;
        while let Some(c) = self.next() {
            match c {
                '>' => {
                    self.at += 1;
                    return &self.text[start..self.at - 1];
                }
                '"' => self.quote(),
                c if c == '<' || ends_entry(c) => break,
                c => self.at += c.len_utf8(),
            }
        }
        &self.text[start..self.at]
    }

    /// Reads a word, which is not empty.
    fn word(&mut self) -> Word<'a> {
        let start = self.at;
        let mut has_at = false;
        while let Some(c) = self.next() {
            match c {
                '"' => self.quote(),
                c if matches!(c, '<' | '>') || c.is_whitespace() || ends_entry(c) => break,
                c => {
                    has_at |= c == '@';
                    self.at += c.len_utf8();
                }
            }
        }
        Word {
            text: &self.text[start..self.at],
            start,
            has_at,
        }
    }

    /// Reads a quoted text, or the quote alone when it is not closed on its line. A backslash protects the
    /// character after it.
    fn quote(&mut self) {
        let start = self.at;
        self.at += 1;
        if start < self.unquoted_to {
            return;
        }
        let mut is_protected = false;
        for (at, c) in self.text[self.at..].char_indices() {
            if is_line_break(c) {
                self.unquoted_to = self.at + at;
                return;
            }
            if c == '"' && !is_protected {
                self.at += at + 1;
                return;
            }
            is_protected = c == '\\' && !is_protected;
        }
        self.unquoted_to = self.text.len();
    }
}

fn ends_entry(c: char) -> bool {
    matches!(c, ',' | ';') || is_line_break(c)
}

const DOUBLE_QUOTES: &[char] = &[
    '"', '\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}', '\u{ab}', '\u{bb}',
];
const SINGLE_QUOTES: &[char] = &[
    '\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}', '\u{2039}', '\u{203a}',
];
const MAILTO: &str = "mailto:";

/// Takes off what people and programs put around an address, as often as there is something.
pub(super) fn unwrap(text: &str) -> &str {
    let mut text = text;
    loop {
        let inner = text.trim_matches(|c: char| c.is_whitespace() || is_format(c) || matches!(c, '<' | '>'));
        let inner = without_mailto(without_quotes(inner));
        if inner.len() == text.len() {
            return inner;
        }
        text = inner;
    }
}

fn without_mailto(text: &str) -> &str {
    match text.split_at_checked(MAILTO.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(MAILTO) => rest,
        _ => text,
    }
}

/// Without one pair of quotes around it, or a double quote that has no partner. A single quote alone is what is
/// left of a pair around a bracket.
fn without_quotes(text: &str) -> &str {
    for quotes in [DOUBLE_QUOTES, SINGLE_QUOTES] {
        if let Some(inner) = text.strip_prefix(quotes).and_then(|t| t.strip_suffix(quotes)) {
            return inner;
        }
    }
    if text.strip_prefix(SINGLE_QUOTES) == Some("") {
        return "";
    }
    // Looked at only where there is one to take off: a run of other wrappers must not be counted through each time.
    let has_one = text.starts_with(DOUBLE_QUOTES) || text.ends_with(DOUBLE_QUOTES);
    if has_one && text.matches(DOUBLE_QUOTES).nth(1).is_none() {
        return text.trim_matches(DOUBLE_QUOTES);
    }
    text
}

#[cfg(test)]
mod tests;
