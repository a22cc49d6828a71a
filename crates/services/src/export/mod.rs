//! The member export: exactly the rows of the table, over all its pages, as a spreadsheet or as JSON.

mod json;
mod rows;
mod sheet;
mod state;
#[cfg(test)]
mod tests;
mod xlsx;

pub(crate) use json::STATE_KEY;
pub(crate) use rows::write_rows;
pub(crate) use sheet::{Cell, Sheet};
pub(crate) use state::Exported;
pub(crate) use xlsx::STATE_SHEET;

use crate::{Actor, Error, Services};
use domain::limits::IMPORT_ROWS;
use domain::member::MemberRow;
use domain::query::MemberQuery;
use domain::{Problem, ProblemCode};
use serde::Serialize;
use std::fs::File;
use std::io::ErrorKind;
use tokio::sync::mpsc;

/// Rows read and written at a time: large enough to spare queries, small enough to hold a few in memory.
const BATCH: usize = 2_000;
/// Batches read ahead of the writer.
const AHEAD: usize = 2;

/// What the export is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An XLSX spreadsheet.
    Xlsx,
    /// A JSON file.
    Json,
}

impl Format {
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Json => "json",
        }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Json => "application/json",
        }
    }
}

/// A finished export. The file is deleted when this is dropped.
#[derive(Debug)]
pub struct ExportFile {
    /// The temporary file.
    pub file: tempfile::NamedTempFile,
    /// What to call it, for example `gatehouse-sunflower-members-2026-03-01.xlsx`.
    pub file_name: String,
    /// Its media type.
    pub content_type: &'static str,
    /// Rows in it, without the header.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
}

/// Why an export could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The disk.
    #[error("the temporary file failed")]
    Io(#[from] std::io::Error),
    /// The spreadsheet writer.
    #[error("the spreadsheet could not be written")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The JSON writer.
    #[error("the JSON could not be written")]
    Json(#[from] serde_json::Error),
}

impl ExportError {
    /// Whether there was no room for the file.
    pub(crate) fn is_disk_full(&self) -> bool {
        use rust_xlsxwriter::XlsxError;
        let kind = match self {
            Self::Io(error) | Self::Xlsx(XlsxError::IoError(error)) => Some(error.kind()),
            Self::Json(error) => error.io_error_kind(),
            Self::Xlsx(_) => None,
        };
        matches!(kind, Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded))
    }
}

/// What the JSON file says before its members.
#[derive(Serialize)]
struct Heading {
    when: String,
    organization: Organization,
    query: serde_json::Value,
    count: usize,
    spreadsheet: Spreadsheet,
}

/// How the lists of this file stand in a cell of the spreadsheet, so that either can be made of the other.
#[derive(Serialize)]
struct Spreadsheet {
    columns: [&'static str; 2],
    name_separator: &'static str,
}

impl Spreadsheet {
    const HERE: Self = Self {
        columns: xlsx::NAME_COLUMNS,
        name_separator: domain::export::NAME_SEPARATOR,
    };
}

#[derive(Serialize)]
struct Organization {
    slug: String,
    name: String,
}

enum Writer {
    Xlsx(Box<xlsx::XlsxWriter>, File),
    Json(json::JsonWriter),
}

impl Writer {
    fn rows(&mut self, rows: &[MemberRow]) -> Result<(), ExportError> {
        match self {
            Self::Xlsx(writer, _) => writer.rows(rows),
            Self::Json(writer) => writer.rows(rows),
        }
    }

    fn state(&mut self, state: &str) -> Result<(), ExportError> {
        match self {
            Self::Xlsx(writer, _) => writer.state(state),
            Self::Json(writer) => writer.state(state),
        }
    }

    fn finish(self) -> Result<(), ExportError> {
        match self {
            Self::Xlsx(writer, file) => writer.finish(&file),
            Self::Json(writer) => writer.finish(),
        }
    }
}

/// What is written, in this order.
enum Part {
    Rows(Vec<MemberRow>),
    /// What the import needs to know, after all rows.
    State(String),
}

/// Writes part by part until there are no more. Blocking: runs beside the async threads.
fn write(
    format: Format,
    file: File,
    heading: &Heading,
    mut parts: mpsc::Receiver<Part>,
) -> Result<(), ExportError> {
    let mut writer = match format {
        Format::Xlsx => Writer::Xlsx(Box::new(xlsx::XlsxWriter::new(heading.count)?), file),
        Format::Json => Writer::Json(json::JsonWriter::new(file, heading)?),
    };
    while let Some(part) = parts.blocking_recv() {
        match part {
            Part::Rows(rows) => writer.rows(&rows)?,
            Part::State(state) => writer.state(&state)?,
        }
    }
    writer.finish()
}

impl Services {
    /// Writes every row that `query` matches, in its order, all of one instant. For auditors and above.
    pub async fn export(
        &self,
        actor: &Actor,
        query: &MemberQuery,
        format: Format,
    ) -> Result<ExportFile, Error> {
        actor.reads_admin_side()?;
        let query = &query.check()?;
        let now = self.now();
        let (tx, _place) = self.read_for_export(actor).await?;
        let organization = store::organizations::get(&tx, actor.organization)
            .await?
            .ok_or_else(|| Problem::not_found("organization"))?;
        let ids = store::members::ordered_ids(&tx, actor.organization, query, now).await?;
        if format == Format::Xlsx && ids.len() > xlsx::MAX_ROWS {
            return Err(Problem::new(
                ProblemCode::Invalid,
                format!(
                    "These are {} rows; a spreadsheet holds {}. Narrow the search, or download JSON.",
                    ids.len(),
                    xlsx::MAX_ROWS
                ),
            )
            .into());
        }
        let heading = Heading {
            when: now.rfc3339(),
            organization: Organization {
                slug: organization.slug,
                name: organization.name,
            },
            query: narrowing(query)?,
            count: ids.len(),
            spreadsheet: Spreadsheet::HERE,
        };

        let file = tempfile::NamedTempFile::new().map_err(ExportError::from)?;
        let handle = file.reopen().map_err(ExportError::from)?;
        // Larger than what may be brought back, it would only be in the way.
        let mut state = match ids.len() <= IMPORT_ROWS as usize {
            true => Some(self.export_state(&tx, actor, now).await?),
            false => None,
        };
        let (sender, parts) = mpsc::channel(AHEAD);
        let writer = crate::background::spawn(move || write(format, handle, &heading, parts));
        for batch in ids.chunks(BATCH) {
            let rows = store::members::rows(&tx, actor.organization, batch, now).await?;
            if let Some(state) = &mut state {
                state.add(&rows);
            }
            // The writer is gone only when it has failed, and then it says why below.
            if sender.send(Part::Rows(rows)).await.is_err() {
                break;
            }
        }
        if let Some(state) = state {
            let _ = sender.send(Part::State(state.sealed(&self.inner.vault))).await;
        }
        drop(sender);
        drop(tx);
        writer.await??;
        let bytes = file.as_file().metadata().map_err(ExportError::from)?.len();
        let export = ExportFile {
            file,
            file_name: format!(
                "gatehouse-{}-members-{}.{}",
                actor.slug,
                now.date(),
                format.extension()
            ),
            content_type: format.content_type(),
            rows: ids.len() as u64,
            bytes,
        };
        self.note_export(actor, "members", &export).await;
        Ok(export)
    }
}

/// The query without its page: an export has all of them.
fn narrowing(query: &MemberQuery) -> Result<serde_json::Value, serde_json::Error> {
    let mut query = serde_json::to_value(query)?;
    if let Some(fields) = query.as_object_mut() {
        fields.remove("page");
    }
    Ok(query)
}
