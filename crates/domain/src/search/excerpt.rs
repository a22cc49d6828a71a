//! The part of a long text around what a search found.

use super::marks::Folded;
use serde::{Deserialize, Serialize};

/// Characters that are shown before what was found, and after it.
const BEFORE: usize = 30;
const AFTER: usize = 70;

/// A few words of a text, on one line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Excerpt {
    /// What stands before what was found.
    pub before: String,
    /// What was found, as it is written in the text.
    pub found: String,
    /// What stands after it.
    pub after: String,
}

/// The excerpt around the first place where one of the words stands, which are folded.
pub fn excerpt(text: &str, words: &[String]) -> Option<Excerpt> {
    let folded = Folded::of(text);
    let places = words
        .iter()
        .filter_map(|word| Some((folded.text.find(word.as_str())?, word.len())));
    let (at, length) = places.filter(|(_, length)| *length > 0).min()?;
    let found = folded.origin(at..at + length);
    let (before, after) = (&text[..found.start], &text[found.end..]);
    let start = before.char_indices().rev().nth(BEFORE).map(|(at, _)| at);
    let end = after.char_indices().nth(AFTER).map(|(at, _)| at);
    Some(Excerpt {
        before: start.map_or_else(
            || one_line(before),
            |start| {
                let part = &before[start..];
                // From a whole word on, if one begins here.
                let part = part
                    .find(char::is_whitespace)
                    .map_or(part, |space| &part[space..]);
                format!("…{}", one_line(part).trim_start())
            },
        ),
        found: one_line(&text[found]),
        after: end.map_or_else(
            || one_line(after),
            |end| {
                let part = &after[..end];
                let part = part
                    .rfind(char::is_whitespace)
                    .map_or(part, |space| &part[..space]);
                format!("{}…", one_line(part).trim_end())
            },
        ),
    })
}

/// White space of any kind and length as one space.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_whitespace() {
            line.push(c);
        } else if !line.ends_with(' ') {
            line.push(' ');
        }
    }
    line
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::search::words;
    use proptest::prelude::*;

    fn parts(text: &str, search: &str) -> Option<(String, String, String)> {
        excerpt(text, &words(search)).map(|it| (it.before, it.found, it.after))
    }

    fn owned(before: &str, found: &str, after: &str) -> Option<(String, String, String)> {
        Some((before.to_owned(), found.to_owned(), after.to_owned()))
    }

    #[test]
    fn shows_what_was_written_around_the_first_match() {
        assert_eq!(parts("Zur Straße", "STRASSE"), owned("Zur ", "Straße", ""));
        assert_eq!(
            parts("Ana\nMu\u{308}ller,\n\nBerlin", "nobody muller"),
            owned("Ana ", "Mu\u{308}ller", ", Berlin")
        );
        assert_eq!(parts("Ana", "bo"), None);
        assert_eq!(parts("Ana", ""), None);
        let long = format!("{} the needle is {}", "hay ".repeat(100), "straw ".repeat(100));
        assert_eq!(
            parts(&long, "needle"),
            owned(
                "…hay hay hay hay hay hay the ",
                "needle",
                " is straw straw straw straw straw straw straw straw straw straw straw…"
            )
        );
        // Without a space to part it at.
        let (before, _, after) = parts(&format!("{}x{}", "a".repeat(100), "b".repeat(100)), "x").unwrap();
        assert_eq!((before.chars().count(), after.chars().count()), (32, 71));
    }

    proptest! {
        #[test]
        fn is_part_of_the_text_and_never_long(text in any::<String>(), word in "\\PC{1,3}") {
            for word in words(&word) {
                let shown = excerpt(&text, std::slice::from_ref(&word));
                prop_assert_eq!(shown.is_some(), crate::search::fold(&text).contains(&word));
                if let Some(shown) = shown {
                    prop_assert!(crate::search::fold(&shown.found).contains(&word) || word.trim().is_empty());
                    prop_assert!(shown.before.chars().count() <= BEFORE + 2);
                    prop_assert!(shown.after.chars().count() <= AFTER + 1);
                }
            }
        }
    }
}
