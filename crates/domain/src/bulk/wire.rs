//! What goes between a page and the server.

use super::{BulkChange, Counts, Preview, Selection};
use crate::BulkChangeId;
use serde::{Deserialize, Serialize};

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
