//! What holds of any change in any world.

use crate::model::{Member, Provider, Team, World};
use domain::bulk::{BulkChange, Counts, Part, RowAction, Selection};
use domain::provider::ProviderStatus;
use domain::{MemberId, MemberStatus, ProviderId, Role, TeamId, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const NOW: Timestamp = Timestamp(1_000_000);

fn any_row() -> impl Strategy<Value = Member> {
    let role = prop::sample::select(Role::ALL);
    let status = prop::sample::select(vec![
        MemberStatus::Active,
        MemberStatus::Active,
        MemberStatus::Suspended,
        MemberStatus::Invited,
    ]);
    let end = prop::option::of(prop::sample::select(vec![Timestamp(1), NOW.plus(1)]));
    let providers = prop::collection::btree_map((1..5_i64).prop_map(ProviderId), end, 0..4);
    let teams = prop::collection::btree_set((1..4_i64).prop_map(TeamId), 0..3);
    (role, status, providers, teams).prop_map(|(role, status, providers, teams)| Member {
        name: String::new(),
        email: String::new(),
        role,
        status,
        providers: match status.is_invitation() {
            true => BTreeMap::new(),
            false => providers,
        },
        teams,
        keys: 0,
    })
}

fn any_world() -> impl Strategy<Value = World> {
    let carried = prop::collection::btree_set((1..5_i64).prop_map(ProviderId), 0..3);
    (
        prop::collection::vec(any_row(), 1..8),
        prop::collection::vec(carried, 3),
        prop::collection::vec(prop::sample::select(ProviderStatus::ALL), 4),
    )
        .prop_map(|(rows, carried, statuses)| {
            let mut world = World::new(NOW);
            for (status, n) in statuses.into_iter().zip(1..) {
                let name = format!("Provider {n}");
                let status = Some(status);
                world.providers.insert(ProviderId(n), Provider { name, status });
            }
            for (carries, n) in carried.into_iter().zip(1..) {
                let team = Team {
                    name: format!("Team {n}"),
                    carries,
                    deleted: false,
                };
                world.teams.insert(TeamId(n), team);
            }
            for (mut row, n) in rows.into_iter().zip(0..) {
                row.email = format!("m{n}@example.com");
                if n == 0 {
                    // Somebody is there to do it.
                    (row.role, row.status) = (row.role.max(Role::Admin), MemberStatus::Active);
                }
                world.members.insert(MemberId(n), row);
            }
            world
        })
}

fn any_change() -> impl Strategy<Value = BulkChange> {
    let providers = || prop::collection::vec((1..5_i64).prop_map(ProviderId), 0..3);
    let teams = || prop::collection::vec((1..4_i64).prop_map(TeamId), 0..3);
    let action = prop::option::of(prop::sample::select(vec![
        RowAction::Suspend,
        RowAction::Reactivate,
        RowAction::Remove,
    ]));
    let role = prop::option::of(prop::sample::select(Role::ALL));
    let until = prop::option::of((1..4_i64).prop_map(|ms| NOW.plus(ms)));
    (providers(), until, providers(), role, teams(), teams(), action)
        .prop_map(
            |(add_providers, until, remove_providers, role, add_teams, remove_teams, action)| BulkChange {
                until: until.filter(|_| !add_providers.is_empty()),
                add_providers,
                remove_providers,
                role,
                add_teams,
                remove_teams,
                action,
                ..BulkChange::default()
            },
        )
        .prop_filter_map("no change", |change| change.check().ok())
}

/// Without grants whose end has passed, which count as none.
fn visible(world: &World) -> BTreeMap<MemberId, Member> {
    let mut members = world.members.clone();
    for row in members.values_mut() {
        row.providers
            .retain(|_, end| end.is_none_or(|end| end > world.now));
    }
    members
}

proptest! {
    #[test]
    fn an_undo_at_once_puts_everything_back(world in any_world(), change in any_change()) {
        let all = Selection::Ids(world.members.keys().copied().collect());
        let by = MemberId(0);
        let Ok(preview) = world.preview(by, &all, &change) else { return Ok(()) };
        let mut after = world.clone();
        let mut bulk = after.apply(&change, &preview);
        prop_assert_eq!(after.active_owners() == 0, world.active_owners() == 0);
        // The actor may have lowered the own role; somebody else's is as good.
        let (other, mut undoing) = (MemberId(99), after.clone());
        let mut row = world.members[&by].clone();
        row.email = "somebody@example.com".to_owned();
        row.role = Role::Owner;
        undoing.members.insert(other, row);
        let plan = undoing.undo(other, &mut bulk).unwrap();
        undoing.members.remove(&other);
        prop_assert!(plan.rows.iter().all(|row| row.kept.is_empty()), "{:?}", plan);
        prop_assert_eq!(visible(&undoing), visible(&world));
    }

    #[test]
    fn a_preview_tells_each_part_of_each_row_once(world in any_world(), change in any_change()) {
        let all = Selection::Ids(world.members.keys().copied().collect());
        let actor = &world.members[&MemberId(0)];
        let Ok(preview) = world.preview(MemberId(0), &all, &change) else {
            prop_assert!(change.role.is_some_and(|role| role > actor.role));
            return Ok(());
        };
        let Counts { rows, change: changed, nothing, cannot } = preview.counts;
        prop_assert_eq!(rows, changed + nothing + cannot);
        prop_assert_eq!(usize::try_from(rows).unwrap(), world.members.len());
        for part in preview.parts(&change) {
            let cannot: u32 = part.cannot.iter().map(|(_, rows)| rows).sum();
            prop_assert_eq!(part.will + part.nothing + cannot, rows);
            let listed = preview.rows.iter().filter(|row| row.will.contains(&part.part)).count();
            prop_assert_eq!(usize::try_from(part.will).unwrap(), listed);
        }
        for row in &preview.rows {
            let told: Vec<Part> = row.will.iter().copied().chain(row.cannot.iter().map(|(part, _)| *part)).collect();
            let once: BTreeSet<Part> = told.iter().copied().collect();
            prop_assert_eq!(once.len(), told.len());
            prop_assert!(told.iter().all(|part| change.parts().contains(part)));
            let above = world.members[&row.member].role > actor.role;
            prop_assert!(!above || row.will.is_empty(), "{:?} changes somebody above", row);
        }
        // What was done is not there to be done any more.
        let mut after = world.clone();
        after.apply(&change, &preview);
        if after.members.get(&MemberId(0)).is_some_and(|row| row.role.administers())
            && let Ok(again) = after.preview(MemberId(0), &all, &change)
        {
            prop_assert_eq!(again.counts.change, 0);
        }
    }
}
