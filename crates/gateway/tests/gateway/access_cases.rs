//! `access.json`, played over HTTP.

use crate::upstream::{Upstream, json};
use crate::world::{ORG, World, code};
use domain::cases::access::{Case, Creation, Decision, Joined, Key, Member, Provider, Step};
use domain::invite::{AcceptInput, InviteInput, InviteOutcome};
use domain::key::KeyInput;
use domain::provider::{ApiType, ProviderInput, ProviderStatus};
use domain::{MemberStatus, ProviderId, Role, cases};
use services::Actor;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use store::testing;

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
    async fn new(case: &cases::access::World) -> Self {
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
        played.world.clock.set(case.now.0);
        for provider in &case.providers {
            played.add_provider(provider).await;
        }
        for grant in &case.grants {
            let known = case.members.iter().any(|member| member.id == grant.member);
            assert!(known, "{grant:?} is nobody's");
        }
        for member in &case.members {
            let grants = case.grants.iter().filter(|g| g.member == member.id);
            let grants = grants
                .map(|g| (played.providers[&g.provider], g.expires_at.map(|end| end.0)))
                .collect();
            let status = match member.status {
                Joined::Active => MemberStatus::Active,
                Joined::Suspended => MemberStatus::Suspended,
            };
            let actor = played
                .world
                .join(&member.email, Role::Member, status, grants)
                .await;
            played.members.insert(member.id.clone(), actor);
        }
        for key in &case.keys {
            played.put_key(key).await;
        }
        played.world.settle().await;
        played
    }

    async fn add_provider(&mut self, provider: &Provider) {
        let id = provider.id.clone();
        self.models
            .lock()
            .unwrap()
            .insert(id.clone(), provider.models.clone());
        let input = ProviderInput {
            name: provider.name.clone(),
            slug: provider.slug.clone(),
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
        if provider.status == ProviderStatus::Inactive {
            services.set_provider_active(owner, made.id, false).await.unwrap();
        }
        self.providers.insert(id, made.id);
    }

    fn scope(&self, key: &Key) -> Option<Vec<ProviderId>> {
        let scope = key.scope.as_ref()?;
        Some(scope.iter().map(|id| self.providers[id]).collect())
    }

    /// A key as the world has it, which need not be one that could be made now.
    async fn put_key(&mut self, key: &Key) {
        let owner = &self.members[&key.owner];
        let scope = self.scope(key);
        let new = testing::Key {
            owner: (owner.member, owner.user),
            name: &key.id,
            public_id: &key.id,
            scope: scope.as_deref(),
            expires_at: key.expires_at.map(|end| end.0),
            revoked: key.revoked,
        };
        let tx = self.world.store.write().await.unwrap();
        let now = self.world.services.now();
        let (id, secret) = testing::key(&tx, self.world.organization, new, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.keys.insert(key.id.clone(), (secret, id.0));
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

    async fn request(&self, id: &str, headers: &BTreeMap<String, String>, model: &str, expect: &Decision) {
        let body = serde_json::json!({ "model": model, "messages": [] });
        let mut request = self
            .world
            .http
            .post(format!("{}/v1/chat/completions", self.world.url));
        for (name, value) in headers {
            request = request.header(name.as_str(), self.filled(value));
        }
        let before = self.upstream.posted().len();
        let answer = request.body(body.to_string()).send().await.unwrap();
        let posted = self.upstream.posted();
        match expect {
            Decision::Allow {
                provider,
                model: wanted,
            } => {
                assert_eq!(answer.status(), 200, "{id}: {model}");
                assert_eq!(posted.len(), before + 1, "{id}");
                let sent = posted.last().unwrap();
                let asked = self.providers[sent.path.split('/').nth(1).unwrap()];
                let all = self.world.services.providers(&self.world.owner).await.unwrap();
                let slug = &all.iter().find(|p| p.id == asked).unwrap().slug;
                assert_eq!(slug, provider, "{id}: {model}");
                assert_eq!(sent.json()["model"], *wanted, "{id}: {model}");
            }
            Decision::Deny { reason } => {
                let (_, told) = code(answer).await;
                assert_eq!(told, reason.as_str(), "{id}: {model}");
                assert_eq!(posted.len(), before, "{id}: nothing is sent on");
            }
        }
    }

    async fn slugs(&self, which: impl Fn(ProviderId, ProviderStatus) -> bool) -> BTreeSet<String> {
        let all = self.world.services.providers(&self.world.owner).await.unwrap();
        all.into_iter()
            .filter(|p| which(p.id, p.status))
            .map(|p| p.slug)
            .collect()
    }

    async fn accept_invite(&mut self, member: &Member) {
        let services = &self.world.services;
        let input = InviteInput {
            emails: member.email.clone(),
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
        self.members.insert(member.id.clone(), actor);
        if member.status == Joined::Suspended {
            self.suspend(&member.id, true).await;
        }
    }

    async fn suspend(&self, member: &str, suspended: bool) {
        let (services, member) = (&self.world.services, self.members[member].member);
        services
            .set_suspended(&self.world.owner, member, None, suspended)
            .await
            .unwrap();
    }

    async fn grant(&self, member: &str, provider: &str, allowed: bool) {
        let (services, owner) = (&self.world.services, &self.world.owner);
        let (member, provider) = (self.members[member].member, self.providers[provider]);
        if allowed {
            services.add_provider(owner, member, provider).await.unwrap();
        } else {
            services.remove_provider(owner, member, provider).await.unwrap();
        }
    }

    async fn activate(&self, provider: &str, active: bool) {
        let (services, provider) = (&self.world.services, self.providers[provider]);
        services
            .set_provider_active(&self.world.owner, provider, active)
            .await
            .unwrap();
    }

    /// Makes a key as its owner would.
    async fn create_key(&mut self, id: &str, key: &Key, expect: &Creation) {
        let actor = &self.members[&key.owner];
        let input = KeyInput {
            name: key.id.clone(),
            scope: self.scope(key),
            expires_at: key.expires_at.map(|end| end.0),
            ..KeyInput::default()
        };
        let services = &self.world.services;
        let made = services
            .create_key(actor, actor.member, &input, &self.world.fresh())
            .await;
        match expect {
            Creation::Ok {} => {
                let made = made.unwrap();
                if key.revoked {
                    services.revoke_key(&self.world.owner, made.key.id).await.unwrap();
                }
                self.keys.insert(key.id.clone(), (made.secret, made.key.id.0));
            }
            Creation::Rejected { reason } => {
                let problem = serde_json::to_value(made.unwrap_err().problem()).unwrap();
                assert_eq!(problem["code"], reason.as_str(), "{id}: {key:?}");
            }
        }
    }

    async fn step(&mut self, id: &str, step: &Step) {
        match step {
            Step::Request {
                headers,
                model,
                expect,
            } => self.request(id, headers, model, expect).await,
            Step::Chat { member, expect } => {
                let usable = self.world.services.usable_providers(&self.members[member]);
                let got: BTreeSet<_> = usable.unwrap().into_iter().map(|p| p.slug).collect();
                assert_eq!(got, expect.providers, "{id}: {step:?}");
            }
            Step::Editor { member, expect } => {
                assert!(self.members.contains_key(member), "{id}: {step:?}");
                let got = self.slugs(|_, status| status == ProviderStatus::Active).await;
                assert_eq!(got, expect.providers, "{id}: {step:?}");
            }
            Step::ActivateProvider { provider } => self.activate(provider, true).await,
            Step::DeactivateProvider { provider } => self.activate(provider, false).await,
            Step::RenameProvider { provider, slug } => {
                let tx = self.world.store.write().await.unwrap();
                testing::set_slug(&tx, self.providers[provider], slug)
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
                self.world.settle().await;
            }
            Step::AddProvider { provider } => self.add_provider(provider).await,
            Step::DeleteProvider { provider } => {
                let gone = self.providers.remove(provider).unwrap();
                let (services, owner) = (&self.world.services, &self.world.owner);
                services.delete_provider(owner, gone).await.unwrap();
            }
            Step::AcceptInvite { member } => self.accept_invite(member).await,
            Step::SuspendMember { member } => self.suspend(member, true).await,
            Step::ReactivateMember { member } => self.suspend(member, false).await,
            Step::AddGrant {
                member,
                provider,
                expires_at,
            } => {
                self.grant(member, provider, true).await;
                if let Some(end) = expires_at {
                    let (member, provider) = (self.members[member].member, self.providers[provider]);
                    let tx = self.world.store.write().await.unwrap();
                    testing::end_grant(&tx, member, provider, end.0).await.unwrap();
                    tx.commit().await.unwrap();
                    self.world.settle().await;
                }
            }
            Step::RemoveGrant { member, provider } => self.grant(member, provider, false).await,
            Step::SetGrants { member, providers } => {
                for id in self.providers.keys() {
                    self.grant(member, id, providers.contains(id)).await;
                }
            }
            Step::CreateKey { key, expect } => self.create_key(id, key, expect).await,
            Step::RevokeKey { key } => {
                let key = domain::KeyId(self.keys[key].1);
                let (services, owner) = (&self.world.services, &self.world.owner);
                services.revoke_key(owner, key).await.unwrap();
            }
            Step::Clock { now } => self.world.clock.set(now.0),
        }
    }
}

async fn play(id: &str, case: &Case) {
    let mut played = Played::new(&case.world).await;
    for step in &case.steps {
        played.step(id, step).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_of_access_over_http() {
    for (id, case) in cases::each::<Case>() {
        play(&id, &case).await;
    }
}

/// What the file's cases do not have by chance.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_that_other_files_of_cases_may_use() {
    let text = r#"{"cases": [{"id": "made-up", "world": {
        "now": "2026-03-01T12:00:00.400Z",
        "providers": [{"id": "p1", "slug": "a", "name": "A", "status": "active", "models": ["m"]},
                      {"id": "p2", "slug": "b", "name": "B", "status": "active", "models": ["n"]}],
        "members": [{"id": "m1", "email": "M1@Example.com", "status": "active"}],
        "grants": [{"member": "m1", "provider": "p1", "expires_at": "2026-03-01T14:00:00.401+02:00"}],
        "keys": [{"id": "k1", "owner": "m1", "scope": null, "expires_at": "2026-03-01T12:00:00.403Z", "revoked": false}]},
        "steps": [
        {"do": "request", "headers": {"x-api-key": "{k1}"}, "model": "m", "expect":
            {"decision": "allow", "provider": "a", "model": "m"}},
        {"do": "add_grant", "member": "m1", "provider": "p2", "expires_at": "2026-03-01T12:00:00.402Z"},
        {"do": "clock", "now": "2026-03-01T12:00:00.401Z"},
        {"do": "request", "headers": {"x-api-key": "{k1}"}, "model": "m", "expect":
            {"decision": "deny", "reason": "provider_not_allowed"}},
        {"do": "chat", "member": "m1", "expect": {"providers": ["b"]}},
        {"do": "create_key", "key": {"id": "k2", "owner": "m1", "scope": null, "expires_at": "2026-03-01T12:00:00.402Z",
            "revoked": true}, "expect": {"outcome": "ok"}},
        {"do": "request", "headers": {"x-api-key": "{k2}"}, "model": "n", "expect":
            {"decision": "deny", "reason": "key_revoked"}},
        {"do": "clock", "now": "2026-03-01T12:00:00.402Z"},
        {"do": "chat", "member": "m1", "expect": {"providers": []}},
        {"do": "clock", "now": "2026-03-01T12:00:00.403Z"},
        {"do": "request", "headers": {"x-api-key": "{k1}"}, "model": "n", "expect":
            {"decision": "deny", "reason": "key_expired"}},
        {"do": "accept_invite", "member": {"id": "m2", "email": "m2@example.com", "status": "suspended"}},
        {"do": "delete_provider", "provider": "p1"},
        {"do": "set_grants", "member": "m2", "providers": ["p2"]},
        {"do": "chat", "member": "m2", "expect": {"providers": []}},
        {"do": "reactivate_member", "member": "m2"},
        {"do": "chat", "member": "m2", "expect": {"providers": ["b"]}}]}]}"#;
    let (_, cases) = cases::parse::<Case>(text).unwrap();
    play(&cases[0].0, &cases[0].1).await;
}
