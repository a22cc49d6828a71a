//! A sample organization to look around in: people of many scripts, every status, every gap.

mod budgets;
mod people;
mod prices;
mod reviews;
mod usage;

use crate::actor::Principal;
use crate::change::Change;
use crate::crypto::new_key_id;
use crate::device::Lane;
use crate::keys::Secret;
use crate::upstream::address::SAMPLE_HOST;
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::budget::Budget;
use domain::ends::Terms;
use domain::invite::{InviteInput, InviteOutcome};
use domain::price::OwnPrices;
use domain::provider::{ApiType, ProviderStatus};
use domain::{MemberId, Problem, ProblemCode, ProviderId, Role, TeamId, TeamRole, Timestamp, UserId};
use people::{INVITED, PEOPLE, REVOKED, join, person};
use serde_json::json;
use std::net::SocketAddr;
use store::WriteTx;
use store::keys::{NewKey, NewSecret};
use store::providers::NewProvider;

/// The sample organization's part of every URL.
const SLUG: &str = "sunflower";
/// The one model of the sample provider.
pub const SAMPLE_MODEL: &str = "markdown";
/// The password of every sign-in. No secret: the sample is for looking around on one's own machine.
const PASSWORD: &str = "sunflower-demo";
/// One sign-in for each role.
const SIGN_INS: [(Role, &str, &str); 4] = [
    (Role::Owner, "Ottilie Wernher", "owner@example.com"),
    (Role::Admin, "Adaeze Lindgren", "admin@example.com"),
    (Role::Auditor, "Auguste Delacour-Šimková", "auditor@example.com"),
    (Role::Member, "Mirembe Castellanos", "member@example.com"),
];
const TEAMS: [&str; 6] = [
    "Engineering",
    "Research",
    "Customer Care",
    "Legal & Compliance",
    "Marketing",
    "Zürich Office",
];

/// How to sign in to the sample organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    /// Its part of every URL.
    pub slug: String,
    /// The password of every sign-in.
    pub password: &'static str,
    /// One e-mail for each role.
    pub sign_ins: Vec<(Role, &'static str)>,
}

/// Makes the sample organization, and a second small one for the switcher. Once made, it is left as it is. Refused
/// where a real organization lives: the sign-ins and their password are known to everybody.
///
/// Its sample provider is at `provider`, which is the one private address that providers may then be at.
pub async fn install_demo(services: &Services, provider: SocketAddr) -> Result<Demo, Error> {
    // Once for a process: there is one sample.
    let provider = services.inner.sample_provider.get_or_init(|| provider);
    tracing::debug!(%provider, "the sample provider is served");
    let tx = services.inner.store.read().await?;
    let there = store::organizations::by_slug(&tx, SLUG).await?.is_some();
    drop(tx);
    if !there {
        let password_hash = services.inner.passwords.hash(PASSWORD, Lane::default()).await?;
        Sample::install(services, &password_hash).await?;
        services.forget_code();
    }
    Ok(Demo {
        slug: SLUG.to_owned(),
        password: PASSWORD,
        sign_ins: SIGN_INS.iter().map(|(role, _, email)| (*role, *email)).collect(),
    })
}

/// What has been made so far, in one change.
struct Sample<'a> {
    services: &'a Services,
    change: Change,
    /// The real now; `change.now` moves through the past.
    now: Timestamp,
    budgets: Vec<Budget>,
    prices: OwnPrices,
}

impl<'a> Sample<'a> {
    async fn install(services: &'a Services, password_hash: &str) -> Result<(), Error> {
        let now = services.now();
        let tx = services.inner.store.write().await?;
        if !store::instance::claim_set_up(&tx, now).await? {
            return Err(Problem::new(
                ProblemCode::AlreadySetUp,
                "This database is in use already. Start the sample with an empty data folder, or start without it.",
            )
            .into());
        }
        let began = now.plus(-400 * Timestamp::DAY);
        let organization = store::organizations::insert(&tx, SLUG, "Sunflower", began).await?;
        let mut signed = Vec::new();
        for (role, name, email) in SIGN_INS {
            let user = person(&tx, name, email, Some(password_hash), began).await?;
            let last_login = (role != Role::Owner).then(|| now.plus(-26 * Timestamp::HOUR));
            signed.push((
                user,
                join(&tx, organization, user, name, email, role, last_login, began).await?,
            ));
        }
        second_organization(&tx, &signed, began).await?;
        let (owner, member) = signed[0];
        let actor = Actor {
            user: owner,
            email: SIGN_INS[0].2.to_owned(),
            organization,
            slug: SLUG.to_owned(),
            member,
            role: Role::Owner,
        };
        let sample = Self {
            services,
            change: Change {
                services: services.clone(),
                tx,
                organization,
                principal: Principal::Member(actor),
                now: began,
            },
            now,
            budgets: Vec::new(),
            prices: OwnPrices::default(),
        };
        sample.fill(&signed).await
    }

    async fn fill(mut self, signed: &[(UserId, MemberId)]) -> Result<(), Error> {
        let organization = self.change.organization;
        self.change
            .audit(
                AuditAction::OrganizationCreate,
                AuditTarget::Organization(organization),
                "Sunflower",
                None,
                Some(json!({ "name": "Sunflower", "slug": SLUG })),
            )
            .await?;
        let providers = self.providers().await?;
        // In the order of the names in `providers`.
        self.make_budgets(providers[1]).await?;
        self.set_own_price(providers[3]).await?;
        let mut teams = Vec::new();
        for name in TEAMS {
            teams.push(store::teams::insert(&self.change.tx, organization, name, self.change.now).await?);
        }
        for (n, (user, member)) in signed.iter().enumerate() {
            self.equip(n, *user, *member, &providers, &teams).await?;
        }
        for (n, (name, local)) in PEOPLE.iter().enumerate() {
            self.one_of_many(n, name, local, &providers, &teams).await?;
        }
        self.bring_near_the_end().await?;
        self.invitations(&teams).await?;
        self.start_review(teams[0]).await?;
        self.change.commit().await
    }

    async fn providers(&self) -> Result<[ProviderId; 5], Error> {
        let organization = self.change.organization;
        let offer = [
            (
                // By its name the first of every list.
                "A sample provider",
                "sample",
                ApiType::OpenAiCompatible,
                "Part of this sample: answers by itself and asks no model. For everybody who may use anything.",
                false,
                true,
            ),
            (
                "OpenAI",
                "openai",
                ApiType::OpenAi,
                "For everybody. Billed to the platform budget.",
                true,
                true,
            ),
            (
                "Anthropic",
                "anthropic",
                ApiType::Anthropic,
                "For engineering, research and legal.",
                true,
                true,
            ),
            (
                "Ollama lab",
                "ollama-lab",
                ApiType::Ollama,
                "Open models in the lab; nothing leaves the house.",
                false,
                true,
            ),
            (
                "Gemini",
                "gemini",
                ApiType::Gemini,
                "Trial ended; kept until the contract is settled.",
                true,
                false,
            ),
        ];
        let sample = format!("http://{SAMPLE_HOST}/v1");
        let mut ids = [ProviderId(0); 5];
        for (id, (name, slug, api_type, description, credential, active)) in ids.iter_mut().zip(offer) {
            let credential = credential.then_some("sample-credential-that-opens-nothing");
            let sealed = self.services.sealed(organization, slug, credential)?;
            let new = NewProvider {
                name,
                slug,
                api_type,
                base_url: if api_type == ApiType::OpenAiCompatible {
                    &sample
                } else {
                    api_type.default_base_url()
                },
                api_version: "",
                models: &[],
                description,
                credential_sealed: sealed.as_deref(),
                status: if active {
                    ProviderStatus::Active
                } else {
                    ProviderStatus::Inactive
                },
            };
            let (tx, now) = (&self.change.tx, self.change.now);
            *id = store::providers::insert(tx, organization, new, now).await?;
            let models = models_of(api_type).iter().copied().collect();
            store::providers::set_models(tx, organization, *id, &models, self.now).await?;
        }
        Ok(ids)
    }

    async fn one_of_many(
        &self,
        n: usize,
        name: &str,
        local: &str,
        providers: &[ProviderId; 5],
        teams: &[TeamId],
    ) -> Result<(), Error> {
        let (tx, organization) = (&self.change.tx, self.change.organization);
        let email = format!("{local}@example.com");
        let role = match n {
            7 => Role::Owner,
            3 | 19 | 40 => Role::Admin,
            11 | 58 => Role::Auditor,
            _ => Role::Member,
        };
        // From minutes to months ago, and every ninth never.
        let spread = (n as i64 * 7_919) % 997;
        let ago = match n % 5 {
            0 => spread * Timestamp::MINUTE / 10,
            1 => spread * Timestamp::HOUR / 40,
            _ => spread * Timestamp::DAY / 8,
        };
        let last_login = (n % 9 != 8).then(|| self.now.plus(-ago));
        let user = person(tx, name, &email, None, self.change.now).await?;
        let member = join(
            tx,
            organization,
            user,
            name,
            &email,
            role,
            last_login,
            self.change.now,
        )
        .await?;
        self.equip(n, user, member, providers, teams).await?;
        if n % 13 == 6 {
            store::members::set_suspended(tx, organization, member, true).await?;
        }
        Ok(())
    }

    /// Teams, allowed providers and keys, differing from person to person.
    async fn equip(
        &self,
        n: usize,
        user: UserId,
        member: MemberId,
        providers: &[ProviderId; 5],
        teams: &[TeamId],
    ) -> Result<(), Error> {
        let (tx, organization, now) = (&self.change.tx, self.change.organization, self.change.now);
        let [sample, openai, anthropic, ollama, gemini] = *providers;
        let allowed: &[ProviderId] = match n % 11 {
            0 | 5 => &[openai, sample],
            1 | 7 => &[openai, anthropic, sample],
            2 | 8 => &[anthropic, ollama, sample],
            3 => &[openai, anthropic, ollama, sample],
            // Only what is inactive: counted as without.
            4 => &[gemini],
            6 => &[ollama, gemini, sample],
            9 => &[openai, anthropic, ollama, gemini, sample],
            _ => &[],
        };
        let by = self.change.actor()?.user;
        for (rank, provider) in allowed.iter().enumerate() {
            // Some of them on trial: soon over, and not so soon.
            let end = match (n % 7, rank) {
                (3, 0) => Terms {
                    ends_at: Some(now.plus((n as i64 % 40 + 1) * Timestamp::DAY)),
                    reason: "Trial".to_owned(),
                    ..Terms::default()
                },
                _ => Terms::default(),
            };
            let pair = (member, *provider);
            store::grant_ends::set_own(tx, organization, pair, by, now, &end).await?;
        }
        let places: &[usize] = match n % 8 {
            0 | 1 => &[0],
            2 => &[0, 1],
            3 => &[2],
            4 => &[3, 5],
            5 => &[4],
            6 => &[1, 4, 5],
            _ => &[],
        };
        for place in places {
            let role = if n < 16 && n % 8 == *place {
                TeamRole::Lead
            } else {
                TeamRole::Member
            };
            store::teams::add(tx, organization, teams[*place], member, role).await?;
        }
        let names: &[&str] = match n % 6 {
            0 => &["laptop"],
            1 => &["editor", "nightly job"],
            3 => &["notebook"],
            4 if n % 12 == 4 => &["laptop", "ci", "Büro-PC"],
            _ => &[],
        };
        let mut keys = Vec::new();
        for (k, name) in names.iter().enumerate() {
            let secret = Secret::of(new_key_id()?)?;
            let new = NewKey {
                member,
                user,
                name,
                public_id: &secret.public_id,
                secret_hash: &secret.hash,
                last_four: secret.last_four(),
                // Somebody's nightly job gets by with one of their providers.
                scope: allowed.first().filter(|_| k == 1).map(std::slice::from_ref),
                expires_at: (k == 1).then(|| self.now.plus((n as i64 % 7 - 3) * 10 * Timestamp::DAY)),
                requests_per_minute: (k == 1).then_some(60),
                tokens_per_day: (k == 1 && n % 4 == 1).then_some(200_000),
                issued_by: Some(user),
            };
            let key = store::keys::insert(tx, organization, new, now).await?;
            keys.push(key);
            if k == 0 && n % 12 == 3 {
                // Changed an hour ago, so the secret before still works.
                let next = Secret::of(secret.public_id.clone())?;
                let new = NewSecret {
                    secret_hash: &next.hash,
                    last_four: next.last_four(),
                    previous_ends_at: Some(self.now.plus(23 * Timestamp::HOUR)),
                    issued_by: Some(user),
                };
                store::keys::rotate(tx, organization, key, new).await?;
            }
            if k == 2 {
                store::keys::revoke(tx, organization, key, self.now).await?;
            }
        }
        let answering = [
            (openai, "openai", ApiType::OpenAi),
            (anthropic, "anthropic", ApiType::Anthropic),
            (ollama, "ollama-lab", ApiType::Ollama),
        ];
        let asker = usage::Asker {
            n,
            prices: &self.prices,
            organization,
            member,
            keys: &keys,
            allowed: &answering
                .into_iter()
                .filter(|(id, ..)| allowed.contains(id))
                .collect::<Vec<_>>(),
        };
        let batch = store::usage::BatchId {
            at: self.now,
            nonce: member.0,
        };
        let mut events = usage::of(&asker, self.now);
        for event in &mut events {
            event.budgets = budgets::charges(&self.budgets, event, self.now);
        }
        Ok(store::usage::insert(tx, batch, &events).await?)
    }

    /// Pending, expired, resent and revoked ones.
    async fn invitations(&mut self, teams: &[TeamId]) -> Result<(), Error> {
        let mut oldest_first: Vec<_> = INVITED.iter().collect();
        oldest_first.sort_by_key(|(_, _, days)| -days);
        for (n, (local, role, days)) in oldest_first.into_iter().enumerate() {
            self.change.now = self.now.plus(-days * Timestamp::DAY - 50 * Timestamp::MINUTE);
            let teams = if n % 3 == 0 {
                vec![teams[n % teams.len()]]
            } else {
                Vec::new()
            };
            self.invite(local, *role, teams).await?;
        }
        for local in REVOKED {
            self.change.now = self.now.plus(-3 * Timestamp::DAY);
            if let Some(member) = self.invite(local, Role::Member, Vec::new()).await? {
                self.change.now = self.now.plus(-2 * Timestamp::DAY);
                self.change.withdraw(member).await?;
            }
        }
        self.change.now = self.now;
        Ok(())
    }

    async fn invite(&self, local: &str, role: Role, teams: Vec<TeamId>) -> Result<Option<MemberId>, Error> {
        let email = format!("{local}@example.com");
        let input = InviteInput {
            emails: email.clone(),
            role,
            teams,
            idempotency_key: String::new(),
        };
        let outcome = self
            .services
            .invite_one(&self.change, &input, (&email, &email), "")
            .await?;
        Ok(match outcome {
            InviteOutcome::Invited { member, .. } => Some(member),
            _ => None,
        })
    }
}

/// A small one, in which two of the sign-ins have other roles.
async fn second_organization(
    tx: &WriteTx,
    signed: &[(UserId, MemberId)],
    began: Timestamp,
) -> Result<(), Error> {
    let organization = store::organizations::insert(tx, "daisy-lab", "Daisy Lab", began).await?;
    let places = [(0, Role::Auditor), (1, Role::Owner), (3, Role::Member)];
    for (n, role) in places {
        let (_, name, email) = SIGN_INS[n];
        join(tx, organization, signed[n].0, name, email, role, None, began).await?;
    }
    store::teams::insert(tx, organization, "Petals", began).await?;
    Ok(())
}

/// What the sample's providers list, as they would if they could be asked.
fn models_of(api_type: ApiType) -> &'static [&'static str] {
    match api_type {
        ApiType::OpenAi => &["gpt-5", "gpt-5-mini", "gpt-4.1"],
        ApiType::Anthropic => &["claude-opus-4-1", "claude-sonnet-4-5", "claude-haiku-4-5"],
        ApiType::Ollama => &["llama3.3:70b", "qwen3:8b"],
        ApiType::Gemini => &["gemini-2.5-flash", "gemini-2.5-pro"],
        ApiType::OpenAiCompatible => &[SAMPLE_MODEL],
        ApiType::AzureOpenAi => &[],
    }
}
