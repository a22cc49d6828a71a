//! Table, count, export and status line agree with each other and with the rules, for random data and queries.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use domain::ends::SOON;
use domain::ends::Terms;
use domain::provider::ProviderStatus;
use domain::query::{MemberQuery, ProviderFilter, SortColumn, TeamFilter};
use domain::{MemberId, MemberStatus, OrganizationId, Role, TeamRole, Timestamp, UserId};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use std::sync::atomic::{AtomicU32, Ordering};
use store::testing::NOW;
use store::{Store, grant_ends, grants, keys, providers, team_grants, teams, users};
use support::world::{Key, Person, World, compare, distinct, provider, team};

on_both!(table_count_export_and_status_line_agree);

async fn table_count_export_and_status_line_agree(store: Store) {
    let granter = granter(&store).await;
    let handle = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let worlds = AtomicU32::new(0);
        let config = Config {
            cases: 24,
            failure_persistence: None,
            ..Config::default()
        };
        TestRunner::new(config)
            .run(
                &(world(), vec(change(), 0..8), vec(asked(), 6)),
                |(mut world, changes, queries)| {
                    let slug = format!("w{}", worlds.fetch_add(1, Ordering::Relaxed));
                    handle.block_on(async {
                        let organization = world.store(&store, &slug).await;
                        for change in changes {
                            apply(&store, organization, granter, &mut world, change).await;
                        }
                        for query in queries {
                            compare(&store, organization, &world, &query.of(&world)).await;
                        }
                    });
                    Ok(())
                },
            )
            .unwrap();
    })
    .await
    .unwrap();
}

async fn granter(store: &Store) -> UserId {
    let tx = store.write().await.unwrap();
    let new = users::NewUser {
        name: "Granter",
        email: "granter@example.com",
        email_identity: "granter@example.com",
        password_hash: None,
    };
    let user = users::insert(&tx, new, NOW).await.unwrap();
    tx.commit().await.unwrap();
    user
}

/// Texts that meet each other's edges: accents, case, letters that fold, wildcards, quotes, other scripts, ties.
const WORDS: &[&str] = &[
    "Ana",
    "ana",
    "Ána",
    "Anna",
    "Müller",
    "MULLER",
    "Groß",
    "gross",
    "İbrahim",
    "Yıldız",
    "O'Neil",
    "\"Mia\"",
    "100%",
    "a_b",
    "corp\\x",
    "田中",
    "김민준",
    "Σίσυφος",
    "R&D",
    "Team²",
    "ﬁn",
    "Bjørn",
    "🚀",
    "none",
    "admin",
];

fn word() -> impl Strategy<Value = String> {
    select(WORDS).prop_map(str::to_owned)
}

fn name() -> impl Strategy<Value = String> {
    vec(word(), 1..3).prop_map(|words| words.join(" "))
}

fn names() -> impl Strategy<Value = Vec<String>> {
    vec(name(), 0..5).prop_map(distinct)
}

fn end() -> impl Strategy<Value = Option<Timestamp>> {
    let ms = prop_oneof![2 => -1..=1i64, 1 => SOON - 1..=SOON + 1];
    option::weighted(0.4, ms.prop_map(|ms| NOW.plus(ms)))
}

fn world() -> impl Strategy<Value = World> {
    (names(), vec((name(), any::<bool>()), 0..5)).prop_flat_map(|(team_names, provider_names)| {
        let teams: Vec<_> = team_names.iter().map(|name| team(name)).collect();
        let kept = distinct(provider_names.iter().map(|(name, _)| name.clone()).collect());
        let providers: Vec<_> = kept
            .iter()
            .zip(&provider_names)
            .map(|(name, (_, active))| provider(name, *active))
            .collect();
        let carried = carried(teams.len(), providers.len());
        (vec(person(teams.len(), providers.len()), 0..70), carried).prop_map(move |(mut people, carried)| {
            for (index, person) in people.iter_mut().enumerate() {
                // A letter before the number: ties in everything but the e-mail come in another order than the ids.
                person.email = format!(
                    "{}{}{index}@{{org}}.example",
                    person.email,
                    (b'a' + (index * 7 % 26) as u8) as char
                );
            }
            World {
                teams: teams.clone(),
                providers: providers.clone(),
                carried,
                people,
            }
        })
    })
}

/// Some of all pairs of a team and a provider.
fn carried(teams: usize, providers: usize) -> impl Strategy<Value = Vec<(usize, usize, Option<Timestamp>)>> {
    let pairs: Vec<_> = (0..teams)
        .flat_map(|t| (0..providers).map(move |p| (t, p)))
        .collect();
    let count = pairs.len();
    subsequence(pairs, 0..=count.min(6)).prop_flat_map(|pairs| {
        pairs
            .into_iter()
            .map(|(team, provider)| (Just(team), Just(provider), end()))
            .collect::<Vec<_>>()
    })
}

fn person(teams: usize, providers: usize) -> impl Strategy<Value = Person> {
    let key = (name(), end(), any::<bool>()).prop_map(|(name, expires_at, revoked)| Key {
        name,
        expires_at,
        revoked,
    });
    let some_of = |count: usize| subsequence((0..count).collect::<Vec<_>>(), 0..=count);
    (
        (name(), select(vec!["", "X", "y.z-"]), select(Role::ALL), 0..5u8),
        (end(), option::of((0..4i64).prop_map(|ms| NOW.plus(-ms)))),
        some_of(teams),
        some_of(providers).prop_flat_map(|chosen| {
            chosen
                .into_iter()
                .map(|provider| (Just(provider), end()))
                .collect::<Vec<_>>()
        }),
        vec(key, 0..3),
    )
        .prop_map(
            |((name, email, role, status), (ends, last_login), teams, grants, mut keys)| {
                // Two keys of one name have no order of their own.
                keys.dedup_by(|a, b| a.name == b.name);
                let invited = status == 0;
                Person {
                    id: MemberId(0),
                    name: if invited { String::new() } else { name },
                    email: email.to_owned(),
                    role,
                    status: match status {
                        0 => MemberStatus::Invited,
                        1 => MemberStatus::Suspended,
                        _ => MemberStatus::Active,
                    },
                    expires_at: invited.then(|| ends.unwrap_or(NOW.plus(1))),
                    last_login: last_login.filter(|_| !invited),
                    teams,
                    grants: if invited { Vec::new() } else { grants },
                    keys: if invited { Vec::new() } else { keys },
                }
            },
        )
}

/// A change after the fact, to see that what is kept with a row follows.
#[derive(Clone, Debug)]
enum Change {
    Toggle(usize),
    Allow(usize, usize),
    AllowUntil(usize, usize, Option<Timestamp>),
    TakeAway(usize, usize),
    DeleteProvider(usize),
    RevokeKeys(usize),
    LeaveTeam(usize, usize),
    JoinTeam(usize, usize),
    Carry(usize, usize),
    CarryUntil(usize, usize, Option<Timestamp>),
    CarryNoMore(usize, usize),
    DeleteTeam(usize),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0..5usize).prop_map(Change::Toggle),
        (0..70usize, 0..5usize).prop_map(|(m, p)| Change::Allow(m, p)),
        (0..70usize, 0..5usize, end()).prop_map(|(m, p, end)| Change::AllowUntil(m, p, end)),
        (0..70usize, 0..5usize).prop_map(|(m, p)| Change::TakeAway(m, p)),
        (0..9usize).prop_map(Change::DeleteProvider),
        (0..70usize).prop_map(Change::RevokeKeys),
        (0..70usize, 0..5usize).prop_map(|(m, t)| Change::LeaveTeam(m, t)),
        (0..70usize, 0..5usize).prop_map(|(m, t)| Change::JoinTeam(m, t)),
        (0..5usize, 0..5usize).prop_map(|(t, p)| Change::Carry(t, p)),
        (0..5usize, 0..5usize, end()).prop_map(|(t, p, end)| Change::CarryUntil(t, p, end)),
        (0..5usize, 0..5usize).prop_map(|(t, p)| Change::CarryNoMore(t, p)),
        (0..9usize).prop_map(Change::DeleteTeam),
    ]
}

fn until(ends_at: Option<Timestamp>) -> Terms {
    Terms {
        ends_at,
        ..Terms::default()
    }
}

async fn apply(store: &Store, organization: OrganizationId, user: UserId, world: &mut World, change: Change) {
    let tx = store.write().await.unwrap();
    assert!(tx.lock_organization(organization).await.unwrap());
    match change {
        Change::Toggle(p) if p < world.providers.len() => {
            let provider = &mut world.providers[p];
            provider.status = match provider.status {
                ProviderStatus::Active => ProviderStatus::Inactive,
                ProviderStatus::Inactive => ProviderStatus::Active,
            };
            let changed = providers::set_status(&tx, organization, provider.id, provider.status).await;
            assert!(changed.unwrap());
        }
        Change::Allow(m, p) if m < world.people.len() && p < world.providers.len() => {
            let person = &mut world.people[m];
            let live =
                |grant: &(usize, Option<Timestamp>)| grant.0 == p && grant.1.is_none_or(|end| end > NOW);
            let new = !person.grants.iter().any(live);
            if new {
                person.grants.retain(|grant| grant.0 != p);
                person.grants.push((p, None));
            }
            let inserted =
                grants::insert(&tx, organization, person.id, world.providers[p].id, user, NOW).await;
            assert_eq!(inserted.unwrap(), new);
        }
        Change::AllowUntil(m, p, ends_at) if m < world.people.len() && p < world.providers.len() => {
            let person = &mut world.people[m];
            let new = !person.grants.contains(&(p, ends_at));
            person.grants.retain(|grant| grant.0 != p);
            person.grants.push((p, ends_at));
            let (pair, end) = ((person.id, world.providers[p].id), until(ends_at));
            let set = grant_ends::set_own(&tx, organization, pair, user, NOW, &end).await;
            assert_eq!(set.unwrap(), new);
        }
        Change::TakeAway(m, p) if m < world.people.len() && p < world.providers.len() => {
            let person = &mut world.people[m];
            let had = person.grants.iter().any(|grant| grant.0 == p);
            person.grants.retain(|grant| grant.0 != p);
            let deleted = grants::delete(&tx, organization, person.id, world.providers[p].id).await;
            assert_eq!(deleted.unwrap(), had);
        }
        Change::DeleteProvider(p) if p < world.providers.len() => {
            let gone = world.providers.remove(p);
            for person in &mut world.people {
                person.grants.retain(|grant| grant.0 != p);
                for grant in &mut person.grants {
                    grant.0 -= usize::from(grant.0 > p);
                }
            }
            world.carried.retain(|of_team| of_team.1 != p);
            for of_team in &mut world.carried {
                of_team.1 -= usize::from(of_team.1 > p);
            }
            assert!(providers::delete(&tx, organization, gone.id).await.unwrap());
        }
        Change::RevokeKeys(m) if m < world.people.len() => {
            let person = &mut world.people[m];
            let live = person.keys.iter().filter(|key| !key.revoked).count();
            person.keys.iter_mut().for_each(|key| key.revoked = true);
            let revoked = keys::revoke_of_member(&tx, organization, person.id, NOW)
                .await
                .unwrap();
            assert_eq!(revoked, live as u64);
        }
        Change::LeaveTeam(m, t) if m < world.people.len() && t < world.teams.len() => {
            let person = &mut world.people[m];
            let was = person.teams.contains(&t);
            person.teams.retain(|team| *team != t);
            let left = teams::remove(&tx, organization, world.teams[t].id, person.id)
                .await
                .unwrap();
            assert_eq!(left, was);
        }
        Change::JoinTeam(m, t) if m < world.people.len() && t < world.teams.len() => {
            let person = &mut world.people[m];
            let new = !person.teams.contains(&t);
            if new {
                person.teams.push(t);
            }
            let role = TeamRole::Member;
            let joined = teams::add(&tx, organization, world.teams[t].id, person.id, role).await;
            assert_eq!(joined.unwrap(), new);
        }
        Change::Carry(t, p) if t < world.teams.len() && p < world.providers.len() => {
            let (team, provider) = (world.teams[t].id, world.providers[p].id);
            let live = |of_team: &(usize, usize, Option<Timestamp>)| {
                (of_team.0, of_team.1) == (t, p) && of_team.2.is_none_or(|end| end > NOW)
            };
            let new = !world.carried.iter().any(live);
            if new {
                world.carried.retain(|of_team| (of_team.0, of_team.1) != (t, p));
                world.carried.push((t, p, None));
            }
            let inserted = team_grants::insert(&tx, organization, team, provider, user, NOW).await;
            assert_eq!(inserted.unwrap(), new);
            team_grants::finish(&tx, organization, team).await.unwrap();
        }
        Change::CarryUntil(t, p, ends_at) if t < world.teams.len() && p < world.providers.len() => {
            let new = !world.carried.contains(&(t, p, ends_at));
            world.carried.retain(|of_team| (of_team.0, of_team.1) != (t, p));
            world.carried.push((t, p, ends_at));
            let (team, end) = (world.teams[t].id, until(ends_at));
            let pair = (team, world.providers[p].id);
            let set = grant_ends::set_of_team(&tx, organization, pair, user, NOW, &end).await;
            assert_eq!(set.unwrap(), new);
            team_grants::finish(&tx, organization, team).await.unwrap();
        }
        Change::CarryNoMore(t, p) if t < world.teams.len() && p < world.providers.len() => {
            let (team, provider) = (world.teams[t].id, world.providers[p].id);
            let before = world.carried.len();
            world.carried.retain(|of_team| (of_team.0, of_team.1) != (t, p));
            let deleted = team_grants::delete(&tx, organization, team, provider).await;
            assert_eq!(deleted.unwrap(), world.carried.len() < before);
            team_grants::finish(&tx, organization, team).await.unwrap();
        }
        Change::DeleteTeam(t) if t < world.teams.len() => {
            let gone = world.teams.remove(t);
            world.carried.retain(|of_team| of_team.0 != t);
            for of_team in &mut world.carried {
                of_team.0 -= usize::from(of_team.0 > t);
            }
            for person in &mut world.people {
                person.teams.retain(|team| *team != t);
                for team in &mut person.teams {
                    *team -= usize::from(*team > t);
                }
            }
            assert!(teams::delete(&tx, organization, gone.id).await.unwrap());
        }
        _ => {}
    }
    tx.commit().await.unwrap();
}

/// A query, with teams and providers by index until the ids are known.
#[derive(Clone, Debug)]
struct Asked {
    query: MemberQuery,
    teams: Vec<Option<usize>>,
    providers: Vec<Option<usize>>,
}

impl Asked {
    fn of(&self, world: &World) -> MemberQuery {
        let team = |t: &Option<usize>| match t {
            None => Some(TeamFilter::None),
            Some(t) => world.teams.get(*t).map(|t| TeamFilter::Team(t.id)),
        };
        let provider = |p: &Option<usize>| match p {
            None => Some(ProviderFilter::None),
            Some(5) => Some(ProviderFilter::Ending),
            Some(p) => world.providers.get(*p).map(|p| ProviderFilter::Provider(p.id)),
        };
        MemberQuery {
            teams: self.teams.iter().filter_map(team).collect(),
            providers: self.providers.iter().filter_map(provider).collect(),
            ..self.query.clone()
        }
    }
}

fn term() -> impl Strategy<Value = String> {
    let part = || {
        (word(), 0..4usize, 1..5usize).prop_map(|(word, skip, take)| -> String {
            let part: String = word.chars().skip(skip).take(take).collect();
            if part.is_empty() { word } else { part }
        })
    };
    let qualifier = select(vec![
        "role:",
        "team:",
        "provider:",
        "status:",
        "key:",
        "KEY:",
        "name:",
    ]);
    prop_oneof![
        4 => part(),
        2 => (qualifier, part()).prop_map(|(q, part)| format!("{q}{part}")),
        1 => name().prop_map(|name| format!("team:\"{name}\"")),
        1 => select(vec![
            "team:none", "provider:none", "status:active", "role:m", "active", "expired", "owner", "e", "key:",
            "@", "w1", "\u{301}", "a\0b", "provider:", "nothing-has-this",
        ])
        .prop_map(str::to_owned),
    ]
}

fn asked() -> impl Strategy<Value = Asked> {
    let few = |strategy: BoxedStrategy<Vec<Option<usize>>>| prop_oneof![2 => Just(Vec::new()), 1 => strategy];
    let some = |most: usize| vec(option::weighted(0.8, 0..most), 1..3).boxed();
    (
        prop_oneof![1 => Just(Vec::new()), 3 => vec(term(), 1..3)],
        prop_oneof![2 => Just(Vec::new()), 1 => vec(select(Role::ALL), 1..3)],
        prop_oneof![2 => Just(Vec::new()), 1 => vec(select(MemberStatus::ALL), 1..3)],
        few(some(5)),
        few(some(6)),
        prop::bool::weighted(0.15),
        (select(SortColumn::ALL), any::<bool>(), 0..4u32),
    )
        .prop_map(
            |(terms, roles, statuses, teams, providers, without, (sort, descending, page))| Asked {
                query: MemberQuery {
                    search: terms.join(" "),
                    roles,
                    statuses,
                    without_providers: without,
                    sort,
                    descending,
                    page,
                    ..MemberQuery::default()
                },
                teams,
                providers,
            },
        )
}
