//! The cases of `bulk.json` in the plain world, and what holds of any change.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod model;
mod properties;

use domain::bulk::*;
use domain::cases::bulk::{self as case, Applied, Case, Select, Shown, Start, Step, Undone};
use domain::cases::file;
use domain::limits::BULK_LISTED;
use domain::provider::ProviderStatus;
use domain::query::MemberQuery;
use domain::{MemberId, MemberStatus, Problem, ProviderId, Role, TeamId, Timestamp};
use model::{Bulk, Member, Provider, Team, World};
use std::collections::{BTreeMap, BTreeSet};

/// Labels are the ids' texts, save those of members.
struct Labels(Vec<String>);

impl Labels {
    fn member(&mut self, label: &str) -> MemberId {
        let place = self.0.iter().position(|known| known == label).unwrap_or_else(|| {
            self.0.push(label.to_owned());
            self.0.len() - 1
        });
        MemberId(i64::try_from(place).unwrap())
    }

    fn of(&self, member: MemberId) -> String {
        self.0[usize::try_from(member.0).unwrap()].clone()
    }
}

fn number(label: &str) -> i64 {
    label[1..].parse().unwrap()
}

fn provider(label: &str) -> ProviderId {
    ProviderId(number(label))
}

fn team(label: &str) -> TeamId {
    TeamId(number(label))
}

fn world_of(start: &Start, labels: &mut Labels) -> World {
    let mut world = World::new(start.now.0);
    for (label, it) in &start.providers {
        let it = Provider {
            name: it.name.clone(),
            status: Some(it.status),
        };
        world.providers.insert(provider(label), it);
    }
    for (label, it) in &start.teams {
        let it = Team {
            name: it.name.clone(),
            carries: it.providers.iter().map(|label| provider(label)).collect(),
            deleted: false,
        };
        world.teams.insert(team(label), it);
    }
    for (label, row) in &start.members {
        world.members.insert(labels.member(label), row_of(row));
    }
    world
}

fn row_of(row: &case::Member) -> Member {
    let until = |label: &String| row.until.get(label).map(|end| end.0);
    Member {
        name: row.name.clone(),
        email: row.email.clone(),
        role: row.role,
        status: row.status,
        providers: row
            .providers
            .iter()
            .map(|label| (provider(label), until(label)))
            .collect(),
        teams: row.teams.iter().map(|label| team(label)).collect(),
        keys: row.keys,
    }
}

fn change_of(change: &case::Change) -> BulkChange {
    let providers = |labels: &[String]| labels.iter().map(|label| provider(label)).collect();
    let teams = |labels: &[String]| labels.iter().map(|label| team(label)).collect();
    let actions = [
        (change.suspend, RowAction::Suspend),
        (change.reactivate, RowAction::Reactivate),
        (change.remove, RowAction::Remove),
        (change.resend, RowAction::Resend),
    ];
    let mut actions = actions.into_iter().filter(|(asked, _)| *asked);
    let action = actions.next().map(|(_, action)| action);
    assert!(actions.next().is_none(), "one action at a time");
    BulkChange {
        add_providers: providers(&change.add_providers),
        until: None,
        remove_providers: providers(&change.remove_providers),
        role: change.set_role,
        add_teams: teams(&change.add_teams),
        remove_teams: teams(&change.remove_teams),
        action,
        ..BulkChange::default()
    }
}

fn words(parts: &[Part]) -> BTreeSet<String> {
    parts.iter().map(Part::to_string).collect()
}

fn reasons<W: ToString>(parts: &[(Part, W)]) -> BTreeMap<String, String> {
    parts
        .iter()
        .map(|(part, why)| (part.to_string(), why.to_string()))
        .collect()
}

fn expected<W: ToString>(parts: &BTreeMap<case::Part, W>) -> BTreeMap<String, String> {
    parts
        .iter()
        .map(|(part, why)| (part.0.clone(), why.to_string()))
        .collect()
}

fn compare(id: &str, labels: &Labels, preview: &Preview, rows: &case::Rows) {
    let shown: BTreeMap<_, _> = preview
        .rows
        .iter()
        .map(|row| (labels.of(row.member), (words(&row.will), reasons(&row.cannot))))
        .collect();
    let will = |row: &case::Row| row.will.iter().map(|part| part.0.clone()).collect();
    let wanted: BTreeMap<_, _> = rows
        .rows
        .iter()
        .map(|(label, row)| (label.clone(), (will(row), expected(&row.cannot))))
        .collect();
    assert_eq!((shown, preview.counts), (wanted, rows.counts), "{id}");
}

/// The preview that was shown last, and whether it was applied.
struct Asked {
    by: MemberId,
    select: Selection,
    change: BulkChange,
    shown: Option<Preview>,
    applied: Option<u32>,
}

fn play(id: &str, case: &Case, starts: &BTreeMap<String, Start>) {
    let mut labels = Labels(Vec::new());
    let start = &starts[&case.start];
    let mut world = world_of(start, &mut labels);
    let mut asked: Option<Asked> = None;
    let mut bulks: Vec<(Option<String>, Bulk)> = Vec::new();
    for step in &case.steps {
        match step {
            Step::Preview {
                by,
                select,
                change,
                expect,
            } => {
                let select = match select {
                    Select::Ids(ids) => {
                        Selection::Ids(ids.iter().map(|label| labels.member(label)).collect())
                    }
                    Select::Query(search) => Selection::Matching(Box::new(MemberQuery {
                        search: search.clone(),
                        ..MemberQuery::default()
                    })),
                };
                let (by, change) = (labels.member(by), change_of(change));
                let shown = world.preview(by, &select, &change);
                match (&shown, expect) {
                    (Ok(preview), Shown::Rows(rows)) => compare(id, &labels, preview, rows),
                    (Err(problem), Shown::Refused(code)) => assert_eq!(problem.code, *code, "{id}"),
                    (shown, expect) => panic!("{id}: {shown:?} instead of {expect:?}"),
                }
                asked = Some(Asked {
                    by,
                    select,
                    change,
                    shown: shown.ok(),
                    applied: None,
                });
            }
            Step::Apply { name, expect } => {
                let asked = asked.as_mut().unwrap();
                if let Some(changed) = asked.applied {
                    assert!(
                        matches!(expect, Applied::Applied(again) if *again == changed),
                        "{id}"
                    );
                    continue;
                }
                let preview = world.preview(asked.by, &asked.select, &asked.change);
                let shown = asked.shown.as_ref().unwrap();
                let same = |preview: &Preview| {
                    let same = preview == shown;
                    let texts = [preview, shown].map(|preview| preview.canonical(&asked.change));
                    assert_eq!(same, texts[0] == texts[1], "{id}");
                    same
                };
                match (preview, expect) {
                    (Ok(preview), Applied::Applied(changed)) if same(&preview) => {
                        assert_eq!(preview.counts.change, *changed, "{id}");
                        bulks.push((name.clone(), world.apply(&asked.change, &preview)));
                        asked.applied = Some(*changed);
                    }
                    (Ok(preview), Applied::PreviewChanged(rows)) if !same(&preview) => {
                        compare(id, &labels, &preview, rows);
                        asked.shown = Some(preview);
                    }
                    (Err(problem), Applied::Refused(code)) => assert_eq!(problem.code, *code, "{id}"),
                    (preview, expect) => panic!("{id}: {preview:?} instead of {expect:?}"),
                }
            }
            Step::Undo { by, of, expect } => {
                let which = match of {
                    Some(_) => bulks.iter_mut().find(|(name, _)| name == of),
                    None => bulks.last_mut(),
                };
                let plan = world.undo(labels.member(by), &mut which.unwrap().1);
                check_undo(id, &labels, plan, expect);
            }
            Step::Wait { seconds } => world.now = world.now.plus(seconds * Timestamp::SECOND),
            edit => play_edit(edit, &mut world, &mut labels),
        }
    }
    let mut wanted = start.members.clone();
    for (label, changed) in &case.then.members {
        let row = wanted.get_mut(label).unwrap();
        *row = changed.of(row);
    }
    wanted.retain(|label, _| !case.then.removed.contains(label));
    wanted.extend(case.then.new.clone());
    let wanted: BTreeMap<_, _> = wanted
        .iter()
        .map(|(label, row)| (label.clone(), row_of(row)))
        .collect();
    let end: BTreeMap<_, _> = world
        .members
        .iter()
        .map(|(id, row)| (labels.of(*id), row.clone()))
        .collect();
    assert_eq!(end, wanted, "{id}");
}

fn check_undo(id: &str, labels: &Labels, plan: Result<UndoPlan, Problem>, expect: &Undone) {
    match (plan, expect) {
        (Ok(plan), Undone::Undone { restored, kept }) => {
            let done: BTreeMap<_, _> = plan
                .rows
                .iter()
                .filter(|row| !row.restored.is_empty())
                .map(|row| (labels.of(row.member), words(&row.restored)))
                .collect();
            let wanted = restored.iter().map(|(label, parts)| {
                let parts: BTreeSet<_> = parts.iter().map(|part| part.0.clone()).collect();
                (label.clone(), parts)
            });
            assert_eq!(done, wanted.collect(), "{id}");
            let left: BTreeMap<_, _> = plan
                .rows
                .iter()
                .filter(|row| !row.kept.is_empty())
                .map(|row| (labels.of(row.member), reasons(&row.kept)))
                .collect();
            let wanted = kept.iter().map(|(label, parts)| (label.clone(), expected(parts)));
            assert_eq!(left, wanted.collect(), "{id}");
        }
        (Err(problem), Undone::Refused(code)) => assert_eq!(problem.code, *code, "{id}"),
        (plan, expect) => panic!("{id}: {plan:?} instead of {expect:?}"),
    }
}

fn play_edit(step: &Step, world: &mut World, labels: &mut Labels) {
    let mut edit = |label: &str, part, role| world.edit(labels.member(label), part, role);
    match step {
        Step::AddProvider {
            member,
            provider: label,
        } => edit(member, Part::AddProvider(provider(label)), None),
        Step::RemoveProvider {
            member,
            provider: label,
        } => edit(member, Part::RemoveProvider(provider(label)), None),
        Step::AddTeam { member, team: label } => edit(member, Part::AddTeam(team(label)), None),
        Step::RemoveTeam { member, team: label } => edit(member, Part::RemoveTeam(team(label)), None),
        Step::SetRole { member, role } => edit(member, Part::Role, Some(*role)),
        Step::Suspend { member } => edit(member, Part::Suspend, None),
        Step::Reactivate { member } => edit(member, Part::Reactivate, None),
        Step::Remove { member } => edit(member, Part::Remove, None),
        Step::Rename { member, name } => world
            .members
            .get_mut(&labels.member(member))
            .unwrap()
            .name
            .clone_from(name),
        Step::Accept { member, name } => {
            let id = labels.member(member);
            edit_name(world, id, name);
            world.edit(id, Part::Reactivate, None);
        }
        Step::Invite { label, email, role } => {
            assert_eq!(world.holder(email), None);
            let row = Member {
                name: String::new(),
                email: email.clone(),
                role: *role,
                status: MemberStatus::Invited,
                providers: BTreeMap::new(),
                teams: BTreeSet::new(),
                keys: 0,
            };
            world.members.insert(labels.member(label), row);
        }
        Step::ActivateProvider { provider: label } => set_status(world, label, ProviderStatus::Active),
        Step::DeactivateProvider { provider: label } => set_status(world, label, ProviderStatus::Inactive),
        Step::DeleteProvider { provider: label } => world.delete_provider(provider(label)),
        Step::DeleteTeam { team: label } => world.delete_team(team(label)),
        Step::RenameTeam { team: label, name } => {
            world.teams.get_mut(&team(label)).unwrap().name.clone_from(name)
        }
        Step::Preview { .. } | Step::Apply { .. } | Step::Undo { .. } | Step::Wait { .. } => unreachable!(),
    }
}

fn edit_name(world: &mut World, member: MemberId, name: &str) {
    name.clone_into(&mut world.members.get_mut(&member).unwrap().name);
}

fn set_status(world: &mut World, label: &str, status: ProviderStatus) {
    world.providers.get_mut(&provider(label)).unwrap().status = Some(status);
}

#[test]
fn cases_of_bulk() {
    let (rest, cases) = file::<Case>();
    assert!(!rest.rules.is_empty());
    for (id, case) in cases {
        play(&id, &case, &rest.starts);
    }
}

#[test]
fn what_stands_alone_is_not_combined() {
    let change = |action, role| BulkChange {
        action: Some(action),
        role,
        ..BulkChange::default()
    };
    for action in [RowAction::Remove, RowAction::Resend] {
        assert!(change(action, None).check().is_ok());
        assert!(change(action, Some(Role::Member)).check().is_err());
    }
    assert!(change(RowAction::Suspend, Some(Role::Member)).check().is_ok());
}

#[test]
fn a_page_lists_first_what_cannot_be_done() {
    let row = |n: usize, fails| PreviewRow {
        member: MemberId(i64::try_from(n).unwrap()),
        will: Vec::new(),
        cannot: match fails {
            true => vec![(Part::Suspend, Cannot::NotJoined)],
            false => Vec::new(),
        },
    };
    let (all, last) = (BULK_LISTED + 5, MemberId(i64::try_from(BULK_LISTED + 4).unwrap()));
    let rows: Vec<_> = (0..all).map(|n| row(n, n == all - 1)).collect();
    let counts = Counts {
        rows: u32::try_from(all).unwrap(),
        ..Counts::default()
    };
    let shown = domain::bulk::Shown {
        fingerprint: String::new(),
        names: rows.iter().map(|row| (row.member, String::new())).collect(),
        preview: Preview { rows, counts },
        parts: Vec::new(),
    };
    let cut = shown.cut();
    assert_eq!(cut.preview.rows.len(), BULK_LISTED);
    assert_eq!(cut.preview.rows[0].member, last);
    assert!(cut.names.len() == BULK_LISTED && cut.names.contains_key(&last));
    assert_eq!(cut.preview.counts, counts, "all are counted");
}
