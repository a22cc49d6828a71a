//! What holds for every organization and every file.

use super::world::{World, plan};
use crate::cases::Instant;
use crate::cases::import::{Member, Provider, Start, Team};
use crate::export::{KEY_SEPARATOR, NAME_SEPARATOR, cell_text, joined, key_text, provider_text, serial};
use crate::import::{Cell, Format};
use crate::member::MemberRow;
use crate::provider::ProviderStatus;
use crate::{MemberStatus, Role, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const HEADER: [&str; 8] = [
    "Name",
    "Email",
    "Organization role",
    "Teams",
    "Virtual keys",
    "Allowed providers",
    "Status",
    "Last login (UTC)",
];

fn header() -> Vec<Cell> {
    HEADER
        .iter()
        .map(|title| Cell::Text((*title).to_owned()))
        .collect()
}

/// The row as the export writes it into a sheet.
fn cells(row: &MemberRow) -> Vec<Cell> {
    let text = |text: &str| match text {
        "" => Cell::Blank,
        text => Cell::Text(cell_text(text).into_owned()),
    };
    let providers = row.providers.iter().map(|p| provider_text(&p.name, p.status));
    vec![
        text(&row.name),
        text(&row.email),
        text(row.role.label()),
        text(&joined(row.teams.iter().map(|team| &team.name), NAME_SEPARATOR)),
        text(&joined(row.keys.iter().map(key_text), KEY_SEPARATOR)),
        text(&joined(providers, NAME_SEPARATOR)),
        text(row.status.label()),
        row.last_login.map_or(Cell::Blank, |at| Cell::Number(serial(at))),
    ]
}

/// Names that lists of names can be misread by.
fn names() -> impl Strategy<Value = Vec<String>> {
    let name = "[ABa,; \"=é]{1,5}( \\(inactive\\))?";
    proptest::collection::vec(name, 1..7).prop_map(|names| {
        let mut seen = BTreeSet::new();
        let plain = names.into_iter().map(|name| name.trim().to_owned());
        plain
            .filter(|name| !name.is_empty() && seen.insert(super::super::key(name)))
            .collect()
    })
}

fn office() -> impl Strategy<Value = Start> {
    let member = (
        0..4_usize,
        any::<[bool; 12]>(),
        any::<Option<u32>>(),
        any::<bool>(),
    );
    (
        names(),
        names(),
        proptest::collection::vec(member, 1..6),
        any::<[bool; 6]>(),
    )
        .prop_map(|(providers, teams, people, inactive)| {
            let status = |n: usize| match inactive[n] {
                true => ProviderStatus::Inactive,
                false => ProviderStatus::Active,
            };
            let chosen = |kind: &str, of: usize, has: &[bool]| -> Vec<String> {
                (0..of)
                    .filter(|n| has[*n])
                    .map(|n| format!("{kind}{n}"))
                    .collect()
            };
            let members = people
                .iter()
                .enumerate()
                .map(|(n, (role, has, login, suspended))| {
                    let member = Member {
                        name: format!("Person {n}"),
                        email: format!("m{n}@example.com"),
                        role: Role::ALL[*role],
                        status: if *suspended {
                            MemberStatus::Suspended
                        } else {
                            MemberStatus::Active
                        },
                        providers: chosen("p", providers.len(), &has[..6]),
                        teams: chosen("t", teams.len(), &has[6..]),
                        keys: vec![],
                        last_login: login.map(|second| Instant(Timestamp(i64::from(second) * 1_000))),
                    };
                    (format!("m{n}"), member)
                });
            let mut members: BTreeMap<_, _> = members.collect();
            let owner = Member {
                name: "Owner".to_owned(),
                email: "o@example.com".to_owned(),
                role: Role::Owner,
                status: MemberStatus::Active,
                providers: vec![],
                teams: vec![],
                keys: vec![],
                last_login: None,
            };
            members.insert("o".to_owned(), owner);
            let provider = |(n, name)| {
                (
                    format!("p{n}"),
                    Provider {
                        name,
                        status: status(n),
                    },
                )
            };
            let team = |(n, name)| (format!("t{n}"), Team { name });
            Start {
                now: Instant(Timestamp(0)),
                providers: providers.into_iter().enumerate().map(provider).collect(),
                teams: teams.into_iter().enumerate().map(team).collect(),
                members,
            }
        })
}

/// A list as a careful person writes it.
fn in_quotes(names: &[String]) -> String {
    let quoted = names
        .iter()
        .map(|name| format!("\"{}\"", name.replace('"', "\"\"")));
    joined(quoted, ", ")
}

proptest! {
    #[test]
    fn an_export_that_nobody_edited_plans_nothing(start in office(), marked in any::<bool>()) {
        let mut world = World::new(start);
        let (standing, table) = (world.standing("o"), world.table());
        let rows: Vec<_> = table.rows.values().map(cells).collect();
        let exported = marked.then_some(&table);
        let plan = plan(standing, Format::Spreadsheet, &header(), &rows, &table, exported).unwrap();
        prop_assert_eq!(plan.rows, []);
        prop_assert_eq!(plan.problems, []);
        prop_assert_eq!(plan.notes.len(), usize::from(!marked));
    }

    #[test]
    fn a_plan_does_what_the_cells_say_and_touches_nothing_else(
        start in office(),
        edits in proptest::collection::vec(any::<Option<[bool; 6]>>(), 6),
    ) {
        let mut world = World::new(start);
        let (standing, table) = (world.standing("o"), world.table());
        let before = world.start.members.clone();
        let mut wanted = BTreeMap::new();
        let mut rows = Vec::new();
        for (edit, row) in edits.iter().zip(table.rows.values()) {
            let mut cells = cells(row);
            if let Some(has) = edit {
                let chosen: Vec<_> = world.start.providers.iter().zip(has).filter(|(_, has)| **has).collect();
                let names: Vec<_> = chosen.iter().map(|((_, p), _)| p.name.clone()).collect();
                cells[5] = Cell::Text(in_quotes(&names));
                let labels: BTreeSet<_> = chosen.iter().map(|((label, _), _)| (*label).clone()).collect();
                wanted.insert(world.labels.of(row.id.0), labels);
            }
            rows.push(cells);
        }
        let made = plan(standing, Format::Spreadsheet, &header(), &rows, &table, Some(&table)).unwrap();
        let troubled: BTreeSet<_> = made.problems.iter().map(|problem| problem.row).collect();
        world.apply(&made);
        for (number, row) in (2..).zip(table.rows.values()) {
            let label = world.labels.of(row.id.0);
            let has = |member: &Member| member.providers.iter().cloned().collect::<BTreeSet<_>>();
            let (before, after) = (&before[&label], &world.start.members[&label]);
            prop_assert_eq!((before.role, &before.teams), (after.role, &after.teams));
            match wanted.get(&label) {
                Some(wanted) if !troubled.contains(&number) => prop_assert_eq!(&has(after), wanted),
                _ => prop_assert_eq!(has(after), has(before)),
            }
        }
        let now = world.table();
        let again = plan(standing, Format::Spreadsheet, &header(), &rows, &now, Some(&table)).unwrap();
        prop_assert_eq!(again.rows, []);
    }
}
