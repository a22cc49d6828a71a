//! `export-strings.json`: texts in cells.

use super::Nothing;
use serde::Deserialize;

/// A text, and what it must be when the files are read back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What stands in the database.
    pub value: Text,
    /// What stands in the files.
    pub expect: ReadBack,
}

impl super::Case for Case {
    const FILE: &'static str = "export-strings.json";
    type Rest = Nothing;
}

/// A text as each file gives it back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadBack {
    /// From the spreadsheet.
    pub xlsx: Text,
    /// From the JSON file.
    pub json: Text,
}

/// A text, whole or in pieces.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Text {
    /// As it is.
    Whole(String),
    /// Pieces that are each repeated so often, to be joined.
    Pieces(Vec<(String, usize)>),
}

impl Text {
    /// The text as it is.
    pub fn joined(&self) -> String {
        match self {
            Self::Whole(text) => text.clone(),
            Self::Pieces(pieces) => pieces.iter().map(|(text, times)| text.repeat(*times)).collect(),
        }
    }
}
