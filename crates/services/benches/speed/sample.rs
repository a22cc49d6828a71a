//! An organization of any size, the same at every run.

use domain::provider::{ApiType, ProviderStatus};
use domain::{MemberStatus, OrganizationId, Role, TeamRole, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use services::{Actor, Clock, Config, Services};
use store::Store;
use store::bulk::{BulkKey, BulkMember, insert_members};
use store::providers::NewProvider;
use store::testing::TestDatabase;

const GIVEN: &[&str] = &[
    "Ana",
    "José",
    "Işıl",
    "Bao",
    "Chloé",
    "Дмитрий",
    "Elif",
    "علي",
    "太郎",
    "Katarzyna",
    "Zoë",
    "Siobhán",
];
const FAMILY: &[&str] = &[
    "Müller",
    "Okafor",
    "Nguyễn",
    "Lefèvre",
    "Волков",
    "Yılmaz",
    "حداد",
    "田中",
    "Żuk",
    "O’Neill",
    "Groß",
    "Rossi",
];
const LATIN: &[&str] = &[
    "mueller", "okafor", "nguyen", "lefevre", "volkov", "yilmaz", "haddad", "tanaka", "zuk", "oneill",
    "gross", "rossi",
];
const TEAMS: &[&str] = &["Platform", "Research", "Data Science", "Design", "Support", "QA"];
const PROVIDERS: &[(&str, ProviderStatus)] = &[
    ("OpenAI", ProviderStatus::Active),
    ("Anthropic", ProviderStatus::Active),
    ("Ollama lab", ProviderStatus::Active),
    ("Gemini", ProviderStatus::Inactive),
];
/// People made in one transaction.
const BATCH: usize = 10_000;

pub struct Sample {
    pub services: Services,
    pub store: Store,
    pub actor: Actor,
    pub now: Timestamp,
}

impl Sample {
    pub async fn make(on: &TestDatabase, members: usize) -> Result<Self, Box<dyn std::error::Error>> {
        let now = Clock::System.now();
        let store = Store::open(&on.database).await?;
        let tx = store.write().await?;
        let organization = store::organizations::insert(&tx, "bench", "Bench", now).await?;
        let mut teams = Vec::new();
        for name in TEAMS {
            teams.push(store::teams::insert(&tx, organization, name, now).await?);
        }
        let mut providers = Vec::new();
        for (name, status) in PROVIDERS {
            let new = NewProvider {
                name,
                slug: &domain::slug::slugify(name, "provider"),
                api_type: ApiType::OpenAiCompatible,
                base_url: "https://models.example.com/v1",
                api_version: "",
                models: &[],
                description: "",
                credential_sealed: None,
                status: *status,
            };
            providers.push(store::providers::insert(&tx, organization, new, now).await?);
        }
        tx.commit().await?;

        let mut random = StdRng::seed_from_u64(2026);
        for start in (0..members).step_by(BATCH) {
            let people: Vec<_> = (start..members.min(start + BATCH))
                .map(|number| person(&mut random, number, now, &teams, &providers))
                .collect();
            let tx = store.write().await?;
            insert_members(&tx, organization, &people, now).await?;
            tx.commit().await?;
        }

        let services = Services::open(Config {
            database: on.database.clone(),
            data_dir: on.folder.path().to_owned(),
            public_url: "http://127.0.0.1:3000".into(),
            allow_private_providers: false,
            mailer: None,
            clock: Clock::System,
        })
        .await?;
        let actor = owner(&store, organization).await?;
        Ok(Self {
            services,
            store,
            actor,
            now,
        })
    }

    /// Lets go of the database, then deletes it.
    pub async fn close(self, on: TestDatabase) -> Result<(), store::Error> {
        drop(self.services);
        self.store.close().await?;
        on.remove().await;
        Ok(())
    }
}

fn person(
    random: &mut StdRng,
    number: usize,
    now: Timestamp,
    teams: &[domain::TeamId],
    providers: &[domain::ProviderId],
) -> BulkMember {
    let (given, family) = (
        random.random_range(0..GIVEN.len()),
        random.random_range(0..FAMILY.len()),
    );
    let email = format!(
        "{}{number}@example.{}",
        LATIN[family],
        ["com", "org", "net"][number % 3]
    );
    // The first is the owner who looks; then one in fifty is invited, one in forty suspended.
    let status = match number {
        0 => MemberStatus::Active,
        n if n % 50 == 0 => MemberStatus::Invited,
        n if n % 40 == 0 => MemberStatus::Suspended,
        _ => MemberStatus::Active,
    };
    let role = match number {
        0 => Role::Owner,
        n if n % 200 == 0 => Role::Admin,
        n if n % 150 == 0 => Role::Auditor,
        _ => Role::Member,
    };
    let invited = status == MemberStatus::Invited;
    let mut some = |most: usize| random.random_range(0..=most);
    let (team_count, provider_count, key_count) = (some(2), some(4), some(6) / 5);
    let from = some(5);
    BulkMember {
        user: None,
        password_hash: None,
        name: if invited {
            String::new()
        } else {
            format!("{} {} {number}", GIVEN[given], FAMILY[family])
        },
        email_identity: email.clone(),
        email,
        role,
        status,
        expires_at: invited.then(|| now.plus((number as i64 % 9 - 2) * Timestamp::DAY)),
        last_login: (!invited && !number.is_multiple_of(5))
            .then(|| now.plus(-(number as i64) * Timestamp::MINUTE)),
        teams: (0..team_count)
            .map(|n| (teams[(from + n) % teams.len()], TeamRole::Member))
            .collect(),
        // One in thirty has nothing, which the status line counts.
        providers: if invited || number.is_multiple_of(30) {
            Vec::new()
        } else {
            (0..provider_count.max(1))
                .map(|n| (providers[(from + n) % providers.len()], None))
                .collect()
        },
        keys: if invited {
            Vec::new()
        } else {
            (0..key_count)
                .map(|n| BulkKey {
                    name: format!("{}-{n}", ["ci", "nightly", "laptop"][number % 3]),
                    public_id: format!("{number:08}{n}"),
                    last_four: format!("{:04}", number % 10_000),
                    expires_at: None,
                    revoked_at: None,
                })
                .collect()
        },
    }
}

async fn owner(store: &Store, organization: OrganizationId) -> Result<Actor, Box<dyn std::error::Error>> {
    let tx = store.read().await?;
    let email = (0..LATIN.len()).map(|n| format!("{}0@example.com", LATIN[n]));
    for email in email {
        if let Some(user) = store::users::by_identity(&tx, &email).await? {
            let now = Clock::System.now();
            let member = store::members::by_identity(&tx, organization, &email, now)
                .await?
                .ok_or("the owner has a row")?;
            return Ok(Actor {
                user: user.id,
                email,
                organization,
                slug: "bench".into(),
                member: member.id,
                role: Role::Owner,
            });
        }
    }
    Err("the owner was not made".into())
}
