//! The member export: exactly the rows of the table, over all its pages, as a spreadsheet or as JSON.

use crate::{Actor, Error, Services};
use domain::query::MemberQuery;
use domain::{Problem, ProblemCode};

/// What the export is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An XLSX spreadsheet.
    Xlsx,
    /// A JSON file.
    Json,
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
}

impl Services {
    /// Writes every row that `query` matches, in its order, all of one instant.
    pub async fn export(
        &self,
        actor: &Actor,
        query: &MemberQuery,
        format: Format,
    ) -> Result<ExportFile, Error> {
        let _ = (actor, query, format);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }
}
