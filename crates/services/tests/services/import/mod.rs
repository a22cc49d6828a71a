//! An export, edited and brought back.

mod cases;
mod stage;

use crate::common::{World, fresh_key, invited, on_both};
use domain::import::{Column, Conflicting, NoteKind, Plan, ProblemKind, Refused};
use domain::query::MemberQuery;
use domain::{MemberId, ProviderId, Role, TeamId};
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};
use services::{Actor, Format, ImportOutcome, ImportPlan};
use std::fs::File;
use std::io::Write;

/// An organization with somebody of each kind.
struct Office {
    owner: Actor,
    admin: Actor,
    mia: MemberId,
    openai: ProviderId,
    inc: ProviderId,
    sales: TeamId,
}

async fn office(world: &World, slug: &str) -> Office {
    world.organization(slug).await;
    let owner = world.join(slug, "olga@example.com", Role::Owner).await;
    let admin = world.join(slug, "adam@example.com", Role::Admin).await;
    let mia = world.join(slug, "mia@example.com", Role::Member).await.member;
    let openai = world.provider(&owner, "OpenAI").await.id;
    let inc = world.provider(&owner, "Acme, Inc.").await.id;
    let sales = world
        .services
        .create_team(&owner, "Sales", &fresh_key())
        .await
        .unwrap()
        .id;
    for provider in [openai, inc] {
        world.services.add_provider(&owner, mia, provider).await.unwrap();
    }
    invited(world, &owner, "ivy@example.com", Role::Member).await;
    Office {
        owner,
        admin,
        mia,
        openai,
        inc,
        sales,
    }
}

async fn export(world: &World, actor: &Actor, format: Format) -> File {
    let file = world
        .services
        .export(actor, &MemberQuery::default(), format)
        .await
        .unwrap();
    file.file.reopen().unwrap()
}

async fn exported_json(world: &World, actor: &Actor) -> Value {
    serde_json::from_reader(export(world, actor, Format::Json).await).unwrap()
}

/// The entry of somebody in the exported JSON.
fn entry<'a>(json: &'a mut Value, email: &str) -> &'a mut Value {
    let members = json["members"].as_array_mut().unwrap();
    members
        .iter_mut()
        .find(|member| member["email"] == email)
        .unwrap()
}

async fn plan(world: &World, actor: &Actor, file: File) -> ImportPlan {
    world.services.plan_import(actor, file).await.unwrap().unwrap()
}

async fn plan_json(world: &World, actor: &Actor, json: &Value) -> Plan {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(json.to_string().as_bytes()).unwrap();
    plan(world, actor, file).await.plan
}

/// The exported sheet, saved again by another program with one cell changed.
fn saved_again(file: File, email: &str, column: u16, text: &str) -> File {
    use calamine::{Data, Reader, Xlsx};
    let mut read = Xlsx::new(std::io::BufReader::new(file)).unwrap();
    let mut workbook = Workbook::new();
    for name in read.sheet_names() {
        let sheet = workbook.add_worksheet();
        sheet.set_name(&name).unwrap();
        for (row, cells) in (0_u32..).zip(read.worksheet_range(&name).unwrap().rows()) {
            let is_theirs = cells
                .get(1)
                .is_some_and(|cell| *cell == Data::String(email.to_owned()));
            for (at, cell) in (0_u16..).zip(cells) {
                if is_theirs && at == column {
                    sheet.write_string(row, at, text).unwrap();
                    continue;
                }
                match cell {
                    Data::String(text) => _ = sheet.write_string(row, at, text).unwrap(),
                    Data::DateTime(time) => _ = sheet.write_number(row, at, time.as_f64()).unwrap(),
                    Data::Empty => {}
                    other => panic!("{other:?}"),
                }
            }
        }
    }
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&workbook.save_to_buffer().unwrap()).unwrap();
    file
}

on_both! {
    async fn an_export_as_it_is_plans_nothing(world) {
        let Office { admin, .. } = office(world, "ours").await;
        for format in [Format::Xlsx, Format::Json] {
            let planned = plan(world, &admin, export(world, &admin, format).await).await;
            assert_eq!(planned.plan, Plan::default(), "{format:?}");
            assert_eq!(planned.exported_at, Some(world.services.now()));
        }
    }

    async fn edits_of_the_sheet_and_of_the_json_are_one_plan(world) {
        let Office { admin, mia, openai, sales, .. } = office(world, "ours").await;
        let sheet = export(world, &admin, Format::Xlsx).await;
        let sheet = saved_again(sheet, "mia@example.com", 5, "Acme, Inc., OpenIA");
        let planned = plan(world, &admin, sheet).await.plan;
        assert_eq!((planned.rows.len(), planned.problems.len()), (0, 1), "{planned:?}");
        assert_eq!(planned.problems[0].suggest.as_deref(), Some("OpenAI"));

        let sheet = export(world, &admin, Format::Xlsx).await;
        let sheet = saved_again(sheet, "mia@example.com", 5, "Acme, Inc.");
        let of_sheet = plan(world, &admin, sheet).await.plan;
        let mut json = exported_json(world, &admin).await;
        entry(&mut json, "mia@example.com")["providers"] = json!(["Acme, Inc."]);
        let of_json = plan_json(world, &admin, &json).await;
        for planned in [of_sheet, of_json] {
            let [row] = &planned.rows[..] else { panic!("{planned:?}") };
            assert_eq!((row.member, &row.change.remove_providers[..]), (mia, &[openai][..]));
            assert_eq!(planned.notes, []);
        }

        // The table is what was planned; the file says so, and there is nothing left.
        world.services.remove_provider(&admin, mia, openai).await.unwrap();
        entry(&mut json, "mia@example.com")["teams"] = json!([{ "name": "sales" }]);
        let planned = plan_json(world, &admin, &json).await;
        let [row] = &planned.rows[..] else { panic!("{planned:?}") };
        assert_eq!((&row.change.add_teams[..], row.change.remove_providers.len()), (&[sales][..], 0));
    }

    async fn what_others_changed_since_is_a_conflict_and_what_they_removed_is_gone(world) {
        let Office { owner, admin, mia, openai, inc, .. } = office(world, "ours").await;
        let more = world.provider(&owner, "Mistral").await.id;
        let mut json = exported_json(world, &admin).await;
        entry(&mut json, "mia@example.com")["providers"] = json!(["OpenAI"]);
        entry(&mut json, "ivy@example.com")["role"] = json!("auditor");
        world.services.add_provider(&owner, mia, more).await.unwrap();
        let planned = plan_json(world, &admin, &json).await;
        assert_eq!(planned.rows.len(), 1, "the invitation's role: {planned:?}");
        let wanted = Conflicting::Providers { exported: vec![openai, inc], file: vec![openai], now: vec![openai, inc, more] };
        assert_eq!(planned.conflicts.len(), 1);
        assert_eq!(planned.conflicts[0].cell, wanted);

        world.services.remove(&owner, mia).await.unwrap();
        let planned = plan_json(world, &admin, &json).await;
        let problems: Vec<_> = planned.problems.iter().map(|problem| problem.kind).collect();
        assert_eq!(problems, [ProblemKind::PersonGone]);
    }

    async fn a_state_that_was_tampered_with_or_is_anothers_counts_as_none(world) {
        let ours = office(world, "ours").await;
        let theirs = office(world, "theirs").await;
        let mut json = exported_json(world, &ours.admin).await;
        assert_eq!(plan_json(world, &ours.admin, &json).await.notes, []);
        let notes = |plan: Plan| plan.notes.iter().map(|note| note.kind).collect::<Vec<_>>();
        let none = [NoteKind::NoExportState];
        let state = json["import_state"].as_str().unwrap().to_owned();
        assert_eq!(notes(plan_json(world, &theirs.admin, &json).await), none, "another organization's");
        for at in [0, state.len() / 2, state.len() - 1] {
            let mut changed = state.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            json["import_state"] = json!(String::from_utf8(changed).unwrap());
            assert_eq!(notes(plan_json(world, &ours.admin, &json).await), none, "octet {at}");
        }
        json.as_object_mut().unwrap().remove("import_state");
        assert_eq!(notes(plan_json(world, &ours.admin, &json).await), none);
    }

    async fn an_import_is_undone_like_any_change_of_many(world) {
        let ours = office(world, "ours").await;
        let mut json = exported_json(world, &ours.owner).await;
        entry(&mut json, "mia@example.com")["providers"] = json!([]);
        entry(&mut json, "mia@example.com")["role"] = json!("auditor");
        entry(&mut json, "ivy@example.com")["teams"] = json!(["Sales"]);
        let before = world.services.member(&ours.owner, ours.mia).await.unwrap();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(json.to_string().as_bytes()).unwrap();
        let shown = plan(world, &ours.owner, file.try_clone().unwrap()).await;
        let applied = world.services.apply_import(&ours.owner, file, &shown.fingerprint, &fresh_key()).await.unwrap();
        let ImportOutcome::Applied { change, changed: 2 } = applied else { panic!("{applied:?}") };
        let after = world.services.member(&ours.owner, ours.mia).await.unwrap();
        assert_eq!((after.role, after.providers.len()), (Role::Auditor, 0));
        let undone = world.services.bulk_undo(&ours.owner, change).await.unwrap();
        assert_eq!((undone.restored, undone.kept), (2, 0));
        let again = world.services.member(&ours.owner, ours.mia).await.unwrap();
        assert_eq!((again.role, again.providers), (before.role, before.providers));
    }

    async fn who_may_not_change_members_imports_nothing(world) {
        let Office { owner, .. } = office(world, "ours").await;
        let auditor = world.join("ours", "rita@example.com", Role::Auditor).await;
        let file = export(world, &owner, Format::Json).await;
        let planned = world.services.plan_import(&auditor, file).await.unwrap();
        assert_eq!(planned, Err(Refused::Forbidden));
    }

    async fn nobody_is_planned_above_the_own_role_and_an_owner_stays(world) {
        let Office { owner, admin, .. } = office(world, "ours").await;
        let mut json = exported_json(world, &owner).await;
        entry(&mut json, "olga@example.com")["role"] = json!("member");
        for (actor, kind) in [(&admin, ProblemKind::AboveOwnRole), (&owner, ProblemKind::LastOwner)] {
            let planned = plan_json(world, actor, &json).await;
            assert_eq!(planned.rows, []);
            assert_eq!((planned.problems[0].kind, planned.problems[0].column), (kind, Some(Column::Role)));
        }
    }
}
