//! Every race of `cases/concurrency.json`, run many times.

mod call;
mod verdict;

use crate::common::{NOW, World, fresh_key, invited, on_both};
use call::Call;
use domain::key::KeyInput;
use domain::{KeyId, MemberId, ProviderId, Role, TeamId, Timestamp};
use serde_json::{Map, Value, json};
use services::{Actor, Services};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio::sync::Barrier;
use verdict::judge;

/// How often each scenario is played.
const ROUNDS: usize = 20;
/// The model that every provider of a scenario lists.
const MODEL: &str = "m";

fn operations(case: &Value) -> Vec<&Value> {
    let steps = case["script"].as_array().unwrap();
    steps
        .iter()
        .flat_map(|step| match step["parallel"].as_array() {
            Some(parallel) => parallel.iter().collect(),
            None => vec![step],
        })
        .collect()
}

/// One playing of one scenario, in an organization of its own.
struct Stage {
    services: Services,
    slug: String,
    names: Arc<Names>,
}

/// What the scenario's names stand for here.
#[derive(Default)]
struct Names {
    members: HashMap<String, MemberId>,
    providers: BTreeMap<String, ProviderId>,
    teams: HashMap<String, TeamId>,
    /// Those of invitations, and the secrets of keys.
    tokens: HashMap<String, String>,
    keys: HashMap<String, KeyId>,
    invitations: HashMap<String, MemberId>,
    setup_code: Option<String>,
}

fn instant(text: &str) -> Timestamp {
    // The files hold whole seconds in UTC, all in the year of their `now`.
    let part = |from: usize, to: usize| text[from..to].parse::<i64>().unwrap();
    let days_before_month = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    assert_eq!(part(0, 4), 2026, "{text}");
    let days = days_before_month[part(5, 7) as usize - 1] + part(8, 10) - 1;
    let seconds = part(11, 13) * 3_600 + part(14, 16) * 60 + part(17, 19);
    Timestamp(1_767_225_600_000 + days * Timestamp::DAY + seconds * Timestamp::SECOND)
}

fn each(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().unwrap().iter()
}

fn strings(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_str().unwrap())
        .collect()
}

/// The key of a scenario; its scope is a list of its providers, or null.
fn key_input(name: &str, names: &Names, scope: &Value) -> KeyInput {
    let scope = scope.is_array().then(|| strings(scope));
    KeyInput {
        scope: scope.map(|scope| scope.into_iter().map(|p| names.providers[p]).collect()),
        ..crate::common::key_input(name)
    }
}

/// Has memory hear of what was written behind the services' back: any change of theirs does.
async fn settle(world: &World, slug: &str) {
    let aside = format!("{slug}-aside");
    world.organization(&aside).await;
    let actor = world.join(&aside, "aside@example.com", Role::Owner).await;
    world
        .services
        .create_team(&actor, "Any", &fresh_key())
        .await
        .unwrap();
}

impl Stage {
    async fn build(world: &World, slug: String, case: &Value) -> Self {
        let state = &case["state"];
        let now = instant(state["now"].as_str().unwrap());
        world.clock.set(now);
        let mut names = Names::default();
        if state["set_up"] == false {
            names.setup_code = world.services.setup_code();
            return Self {
                services: world.services.clone(),
                slug,
                names: Arc::new(names),
            };
        }
        let organization = world.organization(&slug).await;
        let founder = world.join(&slug, "founder@example.com", Role::Owner).await;
        let script = operations(case);
        let team_names = each(&state["members"])
            .flat_map(|(_, m)| strings(&m["teams"]))
            .chain(script.iter().filter_map(|op| op["team"].as_str()));
        for name in team_names {
            if !names.teams.contains_key(name) {
                let team = world
                    .services
                    .create_team(&founder, name, &fresh_key())
                    .await
                    .unwrap();
                names.teams.insert(name.to_owned(), team.id);
            }
        }
        for (name, _) in each(&state["providers"]) {
            let provider = world.provider(&founder, name).await.id;
            let tx = world.store.write().await.unwrap();
            store::providers::set_models(&tx, organization, provider, &[MODEL].into(), now)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            names.providers.insert(name.clone(), provider);
        }
        for (name, member) in each(&state["members"]) {
            let role: Role = member["role"].as_str().unwrap().parse().unwrap();
            let actor = world.join(&slug, &format!("{name}@example.com"), role).await;
            names.members.insert(name.clone(), actor.member);
            let tx = world.store.write().await.unwrap();
            for provider in strings(&member["providers"]) {
                let provider = names.providers[provider];
                store::grants::insert(&tx, organization, actor.member, provider, founder.user, now)
                    .await
                    .unwrap();
            }
            for team in strings(&member["teams"]) {
                let team = names.teams[team];
                store::teams::add(&tx, organization, team, actor.member, domain::TeamRole::Member)
                    .await
                    .unwrap();
            }
            let mut version = 1;
            if member["status"] == "suspended" {
                store::members::set_suspended(&tx, organization, actor.member, true)
                    .await
                    .unwrap();
                version += 1;
            }
            while version < member["version"].as_i64().unwrap() {
                store::members::bump_version(&tx, organization, actor.member)
                    .await
                    .unwrap();
                version += 1;
            }
            tx.commit().await.unwrap();
        }
        for (name, key) in each(&state["keys"]) {
            let email = format!("{}@example.com", key["owner"].as_str().unwrap());
            let user = world.user(&email).await;
            let owner = world.services.actor(user, &slug).await.unwrap();
            let input = key_input(name, &names, &key["scope"]);
            let made = world
                .services
                .create_key(&owner, owner.member, &input, &fresh_key())
                .await
                .unwrap();
            if key["revoked"] == true {
                world.services.revoke_key(&owner, made.key.id).await.unwrap();
            }
            names.keys.insert(name.clone(), made.key.id);
            names.tokens.insert(name.clone(), made.secret);
        }
        // Whoever invited must still be there when the invitation is accepted, and the founder will not be.
        let owner = each(&state["members"])
            .find(|(_, member)| member["role"] == "owner" && member["status"] == "active");
        let inviter = match owner {
            Some((name, _)) => {
                let user = world.user(&format!("{name}@example.com")).await;
                world.services.actor(user, &slug).await.unwrap()
            }
            None => founder.clone(),
        };
        for (name, invitation) in each(&state["invitations"]) {
            let expires = instant(invitation["expires_at"].as_str().unwrap());
            world
                .clock
                .set(expires.plus(-domain::limits::INVITATION_LIFETIME));
            let email = invitation["email"].as_str().unwrap();
            let role = invitation["role"].as_str().unwrap().parse().unwrap();
            let (member, token) = invited(world, &inviter, email, role).await;
            names.invitations.insert(name.clone(), member);
            names
                .tokens
                .insert(invitation["token"].as_str().unwrap().to_owned(), token);
        }
        world.clock.set(now);
        // The scenario's own owners are all there are.
        let tx = world.store.write().await.unwrap();
        store::members::delete(&tx, organization, founder.member, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        settle(world, &slug).await;
        for op in operations(case) {
            if let Some(email) = op["by"].as_str().filter(|by| by.contains('@')) {
                world.user(email).await;
            }
        }
        Self {
            services: world.services.clone(),
            slug,
            names: Arc::new(names),
        }
    }

    async fn actor(&self, world: &World, by: &str) -> Option<Actor> {
        if !self.names.members.contains_key(by) {
            return None;
        }
        let user = world.user(&format!("{by}@example.com")).await;
        self.services.actor(user, &self.slug).await.ok()
    }

    /// Plays the script; the outcome of each operation by its label.
    async fn play(&mut self, world: &World, case: &Value) -> Map<String, Value> {
        let mut outcomes = Map::new();
        for step in case["script"].as_array().unwrap() {
            let parallel = match step["parallel"].as_array() {
                Some(operations) => operations.clone(),
                None => vec![step.clone()],
            };
            let count: usize = parallel
                .iter()
                .map(|op| op["times"].as_u64().unwrap_or(1) as usize)
                .sum();
            let barrier = Arc::new(Barrier::new(count));
            let mut running = Vec::new();
            for op in &parallel {
                for _ in 0..op["times"].as_u64().unwrap_or(1) {
                    let by = op["by"].as_str().unwrap();
                    let call = Call {
                        services: self.services.clone(),
                        names: Arc::clone(&self.names),
                        // Looked up before anything of this step is done: what a race would make stale is stale.
                        actor: self.actor(world, by).await,
                        user: if op["op"] == "accept" {
                            Some(world.user(by).await)
                        } else {
                            None
                        },
                        has: self.providers_of(world, op).await,
                        op: op.clone(),
                    };
                    let barrier = Arc::clone(&barrier);
                    let label = op["label"].as_str().unwrap().to_owned();
                    running.push((
                        label,
                        tokio::spawn(async move {
                            barrier.wait().await;
                            call.run().await
                        }),
                    ));
                }
            }
            let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
            for (label, task) in running {
                let (outcome, made) = task.await.unwrap();
                if let Some((name, token)) = made {
                    let mut names = std::mem::take(&mut self.names);
                    Arc::get_mut(&mut names)
                        .expect("every call has ended")
                        .tokens
                        .insert(name, token);
                    self.names = names;
                }
                *counts.entry(label).or_default().entry(outcome).or_default() += 1;
            }
            for op in &parallel {
                let label = op["label"].as_str().unwrap();
                let kinds = &counts[label];
                let outcome = match op["times"].as_u64() {
                    Some(_) => json!(kinds),
                    None => json!(kinds.keys().next().unwrap()),
                };
                outcomes.insert(label.to_owned(), outcome);
            }
        }
        outcomes
    }

    /// What the editor of a `set_providers` sees before the step.
    async fn providers_of(&self, world: &World, op: &Value) -> Vec<ProviderId> {
        let Some(member) = op["member"]
            .as_str()
            .and_then(|name| self.names.members.get(name))
        else {
            return Vec::new();
        };
        let tx = world.store.read().await.unwrap();
        let organization = store::organizations::by_slug(&tx, &self.slug)
            .await
            .unwrap()
            .unwrap()
            .id;
        let grants = store::grants::of_member(&tx, organization, *member, NOW)
            .await
            .unwrap();
        grants.into_iter().map(|grant| grant.provider).collect()
    }
}

async fn play_all(world: &World) {
    let cases = domain::cases::each("concurrency.json").into_iter();
    for (id, case) in cases.filter(|(_, case)| case["state"]["set_up"] == true) {
        for round in 0..ROUNDS {
            let mut stage = Stage::build(world, format!("{id}-{round}"), &case).await;
            let outcomes = stage.play(world, &case).await;
            judge(world, &stage, &id, &case, &outcomes).await;
        }
    }
}

/// First set-up happens once an instance, so each round has a new one.
async fn play_set_up(world: World) {
    for (id, case) in domain::cases::each("concurrency.json") {
        if case["state"]["set_up"] == false {
            let mut stage = Stage::build(&world, "first".to_owned(), &case).await;
            let outcomes = stage.play(&world, &case).await;
            judge(&world, &stage, &id, &case, &outcomes).await;
        }
    }
    world.end().await;
}

on_both! {
    async fn cases_of_concurrency(world) {
        play_all(world).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cases_of_first_set_up_on_sqlite() {
    for _ in 0..ROUNDS {
        play_set_up(World::sqlite().await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cases_of_first_set_up_on_postgres() {
    for _ in 0..ROUNDS {
        play_set_up(World::postgres().await).await;
    }
}
