//! The export as a spreadsheet: text stays text, dates are dates, and rows go to disk as they come.

use super::ExportError;
use domain::export::{KEY_SEPARATOR, NAME_SEPARATOR, cell_text, joined, key_text, provider_text, serial};
use domain::member::MemberRow;
use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet};
use std::fs::File;

/// Rows a sheet holds below its header.
pub(super) const MAX_ROWS: usize = 1_048_575;
/// UTF-16 units in a cell.
const MAX_UNITS: usize = 32_767;
/// Title and width in characters of each column, in the table's order.
const COLUMNS: [(&str, f64); 8] = [
    ("Name", 28.0),
    ("Email", 34.0),
    ("Organization role", 18.0),
    ("Teams", 30.0),
    ("Virtual keys", 30.0),
    ("Allowed providers", 36.0),
    ("Status", 12.0),
    ("Last login (UTC)", 20.0),
];
/// The columns whose cells hold one name a line.
pub(super) const NAME_COLUMNS: [&str; 2] = [COLUMNS[3].0, COLUMNS[5].0];
/// Names and addresses shrink to nearly the same size at the fastest level, in a third of the time.
pub(super) const COMPRESSION: u8 = 1;
/// The sheet, which no program shows, in which the import finds what the export wrote.
pub(crate) const STATE_SHEET: &str = "_import";
/// Characters of it in one cell; programs keep fewer than [`MAX_UNITS`] for certain.
const STATE_CHUNK: usize = 30_000;

/// Writes the sheet row by row.
pub(super) struct XlsxWriter {
    workbook: Workbook,
    next: u32,
    instant: Format,
    lines: Format,
}

impl XlsxWriter {
    /// Begins a sheet that will have `rows` rows below its header.
    pub(super) fn new(rows: usize) -> Result<Self, ExportError> {
        let mut workbook = Workbook::new();
        workbook.set_zip_compression_level(COMPRESSION);
        let heading = Format::new().set_bold().set_align(FormatAlign::Top);
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name("Members")?;
        for (column, (title, width)) in (0u16..).zip(COLUMNS) {
            sheet.set_column_width(column, width)?;
            sheet.write_string_with_format(0, column, title, &heading)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        let last = u32::try_from(rows).unwrap_or(u32::MAX);
        sheet.autofilter(0, 0, last, (COLUMNS.len() - 1) as u16)?;
        Ok(Self {
            workbook,
            next: 1,
            instant: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            lines: Format::new().set_text_wrap(),
        })
    }

    /// Adds rows in the table's order.
    pub(super) fn rows(&mut self, rows: &[MemberRow]) -> Result<(), ExportError> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        for row in rows {
            let at = self.next;
            write_text(sheet, at, 0, &row.name)?;
            write_text(sheet, at, 1, &row.email)?;
            sheet.write_string(at, 2, row.role.label())?;
            write_names(sheet, at, 3, row.teams.iter().map(|team| &team.name), &self.lines)?;
            write_text(
                sheet,
                at,
                4,
                &joined(row.keys.iter().map(key_text), KEY_SEPARATOR),
            )?;
            let providers = row.providers.iter().map(|p| provider_text(&p.name, p.status));
            write_names(sheet, at, 5, providers, &self.lines)?;
            sheet.write_string(at, 6, row.status.label())?;
            if let Some(login) = row.last_login {
                sheet.write_number_with_format(at, 7, serial(login), &self.instant)?;
            }
            self.next += 1;
        }
        Ok(())
    }

    /// Adds what the import needs to know, where nobody sees it.
    pub(super) fn state(&mut self, state: &str) -> Result<(), ExportError> {
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(STATE_SHEET)?;
        sheet.set_very_hidden(true);
        for (row, chunk) in (0..).zip(state.as_bytes().chunks(STATE_CHUNK)) {
            sheet.write_string(row, 0, String::from_utf8_lossy(chunk))?;
        }
        Ok(())
    }

    /// Packs the file.
    pub(super) fn finish(mut self, file: &File) -> Result<(), ExportError> {
        Ok(self.workbook.save_to_writer(file)?)
    }
}

/// Writes one name a line. The cell wraps where there are several, so that each is seen.
fn write_names(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    names: impl ExactSizeIterator<Item = impl AsRef<str>>,
    lines: &Format,
) -> Result<(), ExportError> {
    let several = names.len() > 1;
    let text = joined(names, NAME_SEPARATOR);
    if several {
        sheet.write_string_with_format(row, column, cell_text(&text), lines)?;
        return Ok(());
    }
    write_text(sheet, row, column, &text)
}

/// Writes a text cell. Never a formula, number or link, whatever the text looks like.
pub(super) fn write_text(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
) -> Result<(), ExportError> {
    let text = cell_text(text);
    if let Some(escaped) = escaped_where_the_writer_would_not(&text) {
        // A rich text of one plain run is the one way past the writer's own escaping. Its markup counts towards
        // the writer's limit; a text too long for it takes the ordinary way.
        let plain = Format::default();
        if escaped.len() < MAX_UNITS / 2 {
            sheet.write_rich_string(row, column, &[(&plain, escaped.as_str())])?;
            return Ok(());
        }
    }
    sheet.write_string(row, column, text)?;
    Ok(())
}

/// The spreadsheet writer escapes a text that looks like `_xHHHH_`, and writes a carriage return as `_x000D_`.
/// It does so in two steps, and so misses a look-alike whose last underscore only comes with the return. Such a
/// text is escaped here, whole; others give `None`.
fn escaped_where_the_writer_would_not(text: &str) -> Option<String> {
    let looks = |at: usize, end: fn(u8) -> bool| {
        let bytes = &text.as_bytes()[at..];
        bytes.len() >= 7
            && bytes.starts_with(b"_x")
            && bytes[2..6].iter().all(u8::is_ascii_hexdigit)
            && end(bytes[6])
    };
    if !text.contains('\r') || !text.match_indices("_x").any(|(at, _)| looks(at, |b| b == b'\r')) {
        return None;
    }
    let mut escaped = String::with_capacity(text.len() * 2);
    for (at, c) in text.char_indices() {
        match c {
            '\r' => escaped.push_str("_x000D_"),
            '_' if looks(at, |b| b == b'_' || b == b'\r') => escaped.push_str("_x005F_"),
            c => escaped.push(c),
        }
    }
    Some(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_writer_misses_is_escaped_here() {
        let escaped = |text| escaped_where_the_writer_would_not(text);
        assert_eq!(escaped("_x0041\r").as_deref(), Some("_x005F_x0041_x000D_"));
        assert_eq!(
            escaped("_x000a\r_x0041_").as_deref(),
            Some("_x005F_x000a_x000D__x005F_x0041_")
        );
        assert_eq!(escaped("_x0041_\r"), None);
        assert_eq!(escaped("_x004é\r"), None);
        assert_eq!(escaped("plain\r"), None);
    }
}
