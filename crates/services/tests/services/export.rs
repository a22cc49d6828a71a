//! The export is what the table shows.

use crate::common::{NOW, World, invited, on_both};
use domain::query::{MemberQuery, SortColumn};
use domain::{MemberStatus, Role};
use serde_json::Value;
use services::{Actor, ExportFile, Format};

async fn emails(world: &World, actor: &Actor, query: &MemberQuery) -> Vec<String> {
    let mut emails = Vec::new();
    let mut page = 1;
    loop {
        let shown = world
            .services
            .members(actor, &query.clone().with_page(page))
            .await
            .unwrap();
        emails.extend(shown.rows.into_iter().map(|row| row.email));
        if page == shown.pages {
            return emails;
        }
        page += 1;
    }
}

fn exported_json(file: &ExportFile) -> Value {
    serde_json::from_reader(std::fs::File::open(file.file.path()).unwrap()).unwrap()
}

fn exported_xlsx(file: &ExportFile) -> Vec<String> {
    use calamine::{Data, Reader, Xlsx};
    let mut workbook = Xlsx::new(std::io::BufReader::new(
        std::fs::File::open(file.file.path()).unwrap(),
    ))
    .unwrap();
    let sheet = workbook.worksheet_range("Members").unwrap();
    sheet
        .rows()
        .skip(1)
        .map(|row| match &row[1] {
            Data::String(email) => email.clone(),
            other => panic!("{other:?}"),
        })
        .collect()
}

on_both! {
    async fn both_files_hold_the_rows_of_all_pages_in_order(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        for n in 0..110 {
            let role = if n % 3 == 0 { Role::Auditor } else { Role::Member };
            world.join("ours", &format!("p{:03}@example.com", (n * 37) % 110), role).await;
        }
        invited(world, &owner, "invited@example.com", Role::Member).await;
        for query in [
            MemberQuery::default(),
            MemberQuery { sort: SortColumn::Email, descending: true, page: 2, ..MemberQuery::default() },
            MemberQuery { roles: vec![Role::Auditor], sort: SortColumn::Status, ..MemberQuery::default() },
            MemberQuery { search: "p0".into(), ..MemberQuery::default() },
            MemberQuery { statuses: vec![MemberStatus::Invited], ..MemberQuery::default() },
            MemberQuery { search: "nobody at all".into(), ..MemberQuery::default() },
        ] {
            let shown = emails(world, &owner, &query.clone().with_page(1)).await;
            let json = world.services.export(&owner, &query, Format::Json).await.unwrap();
            let read = exported_json(&json);
            let in_json: Vec<_> = read["members"].as_array().unwrap().iter().map(|m| m["email"].as_str().unwrap()).collect();
            assert_eq!(in_json, shown, "{query:?}");
            assert_eq!(read["count"], shown.len());
            let xlsx = world.services.export(&owner, &query, Format::Xlsx).await.unwrap();
            assert_eq!(exported_xlsx(&xlsx), shown, "{query:?}");
            for file in [&json, &xlsx] {
                assert_eq!(file.rows, shown.len() as u64);
                assert_eq!(file.bytes, file.file.path().metadata().unwrap().len());
            }
        }
    }

    async fn the_json_says_what_it_is(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let query = MemberQuery { search: "owner".into(), page: 3, ..MemberQuery::default() };
        let file = world.services.export(&owner, &query, Format::Json).await.unwrap();
        assert_eq!(file.file_name, "gatehouse-ours-members-2026-03-01.json");
        let json = exported_json(&file);
        assert_eq!(json["when"], NOW.rfc3339());
        assert_eq!(json["organization"]["slug"], "ours");
        assert_eq!(json["query"]["search"], "owner");
        assert_eq!(json["query"].get("page"), None);
        let path = file.file.path().to_owned();
        drop(file);
        assert!(!path.exists(), "the file goes with its handle");
        let xlsx = world.services.export(&owner, &query, Format::Xlsx).await.unwrap();
        assert_eq!(xlsx.file_name, "gatehouse-ours-members-2026-03-01.xlsx");
    }
}
