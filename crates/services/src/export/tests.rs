//! Files written by the real writers and read back by another library.

use super::{Format, Heading, Organization, Part, Spreadsheet, write};
use calamine::{Data, Reader, Xlsx, open_workbook};
use domain::cases::each;
use domain::cases::export::Case;
use domain::member::{KeyRef, KeyState, MemberRow};
use domain::provider::{ApiType, ProviderRef, ProviderStatus};
use domain::team::TeamRef;
use domain::{MemberId, MemberStatus, ProviderId, Role, TeamId, Timestamp};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::sync::mpsc;

/// A row that holds a text wherever somebody could have typed it.
fn row(text: &str) -> MemberRow {
    MemberRow {
        id: MemberId(1),
        version: 1,
        name: text.to_owned(),
        email: "ana@example.com".to_owned(),
        role: Role::Member,
        status: MemberStatus::Active,
        teams: vec![TeamRef {
            id: TeamId(1),
            name: text.to_owned(),
        }],
        keys: vec![KeyRef {
            name: text.to_owned(),
            last_four: "wxyz".to_owned(),
            state: KeyState::Active,
        }],
        providers: vec![ProviderRef {
            id: ProviderId(1),
            name: text.to_owned(),
            status: ProviderStatus::Active,
            api_type: ApiType::OpenAi,
        }],
        allowed: Vec::new(),
        last_login: Some(Timestamp(1_772_366_400_999)),
        expires_at: None,
        mail: None,
    }
}

fn written(format: Format, rows: Vec<MemberRow>) -> NamedTempFile {
    let file = NamedTempFile::with_suffix(".xlsx").unwrap();
    let heading = Heading {
        when: "2026-03-01T12:00:00Z".to_owned(),
        organization: Organization {
            slug: "ours".to_owned(),
            name: "Ours".to_owned(),
        },
        query: json!({}),
        count: rows.len(),
        spreadsheet: Spreadsheet::HERE,
    };
    let (sender, batches) = mpsc::channel(rows.len().max(1));
    // In batches of odd sizes, as if they came from a database.
    for batch in rows.chunks(7) {
        sender.try_send(Part::Rows(batch.to_vec())).unwrap();
    }
    drop(sender);
    write(format, file.reopen().unwrap(), &heading, batches).unwrap();
    file
}

fn sheet(file: &NamedTempFile) -> calamine::Range<Data> {
    let mut workbook: Xlsx<_> = open_workbook(file.path()).unwrap();
    assert!(
        workbook.worksheet_formula("Members").unwrap().is_empty(),
        "a formula"
    );
    workbook.worksheet_range("Members").unwrap()
}

fn json_of(file: &NamedTempFile) -> Value {
    serde_json::from_reader(file.reopen().unwrap()).unwrap()
}

/// A text cell; a blank one counts as empty, anything else is none.
fn text_of(cell: Option<&Data>) -> String {
    match cell {
        Some(Data::String(text)) => text.clone(),
        None | Some(Data::Empty) => String::new(),
        Some(other) => panic!("no text cell: {other:?}"),
    }
}

fn check(texts: &[(String, String, String, String)]) {
    let rows: Vec<_> = texts.iter().map(|(_, text, ..)| row(text)).collect();
    let (xlsx, json) = (written(Format::Xlsx, rows.clone()), written(Format::Json, rows));
    let (sheet, json) = (sheet(&xlsx), json_of(&json));
    assert_eq!(json["count"], texts.len());
    for (n, (id, _, in_xlsx, in_json)) in texts.iter().enumerate() {
        // Name, teams, allowed providers.
        for column in [0, 3, 5] {
            let found = text_of(sheet.get((n + 1, column)));
            assert!(
                found == *in_xlsx,
                "{id} in column {column}: {found:?}, not {in_xlsx:?}"
            );
        }
        let member = &json["members"][n];
        for found in [
            &member["name"],
            &member["teams"][0],
            &member["providers"][0]["name"],
            &member["keys"][0]["name"],
        ] {
            assert!(found == in_json.as_str(), "{id}: {found}, not {in_json:?}");
        }
    }
}

#[test]
fn cases_of_export_strings() {
    let texts: Vec<_> = each::<Case>()
        .into_iter()
        .map(|(id, Case { value, expect })| (id, value.joined(), expect.xlsx.joined(), expect.json.joined()))
        .collect();
    check(&texts);
}

#[test]
fn escapes_that_the_spreadsheet_writer_misses_come_back_too() {
    let texts: Vec<_> = [
        "_x0041\r",
        "a_x000D\r\n_x0041_",
        "_x005F_x0041\r<&>",
        " _x0041\r ",
        "_x0041_x0041\r",
    ]
    .map(|text| (text.to_owned(), text.to_owned(), text.to_owned(), text.to_owned()))
    .to_vec();
    check(&texts);
}

#[test]
fn the_sheet_is_a_table_with_real_dates() {
    let mut second = row("B");
    second.last_login = None;
    second.teams.push(TeamRef {
        id: TeamId(2),
        name: "Z".to_owned(),
    });
    second.providers[0].status = ProviderStatus::Inactive;
    second.keys[0].state = KeyState::Expired;
    let file = written(Format::Xlsx, vec![row("A"), second]);
    let sheet = sheet(&file);
    let heading: Vec<_> = (0..8).map(|column| text_of(sheet.get((0, column)))).collect();
    assert_eq!(
        heading,
        [
            "Name",
            "Email",
            "Organization role",
            "Teams",
            "Virtual keys",
            "Allowed providers",
            "Status",
            "Last login (UTC)"
        ]
    );
    let Some(Data::DateTime(login)) = sheet.get((1, 7)) else {
        panic!("{:?}", sheet.get((1, 7)))
    };
    assert_eq!(login.as_f64(), 46_082.5);
    let texts: Vec<_> = (0..8).map(|column| text_of(sheet.get((2, column)))).collect();
    assert_eq!(
        texts,
        [
            "B",
            "ana@example.com",
            "Member",
            "B\nZ",
            "B (…wxyz, expired)",
            "B (inactive)",
            "Active",
            ""
        ]
    );
}

#[test]
fn names_with_separators_in_them_can_be_read_back_from_a_cell() {
    let names = [
        "Sales, EMEA",
        "R&D; internal",
        "\"Quoted\"",
        "=1+1",
        "Sales",
        "EMEA",
    ];
    let mut member = row("A");
    member.teams = (0..)
        .zip(names)
        .map(|(id, name)| TeamRef {
            id: TeamId(id),
            name: name.to_owned(),
        })
        .collect();
    member.providers = (0..)
        .zip(names)
        .map(|(id, name)| ProviderRef {
            id: ProviderId(id),
            name: name.to_owned(),
            status: ProviderStatus::Active,
            api_type: ApiType::OpenAi,
        })
        .collect();
    let json = json_of(&written(Format::Json, vec![member.clone()]));
    let separator = json["spreadsheet"]["name_separator"].as_str().unwrap();
    let sheet = sheet(&written(Format::Xlsx, vec![member]));
    for column in json["spreadsheet"]["columns"].as_array().unwrap() {
        let at = (0..8).find(|at| text_of(sheet.get((0, *at))) == *column).unwrap();
        let cell = text_of(sheet.get((1, at)));
        assert_eq!(cell.split(separator).collect::<Vec<_>>(), names, "{column}");
    }
    assert_eq!(json["members"][0]["teams"], json!(names));
}

#[test]
fn an_empty_export_is_a_whole_file() {
    assert_eq!(sheet(&written(Format::Xlsx, vec![])).height(), 1);
    let json = json_of(&written(Format::Json, vec![]));
    assert_eq!((&json["count"], &json["members"]), (&json!(0), &json!([])));
    assert_eq!(json["organization"]["slug"], "ours");
}
