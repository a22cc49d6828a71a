//! The addresses in the Invite field, one chip each, with what is wrong with them.

use domain::email::EmailProblem;
use domain::invite::{Entry, LineCount, Person, parse, read};
use std::collections::HashSet;

/// What is known about one address before it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ChipState {
    /// It can be invited.
    Valid,
    /// The same person as an earlier chip; invited once.
    Repeated,
    /// Not an address; why, as a sentence.
    Invalid(String),
}

/// One address in the field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Chip {
    /// Tells chips of the same text apart.
    pub id: u32,
    /// The address as typed.
    pub text: String,
    /// The name that stood beside it; often empty.
    pub name: String,
    /// What is known about it.
    pub state: ChipState,
    identity: Option<String>,
}

/// The chips of the field, in the order they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chips {
    chips: Vec<Chip>,
    last_id: u32,
    lines: Option<LineCount>,
}

/// How many addresses there are, by what can be done with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub all: usize,
    /// Those that can be invited.
    pub ready: usize,
    /// Those that are no addresses.
    pub invalid: usize,
    /// Those that repeat another one.
    pub repeated: usize,
}

impl Chips {
    /// The chips of a pasted text.
    pub fn of(text: &str) -> Self {
        let mut chips = Self::default();
        chips.add(text);
        chips
    }

    /// Turns a text into chips after those already there.
    pub fn add(&mut self, text: &str) {
        let reading = read(text);
        if let Some(more) = reading.lines {
            self.lines.get_or_insert_default().add(more);
        }
        for Person { entry, name } in reading.people {
            self.last_id += 1;
            let (text, identity, state) = match entry {
                Entry::Valid { text, identity } | Entry::Duplicate { text, identity, .. } => {
                    (text, Some(identity), ChipState::Valid)
                }
                Entry::Invalid {
                    text,
                    reason,
                    character,
                } => {
                    let why = EmailProblem { reason, character }.to_string();
                    (text, None, ChipState::Invalid(why))
                }
            };
            self.chips.push(Chip {
                id: self.last_id,
                text,
                name,
                state,
                identity,
            });
        }
        self.mark_repeated();
    }

    /// Takes a chip out and gives its text, to be edited or forgotten.
    pub fn take(&mut self, id: u32) -> Option<String> {
        let at = self.chips.iter().position(|chip| chip.id == id)?;
        let chip = self.chips.remove(at);
        self.mark_repeated();
        Some(chip.line())
    }

    /// Takes the last chip out and gives its text.
    pub fn take_last(&mut self) -> Option<String> {
        let chip = self.chips.pop()?;
        Some(chip.line())
    }

    /// How the lines of rows and running text were read that became chips here.
    pub fn lines(&self) -> Option<&LineCount> {
        self.lines.as_ref()
    }

    /// The chips in order.
    pub fn list(&self) -> &[Chip] {
        &self.chips
    }

    /// The text that stands for these chips, which parses to them again.
    pub fn text(&self) -> String {
        self.chips.iter().map(Chip::line).collect::<Vec<_>>().join("\n")
    }

    /// The numbers of each kind.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally {
            all: self.chips.len(),
            ..Tally::default()
        };
        for chip in &self.chips {
            match chip.state {
                ChipState::Valid => tally.ready += 1,
                ChipState::Repeated => tally.repeated += 1,
                ChipState::Invalid(_) => tally.invalid += 1,
            }
        }
        tally
    }

    fn mark_repeated(&mut self) {
        let mut seen = HashSet::new();
        for chip in &mut self.chips {
            if let Some(identity) = &chip.identity {
                chip.state = if seen.insert(identity.clone()) {
                    ChipState::Valid
                } else {
                    ChipState::Repeated
                };
            }
        }
    }
}

impl Chip {
    /// A line that is read as this chip.
    fn line(&self) -> String {
        if self.name.is_empty() || self.identity.is_none() {
            return line(&self.text);
        }
        format!("\"{}\" <{}>", self.name, self.text)
    }
}

/// A line that parses to one entry of this text: most texts do; others need the quotes or brackets they came with.
fn line(text: &str) -> String {
    let is_whole = |line: &String| match parse(line).as_slice() {
        [Entry::Valid { text: found, .. } | Entry::Invalid { text: found, .. }] => found == text,
        _ => false,
    };
    let candidates = [text.to_owned(), format!("\"{text}\""), format!("<{text}>")];
    candidates
        .into_iter()
        .find(is_whole)
        .unwrap_or_else(|| text.to_owned())
}

impl Tally {
    /// `12 addresses · 2 invalid · 1 duplicate`; empty when there are none.
    pub fn sentence(self) -> String {
        if self.all == 0 {
            return String::new();
        }
        let mut text = count(self.all, "address", "addresses");
        if self.invalid > 0 {
            text.push_str(&format!(" · {} invalid", self.invalid));
        }
        if self.repeated > 0 {
            text.push_str(&format!(" · {} duplicate", self.repeated));
        }
        text
    }
}

/// `1 person`, `1,200 people`.
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Whether a text being typed can become chips now: a separator ended it, and neither a quoted name nor an
/// address in brackets is still open.
pub fn ends_entry(draft: &str) -> bool {
    let Some(last) = draft.chars().last() else {
        return false;
    };
    if draft.matches('"').count() % 2 == 1 {
        return false;
    }
    if matches!(last, ',' | ';' | '\n') {
        return true;
    }
    // A space may be part of "Ana Lima <ana@example.com>"; after a whole address it ends it.
    last.is_whitespace()
        && Chips::of(draft).tally()
            == Tally {
                all: 1,
                ready: 1,
                ..Tally::default()
            }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::cases::addresses::Pasted;

    #[test]
    fn says_what_is_wrong_and_what_repeats() {
        let chips = Chips::of("ana@example.com, nobody, ANA@example.com; bo@example.com");
        let tally = chips.tally();
        assert_eq!(
            tally,
            Tally {
                all: 4,
                ready: 2,
                invalid: 1,
                repeated: 1
            }
        );
        assert_eq!(tally.sentence(), "4 addresses · 1 invalid · 1 duplicate");
        assert_eq!(Chips::of(&chips.text()).tally(), tally);
    }

    #[test]
    fn what_is_sent_is_what_was_shown_cases() {
        let told = |chips: &Chips| -> Vec<(String, ChipState)> {
            let chips = chips.list().iter();
            chips
                .map(|chip| (chip.text.clone(), chip.state.clone()))
                .collect()
        };
        let quoted = "\"ana@example.com, bo@example.com\", <a b@example.com>".to_owned();
        let inputs = domain::cases::each::<Pasted>()
            .into_iter()
            .map(|(_, case)| case.input)
            .chain([quoted]);
        for input in inputs {
            let chips = Chips::of(&input);
            assert_eq!(told(&Chips::of(&chips.text())), told(&chips), "{input:?}");
        }
    }

    #[test]
    fn rows_keep_their_names_until_they_are_sent() {
        let rows = "Name\tEmail\nLindgren, Adaeze\tadaeze@example.org\nnobody yet\t\nBo\tbo@example.org";
        let chips = Chips::of(rows);
        assert_eq!(chips.tally().sentence(), "2 addresses");
        assert_eq!(
            chips.lines().map(LineCount::sentence).as_deref(),
            Some("3 lines read, 1 without an address")
        );
        let sent = "\"Adaeze Lindgren\" <adaeze@example.org>\n\"Bo\" <bo@example.org>";
        assert_eq!(chips.text(), sent);
        assert_eq!(Chips::of(sent).list(), chips.list());
    }

    #[test]
    fn a_repeated_address_counts_once_its_first_is_gone() {
        let mut chips = Chips::of("ana@example.com ANA@example.com");
        assert_eq!(chips.take(1).as_deref(), Some("ana@example.com"));
        assert_eq!(
            chips.tally(),
            Tally {
                all: 1,
                ready: 1,
                ..Tally::default()
            }
        );
        chips.add("bo@example.com");
        assert_eq!(chips.list()[1].id, 3, "ids are not given twice");
    }

    #[test]
    fn an_entry_ends_at_a_separator_outside_quotes() {
        assert!(ends_entry("ana@example.com,"));
        assert!(ends_entry("ana@example.com "));
        assert!(ends_entry("nobody;"));
        assert!(!ends_entry("Ana "));
        assert!(!ends_entry("\"Lima,"));
        assert!(!ends_entry("ana@example.com"));
        assert!(!ends_entry(""));
    }
}
