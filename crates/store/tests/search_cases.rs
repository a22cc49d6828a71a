//! Every case of `search.json`, through the real query, compared with the case and with the domain's matcher.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use domain::cases::search::{Case, Member};
use domain::query::MemberQuery;
use domain::search::{Fields, Search};
use domain::{MemberId, MemberStatus, ProviderId, TeamId, TeamRole, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use store::bulk::{BulkKey, BulkMember};
use store::testing::NOW;
use store::{Store, WriteTx, bulk, members, providers, teams};

on_both!(search_cases);

async fn search_cases(store: Store) {
    let (list, cases) = domain::cases::file::<Case>();
    let people = &list.members;
    let tx = store.write().await.unwrap();
    let organization = store::testing::organization(&tx, "acme").await.unwrap();
    let world = World::make(&tx, organization, people).await;
    let rows: Vec<BulkMember> = people.iter().map(|p| world.person(p)).collect();
    let ids = bulk::insert_members(&tx, organization, &rows, NOW).await.unwrap();
    tx.commit().await.unwrap();
    let names: BTreeMap<MemberId, &str> = ids
        .iter()
        .copied()
        .zip(people.iter().map(|p| p.id.as_str()))
        .collect();

    let tx = store.read().await.unwrap();
    let everybody = members::rows(&tx, organization, &ids, NOW).await.unwrap();
    for (id, case) in &cases {
        let query = MemberQuery {
            search: case.query.clone(),
            ..MemberQuery::default()
        };
        let expected: BTreeSet<&str> = case.expect.iter().map(String::as_str).collect();
        let found = members::ordered_ids(&tx, organization, &query, NOW)
            .await
            .unwrap();
        let found: BTreeSet<&str> = found.iter().map(|id| names[id]).collect();
        assert_eq!(found, expected, "{id}: {:?}", query.search);
        let page = members::page(&tx, organization, &query, NOW).await.unwrap();
        assert_eq!(page.matched as usize, expected.len(), "{id}");
        let search = Search::parse(&query.search);
        let matched: BTreeSet<&str> = everybody
            .iter()
            .filter(|row| search.matches(&Fields::of(row)))
            .map(|row| names[&row.id])
            .collect();
        assert_eq!(matched, expected, "{id}: the domain's matcher");
    }
}

struct World {
    teams: BTreeMap<String, TeamId>,
    providers: BTreeMap<String, ProviderId>,
}

impl World {
    async fn make(tx: &WriteTx, organization: domain::OrganizationId, people: &[Member]) -> Self {
        let all = |field: fn(&Member) -> &Vec<String>| -> BTreeSet<String> {
            people.iter().flat_map(field).cloned().collect()
        };
        let mut world = Self {
            teams: BTreeMap::new(),
            providers: BTreeMap::new(),
        };
        for name in all(|p| &p.teams) {
            let id = teams::insert(tx, organization, &name, NOW).await.unwrap();
            world.teams.insert(name, id);
        }
        for (index, name) in all(|p| &p.providers).into_iter().enumerate() {
            let slug = format!("p{index}");
            let new = store::testing::provider(&name, &slug);
            let id = providers::insert(tx, organization, new, NOW).await.unwrap();
            world.providers.insert(name, id);
        }
        world
    }

    fn person(&self, person: &Member) -> BulkMember {
        let status = person.status();
        let expires_at = match status {
            MemberStatus::Invited => Some(NOW.plus(1)),
            MemberStatus::Expired => Some(NOW),
            _ => None,
        };
        let keys = person.keys.iter().map(|name| BulkKey {
            name: name.clone(),
            public_id: format!("{}{name}", person.id),
            last_four: "0000".to_owned(),
            expires_at: None::<Timestamp>,
            revoked_at: None,
        });
        BulkMember {
            role: person.role(),
            status,
            expires_at,
            teams: person
                .teams
                .iter()
                .map(|name| (self.teams[name], TeamRole::Member))
                .collect(),
            providers: person
                .providers
                .iter()
                .map(|name| (self.providers[name], None))
                .collect(),
            keys: keys.collect(),
            ..store::testing::person(&person.name, &person.email)
        }
    }
}
