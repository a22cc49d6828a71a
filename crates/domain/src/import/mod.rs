//! The exported table, edited and brought back: the plan that it becomes. The rules are those of `cases/import.json`.
//!
//! A [`Planner`] takes the rows of a file one by one, so that the file is never in memory as a whole. Whoever drives it
//! reads the file, and looks up how each person stands now and stood at the export.

mod columns;
mod list;
mod names;
mod near;
mod plan;
mod planner;
mod read;
mod row;
mod rules;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests;
mod wire;

pub use columns::Column;
pub use names::Names;
pub use plan::{
    Change, Conflict, Conflicting, ImportProblem, Note, NoteKind, Plan, PlannedRow, ProblemKind, Refused,
};
pub use planner::{Planner, Standing, Who};
pub use row::{ExportedRow, text_digest};
pub use wire::{Answer, Counts, Deed, Shown, ShownNames};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lists are names in one cell, instants are serial numbers.
    Spreadsheet,
    /// Lists are lists, instants are texts.
    Json,
}

/// A cell as a reader gives it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// The row's object lacks the key. Never in a spreadsheet.
    Absent,
    /// Nothing, or null.
    Blank,
    /// A text.
    Text(String),
    /// A number; in a spreadsheet, dates too.
    Number(f64),
    /// Something that is computed. What it computed last does not matter.
    Formula,
    /// A list. Only in JSON, as are those that follow.
    List(Vec<Cell>),
    /// An object.
    Object(Vec<(String, Cell)>),
    /// True or false.
    Truth(bool),
}

impl Cell {
    /// A person sees nothing in it.
    fn is_blank(&self) -> bool {
        match self {
            Self::Absent | Self::Blank => true,
            Self::Text(text) => trimmed(text).is_empty(),
            _ => false,
        }
    }
}

/// A text without white space, and what cannot be seen, around it.
fn trimmed(text: &str) -> &str {
    text.trim_matches(is_around)
}

fn is_around(c: char) -> bool {
    c.is_whitespace() || crate::text::is_hidden(c)
}

/// What two names have in common that are the same but for what [`fold`](crate::search::fold) does away with.
fn key(text: &str) -> String {
    let folded = crate::search::fold(text);
    match folded.trim() {
        trimmed if trimmed.len() == folded.len() => folded,
        trimmed => trimmed.to_owned(),
    }
}
