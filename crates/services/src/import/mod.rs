//! An export that was edited and is brought back: read in a bounded way, and checked against the table.

mod apply;
mod guard;
mod plan;
mod read_json;
mod read_xlsx;
mod show;
#[cfg(test)]
mod tests;

pub use apply::ImportOutcome;
pub use plan::{ImportPlan, PlanOutcome};
pub use show::ToApply;

use domain::import::Cell;
use domain::limits::{IMPORT_BYTES, IMPORT_COLUMNS};
use domain::{Problem, ProblemCode};
use std::fs::File;
use std::io::{Read, Seek};
use tokio::sync::mpsc;

/// Rows passed on at a time, unless they are long.
const BATCH: usize = 2_000;
/// Octets of text after which a batch is passed on.
const BATCH_BYTES: usize = 1024 * 1024;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Neither of the two kinds.
    #[error("the file is neither an XLSX spreadsheet nor a JSON file")]
    Unrecognized,
    /// The kind that only one program reads, which is also what a password makes of a spreadsheet.
    #[error("the file is an old or encrypted spreadsheet")]
    OldOrEncrypted,
    /// It holds programs.
    #[error("the spreadsheet holds macros")]
    Macros,
    /// In itself, or unpacked.
    #[error("the file is too large")]
    TooLarge,
    /// More than anybody has.
    #[error("the file has too many columns")]
    TooManyColumns,
    /// JSON, but not that of the export.
    #[error("the JSON is not what the export writes: {0}")]
    Shape(String),
    /// The pack is damaged.
    #[error("the spreadsheet cannot be unpacked")]
    Zip(#[from] zip::result::ZipError),
    /// The sheet is damaged.
    #[error("the spreadsheet cannot be read")]
    Xlsx(#[from] calamine::XlsxError),
    /// A part of it is.
    #[error("a part of the spreadsheet cannot be read")]
    Xml(#[from] quick_xml::Error),
    /// The disk, or what was to be unpacked.
    #[error("the file cannot be read")]
    Io(#[from] std::io::Error),
    /// Whoever wanted the rows no longer does.
    #[error("nobody reads on")]
    Stopped,
}

impl ReadError {
    /// What a person can do about it.
    fn problem(&self) -> Problem {
        let message = match self {
            Self::Unrecognized => {
                "This is neither an XLSX spreadsheet nor a JSON file. Download the table, edit that file and import it."
                    .to_owned()
            }
            Self::OldOrEncrypted => {
                "This spreadsheet has a password or is in the old XLS format. Save it as XLSX without a password."
                    .to_owned()
            }
            Self::Macros => "This spreadsheet contains macros. Save it as XLSX without macros.".to_owned(),
            Self::TooLarge => format!(
                "This file is too large: an import takes up to {} MB. Split it into several files.",
                IMPORT_BYTES / 1024 / 1024
            ),
            Self::TooManyColumns => format!("This file has more than {IMPORT_COLUMNS} columns. Remove some."),
            Self::Shape(what) => format!("This JSON file cannot be imported: {what}"),
            Self::Zip(_) | Self::Xlsx(_) | Self::Xml(_) | Self::Io(_) | Self::Stopped => {
                "This spreadsheet is damaged. Open it, save it again as XLSX, and import that.".to_owned()
            }
        };
        Problem::new(ProblemCode::Invalid, message)
    }
}

/// What is read, in this order.
#[derive(Debug)]
enum Part {
    /// The titles, and what the export wrote of itself.
    Head {
        header: Vec<Cell>,
        state: Option<String>,
        format: domain::import::Format,
    },
    /// Rows with their numbers.
    Rows(Vec<(u32, Vec<Cell>)>),
}

/// Where a reader puts what it reads.
struct Sink {
    parts: mpsc::Sender<Part>,
    format: domain::import::Format,
    batch: Vec<(u32, Vec<Cell>)>,
    bytes: usize,
}

impl Sink {
    fn head(&mut self, header: Vec<Cell>, state: Option<String>) -> Result<(), ReadError> {
        self.send(Part::Head {
            header,
            state,
            format: self.format,
        })
    }

    fn row(&mut self, number: u32, cells: Vec<Cell>) -> Result<(), ReadError> {
        self.bytes += cells.iter().map(size).sum::<usize>();
        self.batch.push((number, cells));
        if self.batch.len() >= BATCH || self.bytes >= BATCH_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ReadError> {
        self.bytes = 0;
        let rows = std::mem::take(&mut self.batch);
        self.send(Part::Rows(rows))
    }

    fn send(&mut self, part: Part) -> Result<(), ReadError> {
        self.parts.blocking_send(part).map_err(|_| ReadError::Stopped)
    }
}

fn size(cell: &Cell) -> usize {
    match cell {
        Cell::Text(text) => text.len(),
        Cell::List(cells) => cells.iter().map(size).sum(),
        Cell::Object(entries) => entries.iter().map(|(key, value)| key.len() + size(value)).sum(),
        _ => 1,
    }
}

/// Reads a file, whatever it is called. Blocking: runs beside the async threads.
fn read(mut file: File, parts: mpsc::Sender<Part>) -> Result<(), ReadError> {
    use domain::import::Format;
    let mut start = [0; 8];
    file.rewind()?;
    let length = (&mut file).take(8).read(&mut start)?;
    let format = match &start[..length] {
        [b'P', b'K', ..] => Format::Spreadsheet,
        [0xd0, 0xcf, 0x11, 0xe0, ..] => return Err(ReadError::OldOrEncrypted),
        [b'{' | b'[' | b' ' | b'\t' | b'\r' | b'\n' | 0xef, ..] => Format::Json,
        _ => return Err(ReadError::Unrecognized),
    };
    let mut sink = Sink {
        parts,
        format,
        batch: Vec::new(),
        bytes: 0,
    };
    match format {
        Format::Spreadsheet => read_xlsx::read(file, &mut sink)?,
        Format::Json => read_json::read(file, &mut sink)?,
    }
    sink.flush()
}
