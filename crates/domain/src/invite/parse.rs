//! From pasted text to the entries of the invite field. The rules are those of `cases/invite-parse.json`.

use super::Entry;
use crate::email::{self, EmailProblem};
use crate::text::{is_format, is_line_break};
use std::collections::HashMap;

/// Reads the invite field: every entry in order, each valid, invalid or a duplicate. Nothing is lost but display
/// names and what surrounds an address.
pub fn parse(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut first = HashMap::new();
    for piece in pieces(text) {
        let address = unwrap(&piece);
        let entry = match email::check(address) {
            Ok(email) => match first.get(&email.identity) {
                Some(&first) => Entry::Duplicate {
                    text: email.text,
                    identity: email.identity,
                    first,
                },
                None => {
                    first.insert(email.identity.clone(), entries.len());
                    Entry::Valid {
                        text: email.text,
                        identity: email.identity,
                    }
                }
            },
            Err(EmailProblem { reason, character }) => Entry::Invalid {
                text: address.to_owned(),
                reason,
                character,
            },
        };
        entries.push(entry);
    }
    entries
}

/// A word outside brackets that has not been told yet from a display name.
struct Word<'a> {
    text: &'a str,
    /// Double quotes protect something in it, so that an @ in it does not make it an entry of its own.
    quoted: bool,
}

/// Cuts the text into what may be addresses, display names left out.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    // Words since the last comma, semicolon, line break or bracket: a display name, should a bracket follow.
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '<' {
            let (inside, after) = bracket(&rest[1..]);
            if !unwrap(inside).is_empty() {
                settle_before_bracket(&mut words, inside, &mut pieces);
                pieces.push(inside);
            }
            rest = after;
        } else if c == '>' || ends_entry(c) {
            pieces.extend(words.drain(..).map(|word| word.text));
            rest = &rest[c.len_utf8()..];
        } else if c.is_whitespace() {
            rest = &rest[c.len_utf8()..];
        } else {
            let (word, after) = word(rest);
            words.push(word);
            rest = after;
        }
    }
    pieces.extend(words.drain(..).map(|word| word.text));
    pieces.retain(|piece| !unwrap(piece).is_empty());
    pieces
}

/// The words before a bracket are the display name of the address in it, but for addresses among them.
fn settle_before_bracket<'a>(words: &mut Vec<Word<'a>>, inside: &str, pieces: &mut Vec<&'a str>) {
    let own = words
        .drain(..)
        .filter(|word| !word.quoted && word.text.contains('@') && !same_address(word.text, inside));
    pieces.extend(own.map(|word| word.text));
}

fn same_address(a: &str, b: &str) -> bool {
    let (a, b) = (unwrap(a), unwrap(b));
    match (email::check(a), email::check(b)) {
        (Ok(a), Ok(b)) => a.identity == b.identity,
        _ => a == b,
    }
}

/// What stands in a bracket, and what follows it. A bracket that is not closed before the next entry ends there.
fn bracket(text: &str) -> (&str, &str) {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match c {
            '>' => return (&text[..at], &text[at + 1..]),
            '<' => break,
            '"' => at += quoted(&text[at..]).unwrap_or(1),
            c if ends_entry(c) => break,
            c => at += c.len_utf8(),
        }
    }
    text.split_at(at)
}

/// The word at the start, which is not empty, and what follows it.
fn word(text: &str) -> (Word<'_>, &str) {
    let mut at = 0;
    let mut protects = false;
    while let Some(c) = text[at..].chars().next() {
        match c {
            '<' | '>' => break,
            '"' => match quoted(&text[at..]) {
                Some(length) => {
                    protects = true;
                    at += length;
                }
                None => at += 1,
            },
            c if c.is_whitespace() || ends_entry(c) => break,
            c => at += c.len_utf8(),
        }
    }
    let (text, after) = text.split_at(at);
    (
        Word {
            text,
            quoted: protects,
        },
        after,
    )
}

fn ends_entry(c: char) -> bool {
    matches!(c, ',' | ';') || is_line_break(c)
}

/// The length of the quoted text at the start, both quotes included, when it is closed on the same line.
fn quoted(text: &str) -> Option<usize> {
    let mut inside = text.char_indices().skip(1);
    while let Some((at, c)) = inside.next() {
        match c {
            '"' => return Some(at + 1),
            '\\' => {
                if is_line_break(inside.next()?.1) {
                    return None;
                }
            }
            c if is_line_break(c) => return None,
            _ => {}
        }
    }
    None
}

const DOUBLE_QUOTES: &[char] = &[
    '"', '\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}', '\u{ab}', '\u{bb}',
];
const SINGLE_QUOTES: &[char] = &[
    '\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}', '\u{2039}', '\u{203a}',
];
const MAILTO: &str = "mailto:";

/// Takes off what people and programs put around an address, as often as there is something.
fn unwrap(text: &str) -> &str {
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

/// Without one pair of quotes around it, or a double quote that has no partner.
fn without_quotes(text: &str) -> &str {
    for quotes in [DOUBLE_QUOTES, SINGLE_QUOTES] {
        if let Some(inner) = text.strip_prefix(quotes).and_then(|t| t.strip_suffix(quotes)) {
            return inner;
        }
    }
    if text.matches(DOUBLE_QUOTES).count() == 1 {
        return text.trim_matches(DOUBLE_QUOTES);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases;

    #[test]
    fn cases_of_invite_parse() {
        for (id, case) in cases::each("invite-parse.json") {
            let got = parse(case["input"].as_str().expect("input"));
            let got = serde_json::to_value(got).expect("json");
            assert_eq!(got, case["expect"], "{id}");
        }
    }
}
