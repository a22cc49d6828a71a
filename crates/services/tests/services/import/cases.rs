//! Every case of `cases/import.json`, with real files.

use super::stage::Stage;
use crate::common::{World, fresh_key, on_both};
use domain::Timestamp;
use domain::cases::import::{Applied, Case, Format as Kind, Plan, Rest};
use domain::import::Cell;
use domain::limits::INVITATION_LIFETIME;
use domain::query::MemberQuery;
use rust_xlsxwriter::{Formula, Workbook};
use serde_json::{Map, Value, json};
use services::{ExportFile, Format, ImportOutcome};
use std::fs::File;
use std::io::{BufReader, Write};

/// What a real export says of itself.
fn state_of(file: &ExportFile, format: Kind) -> Vec<String> {
    let file = file.file.reopen().unwrap();
    match format {
        Kind::Json => {
            let json: Value = serde_json::from_reader(file).unwrap();
            vec![json["import_state"].as_str().unwrap().to_owned()]
        }
        Kind::Xlsx => {
            use calamine::{Reader, Xlsx};
            let mut workbook = Xlsx::new(BufReader::new(file)).unwrap();
            let chunks = workbook.worksheet_range("_import").unwrap();
            chunks.rows().map(|row| row[0].to_string()).collect()
        }
    }
}

/// The case's cells as a file. Invitations of the cases never end, those of the product do: at `until`.
fn written(case: &Case, state: Option<&[String]>, until: Timestamp) -> File {
    let (header, mut rows) = (case.titles(), case.all_rows());
    let ends = header
        .iter()
        .position(|title| *title == Cell::Text("expires_at".to_owned()));
    for row in rows
        .iter_mut()
        .filter(|row| row.contains(&Cell::Text("invited".to_owned())))
    {
        if let Some(end) = ends.and_then(|at| row.get_mut(at)) {
            *end = Cell::Text(until.rfc3339());
        }
    }
    let bytes = match case.format {
        Kind::Xlsx => sheet(&header, &rows, state),
        Kind::Json => object(&header, &rows, state).to_string().into_bytes(),
    };
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    file
}

fn sheet(header: &[Cell], rows: &[Vec<Cell>], state: Option<&[String]>) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet_with_constant_memory().unwrap();
    sheet.set_name("Members").unwrap();
    for (row, cells) in (0_u32..).zip(std::iter::once(header).chain(rows.iter().map(Vec::as_slice))) {
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Blank => {}
                Cell::Text(text) => _ = sheet.write_string(row, column, text).unwrap(),
                Cell::Number(number) => _ = sheet.write_number(row, column, *number).unwrap(),
                Cell::Formula => {
                    let formula = Formula::new("A1").set_result("a value");
                    sheet.write_formula(row, column, formula).unwrap();
                }
                other => panic!("{other:?} in a sheet"),
            }
        }
    }
    if let Some(state) = state {
        let sheet = workbook.add_worksheet();
        sheet.set_name("_import").unwrap().set_very_hidden(true);
        for (row, chunk) in (0..).zip(state) {
            sheet.write_string(row, 0, chunk).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

fn object(header: &[Cell], rows: &[Vec<Cell>], state: Option<&[String]>) -> Value {
    let member = |cells: &Vec<Cell>| {
        let named = header
            .iter()
            .zip(cells)
            .filter(|(_, cell)| **cell != Cell::Absent);
        let entry = |(title, cell): (&Cell, &Cell)| match title {
            Cell::Text(title) => (title.clone(), value(cell)),
            other => panic!("{other:?} as a key"),
        };
        Value::Object(named.map(entry).collect::<Map<_, _>>())
    };
    let mut whole = json!({ "members": rows.iter().map(member).collect::<Vec<_>>() });
    if let Some(state) = state {
        whole["import_state"] = json!(state.concat());
    }
    whole
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Blank => Value::Null,
        Cell::Text(text) => json!(text),
        Cell::Number(number) => json!(number),
        Cell::Truth(truth) => json!(truth),
        Cell::List(entries) => entries.iter().map(value).collect(),
        Cell::Object(entries) => {
            let entry = |(key, cell): &(String, Cell)| (key.clone(), value(cell));
            Value::Object(entries.iter().map(entry).collect())
        }
        Cell::Absent | Cell::Formula => panic!("{cell:?} in JSON"),
    }
}

async fn play(world: &World, id: &str, case: &Case, rest: &Rest) {
    let start = &rest.starts[&case.start];
    let mut stage = Stage::build(world, id, start).await;
    let owner = stage.actor(world, start, "o1").await;
    let format = match case.format {
        Kind::Xlsx => Format::Xlsx,
        Kind::Json => Format::Json,
    };
    let export = world
        .services
        .export(&owner, &MemberQuery::default(), format)
        .await
        .unwrap();
    let state = state_of(&export, case.format);
    for edit in &case.since {
        stage.edit(world, edit).await;
    }
    let by = stage.actor(world, start, &case.by).await;
    let until = start.now.0.plus(INVITATION_LIFETIME);
    let file = written(case, case.marker.then_some(&state[..]), until);
    let planned = world
        .services
        .plan_import(&by, file.try_clone().unwrap())
        .await
        .unwrap();
    let found = planned.as_ref().map(|planned| &planned.plan);
    stage.in_labels(|labels| case.expect.compare(id, found, labels));
    for edit in &case.meanwhile {
        stage.edit(world, edit).await;
    }
    let mut wanted = stage.facts(world).await;
    let Ok(shown) = planned else { return };
    if shown.plan.rows.is_empty() {
        return;
    }
    let fresh = fresh_key();
    let apply = |file: &File| {
        let file = file.try_clone().unwrap();
        world.services.apply_import(&by, file, &shown.fingerprint, &fresh)
    };
    let outcome = apply(&file).await.unwrap();
    match (&case.apply, &outcome) {
        (Some(Applied::PlanChanged { plan }), ImportOutcome::PlanChanged(again)) => {
            let found = stage.in_labels(|labels| Plan::of(&again.plan, labels));
            assert_eq!(found.in_order(), plan.clone().in_order(), "{id}");
        }
        (Some(Applied::Applied { changed: wanted }), ImportOutcome::Applied { changed, .. }) => {
            assert_eq!(*changed as usize, *wanted, "{id}");
        }
        (None, ImportOutcome::Applied { .. }) => {}
        (wanted, found) => panic!("{id}: {found:?}, not {wanted:?}"),
    }
    for (label, changed) in &case.then.members {
        let facts = wanted.get_mut(label).unwrap();
        facts.role = changed.role.unwrap_or(facts.role);
        if let Some(providers) = &changed.providers {
            facts.providers = providers.iter().cloned().collect();
        }
        if let Some(teams) = &changed.teams {
            facts.teams = teams.iter().cloned().collect();
        }
    }
    assert_eq!(stage.facts(world).await, wanted, "{id}");
    // Whoever lowered their own role may not ask again.
    if matches!(outcome, ImportOutcome::Applied { .. })
        && stage.actor(world, start, &case.by).await.role == by.role
    {
        assert_eq!(apply(&file).await.unwrap(), outcome, "{id}: a retry");
        let again = world.services.plan_import(&by, file).await.unwrap().unwrap();
        assert_eq!(again.plan.rows, [], "{id}: the same file once more");
    }
}

on_both! {
    async fn cases_of_import(world) {
        let (rest, cases) = domain::cases::file::<Case>();
        for (id, case) in cases {
            play(world, &id, &case, &rest).await;
        }
    }
}
