//! From whatever was pasted to the people in it: a list of addresses, rows of a spreadsheet, CSV, the head of a mail, or
//! running text.

mod table;

use super::Entry;
use super::parse::{Piece, entry, mark_duplicates, pieces, unwrap};
use crate::email::EmailReason;
use crate::search::fold;
use crate::text::is_line_break;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What a text says about whom to invite.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Everybody found, in order.
    pub people: Vec<Person>,
    /// Of rows and running text: how they were read.
    pub lines: Option<LineCount>,
}

/// An entry of the invite field and the name that stood beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The address, or what should have been one.
    pub entry: Entry,
    /// What they are called, as `Adaeze Lindgren`; empty when it was not told.
    pub name: String,
}

/// How many lines were read, and those that nobody was found in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineCount {
    /// Lines that are not blank; the headings of columns are none of them.
    pub read: u32,
    /// Those without an address, as they were.
    pub without_address: Vec<String>,
}

/// Reads the invite field. What is a list by the rules of [`super::parse()`] gives the same entries here.
pub fn read(text: &str) -> Reading {
    let text = without_labels(text);
    let found = mail_head(&text)
        .or_else(|| table::read(&text))
        .or_else(|| words_and_address(&text))
        .or_else(|| prose(&text));
    let mut reading = found.unwrap_or_else(|| Reading {
        people: pieces(&text).into_iter().map(Person::of).collect(),
        lines: None,
    });
    mark_duplicates(reading.people.iter_mut().map(|person| &mut person.entry));
    reading
}

impl Person {
    fn of(piece: Piece<'_>) -> Self {
        Self {
            entry: entry(piece.text),
            name: name(piece.name),
        }
    }
}

/// A name as it is said: without quotes, the family name last. Empty when it cannot be somebody's.
fn name(text: &str) -> String {
    let text = unwrap(text).replace("\\\"", "\"");
    let mut name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((family, given)) = name.split_once(',') {
        let (family, given) = (family.trim(), given.trim());
        if !family.is_empty() && !given.is_empty() && !given.contains(',') {
            name = format!("{given} {family}");
        }
    }
    match crate::input::name("name", &name, "the name") {
        Ok(name) if name.contains(char::is_alphabetic) && !name.contains(['@', '<', '>', '"']) => name,
        _ => String::new(),
    }
}

/// What programs write before addresses, and above a column of them.
const LABELS: &[&str] = &["to", "cc", "bcc", "from", "reply-to", "an", "von"];
const HEADINGS: &[&str] = &[
    "email",
    "e-mail",
    "mail",
    "email address",
    "e-mail address",
    "emails",
    "address",
];

/// Without the labels of a mail's head, and without the heading of a single column.
fn without_labels(text: &str) -> Cow<'_, str> {
    let label = |line: &str| {
        let (label, rest) = line.split_once(':')?;
        (LABELS.contains(&fold(label).trim()) && rest.contains('@')).then(|| rest.to_owned())
    };
    let mut lines: Vec<&str> = text.split_inclusive(is_line_break).collect();
    let first = lines.iter().position(|line| !line.trim().is_empty());
    let heading =
        first.filter(|&at| lines.len() > at + 1 && HEADINGS.contains(&fold(unwrap(lines[at])).trim()));
    if heading.is_none() && !lines.iter().any(|line| label(line).is_some()) {
        return Cow::Borrowed(text);
    }
    if let Some(at) = heading {
        lines.drain(..=at);
    }
    lines
        .into_iter()
        .map(|line| label(line).map_or(Cow::Borrowed(line), Cow::Owned))
        .collect::<String>()
        .into()
}

/// `Lindgren, Adaeze <a@b>; Okafor, Chidi <c@d>`: two or more addresses in brackets, parted by semicolons or lines, so
/// that a comma belongs to a name. Anything besides, and it is a list.
fn mail_head(text: &str) -> Option<Reading> {
    let mut people = Vec::new();
    let mut rest = text;
    let mut has_comma = false;
    while let Some((before, after)) = rest.split_once('<') {
        let (address, after) = after.split_once('>')?;
        let parted = before.trim_start_matches(|c: char| c == ';' || c.is_whitespace());
        let is_parted = people.is_empty()
            || before[..before.len() - parted.len()].contains(|c| c == ';' || is_line_break(c));
        if !is_parted || parted.contains(|c| matches!(c, '@' | ';' | '>' | '"') || is_line_break(c)) {
            return None;
        }
        let &[piece] = pieces(address).as_slice() else {
            return None;
        };
        has_comma |= parted.contains(',');
        people.push(Person::of(Piece {
            name: parted,
            ..piece
        }));
        rest = after;
    }
    let is_over = rest.chars().all(|c| c == ';' || c.is_whitespace());
    (is_over && has_comma && people.len() > 1).then_some(Reading { people, lines: None })
}

/// Whether a word is, or should be, an address, without what a sentence puts around one.
fn address_in(word: &str) -> Option<&str> {
    let word = unwrap(word.trim_matches(|c: char| {
        c.is_ascii_punctuation() && !matches!(c, '@' | '_' | '-' | '+') || "“”„‘’‚«»…".contains(c)
    }));
    (word.contains('@') && !word.starts_with('@')).then_some(word)
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'))
        .filter(|word| !word.is_empty())
}

fn filled_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_line_break)
        .map(str::trim)
        .filter(|line| !line.is_empty())
}

/// Lines of one address each, most of them after a name, with nothing but spaces between.
fn words_and_address(text: &str) -> Option<Reading> {
    let mut people = Vec::new();
    let mut named = 0;
    for line in filled_lines(text) {
        let mut before = Vec::new();
        let mut address = None;
        for word in line.split_whitespace() {
            match (word.contains('@'), address) {
                (true, Some(_)) => return None,
                (true, None) => address = Some(word),
                (false, None) => before.push(word),
                (false, Some(_)) => {}
            }
        }
        if line.contains([',', ';', '<', '"']) || before.len() > 5 {
            return None;
        }
        named += u32::from(!before.is_empty());
        people.push(Person {
            entry: entry(unwrap(address?)),
            name: name(&before.join(" ")),
        });
    }
    let read = u32::try_from(people.len()).unwrap_or(u32::MAX);
    (named > 1 && named >= read.div_ceil(2)).then(|| Reading {
        people,
        lines: Some(LineCount {
            read,
            without_address: Vec::new(),
        }),
    })
}

/// Words of a line that make it a sentence rather than entries.
const SENTENCE: usize = 5;

/// Running text: more words than a list could mean. Only its addresses count.
fn prose(text: &str) -> Option<Reading> {
    let list: Vec<Entry> = pieces(text).iter().map(|piece| entry(piece.text)).collect();
    let is_word = |entry: &&Entry| {
        matches!(
            entry,
            Entry::Invalid {
                reason: EmailReason::MissingAt,
                ..
            }
        )
    };
    let stray = list.iter().filter(is_word).count();
    if stray + 1 < SENTENCE || stray < 2 * (list.len() - stray) {
        return None;
    }
    if !filled_lines(text).any(|line| words(line).filter(|word| !word.contains('@')).count() >= SENTENCE) {
        return None;
    }
    let mut lines = LineCount::default();
    let mut people = Vec::new();
    for line in filled_lines(text) {
        let before = people.len();
        people.extend(words(line).filter_map(address_in).map(|address| Person {
            entry: entry(address),
            name: String::new(),
        }));
        lines.count(line, people.len() > before);
    }
    let is_any = people
        .iter()
        .any(|person| matches!(person.entry, Entry::Valid { .. }));
    is_any.then_some(Reading {
        people,
        lines: Some(lines),
    })
}

impl LineCount {
    fn count(&mut self, line: &str, has_address: bool) {
        self.read = self.read.saturating_add(1);
        if !has_address {
            self.without_address.push(line.to_owned());
        }
    }

    /// Takes up what was read after it.
    pub fn add(&mut self, more: Self) {
        self.read = self.read.saturating_add(more.read);
        self.without_address.extend(more.without_address);
    }

    /// `130 lines read, 2 without an address`.
    pub fn sentence(&self) -> String {
        let lines = if self.read == 1 { "line" } else { "lines" };
        match self.without_address.len() {
            0 => format!("{} {lines} read", self.read),
            n => format!("{} {lines} read, {n} without an address", self.read),
        }
    }
}

#[cfg(test)]
mod tests;
