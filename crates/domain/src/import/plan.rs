//! What becomes of a file.

use super::Column;
use crate::limits::IMPORT_LISTED;
use crate::role::{UnknownName, named};
use crate::{MemberId, ProviderId, Role, TeamId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Characters of a cell that are repeated where it is told of: more than a name or an address has.
const SHOWN_CHARS: usize = 320;

/// What a file would do, and what in it would not be done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What will be done, in the file's order.
    pub rows: Vec<PlannedRow>,
    /// Edited cells whose value in the table has changed since the export.
    pub conflicts: Vec<Conflict>,
    /// What cannot be done, the first [`IMPORT_LISTED`].
    pub problems: Vec<ImportProblem>,
    /// Problems that are not listed any more.
    pub more_problems: u32,
    /// What is worth knowing, as many at most.
    pub notes: Vec<Note>,
    /// Notes that are not listed any more.
    pub more_notes: u32,
}

impl Plan {
    /// Tells of a problem, while there is room.
    pub(super) fn problem(
        &mut self,
        row: u32,
        column: Option<Column>,
        kind: ProblemKind,
        text: Option<String>,
        suggest: Option<String>,
    ) {
        if self.problems.len() >= IMPORT_LISTED {
            self.more_problems += 1;
            return;
        }
        self.problems.push(ImportProblem {
            row,
            kind,
            column,
            text: text.map(|text| shown(&text)),
            suggest,
        });
    }

    /// Tells what is worth knowing of a cell.
    pub(super) fn cell_note(&mut self, row: u32, kind: NoteKind, column: Column, text: Option<String>) {
        self.note(Note {
            row: Some(row),
            kind,
            column: Some(column),
            text,
            first: None,
        });
    }

    /// Tells what is worth knowing, while there is room.
    pub(super) fn note(&mut self, note: Note) {
        if self.notes.len() >= IMPORT_LISTED {
            self.more_notes += 1;
        } else {
            self.notes.push(note);
        }
    }
}

/// As much of a text as is worth showing: what stands in a cell may be anything.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What will be done to one row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRow {
    /// The row of the file.
    pub row: u32,
    /// The row of the table.
    pub member: MemberId,
    /// What is done.
    #[serde(flatten)]
    pub change: Change,
}

/// The parts of a change; those that are empty leave what they name as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The new role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Providers to allow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_providers: Vec<ProviderId>,
    /// Providers to take away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove_providers: Vec<ProviderId>,
    /// Teams to join.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_teams: Vec<TeamId>,
    /// Teams to leave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove_teams: Vec<TeamId>,
}

/// An edited cell whose value in the table is neither what the export wrote nor what the file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The row of the file.
    pub row: u32,
    /// The row of the table.
    pub member: MemberId,
    /// Which cell, and its three values.
    #[serde(flatten)]
    pub cell: Conflicting,
}

/// The values of a cell in conflict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "column", rename_all = "snake_case")]
#[expect(missing_docs, reason = "at the export, in the file, and now")]
pub enum Conflicting {
    /// The organization role.
    Role { exported: Role, file: Role, now: Role },
    /// The teams.
    Teams {
        exported: Vec<TeamId>,
        file: Vec<TeamId>,
        now: Vec<TeamId>,
    },
    /// The allowed providers.
    Providers {
        exported: Vec<ProviderId>,
        file: Vec<ProviderId>,
        now: Vec<ProviderId>,
    },
}

named!(
    /// Why a cell, or a row, changes nothing.
    ProblemKind {
        /// The row has no address.
        NoEmail = "no_email", "No email address";
        /// What stands there is no address.
        InvalidEmail = "invalid_email", "Invalid email address";
        /// Nobody has this address; a file invites nobody.
        UnknownPerson = "unknown_person", "Unknown person";
        /// Was in the export, and is no longer in the organization.
        PersonGone = "person_gone", "No longer in the organization";
        /// Several rows of one person say different things.
        DuplicateRow = "duplicate_row", "Several different rows for this person";
        /// No role is called this.
        UnknownRole = "unknown_role", "Unknown role";
        /// No team is called this.
        UnknownTeam = "unknown_team", "Unknown team";
        /// No provider is called this.
        UnknownProvider = "unknown_provider", "Unknown provider";
        /// The name can be read in two ways, or means two teams.
        AmbiguousTeam = "ambiguous_team", "Ambiguous team";
        /// The name can be read in two ways, or means two providers.
        AmbiguousProvider = "ambiguous_provider", "Ambiguous provider";
        /// A text or list was expected.
        WrongType = "wrong_type", "Wrong type";
        /// The cell is computed.
        Formula = "formula", "Formula";
        /// The row's role, or the new one, is above that of whoever brings the file.
        AboveOwnRole = "above_own_role", "Above your role";
        /// An invitation has no providers.
        NotJoined = "not_joined", "Not joined yet";
        /// The provider comes from a team, where it can be taken away.
        FromTeam = "from_team", "From a team";
        /// A provider that is not active is not given.
        ProviderInactive = "provider_inactive", "Inactive provider";
        /// No active owner would be left.
        LastOwner = "last_owner", "Last owner";
    }
);

/// Something that changes nothing, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProblem {
    /// The row of the file.
    pub row: u32,
    /// Why.
    pub kind: ProblemKind,
    /// Which cell; `None` is the row as a whole.
    pub column: Option<Column>,
    /// What stands there, where one part of the cell is meant.
    pub text: Option<String>,
    /// The name that may have been meant.
    pub suggest: Option<String>,
}

named!(
    /// Something that is not done and need not be, or is done and worth a look.
    NoteKind {
        /// The column is none of the export's.
        UnknownColumn = "unknown_column", "Ignored column";
        /// The cell cannot be edited in a file.
        ReadOnly = "read_only", "Cannot be edited here";
        /// The row says what an earlier one of the same person says.
        DuplicateRow = "duplicate_row", "Repeated row";
        /// The provider has been deleted since the export.
        ProviderGone = "provider_gone", "Provider deleted since the export";
        /// The team has been deleted since the export.
        TeamGone = "team_gone", "Team deleted since the export";
        /// Whoever brings the file lowers their own role.
        OwnRow = "own_row", "Your own role";
        /// The file does not say which export it comes from, so it is compared with the table as it is.
        NoExportState = "no_export_state", "Compared with the table as it is now";
    }
);

/// Something worth knowing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The row of the file; `None` is the file as a whole.
    pub row: Option<u32>,
    /// What.
    pub kind: NoteKind,
    /// Which cell.
    pub column: Option<Column>,
    /// A title or a name.
    pub text: Option<String>,
    /// The row that counts instead.
    pub first: Option<u32>,
}

/// Why a file is not taken at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Refused {
    /// Not an admin or owner.
    #[error("Only admins and owners can import.")]
    Forbidden,
    /// No titles.
    #[error("The file has no column titles in its first row.")]
    EmptyFile,
    /// Nothing to find people by.
    #[error("The file has no Email column, by which people are found.")]
    NoEmailColumn,
    /// Two columns are one.
    #[error("The file has two columns for {}. Remove one of them.", column.label())]
    DuplicateColumn {
        /// Which.
        column: Column,
    },
    /// More than can be checked at once.
    #[error("The file has {rows} rows; the limit is {limit}. Split it into several files.")]
    TooManyRows {
        /// How many it has.
        rows: u32,
        /// How many it may have.
        limit: u32,
    },
}
