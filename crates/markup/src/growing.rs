//! An answer that is being written. Blocks that are complete are shown once; only the one that is open is shown again.

use crate::writer::BASE_HEADING;
use crate::{options, rendered};
use pulldown_cmark::{Event, Parser};

/// What is shown of an answer as it grows, for one reader.
#[derive(Debug)]
pub struct Growing {
    /// Everything before this is shown for good.
    at: usize,
    heading: usize,
    /// What the block that is open was shown as.
    open: String,
}

/// What is to be changed on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Blocks that are complete, in the place of the one that was open. Empty when that is still open.
    pub closed: String,
    /// How many octets of the open block's HTML are as they were.
    pub kept: usize,
    /// What follows them.
    pub open: String,
}

impl Default for Growing {
    fn default() -> Self {
        Self {
            at: 0,
            heading: BASE_HEADING,
            open: String::new(),
        }
    }
}

impl Growing {
    /// How many octets of the answer are shown for good.
    pub fn closed(&self) -> usize {
        self.at
    }

    /// Looks at what follows [`Self::closed`] of the answer as far as it has come; it only grows between looks. What refers
    /// to something further on, such as a footnote, is right at the end, when all of it is read at once.
    pub fn look(&mut self, rest: &str) -> Piece {
        let complete = complete(rest);
        let mut closed = String::new();
        if complete > 0 {
            closed = rendered(&rest[..complete], None, &mut self.heading);
            self.at += complete;
            self.open.clear();
        }
        // The next look begins at the same heading.
        let open = rendered(&rest[complete..], None, &mut self.heading.clone());
        let kept = alike(&self.open, &open);
        let piece = Piece {
            closed,
            kept,
            open: open[kept..].to_owned(),
        };
        self.open = open;
        piece
    }
}

/// How much of a text are blocks that nothing which follows can change: all but the last that begins on a whole line.
fn complete(text: &str) -> usize {
    // What an unfinished line is, is not known yet: a dash may be a list, a rule or a heading.
    let lines = text.rfind('\n').map_or("", |end| &text[..=end]);
    let (mut depth, mut last) = (0_usize, 0);
    for (event, at) in Parser::new_ext(lines, options()).into_offset_iter() {
        match event {
            Event::Start(_) => {
                if depth == 0 {
                    last = at.start;
                }
                depth += 1;
            }
            Event::End(_) => depth -= 1,
            _ if depth == 0 => last = at.start,
            _ => {}
        }
    }
    // An indented block is one by its indentation.
    lines[..last].rfind('\n').map_or(0, |end| end + 1)
}

/// How many octets two texts begin with in common, up to a whole character.
fn alike(one: &str, other: &str) -> usize {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    (0..=same)
        .rev()
        .find(|at| other.is_char_boundary(*at))
        .unwrap_or(0)
}
