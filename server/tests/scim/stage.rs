//! The organization of a case.

use axum::Router;
use domain::cases::scim::{Elsewhere, Keys, Member, Source, Start, Team};
use domain::{MemberId, MemberStatus, OrganizationId, ProviderId, Role, TeamId, TeamRole, Timestamp, UserId};
use serde_json::{Map, Value, json};
use server::config::Config;
use server::site::Site;
use server::state::AppState;
use services::{Clock, Services};
use std::collections::BTreeMap;
use store::invitations::NewInvitation;
use store::members::NewMember;
use store::scim::NewScimUser;
use store::testing::{self, Key, NOW, ScimToken, TestDatabase};
use store::users::NewUser;
use store::{Store, WriteTx};

const URL: &str = "http://127.0.0.1:3000";

/// A server, for all cases one after the other, each in an organization of its own.
pub struct Stage {
    pub services: Services,
    pub store: Store,
    pub router: Router,
}

/// The organization of one case.
pub struct World<'a> {
    pub stage: &'a Stage,
    pub organization: OrganizationId,
    pub slug: String,
    pub number: usize,
    pub members: BTreeMap<String, MemberId>,
    pub teams: BTreeMap<String, TeamId>,
    pub sessions: BTreeMap<String, Vec<String>>,
    pub keys: BTreeMap<String, String>,
    pub invitations: BTreeMap<String, String>,
    /// What `{label}` stands for.
    pub names: BTreeMap<String, String>,
}

/// One that no two cases have.
pub fn token(number: usize, what: &str) -> String {
    format!("gatehouse_scim_{number}_{what}")
}

impl Stage {
    pub async fn new(database: &TestDatabase) -> Self {
        let services = Services::open(services::Config {
            database: database.database.clone(),
            data_dir: database.folder.path().to_owned(),
            public_url: URL.into(),
            allow_private_providers: true,
            mailer: None,
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
                store::sessions::insert(tx, &hash, user, "", NOW, end)
                    .await
                    .unwrap();
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
