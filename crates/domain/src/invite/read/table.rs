//! Rows of cells, as spreadsheets and CSV files have them.

use super::{LineCount, Person, Reading, name};
use crate::invite::parse::pieces;
use crate::role::Role;
use crate::search::fold;
use crate::text::is_line_break;
use std::borrow::Cow;

/// What may part cells. A tab is nothing else; the others also part the entries of a list.
const DELIMITERS: [char; 4] = ['\t', ';', ',', '|'];

const NAME: &[&str] = &[
    "name",
    "full name",
    "display name",
    "displayname",
    "person",
    "employee",
    "user",
];
const GIVEN: &[&str] = &[
    "first name",
    "firstname",
    "first",
    "given name",
    "givenname",
    "vorname",
];
const FAMILY: &[&str] = &[
    "last name",
    "lastname",
    "last",
    "surname",
    "family name",
    "familyname",
    "nachname",
];
const EMAIL: &[&str] = &[
    "email",
    "e-mail",
    "mail",
    "email address",
    "e-mail address",
    "address",
    "upn",
    "user principal name",
];

struct Cell<'a> {
    text: Cow<'a, str>,
    /// It was in double quotes.
    is_quoted: bool,
}

impl Cell<'_> {
    fn has_address(&self) -> bool {
        self.text.contains('@')
    }

    fn is_word(&self) -> bool {
        !self.text.trim().is_empty() && !self.has_address()
    }
}

struct Row<'a> {
    line: &'a str,
    cells: Vec<Cell<'a>>,
}

/// The people of a table; `None` when the text is none.
pub(super) fn read(text: &str) -> Option<Reading> {
    DELIMITERS.into_iter().find_map(|delimiter| {
        let rows = text.contains(delimiter).then(|| rows(text, delimiter))?;
        is_table(&rows, delimiter).then(|| people(&rows))
    })
}

/// Whether cells are meant. Where the delimiter is also a list's separator, there must be rows of one address and
/// something else in each, or a text in quotes as only CSV has it.
fn is_table(rows: &[Row<'_>], delimiter: char) -> bool {
    let with_both = |row: &&Row<'_>| {
        let mut addresses = row.cells.iter().filter(|cell| cell.has_address());
        let first = addresses.next();
        let is_one = delimiter == '\t'
            || addresses.next().is_none() && first.is_some_and(|cell| !cell.text.trim().contains(['<', ' ']));
        first.is_some() && is_one && row.cells.iter().any(Cell::is_word)
    };
    let both: Vec<&Row<'_>> = rows.iter().filter(with_both).collect();
    let is_csv = || {
        let mut cells = both.iter().flat_map(|row| &row.cells);
        cells.any(|cell| cell.is_quoted && cell.is_word())
    };
    match delimiter {
        '\t' => !both.is_empty(),
        _ => both.len() > 1 && 2 * both.len() >= rows.len() || is_csv(),
    }
}

fn people(rows: &[Row<'_>]) -> Reading {
    let columns = rows.first().and_then(Columns::of);
    let body = if columns.is_some() { &rows[1..] } else { rows };
    let columns = columns.unwrap_or_default();
    let mut lines = LineCount::default();
    let mut people = Vec::new();
    for row in body {
        let before = people.len();
        for cell in row.cells.iter().filter(|cell| cell.has_address()) {
            let with_at = pieces(&cell.text)
                .into_iter()
                .filter(|piece| piece.text.contains('@'));
            people.extend(with_at.map(Person::of));
        }
        lines.count(row.line, people.len() > before);
        // A row that lists several addresses names nobody.
        if let [person] = &mut people[before..]
            && person.name.is_empty()
        {
            person.name = columns.name(row);
        }
    }
    Reading {
        people,
        lines: Some(lines),
    }
}

/// Where names stand, as the headings say.
#[derive(Default)]
struct Columns {
    name: Option<usize>,
    given: Option<usize>,
    family: Option<usize>,
}

impl Columns {
    /// From the row of headings; `None` when it is a row like the others.
    fn of(row: &Row<'_>) -> Option<Self> {
        if row.cells.iter().any(Cell::has_address) {
            return None;
        }
        let headings: Vec<String> = row.cells.iter().map(|cell| fold(cell.text.trim())).collect();
        let find = |words: &[&str]| {
            headings
                .iter()
                .position(|heading| words.contains(&heading.as_str()))
        };
        let columns = Self {
            name: find(NAME),
            given: find(GIVEN),
            family: find(FAMILY),
        };
        let is_any = find(EMAIL).or(columns.name).or(columns.given).or(columns.family);
        is_any.map(|_| columns)
    }

    fn name(&self, row: &Row<'_>) -> String {
        let cell = |at: Option<usize>| {
            at.and_then(|at| row.cells.get(at))
                .map_or("", |cell| cell.text.trim())
        };
        if self.given.is_some() || self.family.is_some() {
            return name(&format!("{} {}", cell(self.given), cell(self.family)));
        }
        if self.name.is_some() {
            return name(cell(self.name));
        }
        guessed(row)
    }
}

/// The name in a row without headings: before the address or else after it, in one cell or in two of a word each.
fn guessed(row: &Row<'_>) -> String {
    let at = row
        .cells
        .iter()
        .position(Cell::has_address)
        .unwrap_or(row.cells.len());
    let names = |cells: &[Cell<'_>]| -> Vec<String> {
        cells
            .iter()
            .filter(|cell| cell.is_word() && !is_role(&cell.text) && !cell.text.contains(char::is_numeric))
            .map(|cell| name(&cell.text))
            .filter(|name| !name.is_empty())
            .collect()
    };
    let (before, after) = row.cells.split_at(at);
    let mut found = names(before);
    if found.is_empty() {
        found = names(after);
        found.truncate(1);
    }
    if let Some(whole) = found.iter().find(|name| name.contains(' ')) {
        return whole.clone();
    }
    match found.as_slice() {
        [given, family] => name(&format!("{given} {family}")),
        [first, ..] => first.clone(),
        [] => String::new(),
    }
}

fn is_role(text: &str) -> bool {
    let text = fold(text.trim());
    Role::ALL.iter().any(|role| fold(role.label()) == text)
}

fn rows(text: &str, delimiter: char) -> Vec<Row<'_>> {
    let mut reader = Reader {
        text,
        at: 0,
        delimiter,
        unquoted: false,
    };
    let mut rows = Vec::new();
    while reader.at < text.len() {
        let row = reader.row();
        if row.cells.iter().any(|cell| !cell.text.trim().is_empty()) {
            rows.push(row);
        }
    }
    rows
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    delimiter: char,
    /// No quote is closed from here on. Remembered, since looking for each one's partner would take quadratic time.
    unquoted: bool,
}

impl<'a> Reader<'a> {
    /// A row and the line break after it.
    fn row(&mut self) -> Row<'a> {
        let start = self.at;
        let mut cells = Vec::new();
        loop {
            cells.push(self.cell());
            let next = self.text[self.at..].chars().next();
            let line = self.text[start..self.at].trim();
            self.at += next.map_or(0, char::len_utf8);
            if next != Some(self.delimiter) {
                return Row { line, cells };
            }
        }
    }

    /// A cell, up to the delimiter or line break after it.
    fn cell(&mut self) -> Cell<'a> {
        let delimiter = self.delimiter;
        let ends = |c: char| c == delimiter || is_line_break(c);
        let rest = &self.text[self.at..];
        let lead = rest.len() - rest.trim_start_matches(' ').len();
        if rest[lead..].starts_with('"')
            && !self.unquoted
            && let Some((inside, length)) = self.quoted(&rest[lead + 1..])
        {
            let after = rest[lead + 1 + length..].trim_start_matches(' ');
            if after.is_empty() || after.starts_with(ends) {
                self.at = self.text.len() - after.len();
                return Cell {
                    text: inside,
                    is_quoted: true,
                };
            }
        }
        let length = rest.find(ends).unwrap_or(rest.len());
        self.at += length;
        Cell {
            text: Cow::Borrowed(&rest[..length]),
            is_quoted: false,
        }
    }

    /// The text up to the closing quote, and how long it is with that. Two quotes inside stand for one.
    fn quoted(&mut self, text: &'a str) -> Option<(Cow<'a, str>, usize)> {
        let mut from = 0;
        while let Some(found) = text[from..].find('"') {
            let close = from + found;
            if text[close + 1..].starts_with('"') {
                from = close + 2;
                continue;
            }
            let inside = &text[..close];
            let inside = if inside.contains('"') {
                Cow::Owned(inside.replace("\"\"", "\""))
            } else {
                Cow::Borrowed(inside)
            };
            return Some((inside, close + 1));
        }
        self.unquoted = true;
        None
    }
}
