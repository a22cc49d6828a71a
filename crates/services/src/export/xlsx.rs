//! The export as a spreadsheet: text stays text, dates are dates, and rows go to disk as they come.

use super::ExportError;
use domain::Timestamp;
use domain::member::{KeyRef, KeyState, MemberRow};
use domain::provider::{ProviderRef, ProviderStatus};
use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet};
use std::borrow::Cow;
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
/// Between the names in a cell. No name holds a line break, while one may hold commas, semicolons and quotes: so each line
/// is one name.
pub(super) const NAME_SEPARATOR: &str = "\n";
/// Between the keys in a cell, each of which ends with its last four characters in brackets.
const KEY_SEPARATOR: &str = ", ";
/// The columns whose cells hold one name a line.
pub(super) const NAME_COLUMNS: [&str; 2] = [COLUMNS[3].0, COLUMNS[5].0];
/// Names and addresses shrink to nearly the same size at the fastest level, in a third of the time.
const COMPRESSION: u8 = 1;
/// Days from the spreadsheet's day zero to 1970-01-01.
const DAYS_TO_1970: f64 = 25_569.0;

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
            let teams = row.teams.iter().map(|team| Cow::from(&team.name));
            write_names(sheet, at, 3, teams, &self.lines)?;
            write_text(sheet, at, 4, &list(row.keys.iter().map(key_text), KEY_SEPARATOR))?;
            write_names(sheet, at, 5, row.providers.iter().map(provider_text), &self.lines)?;
            sheet.write_string(at, 6, row.status.label())?;
            if let Some(login) = row.last_login {
                sheet.write_number_with_format(at, 7, serial(login), &self.instant)?;
            }
            self.next += 1;
        }
        Ok(())
    }

    /// Packs the file.
    pub(super) fn finish(mut self, file: &File) -> Result<(), ExportError> {
        Ok(self.workbook.save_to_writer(file)?)
    }
}

/// A key as the table shows it.
fn key_text(key: &KeyRef) -> Cow<'_, str> {
    match key.state {
        KeyState::Active => format!("{} (…{})", key.name, key.last_four),
        state => format!(
            "{} (…{}, {})",
            key.name,
            key.last_four,
            state.label().to_lowercase()
        ),
    }
    .into()
}

/// A provider as the table shows it.
fn provider_text(provider: &ProviderRef) -> Cow<'_, str> {
    match provider.status {
        ProviderStatus::Active => Cow::from(&provider.name),
        ProviderStatus::Inactive => format!("{} (inactive)", provider.name).into(),
    }
}

/// An instant as spreadsheets count it: days and a fraction.
fn serial(at: Timestamp) -> f64 {
    at.0.div_euclid(1_000) as f64 / 86_400.0 + DAYS_TO_1970
}

fn list<'a>(mut parts: impl Iterator<Item = Cow<'a, str>>, separator: &str) -> String {
    let mut text = parts.next().map(Cow::into_owned).unwrap_or_default();
    for part in parts {
        text.push_str(separator);
        text.push_str(&part);
    }
    text
}

/// Writes one name a line. The cell wraps where there are several, so that each is seen.
fn write_names<'a>(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    names: impl ExactSizeIterator<Item = Cow<'a, str>>,
    lines: &Format,
) -> Result<(), ExportError> {
    let several = names.len() > 1;
    let text = list(names, NAME_SEPARATOR);
    if several {
        sheet.write_string_with_format(row, column, xlsx_text(&text), lines)?;
        return Ok(());
    }
    write_text(sheet, row, column, &text)
}

/// Writes a text cell. Never a formula, number or link, whatever the text looks like.
fn write_text(sheet: &mut Worksheet, row: u32, column: u16, text: &str) -> Result<(), ExportError> {
    let text = xlsx_text(text);
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

/// The text as a cell can hold it: U+FFFD for each character that XML cannot, and no longer than a cell may be.
pub(crate) fn xlsx_text(text: &str) -> Cow<'_, str> {
    let mut text = Cow::from(text);
    if text.chars().any(not_in_xml) {
        text = text
            .chars()
            .map(|c| if not_in_xml(c) { '\u{FFFD}' } else { c })
            .collect();
    }
    // A UTF-8 text never has more UTF-16 units than bytes, so most are not counted.
    if text.len() > MAX_UNITS && text.encode_utf16().count() > MAX_UNITS {
        let mut units = 0;
        let end = text
            .char_indices()
            .find(|(_, c)| {
                units += c.len_utf16();
                units > MAX_UNITS - 1
            })
            .map_or(text.len(), |(at, _)| at);
        text = format!("{}…", &text[..end]).into();
    }
    text
}

fn not_in_xml(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
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
    fn long_texts_end_in_an_ellipsis_and_never_within_a_character() {
        let rocket = "🚀".repeat(16_384);
        let cut = xlsx_text(&rocket);
        assert_eq!(cut.encode_utf16().count(), 32_767);
        assert!(cut.ends_with("🚀…"));
        let exact = "x".repeat(32_767);
        assert_eq!(xlsx_text(&exact), exact);
        let odd = format!("x{rocket}");
        assert_eq!(xlsx_text(&odd).encode_utf16().count(), 32_766);
    }

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

    #[test]
    fn instants_are_days() {
        assert_eq!(serial(Timestamp(0)), 25_569.0);
        assert_eq!(serial(Timestamp(1_772_366_400_000)), 46_082.5);
    }
}
