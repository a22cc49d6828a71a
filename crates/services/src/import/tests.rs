//! Files as people and enemies make them.

use super::{Part, ReadError, read};
use crate::export::STATE_SHEET;
use domain::import::{Cell, Format};
use domain::limits::{IMPORT_HELD_BYTES, IMPORT_PARTS};
use rust_xlsxwriter::{ExcelDateTime, Format as Look, Formula, Workbook};
use std::fs::File;
use std::io::{Cursor, Read, Write};
use tokio::sync::mpsc;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// What is read of a file.
#[derive(Debug, PartialEq)]
struct Found {
    format: Format,
    header: Vec<Cell>,
    state: Option<String>,
    rows: Vec<(u32, Vec<Cell>)>,
}

fn found(bytes: &[u8]) -> Result<Found, ReadError> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    of_file(file)
}

fn of_file(file: File) -> Result<Found, ReadError> {
    let (sender, mut parts) = mpsc::channel(1_000);
    read(file, sender)?;
    let Some(Part::Head {
        header,
        state,
        format,
    }) = parts.blocking_recv()
    else {
        panic!("no titles first");
    };
    let mut rows = Vec::new();
    while let Some(part) = parts.blocking_recv() {
        match part {
            Part::Rows(more) => rows.extend(more),
            Part::Head { .. } => panic!("titles twice"),
        }
    }
    Ok(Found {
        format,
        header,
        state,
        rows,
    })
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

#[test]
fn a_sheet_is_read_as_it_stands() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("Notes").unwrap();
    let sheet = workbook.add_worksheet();
    sheet.set_name("Members").unwrap();
    sheet.write(0, 0, "Email").unwrap();
    sheet.write(0, 2, "Teams").unwrap();
    sheet.write(1, 0, "mia@example.com").unwrap();
    sheet.write(1, 1, 4711).unwrap();
    sheet.write(1, 2, "Sales\nSupport").unwrap();
    sheet
        .write(3, 0, Formula::new("LOWER(A2)").set_result("mia@example.com"))
        .unwrap();
    sheet.write(3, 1, true).unwrap();
    let noon = ExcelDateTime::from_ymd(2026, 3, 1)
        .unwrap()
        .and_hms(12, 0, 0)
        .unwrap();
    let look = Look::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    sheet.write_with_format(3, 2, &noon, &look).unwrap();
    let hidden = workbook.add_worksheet();
    hidden.set_name(STATE_SHEET).unwrap().set_very_hidden(true);
    hidden.write(0, 0, "AAA").unwrap();
    hidden.write(1, 0, "BBB").unwrap();
    let found = found(&workbook.save_to_buffer().unwrap()).unwrap();
    assert_eq!(found.format, Format::Spreadsheet);
    assert_eq!(found.header, [text("Email"), Cell::Blank, text("Teams")]);
    assert_eq!(found.state.as_deref(), Some("AAABBB"));
    let wanted = [
        (
            2,
            vec![
                text("mia@example.com"),
                Cell::Number(4711.0),
                text("Sales\nSupport"),
            ],
        ),
        (4, vec![Cell::Formula, text("TRUE"), Cell::Number(46_082.5)]),
    ];
    assert_eq!(found.rows, wanted);
}

#[test]
fn titles_belong_into_the_first_row_of_a_sheet_that_is_shown() {
    let mut workbook = Workbook::new();
    let hidden = workbook.add_worksheet();
    hidden.write(0, 0, "Email").unwrap();
    hidden.set_hidden(true);
    let sheet = workbook.add_worksheet();
    sheet.set_active(true);
    sheet.write(2, 0, "Email").unwrap();
    let found = found(&workbook.save_to_buffer().unwrap()).unwrap();
    assert_eq!((found.header, found.state), (vec![], None));
}

/// A spreadsheet with one part replaced or added.
fn forged(name: &str, content: &[u8]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().write(0, 0, "Email").unwrap();
    let whole = workbook.save_to_buffer().unwrap();
    let mut archive = ZipArchive::new(Cursor::new(whole)).unwrap();
    let mut forged = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let part_name = part.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        if part_name != name {
            forged
                .start_file(part_name, SimpleFileOptions::default())
                .unwrap();
            forged.write_all(&bytes).unwrap();
        }
    }
    forged.start_file(name, SimpleFileOptions::default()).unwrap();
    forged.write_all(content).unwrap();
    forged.finish().unwrap().into_inner()
}

#[test]
fn what_unpacks_to_too_much_is_refused_whatever_it_says_of_itself() {
    let bomb = forged("xl/media/image1.png", &vec![0; IMPORT_HELD_BYTES as usize + 1]);
    assert!(bomb.len() < 1024 * 1024, "it is small as it comes");
    assert!(matches!(found(&bomb), Err(ReadError::TooLarge)));
    // The sizes in the directory and before the part say that it is small.
    let size = (IMPORT_HELD_BYTES as u32 + 1).to_le_bytes();
    let mut lying = bomb.clone();
    let places: Vec<_> = (0..lying.len() - 4)
        .filter(|at| lying[*at..*at + 4] == size)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        lying[at..at + 4].copy_from_slice(&7_u32.to_le_bytes());
    }
    let why = found(&lying).unwrap_err();
    assert!(
        matches!(why, ReadError::TooLarge | ReadError::Zip(_) | ReadError::Io(_)),
        "{why:?}"
    );
}

#[test]
fn a_list_of_texts_does_not_say_for_how_many_there_is_room() {
    for root in [
        "<sst uniqueCount=\"4000000000000\">",
        "<x:sst xmlns:x=\"u\" uniqueCount = '4000000000'>",
    ] {
        let file = forged(
            "xl/sharedStrings.xml",
            format!("<?xml version=\"1.0\"?><!-- a -->{root}").as_bytes(),
        );
        assert!(matches!(found(&file), Err(ReadError::TooLarge)), "{root}");
    }
}

#[test]
fn many_parts_and_macros_are_refused() {
    let mut many = ZipWriter::new(Cursor::new(Vec::new()));
    for n in 0..=IMPORT_PARTS {
        many.start_file(format!("xl/{n}"), SimpleFileOptions::default())
            .unwrap();
    }
    assert!(matches!(
        found(&many.finish().unwrap().into_inner()),
        Err(ReadError::TooLarge)
    ));
    for name in ["xl/vbaProject.bin", "xl/macrosheets/sheet1.xml"] {
        assert!(
            matches!(found(&forged(name, b"")), Err(ReadError::Macros)),
            "{name}"
        );
    }
}

#[test]
fn damaged_and_other_files_are_refused() {
    let whole = forged("xl/other.xml", b"<a/>");
    assert!(found(&whole).is_ok());
    for length in [4, 30, whole.len() / 2, whole.len() - 1] {
        assert!(found(&whole[..length]).is_err(), "{length}");
    }
    let sheet = forged(
        "xl/worksheets/sheet1.xml",
        b"<worksheet><sheetData><row><c r=\"ZZZZZZZ1\"",
    );
    assert!(found(&sheet).is_err());
    let mut other = ZipWriter::new(Cursor::new(Vec::new()));
    other.start_file("a.txt", SimpleFileOptions::default()).unwrap();
    assert!(matches!(
        found(&other.finish().unwrap().into_inner()),
        Err(ReadError::Unrecognized)
    ));
    for bytes in [b"".as_slice(), b"Name;Email\n", b"<html>", b"\0\0\0\0"] {
        assert!(matches!(found(bytes), Err(ReadError::Unrecognized)), "{bytes:?}");
    }
    assert!(matches!(
        found(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        Err(ReadError::OldOrEncrypted)
    ));
}

#[test]
fn a_cell_far_to_the_right_is_not_room_for_all_before_it() {
    let wide = |row: u32| {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        sheet.write(0, 0, "Email").unwrap();
        sheet.write(row, 16_383, "far").unwrap();
        found(&workbook.save_to_buffer().unwrap())
    };
    assert!(matches!(wide(0), Err(ReadError::TooManyColumns)));
    assert_eq!(wide(1_048_575).unwrap().rows, []);
}

#[test]
fn json_is_read_wherever_its_parts_stand() {
    let wanted = Found {
        format: Format::Json,
        header: vec![text("email"), text("teams"), text("role")],
        state: Some("AAA".to_owned()),
        rows: vec![
            (
                1,
                vec![
                    text("a@example.com"),
                    Cell::List(vec![text("Sales"), Cell::Number(1.0)]),
                    Cell::Absent,
                ],
            ),
            (
                2,
                vec![
                    Cell::Absent,
                    Cell::List(vec![Cell::Object(vec![("name".to_owned(), text("X"))])]),
                    Cell::Blank,
                ],
            ),
        ],
    };
    let members = r#""members": [{"email": "a@example.com", "teams": ["Sales", 1]}, {"role": null, "teams": [{"name": "X"}]}]"#;
    let state = r#""import_state": "AAA""#;
    for file in [
        format!("{{{members}, \"when\": [[{{}}]], {state}}}"),
        format!("\u{feff}\n {{{state}, {members}}}"),
    ] {
        assert_eq!(
            found(file.trim_start_matches('\n').as_bytes()).unwrap(),
            wanted,
            "{file}"
        );
    }
}

#[test]
fn json_of_another_shape_is_refused() {
    let deep = format!(
        "{{\"members\": [{{\"email\": {}{}}}]}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let long = format!("{{\"members\": [{{\"teams\": [{}1]}}]}}", "1,".repeat(20_000));
    let wide: String = (0..200).map(|n| format!("\"k{n}\": 1, ")).collect();
    let wide = format!("{{\"members\": [{{{wide}\"email\": 1}}]}}");
    for (file, why) in [
        ("[]", "expected an object"),
        ("{}", "no list of members"),
        (r#"{"members": {}}"#, "a list of members"),
        (r#"{"members": [1]}"#, "expected a member"),
        (r#"{"members": [], "members": []}"#, "two lists"),
        (r#"{"members": [{"email": 1, "email": 2}]}"#, "email twice"),
        (r#"{"members": []} x"#, "trailing"),
        (r#"{"members": [{"email": "a"#, "EOF"),
        (r#"{"import_state": 1, "members": []}"#, "expected a string"),
        (&deep, "recursion limit"),
        (&long, "too many values"),
    ] {
        match found(file.as_bytes()) {
            Err(ReadError::Shape(found)) => assert!(found.contains(why), "{found}, not {why}"),
            other => panic!("{file:.40}: {other:?}"),
        }
    }
    assert!(matches!(found(wide.as_bytes()), Err(ReadError::TooManyColumns)));
}
