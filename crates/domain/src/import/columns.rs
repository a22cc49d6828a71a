//! The columns of a file, found by their titles.

use super::plan::{Note, NoteKind, Refused, shown};
use super::{Cell, key, trimmed};
use crate::role::{UnknownName, named};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

named!(
    /// A column of the export, in a spreadsheet or in JSON.
    Column {
        /// The person's name.
        Name = "name", "Name";
        /// The address, by which a row is found.
        Email = "email", "Email";
        /// The organization role.
        Role = "role", "Organization role";
        /// The teams.
        Teams = "teams", "Teams";
        /// The virtual keys.
        Keys = "keys", "Virtual keys";
        /// The allowed providers.
        Providers = "providers", "Allowed providers";
        /// The status.
        Status = "status", "Status";
        /// The last sign-in.
        LastLogin = "last_login", "Last login";
        /// When an invitation ends.
        ExpiresAt = "expires_at", "Expires";
    }
);

impl Column {
    /// The columns that only tell: what is written there is not read.
    pub(super) const READ_ONLY: [Self; 5] = [
        Self::Name,
        Self::Keys,
        Self::Status,
        Self::LastLogin,
        Self::ExpiresAt,
    ];

    /// The column with this title.
    fn of_title(title: &str) -> Option<Self> {
        Some(match key(title).as_str() {
            "name" => Self::Name,
            "email" | "e-mail" => Self::Email,
            "organization role" | "role" => Self::Role,
            "teams" => Self::Teams,
            "virtual keys" | "keys" => Self::Keys,
            "allowed providers" | "providers" => Self::Providers,
            "status" => Self::Status,
            "last login (utc)" | "last login" | "last_login" => Self::LastLogin,
            "expires_at" => Self::ExpiresAt,
            _ => return None,
        })
    }
}

/// Where each column of a file is.
#[derive(Debug, Default)]
pub(super) struct Columns {
    at: [Option<usize>; Column::ALL.len()],
}

impl Columns {
    /// Reads a file's titles; others than those of the export are told of in `notes`.
    pub(super) fn of(header: &[Cell], notes: &mut Vec<Note>) -> Result<Self, Refused> {
        if header.iter().all(Cell::is_blank) {
            return Err(Refused::EmptyFile);
        }
        let mut columns = Self::default();
        for (at, cell) in header.iter().enumerate() {
            if cell.is_blank() {
                continue;
            }
            let title = match cell {
                Cell::Text(title) => shown(trimmed(title)),
                Cell::Number(number) => number.to_string(),
                _ => String::new(),
            };
            match Column::of_title(&title) {
                Some(column) if columns.at[column as usize].is_some() => {
                    return Err(Refused::DuplicateColumn { column });
                }
                Some(column) => columns.at[column as usize] = Some(at),
                None => notes.push(Note {
                    row: None,
                    kind: NoteKind::UnknownColumn,
                    column: None,
                    text: Some(title),
                    first: None,
                }),
            }
        }
        match columns.at[Column::Email as usize] {
            Some(_) => Ok(columns),
            None => Err(Refused::NoEmailColumn),
        }
    }

    /// A row's cell of a column; `None` when the file has no such column. A row goes on with blank cells.
    pub(super) fn cell<'a>(&self, cells: &'a [Cell], column: Column) -> Option<&'a Cell> {
        let at = self.at[column as usize]?;
        Some(cells.get(at).unwrap_or(&Cell::Blank))
    }
}
