//! Reads a spreadsheet row by row.

use super::{ReadError, Sink, guard};
use crate::export::STATE_SHEET;
use calamine::{Data, DataRef, Reader, SheetType, SheetVisible, Xlsx};
use domain::import::Cell;
use domain::limits::{IMPORT_COLUMNS, IMPORT_HELD_BYTES};
use std::fs::File;
use std::io::{BufReader, Seek};

/// The sheet that the export writes.
const SHEET: &str = "Members";
/// Days by which the other of the two day zeros is later.
const DAYS_TO_1904: f64 = 1_462.0;

/// Reads the sheet of that name, or the first that is shown.
pub(super) fn read(mut file: File, sink: &mut Sink) -> Result<(), ReadError> {
    guard::check(&mut file)?;
    file.rewind()?;
    let mut workbook = Xlsx::new(BufReader::new(file))?;
    let sheets = workbook.sheets_metadata().iter().filter(|sheet| {
        sheet.typ == SheetType::WorkSheet
            && sheet.visible == SheetVisible::Visible
            && sheet.name != STATE_SHEET
    });
    let mut names: Vec<_> = sheets.map(|sheet| sheet.name.clone()).collect();
    let at = names.iter().position(|name| name == SHEET).unwrap_or(0);
    let state = state(&mut workbook)?;
    if names.is_empty() {
        return sink.head(Vec::new(), state);
    }
    rows(&mut workbook, &names.swap_remove(at), state, sink)
}

/// What the export wrote of itself, if that is still there.
fn state(workbook: &mut Xlsx<BufReader<File>>) -> Result<Option<String>, ReadError> {
    if !workbook.sheet_names().iter().any(|name| name == STATE_SHEET) {
        return Ok(None);
    }
    let mut text = String::new();
    let mut cells = workbook.worksheet_cells_reader(STATE_SHEET)?;
    while let Some(cell) = cells.next_cell()? {
        match cell.get_value() {
            DataRef::String(chunk) => text.push_str(chunk),
            DataRef::SharedString(chunk) => text.push_str(chunk),
            _ => {}
        }
        if text.len() as u64 > IMPORT_HELD_BYTES {
            return Err(ReadError::TooLarge);
        }
    }
    Ok(Some(text))
}

fn rows(
    workbook: &mut Xlsx<BufReader<File>>,
    name: &str,
    state: Option<String>,
    sink: &mut Sink,
) -> Result<(), ReadError> {
    let later = match workbook.has_1904_epoch() {
        true => DAYS_TO_1904,
        false => 0.0,
    };
    let mut cells = workbook.worksheet_cells_reader(name)?;
    let mut state = Some(state);
    let mut at = 0;
    let mut row = Vec::new();
    // Shared formulas are not written out for each cell: of a formula, only that it is one matters.
    while let Some(found) = cells.next_cell_with_formula_metadata()? {
        let (number, column) = found.pos;
        if number != at {
            pass_on(sink, &mut state, at, std::mem::take(&mut row))?;
            at = number;
        }
        let cell = match found.formula {
            Some(_) => Cell::Formula,
            None => cell(&found.value, later),
        };
        let column = column as usize;
        if cell == Cell::Blank {
            continue;
        }
        if column >= IMPORT_COLUMNS {
            if number == 0 {
                return Err(ReadError::TooManyColumns);
            }
            continue;
        }
        if row.len() <= column {
            row.resize(column + 1, Cell::Blank);
        }
        row[column] = cell;
    }
    pass_on(sink, &mut state, at, row)?;
    match state {
        Some(state) => sink.head(Vec::new(), state),
        None => Ok(()),
    }
}

/// The first row are the titles, the others are numbered as the spreadsheet numbers them.
fn pass_on(
    sink: &mut Sink,
    state: &mut Option<Option<String>>,
    at: u32,
    row: Vec<Cell>,
) -> Result<(), ReadError> {
    match state.take() {
        Some(state) if at == 0 => sink.head(row, state),
        // Rows, but none where the titles belong.
        Some(state) => sink.head(Vec::new(), state),
        None if row.is_empty() => Ok(()),
        None => sink.row(at.saturating_add(1), row),
    }
}

fn cell(value: &DataRef<'_>, later: f64) -> Cell {
    match value {
        DataRef::Empty => Cell::Blank,
        DataRef::String(text) => Cell::Text(text.clone()),
        DataRef::SharedString(text) => Cell::Text((*text).to_owned()),
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::DateTime(at) => Cell::Number(at.as_f64() + later),
        DataRef::Bool(true) => Cell::Text("TRUE".to_owned()),
        DataRef::Bool(false) => Cell::Text("FALSE".to_owned()),
        other => Cell::Text(Data::from(other.clone()).to_string()),
    }
}
