//! Every case of `search.json`, through the real query, compared with the case and with the domain's matcher.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use domain::query::MemberQuery;
use domain::search::{Fields, Search};
use domain::{MemberId, MemberStatus, ProviderId, Role, TeamId, TeamRole, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::bulk::{BulkKey, BulkMember};
use store::{Store, WriteTx, bulk, members, providers, teams};
use support::NOW;

on_both!(search_cases);

async fn search_cases(store: Store) {
    let file = domain::cases::load("search.json");
    let people = file["members"].as_array().unwrap();
    let tx = store.write().await.unwrap();
    let organization = support::organization(&tx, "acme").await;
    let world = World::make(&tx, organization, people).await;
    let rows: Vec<BulkMember> = people.iter().map(|p| world.person(p)).collect();
    let ids = bulk::insert_members(&tx, organization, &rows, NOW).await.unwrap();
    tx.commit().await.unwrap();
    let names: BTreeMap<MemberId, &str> = ids
        .iter()
        .copied()
        .zip(people.iter().map(|p| p["id"].as_str().unwrap()))
        .collect();

    let tx = store.read().await.unwrap();
    let everybody = members::rows(&tx, organization, &ids, NOW).await.unwrap();
    for (id, case) in domain::cases::each("search.json") {
        let query = MemberQuery {
            search: case["query"].as_str().unwrap().to_owned(),
            ..MemberQuery::default()
        };
        let expected: BTreeSet<&str> = texts(&case["expect"]).into_iter().collect();
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
    async fn make(tx: &WriteTx, organization: domain::OrganizationId, people: &[Value]) -> Self {
        let all = |field: &str| -> BTreeSet<String> {
            people
                .iter()
                .flat_map(|p| texts(&p[field]))
                .map(str::to_owned)
                .collect()
        };
        let mut world = Self {
            teams: BTreeMap::new(),
            providers: BTreeMap::new(),
        };
        for name in all("teams") {
            let id = teams::insert(tx, organization, &name, NOW).await.unwrap();
            world.teams.insert(name, id);
        }
        for (index, name) in all("providers").into_iter().enumerate() {
            let new = providers::NewProvider {
                name: &name,
                slug: &format!("p{index}"),
                api_type: domain::provider::ApiType::OpenAi,
                base_url: "https://example.com",
                api_version: "",
                models: &[],
                description: "",
                credential_sealed: None,
                status: domain::provider::ProviderStatus::Active,
            };
            let id = providers::insert(tx, organization, new, NOW).await.unwrap();
            world.providers.insert(name, id);
        }
        world
    }

    fn person(&self, person: &Value) -> BulkMember {
        let text = |field: &str| person[field].as_str().unwrap();
        let status = label(MemberStatus::ALL, |s| s.label(), text("status"));
        let expires_at = match status {
            MemberStatus::Invited => Some(NOW.plus(1)),
            MemberStatus::Expired => Some(NOW),
            _ => None,
        };
        let keys = texts(&person["keys"]).into_iter().map(|name| BulkKey {
            name: name.to_owned(),
            public_id: format!("{}{name}", text("id")),
            last_four: "0000".to_owned(),
            expires_at: None::<Timestamp>,
            revoked_at: None,
        });
        BulkMember {
            role: label(Role::ALL, |r| r.label(), text("role")),
            status,
            expires_at,
            teams: texts(&person["teams"])
                .into_iter()
                .map(|name| (self.teams[name], TeamRole::Member))
                .collect(),
            providers: texts(&person["providers"])
                .into_iter()
                .map(|name| (self.providers[name], None))
                .collect(),
            keys: keys.collect(),
            ..support::person(text("name"), text("email"))
        }
    }
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_str().unwrap())
        .collect()
}

fn label<T: Copy>(all: &[T], label: impl Fn(T) -> &'static str, text: &str) -> T {
    all.iter().copied().find(|v| label(*v) == text).unwrap()
}
