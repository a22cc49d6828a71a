//! Every case of `import.json`, and what holds for every file.

mod properties;
mod world;

use super::{Plan, Refused};
use crate::cases::file;
use crate::cases::import as case;
use crate::cases::import::{Applied, Case, Expect};
use std::collections::BTreeMap;
use world::{Labels, World, plan};

fn compare(id: &str, found: &Result<Plan, Refused>, wanted: &Expect, labels: &Labels) {
    in_labels(labels, |labels| wanted.compare(id, found.as_ref(), labels));
}

fn in_labels<T>(labels: &Labels, then: impl FnOnce(&case::Labels<'_>) -> T) -> T {
    then(&case::Labels {
        member: &|id| labels.of(id.0),
        provider: &|id| labels.of(id.0),
        team: &|id| labels.of(id.0),
    })
}

/// The members with each list in one order.
fn members(world: &World) -> BTreeMap<String, case::Member> {
    let mut members = world.start.members.clone();
    for member in members.values_mut() {
        member.providers.sort();
        member.teams.sort();
    }
    members
}

fn play(id: &str, case: &Case, rest: &case::Rest) {
    let mut world = World::new(rest.starts[&case.start].clone());
    let exported = world.table();
    for edit in &case.since {
        world.edit(edit);
    }
    let (header, rows) = (case.titles(), case.all_rows());
    let plan_now = |world: &mut World| {
        let (standing, now) = (world.standing(&case.by), world.table());
        let exported = case.marker.then_some(&exported);
        plan(standing, case.format.into(), &header, &rows, &now, exported)
    };
    let shown = plan_now(&mut world);
    compare(id, &shown, &case.expect, &world.labels);
    if shown.is_err() {
        assert!(case.then.members.is_empty() && case.apply.is_none(), "{id}");
        return;
    }

    for edit in &case.meanwhile {
        world.edit(edit);
    }
    let again = plan_now(&mut world);
    let mut wanted = members(&world);
    for (label, changed) in &case.then.members {
        let member = wanted.get_mut(label).unwrap();
        member.role = changed.role.unwrap_or(member.role);
        if let Some(providers) = &changed.providers {
            member.providers = providers.clone();
            member.providers.sort();
        }
        if let Some(teams) = &changed.teams {
            member.teams = teams.clone();
            member.teams.sort();
        }
    }
    match &case.apply {
        Some(Applied::PlanChanged { plan }) => {
            assert_ne!(again, shown, "{id}: the plan is the one shown");
            let again = in_labels(&world.labels, |labels| case::Plan::of(&again.unwrap(), labels));
            assert_eq!(again.in_order(), plan.clone().in_order(), "{id}");
            assert_eq!(members(&world), wanted, "{id}");
            return;
        }
        Some(Applied::Applied { changed }) => {
            assert_eq!(shown.as_ref().map(|plan| plan.rows.len()), Ok(*changed), "{id}");
        }
        None => {}
    }
    assert_eq!(again, shown, "{id}: what others did does not concern the plan");
    if let Ok(plan) = &again {
        world.apply(plan);
    }
    assert_eq!(members(&world), wanted, "{id}");
    if let Ok(once_more) = plan_now(&mut world) {
        assert_eq!(once_more.rows, [], "{id}: the same file once more");
    }
}

#[test]
fn cases_of_import() {
    let (rest, cases) = file::<Case>();
    for (id, case) in cases {
        play(&id, &case, &rest);
    }
}
