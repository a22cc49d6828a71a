//! A spreadsheet of plain columns: text stays text, numbers are numbers, and rows go to disk as they come.

use super::ExportError;
use super::xlsx::{COMPRESSION, MAX_ROWS, write_text};
use domain::export::serial;
use domain::number::DOLLAR;
use domain::{Problem, ProblemCode, Timestamp};
use rust_xlsxwriter::{Format, FormatAlign, Workbook};
use std::fs::File;

/// What stands in a cell.
pub(crate) enum Cell<'a> {
    /// As it is.
    Text(&'a str),
    /// A number.
    Count(u64),
    /// Nano-dollars as dollars. A spreadsheet knows one kind of number, which holds millions of them exactly.
    Money(i64),
    /// An instant in UTC.
    Instant(Timestamp),
    /// Nothing, where nobody knows.
    Empty,
}

/// Writes the sheet row by row.
pub(crate) struct Sheet {
    workbook: Workbook,
    next: u32,
    count: Format,
    money: Format,
    instant: Format,
}

impl Sheet {
    /// Rows that one holds below its header.
    pub(crate) const MOST: u64 = MAX_ROWS as u64;

    /// What whoever asks for more is told.
    pub(crate) fn too_many() -> Problem {
        let most = domain::number::thousands(Self::MOST);
        let message =
            format!("A spreadsheet holds {most} rows, and these are more. Choose fewer, or download JSON.");
        Problem::new(ProblemCode::Invalid, message)
    }

    /// Begins one, with the title of each column and its width in characters.
    pub(crate) fn new(name: &str, columns: &[(&str, f64)]) -> Result<Self, ExportError> {
        let mut workbook = Workbook::new();
        workbook.set_zip_compression_level(COMPRESSION);
        let heading = Format::new().set_bold().set_align(FormatAlign::Top);
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        for (column, (title, width)) in (0u16..).zip(columns) {
            sheet.set_column_width(column, *width)?;
            sheet.write_string_with_format(0, column, *title, &heading)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        Ok(Self {
            workbook,
            next: 1,
            count: Format::new().set_num_format("#,##0"),
            money: Format::new().set_num_format("#,##0.000000000"),
            instant: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        })
    }

    /// Adds a row.
    pub(crate) fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) -> Result<(), ExportError> {
        let (sheet, at) = (self.workbook.worksheet_from_index(0)?, self.next);
        for (column, cell) in (0u16..).zip(cells) {
            match cell {
                Cell::Text(text) => write_text(sheet, at, column, text)?,
                Cell::Count(count) => {
                    sheet.write_number_with_format(at, column, count as f64, &self.count)?;
                }
                Cell::Money(nano) => {
                    let dollars = nano as f64 / DOLLAR as f64;
                    sheet.write_number_with_format(at, column, dollars, &self.money)?;
                }
                Cell::Instant(instant) => {
                    sheet.write_number_with_format(at, column, serial(instant), &self.instant)?;
                }
                Cell::Empty => {}
            }
        }
        self.next += 1;
        Ok(())
    }

    /// Packs the file.
    pub(crate) fn finish(mut self, file: &File) -> Result<(), ExportError> {
        Ok(self.workbook.save_to_writer(file)?)
    }
}
