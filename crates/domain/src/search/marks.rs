//! Which part of a visible text a search has found.

use super::{Field, Search, fold};
use std::ops::Range;

impl Search {
    /// What to mark in the text of a visible field: byte ranges of `text` on character boundaries, in order, not
    /// touching each other. Name and e-mail are `None`, since no term can be restricted to them.
    pub fn marks(&self, field: Option<Field>, text: &str) -> Vec<Range<usize>> {
        let mut terms = self
            .terms
            .iter()
            .filter(|term| !term.text.is_empty() && (term.field.is_none() || term.field == field))
            .peekable();
        if terms.peek().is_none() {
            return Vec::new();
        }
        let folded = Folded::of(text);
        let mut marks: Vec<_> = terms
            .flat_map(|term| folded.text.match_indices(&term.text))
            .map(|(at, found)| folded.origin(at..at + found.len()))
            .collect();
        marks.sort_by_key(|mark| mark.start);
        marks.dedup_by(|next, mark| {
            let joins = next.start <= mark.end;
            if joins {
                mark.end = mark.end.max(next.end);
            }
            joins
        });
        marks
    }
}

/// A folded text that remembers where it came from.
pub(super) struct Folded {
    pub text: String,
    /// For each character of the original that folds to something: where that starts in the folded text, and
    /// where the character starts in the original.
    starts: Vec<(usize, usize)>,
    /// The length of the original.
    length: usize,
}

impl Folded {
    pub fn of(original: &str) -> Self {
        let mut text = String::with_capacity(original.len());
        let mut starts = Vec::with_capacity(original.len());
        for (at, c) in original.char_indices() {
            let start = text.len();
            fold::fold_char(c, &mut text);
            if text.len() > start {
                starts.push((start, at));
            }
        }
        Self {
            text,
            starts,
            length: original.len(),
        }
    }

    /// The part of the original that a part of the folded text came from: whole characters, with the combining
    /// marks that follow the last one.
    pub fn origin(&self, part: Range<usize>) -> Range<usize> {
        let first = self.starts.partition_point(|&(start, _)| start <= part.start) - 1;
        let next = self.starts.partition_point(|&(start, _)| start < part.end);
        let end = self.starts.get(next).map_or(self.length, |&(_, at)| at);
        self.starts[first].1..end
    }
}
