//! `access.json`, played over HTTP.

use crate::upstream::{Upstream, json};
use crate::world::{ORG, World, code};
use domain::invite::{AcceptInput, InviteInput, InviteOutcome};
use domain::key::KeyInput;
use domain::provider::{ApiType, ProviderInput, ProviderStatus};
use domain::{MemberId, MemberStatus, ProviderId, Role, Timestamp, cases};
use serde_json::Value;
use services::Actor;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use store::keys::NewKey;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn instant(value: &Value) -> Timestamp {
    let time = OffsetDateTime::parse(text(value), &Rfc3339).expect("an instant");
    Timestamp(time.unix_timestamp() * 1_000)
}

fn instant_if_any(value: Option<&Value>) -> Option<Timestamp> {
    value.filter(|value| !value.is_null()).map(instant)
}

struct Played {
    world: World,
    upstream: Upstream,
    /// What each provider of the case lists, by the case's name for it, which is the first part of the path.
    models: Arc<Mutex<HashMap<String, Vec<String>>>>,
    providers: BTreeMap<String, ProviderId>,
    members: BTreeMap<String, Actor>,
    keys: BTreeMap<String, (String, i64)>,
}

impl Played {
    async fn new(case: &Value) -> Self {
        let models: Arc<Mutex<HashMap<String, Vec<String>>>> = Arc::default();
        let upstream = {
            let models = models.clone();
            Upstream::serve(move |request| {
                let id = request.path.split('/').nth(1).unwrap();
                if request.method == "GET" {
                    let data: Vec<_> = models.lock().unwrap()[id]
                        .iter()
                        .map(|id| serde_json::json!({ "id": id }))
                        .collect();
                    json(&serde_json::json!({ "data": data }).to_string())
                } else {
                    json(r#"{"choices":[]}"#)
                }
            })
            .await
        };
        let mut played = Self {
            world: World::new().await,
            upstream,
            models,
            providers: BTreeMap::new(),
            members: BTreeMap::new(),
            keys: BTreeMap::new(),
        };
        played.world.clock.set(instant(&case["now"]));
        for provider in list(&case["providers"]) {
            played.add_provider(provider).await;
        }
        for member in list(&case["members"]) {
            let grants = list(&case["grants"])
                .iter()
                .filter(|g| g["member"] == member["id"]);
            let grants = grants
                .map(|g| {
                    (
                        played.providers[text(&g["provider"])],
                        instant_if_any(g.get("expires_at")),
                    )
                })
                .collect();
            let status: MemberStatus = text(&member["status"]).parse().unwrap();
            let actor = played
                .world
                .join(text(&member["email"]), Role::Member, status, grants)
                .await;
            played.members.insert(text(&member["id"]).to_owned(), actor);
        }
        for key in list(&case["keys"]) {
            played.put_key(key).await;
        }
        played.world.settle().await;
        played
    }

    async fn add_provider(&mut self, provider: &Value) {
        let id = text(&provider["id"]).to_owned();
        let models = list(&provider["models"])
            .iter()
            .map(|m| text(m).to_owned())
            .collect();
        self.models.lock().unwrap().insert(id.clone(), models);
        let input = ProviderInput {
            name: text(&provider["name"]).to_owned(),
            slug: text(&provider["slug"]).to_owned(),
            api_type: ApiType::OpenAiCompatible,
            base_url: format!("{}/{id}", self.upstream.url),
            api_version: String::new(),
            models: Vec::new(),
            description: String::new(),
            credential: None,
        };
        let (services, owner) = (&self.world.services, &self.world.owner);
        let made = services
            .create_provider(owner, &input, &self.world.fresh())
            .await
            .unwrap();
        assert!(services.test_provider(owner, made.id).await.unwrap().ok);
        if provider["status"] == "inactive" {
            services.set_provider_active(owner, made.id, false).await.unwrap();
        }
        self.providers.insert(id, made.id);
    }

    fn scope(&self, key: &Value) -> Option<Vec<ProviderId>> {
        let scope = key["scope"].as_array()?;
        Some(scope.iter().map(|id| self.providers[text(id)]).collect())
    }

    /// A key as the world has it, which need not be one that could be made now.
    async fn put_key(&mut self, key: &Value) {
        let owner = &self.members[text(&key["owner"])];
        let secret = format!("gk_{}_Abcdefghijklmnopqrstuvwxyz0123456789", text(&key["id"]));
        let scope = self.scope(key);
        let new = NewKey {
            issued_by: None,
            member: owner.member,
            user: owner.user,
            name: text(&key["id"]),
            public_id: text(&key["id"]),
            secret_hash: &Sha256::digest(secret.as_bytes()),
            last_four: "6789",
            scope: scope.as_deref(),
            expires_at: instant_if_any(key.get("expires_at")),
            requests_per_minute: None,
            tokens_per_day: None,
        };
        let tx = self.world.store.write().await.unwrap();
        let now = self.world.services.now();
        let id = store::keys::insert(&tx, self.world.organization, new, now)
            .await
            .unwrap();
        if key["revoked"] == true {
            store::keys::revoke(&tx, self.world.organization, id, now)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        self.keys.insert(text(&key["id"]).to_owned(), (secret, id.0));
    }

    /// A header's value with the secrets that its braces stand for.
    fn filled(&self, header: &str) -> String {
        let (Some(start), Some(end)) = (header.find('{'), header.find('}')) else {
            return header.to_owned();
        };
        let (id, damage) = header[start + 1..end]
            .split_once(':')
            .unwrap_or((&header[start + 1..end], ""));
        let secret = self
            .keys
            .get(id)
            .map_or_else(|| format!("gk_{id}_madeup"), |(secret, _)| secret.clone());
        let damaged = match damage {
            "" => secret,
            "upper" => secret.to_uppercase(),
            "lower" => secret.to_lowercase(),
            "cut" => secret[..secret.len() - 1].to_owned(),
            "longer" => format!("{secret}a"),
            "tail" => format!("{}zzzz", &secret[..secret.len() - 4]),
            other => panic!("unknown damage {other}"),
        };
        format!("{}{damaged}{}", &header[..start], &header[end + 1..])
    }

    async fn request(&self, id: &str, step: &Value) {
        let body = serde_json::json!({ "model": step["model"], "messages": [] });
        let mut request = self
            .world
            .http
            .post(format!("{}/v1/chat/completions", self.world.url));
        for (name, value) in step["headers"].as_object().unwrap() {
            request = request.header(name.as_str(), self.filled(text(value)));
        }
        let before = self.upstream.posted().len();
        let answer = request.body(body.to_string()).send().await.unwrap();
        let posted = self.upstream.posted();
        let expect = &step["expect"];
        if expect["decision"] == "allow" {
            assert_eq!(answer.status(), 200, "{id}: {step}");
            assert_eq!(posted.len(), before + 1, "{id}");
            let sent = posted.last().unwrap();
            let asked = sent.path.split('/').nth(1).unwrap();
            let provider = self.providers[asked];
            let all = self.world.services.providers(&self.world.owner).await.unwrap();
            let slug = &all.iter().find(|p| p.id == provider).unwrap().slug;
            assert_eq!(slug, text(&expect["provider"]), "{id}: {step}");
            assert_eq!(sent.json()["model"], expect["model"], "{id}: {step}");
        } else {
            let (_, reason) = code(answer).await;
            assert_eq!(reason, text(&expect["reason"]), "{id}: {step}");
            assert_eq!(posted.len(), before, "{id}: nothing is sent on");
        }
    }

    async fn slugs(&self, which: impl Fn(ProviderId, ProviderStatus) -> bool) -> BTreeSet<String> {
        let all = self.world.services.providers(&self.world.owner).await.unwrap();
        all.into_iter()
            .filter(|p| which(p.id, p.status))
            .map(|p| p.slug)
            .collect()
    }

    async fn accept_invite(&mut self, member: &Value) {
        let services = &self.world.services;
        let input = InviteInput {
            emails: text(&member["email"]).to_owned(),
            role: Role::Member,
            teams: Vec::new(),
            idempotency_key: self.world.fresh(),
        };
        let made = services.invite(&self.world.owner, &input).await.unwrap();
        let InviteOutcome::Invited { link, .. } = &made.lines[0].outcome else {
            panic!("{made:?}")
        };
        let who = AcceptInput {
            name: "New".into(),
            password: "correct horse battery".into(),
        };
        let accepted = services
            .accept(
                link.rsplit('/').next().unwrap(),
                &who,
                None,
                IpAddr::from([127, 0, 0, 1]),
            )
            .await
            .unwrap();
        let session = services
            .session(accepted.session.unwrap().expose())
            .await
            .unwrap()
            .unwrap();
        let actor = services.actor(session.user, ORG).await.unwrap();
        self.members.insert(text(&member["id"]).to_owned(), actor);
    }

    async fn step(&mut self, id: &str, step: &Value) {
        let provider = |name: &Value| self.providers[text(name)];
        let member = |name: &Value| self.members[text(name)].member;
        let (services, owner) = (self.world.services.clone(), self.world.owner.clone());
        match text(&step["do"]) {
            "request" => self.request(id, step).await,
            what @ ("chat" | "editor") => {
                let expect: BTreeSet<String> = list(&step["expect"]["providers"])
                    .iter()
                    .map(|p| text(p).to_owned())
                    .collect();
                let got = if what == "chat" {
                    let usable = services
                        .usable_providers(&self.members[text(&step["member"])])
                        .unwrap();
                    usable.into_iter().map(|p| p.slug).collect()
                } else {
                    self.slugs(|_, status| status == ProviderStatus::Active).await
                };
                assert_eq!(got, expect, "{id}: {step}");
            }
            what @ ("activate_provider" | "deactivate_provider") => {
                let active = what == "activate_provider";
                services
                    .set_provider_active(&owner, provider(&step["provider"]), active)
                    .await
                    .unwrap();
            }
            "rename_provider" => {
                let tx = self.world.store.write().await.unwrap();
                store::testing::set_slug(&tx, provider(&step["provider"]), text(&step["slug"]))
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
                self.world.settle().await;
            }
            "add_provider" => self.add_provider(&step["provider"]).await,
            "delete_provider" => services
                .delete_provider(&owner, provider(&step["provider"]))
                .await
                .unwrap(),
            "accept_invite" => self.accept_invite(&step["member"]).await,
            what @ ("suspend_member" | "reactivate_member") => {
                let suspended = what == "suspend_member";
                services
                    .set_suspended(&owner, member(&step["member"]), None, suspended)
                    .await
                    .unwrap();
            }
            "add_grant" => {
                services
                    .add_provider(&owner, member(&step["member"]), provider(&step["provider"]))
                    .await
                    .unwrap();
            }
            "remove_grant" => {
                services
                    .remove_provider(&owner, member(&step["member"]), provider(&step["provider"]))
                    .await
                    .unwrap();
            }
            "set_grants" => {
                let member: MemberId = member(&step["member"]);
                let wanted: Vec<_> = list(&step["providers"]).iter().map(provider).collect();
                for id in self.providers.values() {
                    if wanted.contains(id) {
                        services.add_provider(&owner, member, *id).await.unwrap();
                    } else {
                        services.remove_provider(&owner, member, *id).await.unwrap();
                    }
                }
            }
            "create_key" => {
                let key = &step["key"];
                let actor = &self.members[text(&key["owner"])];
                let input = KeyInput {
                    name: text(&key["id"]).to_owned(),
                    scope: self.scope(key),
                    ..KeyInput::default()
                };
                let made = services
                    .create_key(actor, actor.member, &input, &self.world.fresh())
                    .await;
                if step["expect"]["outcome"] == "rejected" {
                    let problem = serde_json::to_value(made.unwrap_err().problem()).unwrap();
                    assert_eq!(problem["code"], step["expect"]["reason"], "{id}: {step}");
                } else {
                    let made = made.unwrap();
                    self.keys
                        .insert(text(&key["id"]).to_owned(), (made.secret, made.key.id.0));
                }
            }
            "revoke_key" => {
                let key = domain::KeyId(self.keys[text(&step["key"])].1);
                services.revoke_key(&owner, key).await.unwrap();
            }
            "clock" => self.world.clock.set(instant(&step["now"])),
            other => panic!("{id}: unknown step {other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_of_access_over_http() {
    for (id, case) in cases::each("access.json") {
        let mut played = Played::new(&case["world"]).await;
        for step in list(&case["steps"]) {
            played.step(&id, step).await;
        }
    }
}
