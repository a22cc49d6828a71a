//! An organization for the server that is measured: who asks, and as many others as are wanted.

use crate::Failed;
use domain::budgets::BudgetInput;
use domain::chat::Send;
use domain::key::KeyInput;
use domain::organization::SetupInput;
use domain::provider::{ApiType, ProviderInput};
use domain::team::TeamPeopleChange;
use domain::{MemberStatus, OrganizationId, ProviderId, Role, TeamId, Timestamp};
use services::{Actor, Clock, Config, Database, Services};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use store::Store;
use store::bulk::{BulkKey, BulkMember, insert_members};

/// The organization's slug.
pub const ORG: &str = "bench";

const PASSWORD: &str = "a long enough password";
/// Long messages of the one who searches in them, and words in each.
const MESSAGES: usize = 250;
const WORDS: usize = 4_000;
/// People made in one transaction.
const BATCH: usize = 10_000;
const NAMES: [&str; 8] = ["Ana", "José", "Işıl", "Дмитрий", "علي", "太郎", "Zoë", "Siobhán"];
const FAMILIES: [&str; 7] = [
    "Müller",
    "Okafor",
    "Nguyễn",
    "Волков",
    "Yılmaz",
    "O’Neill",
    "Rossi",
];

/// Those who ask.
#[derive(Clone)]
pub struct Access {
    /// The key of the owner, who disturbs nobody.
    pub key: String,
    /// The owner's session.
    pub session: String,
    /// The key and the session of the admin who disturbs; none in an organization of one.
    pub worst: Option<(String, String)>,
}

/// Makes it in a folder that the server is then started over, if wanted with budgets on every level that are never reached.
pub async fn prepare(
    folder: &Path,
    provider: SocketAddr,
    members: usize,
    budgets: bool,
) -> Result<Access, Failed> {
    let database = Database::Embedded(folder.join("gatehouse.db"));
    let services = Services::open(Config {
        database: database.clone(),
        data_dir: folder.to_owned(),
        public_url: "http://127.0.0.1".into(),
        allow_private_providers: true,
        mailer: None,
        clock: Clock::System,
    })
    .await?;
    let made = services
        .set_up(
            &SetupInput {
                code: services.setup_code().ok_or("no set-up code")?,
                organization: "Bench".into(),
                name: "Bench".into(),
                email: "bench@example.com".into(),
                password: PASSWORD.into(),
            },
            "",
        )
        .await?;
    let session = services
        .session(made.session.expose())
        .await?
        .ok_or("no session")?;
    let owner = services.actor(session.user, &made.slug).await?;
    let input = ProviderInput {
        name: "Bench".into(),
        slug: String::new(),
        api_type: ApiType::OpenAiCompatible,
        base_url: format!("http://{provider}/v1"),
        api_version: String::new(),
        models: Vec::new(),
        description: String::new(),
        credential: Some("sk-bench".into()),
    };
    let provider = services.create_provider(&owner, &input, "provider").await?.id;
    services.test_provider(&owner, provider).await?;
    services.add_provider(&owner, owner.member, provider).await?;
    let key = key(&services, &owner).await?;
    if budgets {
        limit(&services, &owner, &key).await?;
    }
    let worst = match members {
        0 => None,
        _ => {
            let store = Store::open(&database).await?;
            fill(&store, owner.organization, provider, members).await?;
            Some(worst(&services, &store, &owner, provider).await?)
        }
    };
    Ok(Access {
        key,
        session: made.session.expose().to_owned(),
        worst,
    })
}

/// In a time zone that changes its clocks, where periods take the longest to work out.
async fn limit(services: &Services, owner: &Actor, key: &str) -> Result<(), Failed> {
    services.set_time_zone(owner, "Europe/Berlin").await?;
    let team = services.create_team(owner, "Bench", "team").await?;
    let people = TeamPeopleChange {
        added: vec![owner.member],
        removed: Vec::new(),
        places: Vec::new(),
    };
    services.change_team_people(owner, team.id, &people).await?;
    let public_id = key.split('_').nth(1).unwrap_or_default();
    for (scope, name, provider, period) in [
        ("organization", "", "", "month"),
        ("team", "Bench", "", "week"),
        ("member", &*owner.email, "", "day"),
        ("provider", "bench", "", "quarter"),
        ("member_provider", &*owner.email, "bench", "hour"),
        ("key", public_id, "", "minute"),
    ] {
        let input = BudgetInput {
            scope: scope.into(),
            name: name.into(),
            provider: provider.into(),
            unit: "tokens".into(),
            limit: "1,000,000,000,000".into(),
            period: period.into(),
            mode: "strict".into(),
            ..BudgetInput::default()
        };
        services.create_budget(owner, &input).await?;
    }
    Ok(())
}

async fn key(services: &Services, actor: &Actor) -> Result<String, Failed> {
    let input = KeyInput {
        name: "bench".into(),
        ..KeyInput::default()
    };
    Ok(services
        .create_key(actor, actor.member, &input, "key")
        .await?
        .secret)
}

async fn fill(
    store: &Store,
    organization: OrganizationId,
    provider: ProviderId,
    members: usize,
) -> Result<(), Failed> {
    let now = Clock::System.now();
    let tx = store.write().await?;
    let team = store::teams::insert(&tx, organization, "Platform", now).await?;
    tx.commit().await?;
    for start in (0..members).step_by(BATCH) {
        let people: Vec<_> = (start..members.min(start + BATCH))
            .map(|number| person(number, team, provider, now))
            .collect();
        let tx = store.write().await?;
        insert_members(&tx, organization, &people, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn person(number: usize, team: TeamId, provider: ProviderId, now: Timestamp) -> BulkMember {
    let name = format!(
        "{} {} {number}",
        NAMES[number % NAMES.len()],
        FAMILIES[number % FAMILIES.len()]
    );
    let email = format!("person{number}@example.org");
    BulkMember {
        user: None,
        password_hash: None,
        name,
        email_identity: email.clone(),
        email,
        role: Role::Member,
        status: MemberStatus::Active,
        expires_at: None,
        last_login: (!number.is_multiple_of(5)).then_some(now),
        teams: (!number.is_multiple_of(3))
            .then_some((team, domain::TeamRole::Member))
            .into_iter()
            .collect(),
        providers: (!number.is_multiple_of(30))
            .then_some((provider, None))
            .into_iter()
            .collect(),
        keys: number
            .is_multiple_of(5)
            .then(|| BulkKey {
                name: "ci".into(),
                public_id: format!("{number:09}"),
                last_four: format!("{:04}", number % 10_000),
                expires_at: None,
                revoked_at: None,
            })
            .into_iter()
            .collect(),
    }
}

/// An admin with a key, a session, and a history that takes long to search.
async fn worst(
    services: &Services,
    store: &Store,
    owner: &Actor,
    provider: ProviderId,
) -> Result<(String, String), Failed> {
    const EMAIL: &str = "worst@example.com";
    let now = Clock::System.now();
    let tx = store.write().await?;
    let account = store::users::get(&tx, owner.user).await?.ok_or("no owner")?;
    let admin = BulkMember {
        name: "Worst".into(),
        email: EMAIL.into(),
        email_identity: EMAIL.into(),
        role: Role::Admin,
        password_hash: account.password_hash,
        providers: vec![(provider, None)],
        teams: Vec::new(),
        keys: Vec::new(),
        ..person(0, TeamId(0), provider, now)
    };
    insert_members(&tx, owner.organization, &[admin], now).await?;
    tx.commit().await?;
    // A change after which the access in memory holds what the database does.
    services.create_team(owner, "Research", "research").await?;
    let session = services
        .sign_in(EMAIL, PASSWORD, std::net::IpAddr::from(Ipv4Addr::LOCALHOST))
        .await?;
    let user = services
        .session(session.expose())
        .await?
        .ok_or("no session")?
        .user;
    let actor = services.actor(user, ORG).await?;
    for number in 0..MESSAGES {
        let send = Send {
            conversation: None,
            provider,
            model: crate::provider::MODEL.into(),
            content: format!("{number} {}", "word ".repeat(WORDS)),
            replace_from: None,
            seen: None,
        };
        services.begin_send(&actor, &send).await?;
    }
    Ok((key(services, &actor).await?, session.expose().to_owned()))
}
