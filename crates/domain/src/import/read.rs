//! What one cell says.

use super::names::{Names, Unread};
use super::plan::ProblemKind;
use super::{Cell, Column, ExportedRow, Format, key, text_digest, trimmed};
use crate::export::{KEY_SEPARATOR, NAME_SEPARATOR, cell_text, joined, key_text, second_of_serial};
use crate::member::{KeyRef, KeyState};
use crate::{Role, Timestamp};
use std::borrow::Cow;
use std::hash::Hash;

/// What an editable cell says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said<T> {
    /// It is not there: the column, or in JSON the key, is missing.
    Missing,
    /// Its text is what the export wrote, so it is not looked at.
    Written,
    /// This.
    Says(T),
    /// It cannot be read.
    Unreadable(Vec<Trouble>),
}

/// Why a cell cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) kind: ProblemKind,
    pub(super) text: Option<String>,
    pub(super) suggest: Option<String>,
}

impl<T> Said<T> {
    fn unreadable(kind: ProblemKind, text: Option<String>) -> Self {
        Self::Unreadable(vec![Trouble {
            kind,
            text,
            suggest: None,
        }])
    }
}

/// A cell of a spreadsheet as a text; `None` for one that is computed.
pub(super) fn text(cell: &Cell) -> Option<Cow<'_, str>> {
    match cell {
        Cell::Text(text) => Some(Cow::from(trimmed(text))),
        Cell::Number(number) => Some(number.to_string().into()),
        Cell::Formula => None,
        _ => Some(Cow::from("")),
    }
}

/// Reads a role.
pub(super) fn role(format: Format, cell: Option<&Cell>) -> Said<Role> {
    let text = match (format, cell) {
        (_, None | Some(Cell::Absent)) => return Said::Missing,
        (Format::Json, Some(Cell::Text(text))) => Cow::from(trimmed(text)),
        (Format::Json, Some(_)) => return Said::unreadable(ProblemKind::WrongType, None),
        (Format::Spreadsheet, Some(cell)) => match text(cell) {
            Some(text) => text,
            None => return Said::unreadable(ProblemKind::Formula, None),
        },
    };
    let said = key(&text);
    let called = |role: &&Role| said == role.as_str() || said == key(role.label());
    match Role::ALL.iter().find(called) {
        Some(role) => Said::Says(*role),
        None => Said::unreadable(ProblemKind::UnknownRole, Some(text.into_owned())),
    }
}

/// What the names of a list are, and what is wrong with those that are none.
#[derive(Clone, Copy)]
pub(super) struct ListKind {
    pub(super) unknown: ProblemKind,
    pub(super) ambiguous: ProblemKind,
}

/// Reads a list of names. `base` is what the export wrote into this row, or, where `exported` is false, would write now.
pub(super) fn list<I: Copy + Eq + Hash>(
    format: Format,
    cell: Option<&Cell>,
    names: &mut Names<I>,
    kind: ListKind,
    (base, exported): (&[I], bool),
) -> Said<Vec<I>> {
    let read = match (format, cell) {
        (_, None | Some(Cell::Absent)) => return Said::Missing,
        (Format::Json, Some(cell)) => {
            let Some(entries) = entries(cell) else {
                return Said::unreadable(ProblemKind::WrongType, None);
            };
            if entries == names.written(base, exported, false) {
                return Said::Written;
            }
            names.each(entries)
        }
        (Format::Spreadsheet, Some(cell)) => {
            let Some(text) = text(cell) else {
                return Said::unreadable(ProblemKind::Formula, None);
            };
            let written = joined(names.written(base, exported, true), NAME_SEPARATOR);
            if lines(&text) == trimmed(&cell_text(&written)) {
                return Said::Written;
            }
            names.list(&text)
        }
    };
    match read {
        Ok(ids) => Said::Says(ids),
        Err(unread) => {
            let trouble = |unread| match unread {
                Unread::Unknown { text, suggest } => Trouble {
                    kind: kind.unknown,
                    text: Some(text),
                    suggest,
                },
                Unread::Ambiguous { text } => Trouble {
                    kind: kind.ambiguous,
                    text: Some(text),
                    suggest: None,
                },
            };
            Said::Unreadable(unread.into_iter().map(trouble).collect())
        }
    }
}

/// A text with line breaks as the export writes them; programs that save it again may write others.
fn lines(text: &str) -> Cow<'_, str> {
    match text.contains('\r') {
        true => text.replace("\r\n", NAME_SEPARATOR).into(),
        false => text.into(),
    }
}

/// The names in a JSON list, of texts or of objects that have one.
fn entries(cell: &Cell) -> Option<Vec<&str>> {
    let Cell::List(entries) = cell else { return None };
    entries
        .iter()
        .map(|entry| match entry {
            Cell::Text(name) => Some(name.as_str()),
            Cell::Object(_) => text_of(entry, "name"),
            _ => None,
        })
        .collect()
}

/// The text of one key of an object.
fn text_of<'a>(object: &'a Cell, wanted: &str) -> Option<&'a str> {
    let Cell::Object(entries) = object else {
        return None;
    };
    entries.iter().find_map(|(name, value)| match value {
        Cell::Text(text) if name == wanted => Some(text.as_str()),
        _ => None,
    })
}

/// Whether a cell that cannot be edited says something else than what the export wrote.
pub(super) fn differs(format: Format, column: Column, cell: &Cell, base: &ExportedRow) -> bool {
    match (column, cell) {
        (_, Cell::Absent) => false,
        (_, Cell::Formula) => true,
        (Column::LastLogin, cell) => second(format, cell) != Some(base.last_login),
        (Column::ExpiresAt, cell) => second(format, cell) != Some(base.expires_at),
        (Column::Keys, cell) if format == Format::Json => {
            let keys = keys(cell).map(|keys| joined(keys.iter().map(key_text), KEY_SEPARATOR));
            keys.is_none_or(|keys| text_digest(&keys) != base.keys)
        }
        (_, Cell::Number(_)) if format == Format::Json => true,
        (_, Cell::List(_) | Cell::Object(_) | Cell::Truth(_)) => true,
        (Column::Name, cell) => text(cell).is_none_or(|text| text_digest(&text) != base.name),
        (Column::Keys, cell) => text(cell).is_none_or(|text| text_digest(&text) != base.keys),
        (Column::Status, cell) => {
            let written = match format {
                Format::Spreadsheet => base.status.label(),
                Format::Json => base.status.as_str(),
            };
            text(cell).is_none_or(|text| text != written)
        }
        (Column::Email | Column::Role | Column::Teams | Column::Providers, _) => false,
    }
}

/// The keys in a JSON list as the export writes them.
fn keys(cell: &Cell) -> Option<Vec<KeyRef>> {
    let Cell::List(entries) = cell else { return None };
    let key = |entry| {
        let state = match text_of(entry, "state")? {
            "active" => KeyState::Active,
            "expired" => KeyState::Expired,
            "revoked" => KeyState::Revoked,
            _ => return None,
        };
        Some(KeyRef {
            name: text_of(entry, "name")?.to_owned(),
            last_four: text_of(entry, "last_four")?.to_owned(),
            state,
        })
    };
    entries.iter().map(key).collect()
}

/// The second that a cell tells, or that it tells none; `None` when it tells something else.
fn second(format: Format, cell: &Cell) -> Option<Option<i64>> {
    match cell {
        cell if cell.is_blank() => Some(None),
        Cell::Number(days) if format == Format::Spreadsheet => second_of_serial(*days).map(Some),
        Cell::Text(text) => Timestamp::read(trimmed(text)).map(|at| Some(at.0.div_euclid(1_000))),
        _ => None,
    }
}
