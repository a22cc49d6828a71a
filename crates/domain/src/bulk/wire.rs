//! What goes between a page and the server.

use super::{BulkChange, Counts, PartCounts, Preview, Selection, UndoRow};
use crate::limits::BULK_LISTED;
use crate::{BulkChangeId, MemberId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is to be done to which rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkInput {
    /// Which rows.
    pub selection: Selection,
    /// What.
    pub change: BulkChange,
}

/// A preview as it is shown, to be named when it is applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Another one as soon as anything that is shown is another.
    pub fingerprint: String,
    /// What is shown.
    pub preview: Preview,
    /// What each part comes to, over all rows.
    pub parts: Vec<PartCounts>,
    /// What to call the people of the rows; whoever is gone has no name.
    pub names: BTreeMap<MemberId, String>,
}

impl Shown {
    /// For a page: all that is counted, but of the rows only some, those first of which something cannot be done.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.preview.rows.sort_by_key(|row| row.cannot.is_empty());
        self.preview.rows.truncate(BULK_LISTED);
        let rows = &self.preview.rows;
        self.names
            .retain(|id, _| rows.iter().any(|row| row.member == *id));
        self
    }
}

/// What an undo put back and what it left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// The rows, by id.
    pub rows: Vec<UndoRow>,
    /// Rows of which something was put back.
    pub restored: u32,
    /// Rows of which something was left.
    pub kept: u32,
    /// What to call the people of the rows.
    pub names: BTreeMap<MemberId, String>,
}

impl Undone {
    /// For a page: all that is counted, but of the rows only some of which something was left.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.rows.retain(|row| !row.kept.is_empty());
        self.rows.truncate(BULK_LISTED);
        let rows = &self.rows;
        self.names
            .retain(|id, _| rows.iter().any(|row| row.member == *id));
        self
    }
}

/// A preview to be applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplyInput {
    /// What was asked.
    pub asked: BulkInput,
    /// The fingerprint of what was shown.
    pub fingerprint: String,
    /// Sent again with a retry, so that a preview is applied once.
    pub idempotency_key: String,
}

/// What comes of applying a preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplyOutcome {
    /// All that was shown was done.
    Applied {
        /// By which it is undone.
        change: BulkChangeId,
        /// The rows of the preview.
        counts: Counts,
    },
    /// Nothing was done, since it would be something else than what was shown.
    PreviewChanged(Box<Shown>),
}
