//! The organization of a case, requests to it, and what it is in the end.

use crate::compare::{contains, has};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use domain::cases::scim::{
    Elsewhere, Expect, Keys, Member, MemberChange, Send, Source, Start, Step, Team, TeamChange,
};
use domain::cases::scim::{Then, Token};
use domain::invite::InvitationView;
use domain::query::MemberQuery;
use domain::{MemberId, MemberStatus, OrganizationId, ProviderId, Role, TeamId, TeamRole, Timestamp, UserId};
use serde_json::{Map, Value, json};
use server::config::Config;
use server::site::Site;
use server::state::AppState;
use services::{Clock, Services};
use std::collections::BTreeMap;
use store::invitations::NewInvitation;
use store::members::NewMember;
use store::scim::{NewScimUser, Which};
use store::testing::{self, Key, NOW, ScimToken, TestDatabase};
use store::users::NewUser;
use store::{Store, WriteTx};
use tower::ServiceExt;

const URL: &str = "http://127.0.0.1:3000";

/// A server, for all cases one after the other, each in an organization of its own.
pub struct Stage {
    services: Services,
    store: Store,
    router: Router,
}

/// The organization of one case.
pub struct World<'a> {
    stage: &'a Stage,
    organization: OrganizationId,
    slug: String,
    number: usize,
    members: BTreeMap<String, MemberId>,
    teams: BTreeMap<String, TeamId>,
    sessions: BTreeMap<String, Vec<String>>,
    keys: BTreeMap<String, String>,
    invitations: BTreeMap<String, String>,
    /// What `{label}` stands for.
    names: BTreeMap<String, String>,
}

/// One that no two cases have.
fn token(number: usize, what: &str) -> String {
    format!("gatehouse_scim_{number}_{what}")
}

impl Stage {
    pub async fn new(database: &TestDatabase) -> Self {
        let services = Services::open(services::Config {
            database: database.database.clone(),
            data_dir: database.folder.path().to_owned(),
            public_url: URL.into(),
            allow_private_providers: true,
            clock: Clock::fixed(NOW),
        })
        .await
        .unwrap();
        let config = Config::read(|_| None, |_| Ok(String::new())).unwrap();
        let site = Site::Folder(database.folder.path().to_owned());
        let state = AppState::new(services.clone(), &config, site).unwrap();
        Self {
            services,
            store: Store::open(&database.database).await.unwrap(),
            router: server::router::router(state),
        }
    }

    pub async fn end(self) {
        drop(self.router);
        self.store.close().await.unwrap();
    }

    /// The organization at the start of a case.
    pub async fn set(&self, number: usize, start: &Start) -> World<'_> {
        let slug = format!("acme-{number}");
        let tx = self.store.write().await.unwrap();
        // The people of the case before had the same addresses.
        testing::forget_addresses(&tx).await.unwrap();
        let organization = testing::organization(&tx, &slug).await.unwrap();
        let provider =
            store::providers::insert(&tx, organization, testing::provider("OpenAI", "openai"), NOW);
        let provider = provider.await.unwrap();
        let mut world = World {
            stage: self,
            organization,
            number,
            members: BTreeMap::new(),
            teams: BTreeMap::new(),
            sessions: BTreeMap::new(),
            keys: BTreeMap::new(),
            invitations: BTreeMap::new(),
            names: BTreeMap::from([("base".to_owned(), format!("{URL}/o/{slug}/scim/v2"))]),
            slug,
        };
        let founder = account(&tx, "founder@example.org").await;
        for (label, member) in &start.members {
            world.join(&tx, label, member, provider, founder).await;
        }
        for (label, team) in &start.teams {
            world.found(&tx, label, team).await;
        }
        for (label, other) in &start.elsewhere {
            world.elsewhere(&tx, label, other).await;
        }
        for (what, expires_at, revoked) in [
            ("live", NOW.plus(Timestamp::DAY), false),
            ("revoked", NOW.plus(Timestamp::DAY), true),
            ("expired", NOW, false),
        ] {
            let secret = token(number, what);
            let token = ScimToken {
                secret: &secret,
                created_by: founder,
                expires_at,
                revoked,
            };
            testing::scim_token(&tx, organization, token).await.unwrap();
        }
        if start.elsewhere.is_empty() {
            world.another(&tx, &format!("other-{number}"), founder).await;
        }
        tx.commit().await.unwrap();
        world.followed(start).await;
        world
    }
}

async fn account(tx: &WriteTx, email: &str) -> UserId {
    let identity = domain::email::check(email).unwrap().identity;
    let new = NewUser {
        name: "",
        email,
        email_identity: &identity,
        password_hash: None,
    };
    store::users::insert(tx, new, NOW).await.unwrap()
}

fn kept(resource: &BTreeMap<String, Value>) -> (String, Option<String>, String) {
    let mut kept: Map<String, Value> = resource.clone().into_iter().collect();
    kept.remove("active");
    let text = |name: &str| kept.get(name).and_then(Value::as_str).map(str::to_owned);
    let user_name = domain::search::fold_case(&text("userName").expect("a user name"));
    (
        user_name,
        text("externalId"),
        Value::Object(kept.clone()).to_string(),
    )
}

impl World<'_> {
    async fn join(
        &mut self,
        tx: &WriteTx,
        label: &str,
        member: &Member,
        provider: ProviderId,
        founder: UserId,
    ) {
        let organization = self.organization;
        let identity = domain::email::check(&member.email).unwrap().identity;
        let id = if member.status.is_invitation() {
            let expires_at = match member.status {
                MemberStatus::Expired => NOW,
                _ => NOW.plus(Timestamp::DAY),
            };
            let (email, role) = (member.email.as_str(), member.role);
            let id =
                store::members::insert_invited(tx, organization, email, &identity, role, expires_at, NOW);
            let id = id.await.unwrap();
            let token = format!("invitation-{}-{label}", self.number);
            let new = NewInvitation {
                member: id,
                email,
                email_identity: &identity,
                name: "",
                role,
                token_hash: &testing::hash(&token),
                token_sealed: &[],
                invited_by: founder,
                expires_at,
            };
            store::invitations::insert(tx, organization, new, NOW)
                .await
                .unwrap();
            self.invitations.insert(label.to_owned(), token);
            id
        } else {
            let user = account(tx, member.account.as_deref().unwrap_or(&member.email)).await;
            let new = NewMember {
                user,
                name: &member.name,
                email: &member.email,
                email_identity: &identity,
                role: member.role,
                last_login: None,
            };
            let id = store::members::insert_active(tx, organization, new, NOW)
                .await
                .unwrap();
            for n in 0..member.sessions {
                let token = format!("session-{}-{label}-{n}", self.number);
                let (hash, end) = (testing::hash(&token), NOW.plus(Timestamp::DAY));
                store::sessions::insert(tx, &hash, user, NOW, end).await.unwrap();
                self.sessions.entry(label.to_owned()).or_default().push(token);
            }
            if member.keys != Keys::None {
                let public_id = format!("{:04}{:08}", self.number, id.0);
                let key = Key {
                    owner: (id, user),
                    name: "laptop",
                    public_id: &public_id,
                    scope: None,
                    expires_at: None,
                    revoked: false,
                };
                let (_, secret) = testing::key(tx, organization, key, NOW).await.unwrap();
                self.keys.insert(label.to_owned(), secret);
            }
            if member.status == MemberStatus::Suspended {
                store::members::set_suspended(tx, organization, id, true)
                    .await
                    .unwrap();
            }
            id
        };
        for slug in &member.providers {
            assert_eq!(slug, "openai", "{label}: another provider");
            store::grants::insert(tx, organization, id, provider, founder, NOW)
                .await
                .unwrap();
        }
        if member.managed {
            let (user_name, external_id, kept) = kept(member.scim.as_ref().expect("a resource"));
            let new = NewScimUser {
                user_name_folded: &user_name,
                external_id: external_id.as_deref(),
                kept: &kept,
            };
            let linked = member.source == Source::Hand;
            store::scim::insert_user(tx, organization, id, new, linked, NOW)
                .await
                .unwrap();
        }
        self.members.insert(label.to_owned(), id);
        self.names.insert(label.to_owned(), format!("u{}", id.0));
    }

    async fn found(&mut self, tx: &WriteTx, label: &str, team: &Team) {
        let organization = self.organization;
        let id = store::teams::insert(tx, organization, &team.name, NOW)
            .await
            .unwrap();
        if team.source == Source::Scim {
            let external_id = team.external_id.as_deref();
            store::scim::insert_group(tx, organization, id, external_id, NOW)
                .await
                .unwrap();
        }
        for member in &team.members {
            let by_hand = team.by_hand.contains(member);
            let member = self.members[member];
            if by_hand {
                let added = store::teams::add(tx, organization, id, member, TeamRole::Member);
                assert!(added.await.unwrap());
            } else {
                store::scim::insert_members(tx, organization, id, &[member])
                    .await
                    .unwrap();
            }
        }
        self.teams.insert(label.to_owned(), id);
        self.names.insert(label.to_owned(), format!("g{}", id.0));
    }

    /// A user of another organization, which has a live token.
    async fn elsewhere(&mut self, tx: &WriteTx, label: &str, other: &Elsewhere) {
        let slug = format!("{}-{}", other.organization, self.number);
        let user = account(tx, &other.email).await;
        let there = match store::organizations::by_slug(tx, &slug).await.unwrap() {
            Some(there) => there.id,
            None => self.another(tx, &slug, user).await,
        };
        let identity = domain::email::check(&other.email).unwrap().identity;
        let new = NewMember {
            user,
            name: "",
            email: &other.email,
            email_identity: &identity,
            role: Role::Member,
            last_login: None,
        };
        let id = store::members::insert_active(tx, there, new, NOW).await.unwrap();
        let kept = json!({ "userName": other.user_name }).to_string();
        let new = NewScimUser {
            user_name_folded: &domain::search::fold_case(&other.user_name),
            external_id: None,
            kept: &kept,
        };
        store::scim::insert_user(tx, there, id, new, false, NOW)
            .await
            .unwrap();
        self.names.insert(label.to_owned(), format!("u{}", id.0));
    }

    async fn another(&self, tx: &WriteTx, slug: &str, by: UserId) -> OrganizationId {
        let there = testing::organization(tx, slug).await.unwrap();
        let secret = token(self.number, "other");
        let token = ScimToken {
            secret: &secret,
            created_by: by,
            expires_at: NOW.plus(Timestamp::DAY),
            revoked: false,
        };
        testing::scim_token(tx, there, token).await.unwrap();
        there
    }

    /// Has the server see what was put in past it, by a change of its own that the case has no word for.
    async fn followed(&self, start: &Start) {
        let is_owner = |member: &&Member| member.role == Role::Owner && member.status == MemberStatus::Active;
        let owner = start.members.values().find(is_owner).expect("an owner");
        let identity = domain::email::check(&owner.email).unwrap().identity;
        let tx = self.stage.store.read().await.unwrap();
        let user = store::users::by_identity(&tx, &identity)
            .await
            .unwrap()
            .unwrap()
            .id;
        drop(tx);
        let services = &self.stage.services;
        let actor = services.actor(user, &self.slug).await.unwrap();
        services.create_provider(&actor, &spare(), "spare").await.unwrap();
    }

    fn filled(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (name, value) in &self.names {
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        filled
    }

    fn filled_in(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.filled(text)),
            Value::Array(list) => list.iter().map(|item| self.filled_in(item)).collect(),
            Value::Object(object) => Value::Object(
                object
                    .iter()
                    .map(|(key, value)| (self.filled(key), self.filled_in(value)))
                    .collect(),
            ),
            other => other.clone(),
        }
    }

    fn request(&self, send: &Send) -> Request<Body> {
        let mut uri = format!("/o/{}/scim/v2{}", self.slug, self.filled(&send.path));
        if !send.query.is_empty() {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in &send.query {
                query.append_pair(name, &self.filled(value));
            }
            uri = format!("{uri}?{}", query.finish());
        }
        let mut request = Request::builder().method(send.method.as_str()).uri(uri);
        let token = match send.token {
            None => Some(token(self.number, "live")),
            Some(Token::None) => None,
            Some(Token::Unknown) => Some(token(self.number, "unknown")),
            Some(Token::Revoked) => Some(token(self.number, "revoked")),
            Some(Token::Expired) => Some(token(self.number, "expired")),
            Some(Token::Other) => Some(token(self.number, "other")),
        };
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in &send.headers {
            request = request.header(name, self.filled(value));
        }
        let body = match (&send.body, &send.text) {
            (Some(body), None) => Some(self.filled_in(body).to_string()),
            (None, Some(text)) => Some(self.filled(text)),
            (None, None) => None,
            (Some(_), Some(_)) => panic!("two bodies"),
        };
        let Some(mut body) = body else {
            return request.body(Body::empty()).unwrap();
        };
        if let Some(size) = send.size {
            assert!(body.len() <= size);
            body.push_str(&" ".repeat(size - body.len()));
        }
        let kind = send.media_type.as_deref().unwrap_or("application/scim+json");
        request
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body))
            .unwrap()
    }

    /// Sends a request; how its answer differs from what is expected.
    pub async fn play(&mut self, step: &Step) -> Vec<String> {
        let request = self.request(&step.send);
        let response = self.stage.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body: Value = match bytes.is_empty() {
            true => Value::Null,
            false => {
                serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into())
            }
        };
        let keep = &step.expect.keep;
        if let (Some(name), Some(id)) = (&keep.id, body.get("id").and_then(Value::as_str)) {
            self.names.insert(name.clone(), id.to_owned());
        }
        if let (Some(name), Some(tag)) = (&keep.etag, headers.get(header::ETAG)) {
            self.names.insert(name.clone(), tag.to_str().unwrap().to_owned());
        }
        let mut wrong = self.differences(&step.expect, status, &headers, &body);
        if !wrong.is_empty() {
            wrong.push(format!("answered {status} {body}"));
        }
        wrong
    }

    fn differences(&self, expect: &Expect, status: u16, headers: &HeaderMap, body: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut must = |holds: bool, what: &str| {
            if !holds {
                wrong.push(what.to_owned());
            }
        };
        must(status == expect.status, &format!("status {}", expect.status));
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        must(header("cache-control") == Some("no-store"), "not kept");
        must(header("set-cookie").is_none(), "no cookie");
        if !body.is_null() {
            must(
                header("content-type") == Some("application/scim+json"),
                "media type",
            );
        }
        let kind = body.get("scimType").and_then(Value::as_str);
        if status >= 400 {
            let error = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                "status": status.to_string() });
            must(contains(body, &error), "a SCIM error");
            must(
                body["detail"].as_str().is_some_and(|detail| !detail.is_empty()),
                "a detail",
            );
        }
        if let Some(version) = body.pointer("/meta/version").and_then(Value::as_str) {
            must(
                header("etag").is_none_or(|tag| tag == version),
                "version is the ETag",
            );
        }
        if let Some(expected) = &expect.scim_type {
            must(kind == expected.as_deref(), &format!("scimType {expected:?}"));
        }
        for (name, expected) in &expect.headers {
            let expected = self.filled(expected);
            must(
                header(name) == Some(&expected),
                &format!("{name}: {expected}, not {:?}", header(name)),
            );
        }
        for path in &expect.absent {
            must(!has(body, path), &format!("no {path}"));
        }
        if let Some(expected) = &expect.body {
            let expected = self.filled_in(expected);
            must(contains(body, &expected), &format!("body {expected}"));
        }
        if let Some(list) = &expect.list {
            must(
                body["totalResults"] == list.total,
                &format!("{} in all", list.total),
            );
            must(
                list.first.is_none_or(|first| body["startIndex"] == first),
                "startIndex",
            );
            let empty = Vec::new();
            let found = body["Resources"].as_array().unwrap_or(&empty);
            let ids: Vec<&str> = found.iter().filter_map(|item| item["id"].as_str()).collect();
            let expected: Vec<String> = list.ids.iter().map(|id| self.filled(id)).collect();
            must(ids == expected, &format!("ids {expected:?}"));
            must(body["itemsPerPage"] == ids.len(), "itemsPerPage");
            for item in found {
                for path in &list.each.absent {
                    must(!has(item, path), &format!("no {path} in each"));
                }
                if let Some(expected) = &list.each.body {
                    must(contains(item, &self.filled_in(expected)), "body of each");
                }
            }
        }
        wrong
    }

    /// How the organization differs from the start with what has changed.
    pub async fn judge(&self, start: &Start, then: &Then) -> Vec<String> {
        let mut members = start.members.clone();
        for (label, change) in &then.members {
            let member = members.get_mut(label).expect("a member of the start");
            changed(member, change);
        }
        let mut teams = start.teams.clone();
        for (label, change) in &then.teams {
            let team = teams.get_mut(label).expect("a team of the start");
            team_changed(team, change);
        }
        for label in &then.removed {
            members.remove(label).expect("a member of the start");
        }
        for label in &then.removed_teams {
            teams.remove(label).expect("a team of the start");
        }
        members.extend(then.new.clone());
        teams.extend(then.new_teams.clone());
        let mut wrong = Vec::new();
        for (label, expected) in &members {
            self.judge_member(label, expected, &mut wrong).await;
        }
        for (label, expected) in &teams {
            self.judge_team(label, expected, &mut wrong).await;
        }
        let tx = self.stage.store.read().await.unwrap();
        let all = MemberQuery::default();
        let count = store::members::count(&tx, self.organization, &all, NOW)
            .await
            .unwrap();
        if usize::try_from(count).unwrap() != members.len() {
            wrong.push(format!("{count} members instead of {}", members.len()));
        }
        let found = store::teams::refs(&tx, self.organization).await.unwrap();
        if found.len() != teams.len() {
            wrong.push(format!("{} teams instead of {}", found.len(), teams.len()));
        }
        for label in &then.removed {
            if let Some(key) = self.keys.get(label)
                && self.asked_with(key).await.0 == 200
            {
                wrong.push(format!("the key of {label} works"));
            }
            for token in self.sessions.get(label).into_iter().flatten() {
                if self.stage.services.session(token).await.unwrap().is_some() {
                    wrong.push(format!("a session of {label} goes on"));
                }
            }
        }
        wrong
    }

    fn number(&self, label: &str) -> i64 {
        let id = self.names.get(label).expect("an id");
        id[1..].parse().unwrap()
    }

    async fn judge_member(&self, label: &str, expected: &Member, wrong: &mut Vec<String>) {
        let id = MemberId(self.number(label));
        let (store, organization) = (&self.stage.store, self.organization);
        let tx = store.read().await.unwrap();
        let Some(row) = store::members::get(&tx, organization, id, NOW).await.unwrap() else {
            wrong.push(format!("{label} is gone"));
            return;
        };
        let seen = store::scim::users(&tx, organization, Which::Id(id.0))
            .await
            .unwrap();
        let account = match row.user {
            Some(user) => store::users::get(&tx, user).await.unwrap().map(|user| user.email),
            None => None,
        };
        let grants = store::grants::of_member(&tx, organization, id, NOW)
            .await
            .unwrap();
        let refs = store::providers::refs(&tx, organization).await.unwrap();
        drop(tx);
        let slug = |provider| {
            refs.iter()
                .find(|of| of.id == provider)
                .map(|of| of.name.to_lowercase())
        };
        let mut sessions = 0;
        for token in self.sessions.get(label).into_iter().flatten() {
            sessions += usize::from(self.stage.services.session(token).await.unwrap().is_some());
        }
        let keys = match self.keys.get(label) {
            None => Keys::None,
            Some(key) => match self.asked_with(key).await {
                (200, _) => Keys::Work,
                (_, code) if code == "member_suspended" => Keys::Refused,
                other => panic!("{label}: {other:?}"),
            },
        };
        let found = Member {
            email: row.email,
            name: row.name,
            role: row.role,
            status: row.status,
            source: match seen.first() {
                Some(user) if !user.linked => Source::Scim,
                _ => Source::Hand,
            },
            managed: !seen.is_empty(),
            account: account.filter(|_| expected.account.is_some()),
            providers: grants.iter().filter_map(|grant| slug(grant.provider)).collect(),
            sessions,
            keys,
            scim: expected.scim.clone(),
        };
        if found != *expected {
            wrong.push(format!("{label} is {found:?} instead of {expected:?}"));
        }
        if let Some(token) = self.invitations.get(label) {
            let view = self.stage.services.invitation(token, None).await.unwrap();
            let opens = matches!(view, InvitationView::Open { .. });
            if opens && !expected.status.is_invitation() {
                wrong.push(format!("the link of {label} opens {view:?}"));
            }
        }
    }

    /// What a request with a key gets: the status and, of a refusal, the code.
    async fn asked_with(&self, key: &str) -> (u16, String) {
        let request = Request::builder()
            .uri("/v1/models")
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .body(Body::empty())
            .unwrap();
        let response = self.stage.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        (
            status,
            body.pointer("/error/code")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        )
    }

    async fn judge_team(&self, label: &str, expected: &Team, wrong: &mut Vec<String>) {
        let id = TeamId(self.number(label));
        let organization = self.organization;
        let tx = self.stage.store.read().await.unwrap();
        let Some(team) = store::teams::get(&tx, organization, id, NOW).await.unwrap() else {
            wrong.push(format!("the team {label} is gone"));
            return;
        };
        let people = store::teams::people(&tx, organization, id).await.unwrap();
        let by_hand = testing::placed_by_hand(&tx, id).await.unwrap();
        let seen = store::scim::groups(&tx, organization, Which::Id(id.0))
            .await
            .unwrap();
        let ids = |labels: &[String]| {
            let mut ids: Vec<i64> = labels.iter().map(|label| self.number(label)).collect();
            ids.sort_unstable();
            ids
        };
        let mut members: Vec<i64> = people.iter().map(|person| person.member.0).collect();
        members.sort_unstable();
        let by_hand: Vec<i64> = by_hand.iter().map(|member| member.0).collect();
        let source = match seen.is_empty() {
            true => Source::Hand,
            false => Source::Scim,
        };
        if team.name != expected.name
            || source != expected.source
            || members != ids(&expected.members)
            || by_hand != ids(&expected.by_hand)
        {
            wrong.push(format!(
                "the team {label} is {} ({source:?}) with {members:?}, by hand {by_hand:?}, instead of {expected:?}",
                team.name
            ));
        }
    }
}

fn changed(member: &mut Member, change: &MemberChange) {
    let MemberChange {
        email,
        name,
        role,
        status,
        source,
        managed,
        account,
        providers,
        sessions,
        keys,
    } = change.clone();
    member.email = email.unwrap_or(member.email.clone());
    member.name = name.unwrap_or(member.name.clone());
    member.role = role.unwrap_or(member.role);
    member.status = status.unwrap_or(member.status);
    member.source = source.unwrap_or(member.source);
    member.managed = managed.unwrap_or(member.managed);
    member.account = account.or(member.account.clone());
    member.providers = providers.unwrap_or(member.providers.clone());
    member.sessions = sessions.unwrap_or(member.sessions);
    member.keys = keys.unwrap_or(member.keys);
}

fn team_changed(team: &mut Team, change: &TeamChange) {
    let TeamChange {
        name,
        source,
        members,
        by_hand,
    } = change.clone();
    team.name = name.unwrap_or(team.name.clone());
    team.source = source.unwrap_or(team.source);
    team.members = members.unwrap_or(team.members.clone());
    team.by_hand = by_hand.unwrap_or(team.by_hand.clone());
}

fn spare() -> domain::provider::ProviderInput {
    domain::provider::ProviderInput {
        name: "Spare".into(),
        slug: String::new(),
        api_type: domain::provider::ApiType::Ollama,
        base_url: "http://127.0.0.1:9".into(),
        api_version: String::new(),
        models: Vec::new(),
        description: String::new(),
        credential: None,
    }
}
